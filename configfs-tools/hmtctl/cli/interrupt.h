/* SPDX-License-Identifier: GPL-2.0 */
/* SIGINT and SIGTERM, for commands that have something to say or to undo then. */
#ifndef HMTCTL_INTERRUPT_H
#define HMTCTL_INTERRUPT_H

#include <signal.h>

/* Not 0 since one of them came. */
extern volatile sig_atomic_t interrupted;

/* From now on they set @interrupted, and system calls return with EINTR. */
void catch_interrupts(void);

#endif
