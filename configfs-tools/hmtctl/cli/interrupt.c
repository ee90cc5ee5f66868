// SPDX-License-Identifier: GPL-2.0
#include <poll.h>
#include <stddef.h>
#include <time.h>

#include "cli/interrupt.h"

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	interrupted = signal;
}

void catch_interrupts(void)
{
	const struct sigaction action = { .sa_handler = on_interrupt };
	struct sigaction before;
	size_t i;

	for (i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		if (!sigaction(caught[i], NULL, &before) &&
		    before.sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
}

int wait_readable(int fd, int ms)
{
	const struct timespec timeout = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};
	struct pollfd input = { .fd = fd, .events = POLLIN };
	sigset_t set, before;
	int ready = -1;
	size_t i;

	/* A signal between the check and the wait must end the wait. */
	sigemptyset(&set);
	for (i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	if (!interrupted)
		ready = ppoll(&input, 1, ms < 0 ? NULL : &timeout, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ready;
}

void end_by_interrupt(void)
{
	int number = interrupted;

	if (number != SIGHUP && number != SIGQUIT && number != SIGPIPE)
		return;
	signal(number, SIG_DFL);
	raise(number);
}
