/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's side: who serves it, plans out of it, results into it. */
#ifndef HMTD_SERVICE_H
#define HMTD_SERVICE_H

#include <linux/hmt.h>
#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/* A descriptor, or -1 after saying why not. */
int service_open(const char *device);

/*
 * Wait for plans, until a signal that @unblocked lets through, and read up to
 * @most of them. How many, 0 after a signal, or -1 after saying why.
 */
ssize_t service_read(int service, const sigset_t *unblocked,
		     struct hmt_remote_plan *plans, size_t most);

/* What the kernel does not know any more is passed over. */
int service_write(int service, const struct hmt_remote_result *results,
		  size_t count);

int service_check(int service, __u64 id);

#endif
