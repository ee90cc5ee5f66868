/* SPDX-License-Identifier: GPL-2.0 */
/* The device: register as the server, read plans, write results. */
#ifndef HMTD_SERVICE_H
#define HMTD_SERVICE_H

#include <linux/hmt.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Open the device for requests; return a descriptor, or -1 after a message. Sets
 * *@status to an exit status.
 */
int service_open_device(const char *device, int *status);

/* Open the device as the server; otherwise like service_open_device(). */
int service_open(const char *device, int *status);

/*
 * Read up to @most plans without waiting. Returns their number, 0 if there are
 * none, or -1 after a message.
 */
ssize_t service_read(int service, struct hmt_remote_plan *plans, size_t most);

/* Write results. Plans that the kernel has dropped are skipped. */
int service_write(int service, const struct hmt_remote_result *results,
		  size_t count);

/* Check whether plan @id is still valid; return 0, or -1 and errno. */
int service_check(int service, __u64 id);

#endif
