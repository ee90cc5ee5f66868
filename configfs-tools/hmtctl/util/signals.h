/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT, held back while a change is half done.
 */
#ifndef HMTCTL_SIGNALS_H
#define HMTCTL_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Hold the signals back, except for ignored ones (nohup). SIGPIPE is held back
 * as well, so that a message to a reader that is gone does not end the program.
 */
void signals_hold(sigset_t *before);
/* Check whether one of the held signals has arrived, other than SIGPIPE. */
bool signals_arrived(void);
/* Discard the signals that have arrived. */
void signals_discard(void);
/* Undo signals_hold(); signals that have arrived end the program now. */
void signals_release(const sigset_t *before);

#endif
