// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <time.h>

#include "util/signals.h"

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static sigset_t held;
static bool holding;

void signals_hold(sigset_t *before)
{
	struct sigaction action;
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, before);

	/* Linux keeps a blocked signal pending even if it is ignored. */
	sigemptyset(&held);
	for (i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		if (!sigaction(ending[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN &&
		    !sigismember(before, ending[i]))
			sigaddset(&held, ending[i]);
	sigprocmask(SIG_BLOCK, &held, NULL);
	holding = true;
}

bool signals_arrived(void)
{
	sigset_t pending;
	size_t i;

	if (!holding || sigpending(&pending))
		return false;
	for (i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		if (sigismember(&held, ending[i]) &&
		    sigismember(&pending, ending[i]))
			return true;
	return false;
}

void signals_discard(void)
{
	const struct timespec now = { };

	while (sigtimedwait(&held, NULL, &now) > 0)
		;
}

void signals_release(const sigset_t *before)
{
	const struct timespec now = { };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	if (!sigismember(before, SIGPIPE))
		sigtimedwait(&set, NULL, &now);
	holding = false;
	sigprocmask(SIG_SETMASK, before, NULL);
}
