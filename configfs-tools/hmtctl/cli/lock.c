// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/lock.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/fs.h"

#define PATIENCE_MS	1000
#define RETRY_US	20000

/* Return the process that has locked the file, 0 if unknown. */
static int lock_holder(const struct stat *file)
{
	FILE *locks = fopen("/proc/locks", "re");
	unsigned int high, low;
	unsigned long inode;
	char line[128];
	int pid, found = 0;

	while (locks && !found && fgets(line, sizeof(line), locks))
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &high,
			   &low, &inode) == 4 &&
		    inode == file->st_ino &&
		    makedev(high, low) == file->st_dev)
			found = pid;
	if (locks)
		fclose(locks);
	return found;
}

static void print_wait(int fd, const char *what)
{
	auto_text char *name = NULL;
	struct stat info;
	char path[32];
	int pid = fstat(fd, &info) ? 0 : lock_holder(&info);

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	name = fs_read(AT_FDCWD, path);
	if (name)
		fail(RESULT_OK,
		     "waiting for process %d (%.16s), which changes %s", pid,
		     name, what);
	else
		fail(RESULT_OK,
		     "waiting for another process, which changes %s", what);
}

int lock_exclusive(int fd, const char *what)
{
	uint64_t start = ms_now();

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		/* Else the kernel is built without CONFIG_FILE_LOCKING. */
		if (errno != EWOULDBLOCK)
			return errno == EINTR || errno == ENOLCK ? -errno : 0;
		if (ms_now() - start >= PATIENCE_MS) {
			print_wait(fd, what);
			return flock(fd, LOCK_EX) ? -errno : 0;
		}
		usleep(RETRY_US);
	}
	return 0;
}
