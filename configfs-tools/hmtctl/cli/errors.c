// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "util/text.h"

static bool muted;
static bool as_json;

void errors_json(bool json)
{
	as_json = json;
}

bool json_wanted(void)
{
	return as_json;
}

/* Print a line without controls as JSON. */
static void print_error_json(enum result code, const char *line)
{
	fprintf(stderr, "{\"schema\":%d,\"status\":%d,\"message\":\"",
		OUTPUT_SCHEMA, code);
	for (; *line; line++)
		fprintf(stderr, strchr("\"\\", *line) ? "\\%c" : "%c", *line);
	fputs("\"}\n", stderr);
}

void errors_mute(bool mute)
{
	muted = mute;
}

int fail(enum result code, const char *format, ...)
{
	char line[4096];
	va_list args;

	if (muted)
		return code;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);

	/* Names come from the user, and from recordings. */
	text_mask(line, "");
	if (as_json)
		print_error_json(code, line);
	else
		fprintf(stderr, "hmtctl: %s\n", line);
	return code;
}

const char *find_remedy(int error, const struct remedy *remedies)
{
	for (; remedies && remedies->error; remedies++)
		if (remedies->error == error)
			return remedies->text;
	return NULL;
}

const char *explain(int error, const struct remedy *remedies)
{
	const char *text = find_remedy(error, remedies);

	if (text)
		return text;
	if (error == EINTR)
		return "interrupted by a signal";
	if (error == EACCES || error == EPERM)
		return geteuid() ?
		       "not permitted (run it as root)" :
		       "not permitted, even for root (container? lockdown?)";
	return strerror(error);
}
