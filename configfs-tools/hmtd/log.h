/* SPDX-License-Identifier: GPL-2.0 */
/* What hmtd says, on standard error: systemd keeps it. */
#ifndef HMTD_LOG_H
#define HMTD_LOG_H

#include <stdbool.h>

/* Say what is done, too. */
void log_verbose(bool verbose);
void log_detail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Always -1. */
int log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
