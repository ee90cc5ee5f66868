/* SPDX-License-Identifier: GPL-2.0 */
/* The provider "damon": from workloads that name it to what is reported. */
#ifndef HMTD_WATCH_H
#define HMTD_WATCH_H

#include <signal.h>

/*
 * Monitor the processes of all live workloads that name "damon", and report what
 * was accessed to @device, until a signal that @unblocked lets through sets
 * *@stopped. What to exit with.
 */
int watch(const char *device, const sigset_t *unblocked,
	  const volatile sig_atomic_t *stopped);

#endif
