/* SPDX-License-Identifier: GPL-2.0 */
/* Clients of the exporter: one request of HTTP each. */
#ifndef HMTD_CLIENT_H
#define HMTD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct sd_event;

/**
 * typedef client_text_fn - text for clients
 * @openmetrics: in the format of OpenMetrics, else in that of Prometheus
 * @length: its length
 *
 * Return: the text, valid until the next call, or NULL without memory.
 */
typedef const char *(*client_text_fn)(bool openmetrics, size_t *length);

/* Serve clients of the listening socket @fd in @loop. Return 0 or -errno. */
int clients_begin(struct sd_event *loop, int fd, client_text_fn text);

/* Close all of them. */
void clients_end(void);

#endif
