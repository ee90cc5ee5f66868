/* SPDX-License-Identifier: GPL-2.0 */
/* Messages on standard error, which systemd stores. */
#ifndef HMTD_LOG_H
#define HMTD_LOG_H

#include <stdbool.h>

/* Enable log_detail(). */
void log_verbose(bool verbose);
void log_detail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Log an error; return -1. */
int log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
