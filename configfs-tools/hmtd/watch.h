/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The provider "damon": monitors workloads that name it and reports accesses.
 */
#ifndef HMTD_WATCH_H
#define HMTD_WATCH_H

struct sd_event;

/*
 * Monitor the processes of all live workloads that name "damon", and report
 * accessed ranges to @device, an open /dev/hmt, as long as @loop runs. Ends a
 * monitor of an earlier hmtd first. Returns 0, or -1 after a message.
 */
int watch_begin(struct sd_event *loop, int device);

/* End the monitor. */
void watch_end(void);

#endif
