// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

static bool is_verbose;
static bool is_syslog;

/*
 * Check whether the journal reads standard error: systemd sets JOURNAL_STREAM
 * to the device and inode of the stream, see systemd.exec(5).
 */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long device, inode;
	struct stat stat;

	return stream && sscanf(stream, "%lu:%lu", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &stat) && stat.st_dev == device &&
	       stat.st_ino == inode;
}

void log_verbose(bool verbose)
{
	is_verbose = verbose;
}

void log_to_syslog(void)
{
	if (is_journal())
		return;
	is_syslog = true;
	openlog("hmtd", LOG_PID, LOG_DAEMON);
}

/* Print a line in one call, so that lines of several processes do not mix. */
static void log_line(int level, const char *format, va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, args);
	if (is_syslog)
		syslog(level, "%s", line);
	else if (is_journal())
		/* The journal takes the level from the prefix. */
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "hmtd: %s\n", line);
}

void log_detail(const char *format, ...)
{
	va_list args;

	if (!is_verbose)
		return;
	va_start(args, format);
	log_line(LOG_INFO, format, args);
	va_end(args);
}

int log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_ERR, format, args);
	va_end(args);
	return -1;
}
