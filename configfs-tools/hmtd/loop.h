/* SPDX-License-Identifier: GPL-2.0 */
/* The event loop: signals, the watchdog and messages to systemd. */
#ifndef HMTD_LOOP_H
#define HMTD_LOOP_H

struct sd_event;

/*
 * Exit statuses besides those of stdlib.h. hmtd.service does not restart hmtd
 * after one of these: the reason stays until the administrator removes it.
 */
#define EXIT_USAGE	2
#define EXIT_POINTLESS	3

/*
 * Return a loop that ends with status 0 on SIGTERM and SIGINT, or NULL after a
 * message. Both signals are blocked from now on and precede other events. Call
 * it after the last fork().
 */
struct sd_event *loop_open(void);

/*
 * Report to systemd that hmtd is ready, and handle events until one ends the
 * loop. Return the exit status.
 */
int loop_run(struct sd_event *loop);

/* Free the loop and the sources of its events. */
void loop_close(struct sd_event *loop);

#endif
