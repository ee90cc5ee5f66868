/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages: on standard error with the levels of the journal if that is
 * connected to it, on standard error as text, or in syslog.
 */
#ifndef HMTD_LOG_H
#define HMTD_LOG_H

#include <stdbool.h>

/* Enable log_detail(). */
void log_verbose(bool verbose);
/* Use syslog from now on, unless the journal reads standard error. */
void log_to_syslog(void);
void log_detail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Log an error; return -1. */
int log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
