/* SPDX-License-Identifier: GPL-2.0 */
/* SIGINT and SIGTERM, for commands that print or clean up before they end. */
#ifndef HMTCTL_INTERRUPT_H
#define HMTCTL_INTERRUPT_H

#include <signal.h>

/* Not 0 after one of the signals. */
extern volatile sig_atomic_t interrupted;

/* Let the signals set @interrupted and end system calls with EINTR. */
void catch_interrupts(void);

#endif
