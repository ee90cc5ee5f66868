// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>

#include "log.h"

static bool is_verbose;

void log_verbose(bool verbose)
{
	is_verbose = verbose;
}

/* Print a line in one call, so that lines of several processes do not mix. */
static void log_line(const char *format, va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, args);
	fprintf(stderr, "hmtd: %s\n", line);
}

void log_detail(const char *format, ...)
{
	va_list args;

	if (!is_verbose)
		return;
	va_start(args, format);
	log_line(format, args);
	va_end(args);
}

int log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(format, args);
	va_end(args);
	return -1;
}
