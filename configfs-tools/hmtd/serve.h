/* SPDX-License-Identifier: GPL-2.0 */
/* The mover: carries out the plans of the kernel as they come. */
#ifndef HMTD_SERVE_H
#define HMTD_SERVE_H

struct sd_event;

/*
 * Carry out the plans of @service, a descriptor of service_open(), in @loop.
 * Errors end the loop. Returns 0, or -1 after a message.
 */
int serve_begin(struct sd_event *loop, int service);

#endif
