/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes of the configuration: one hmtctl at a time, and all of a change or
 * nothing of it. A signal that would end hmtctl is held back during a change.
 * The next step returns -EINTR instead, is undone like a refused one, and the
 * signal ends hmtctl afterwards.
 */
#ifndef HMTCTL_CHANGE_H
#define HMTCTL_CHANGE_H

#include <signal.h>

#include "cli/command.h"

/**
 * struct change - a change in progress
 * @lock: fd of the locked file; -1 if there is none
 * @mask: signal mask before the change
 */
struct change {
	int lock;
	sigset_t mask;
};

/*
 * Lock the configuration and hold signals back. Waits for another hmtctl, with
 * a message after a second. Prints a message on failure; returns an enum
 * result.
 */
int change_begin(const struct hmtctl *ctl, struct change *change);
/*
 * Unlock the configuration and return @result. If that is a failure, the signals
 * are released, and one that arrived ends hmtctl here. Otherwise they came too
 * late, and stay held back.
 */
int change_end(struct change *change, int result);

/* Return -EINTR if a signal arrived, otherwise 0. Each step begins with it. */
int change_check(void);
/*
 * Let change_check() return 0 until the end: before steps are undone, and
 * before the last step.
 */
void change_insist(void);

#endif
