/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The provider "damon": monitors workloads that name it and reports accesses.
 */
#ifndef HMTD_WATCH_H
#define HMTD_WATCH_H

#include <signal.h>

/*
 * Monitor the processes of all live workloads that name "damon", and report
 * accessed ranges to @device, until a signal that @unblocked allows sets
 * *@stopped. Returns the exit status.
 */
int watch(const char *device, const sigset_t *unblocked,
	  const volatile sig_atomic_t *stopped);

#endif
