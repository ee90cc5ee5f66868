/* SPDX-License-Identifier: GPL-2.0 */
/* The device: register as the server, read plans, write results. */
#ifndef HMTD_SERVICE_H
#define HMTD_SERVICE_H

#include <linux/hmt.h>
#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/* Open the device as the server; return a descriptor, or -1 after a message. */
int service_open(const char *device);

/*
 * Wait for plans, or for a signal that @unblocked allows, and read up to @most
 * of them. Returns their number, 0 after a signal, or -1 after a message.
 */
ssize_t service_read(int service, const sigset_t *unblocked,
		     struct hmt_remote_plan *plans, size_t most);

/* Write results. Plans that the kernel has dropped are skipped. */
int service_write(int service, const struct hmt_remote_result *results,
		  size_t count);

/* Check whether plan @id is still valid; return 0, or -1 and errno. */
int service_check(int service, __u64 id);

#endif
