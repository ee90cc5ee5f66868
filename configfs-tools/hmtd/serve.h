/* SPDX-License-Identifier: GPL-2.0 */
/* The mover: carries out the plans of the kernel as they come. */
#ifndef HMTD_SERVE_H
#define HMTD_SERVE_H

#include <systemd/sd-event.h>

/*
 * Carry out the plans of @service, a descriptor of service_open(), in @loop.
 * Errors end the loop. Returns 0, or -1 after a message.
 */
int serve_begin(sd_event *loop, int service);

#endif
