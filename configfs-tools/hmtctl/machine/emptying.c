// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <unistd.h>

#include "machine/emptying.h"

#define STEP_US	100000

static void *watch_memory(void *arg)
{
	struct emptying *emptying = arg;
	uint64_t first = emptying->used(emptying->memory), now;

	while (!atomic_load(&emptying->end)) {
		usleep(STEP_US);
		now = emptying->used(emptying->memory);
		progress_show(&emptying->progress, first > now ? first - now : 0,
			      first);
	}
	return NULL;
}

void emptying_begin(struct emptying *emptying, const char *what)
{
	sigset_t all, before;

	emptying->watched = false;
	atomic_init(&emptying->end, false);
	progress_begin(&emptying->progress, what);
	if (!emptying->progress.enabled)
		return;
	/* Signals, the timeout among them, are for the thread that waits. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	emptying->watched = !pthread_create(&emptying->thread, NULL, watch_memory,
					    emptying);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void emptying_end(struct emptying *emptying)
{
	atomic_store(&emptying->end, true);
	if (emptying->watched)
		pthread_join(emptying->thread, NULL);
	emptying->watched = false;
	progress_end(&emptying->progress);
}
