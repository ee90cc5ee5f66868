// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/lock.h"
#include "hmtfs/change.h"
#include "hmtfs/configfs.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/signals.h"

static bool insisting;

/*
 * Open the file that is locked: one that only root can open, so that no user can
 * keep the lock. A fake root may lack it. Returns an fd, or minus an enum result
 * after a message.
 */
static int open_lock(const struct hmtctl *ctl)
{
	int dir = config_open(ctl);
	int fd, err;

	if (dir < 0 || ctl->fake)
		return dir;
	fd = openat(dir, "commit", O_WRONLY | O_CLOEXEC);
	err = errno;
	close(dir);
	return fd < 0 ? -fail(RESULT_REFUSED, "locking the configuration: %s",
			      explain(err, NULL)) : fd;
}

/* Check whether both are one file: HMT may have been loaded again. */
static bool names_same_file(int one, int other)
{
	struct stat a, b;

	return !fstat(one, &a) && !fstat(other, &b) && fs_is_same(&a, &b);
}

int change_begin(const struct hmtctl *ctl, struct change *change)
{
	int now, err;

	change->lock = open_lock(ctl);
	for (;;) {
		if (change->lock < 0)
			return -change->lock;
		err = lock_exclusive(change->lock, "the configuration");
		if (err) {
			cleanup_fd(&change->lock);
			return fail(RESULT_REFUSED,
				    "locking the configuration: %s",
				    explain(-err, NULL));
		}
		now = open_lock(ctl);
		if (now >= 0 && names_same_file(change->lock, now))
			break;
		cleanup_fd(&change->lock);
		change->lock = now;
	}
	close(now);
	insisting = false;
	signals_hold(&change->mask);
	return RESULT_OK;
}

int change_end(struct change *change, int result)
{
	cleanup_fd(&change->lock);
	change->lock = -1;
	/* The signal would end hmtctl with text in its buffer. */
	fflush(stdout);
	/*
	 * Hold the signals until hmtctl ends after a success, so that its status
	 * is 0 whenever all is done.
	 */
	if (result)
		signals_release(&change->mask);
	return result;
}

int change_check(void)
{
	return !insisting && signals_arrived() ? -EINTR : 0;
}

void change_insist(void)
{
	insisting = true;
}
