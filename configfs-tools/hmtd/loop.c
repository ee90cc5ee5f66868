// SPDX-License-Identifier: GPL-2.0
/*
 * Signals are events of the loop, handled before plans: with a handler and
 * ppoll(2), which delivers a signal only if it sleeps, SIGTERM would wait as
 * long as plans do.
 */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "log.h"
#include "loop.h"

static int add_signal(struct sd_event *loop, int number)
{
	struct sd_event_source *source;
	/* Without a handler the signal ends the loop with the given status. */
	int error = sd_event_add_signal(loop, &source, number, NULL,
					(void *)EXIT_SUCCESS);

	if (error < 0)
		return error;
	sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
	/* The loop has a reference of its own then. */
	error = sd_event_source_set_floating(source, true);
	sd_event_source_unref(source);
	return error;
}

static int prepare_loop(struct sd_event *loop)
{
	sigset_t blocked;
	int error;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	error = add_signal(loop, SIGTERM);
	if (error >= 0)
		error = add_signal(loop, SIGINT);
	/* Does nothing unless the unit has WatchdogSec=. */
	return error < 0 ? error : sd_event_set_watchdog(loop, true);
}

struct sd_event *loop_open(void)
{
	struct sd_event *loop = NULL;
	int error = sd_event_new(&loop);

	if (error >= 0)
		error = prepare_loop(loop);
	if (error >= 0)
		return loop;
	log_error("cannot wait for events: %s", strerror(-error));
	return sd_event_unref(loop);
}

int loop_run(struct sd_event *loop)
{
	int status;

	log_detail("ready");
	sd_notify(false, "READY=1");
	status = sd_event_loop(loop);
	sd_notify(false, "STOPPING=1");
	if (status >= 0)
		return status;
	log_error("cannot wait for events: %s", strerror(-status));
	return EXIT_FAILURE;
}

void loop_close(struct sd_event *loop)
{
	sd_event_unref(loop);
}
