/* SPDX-License-Identifier: GPL-2.0 */
/* Signals, for commands that print or clean up before they end. */
#ifndef HMTCTL_INTERRUPT_H
#define HMTCTL_INTERRUPT_H

#include <signal.h>

/* Number of the last of the signals, 0 before. */
extern volatile sig_atomic_t interrupted;

/*
 * Let SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE set @interrupted and end
 * system calls with EINTR, except for signals that are ignored.
 */
void catch_interrupts(void);

/*
 * Wait @ms for @fd, forever if @ms is below 0. Returns 1, 0 after the time, or
 * -1, also if a caught signal has arrived before.
 */
int wait_readable(int fd, int ms);

/*
 * End the program by a caught signal, for its parent. Returns if there was none,
 * and after SIGINT and SIGTERM: they end the output of a command in good order.
 */
void end_by_interrupt(void);

#endif
