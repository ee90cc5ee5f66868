/* SPDX-License-Identifier: GPL-2.0 */
/* Parsers of trace events, for pass.c. */
#ifndef HMTCTL_PARSE_H
#define HMTCTL_PARSE_H

#include "trace/heattrace.h"

/*
 * Copy the text after " KEY=" in @line to @out, control characters masked; false
 * if missing or too long.
 */
bool trace_text_field(const char *line, const char *key, char *out,
		      size_t size);
/* Store the number after " KEY=" in @line in *@out; false if missing. */
bool trace_number_field(const char *line, const char *key, int64_t *out);

/* Parse an event. These return false if the event is malformed. */
bool trace_parse_chunk(const char *line, struct trace_chunk *chunk);
bool trace_parse_evidence(const char *line, struct trace_evidence *evidence);
bool trace_parse_provider(const char *line, struct trace_pass *pass);
/* Return the number of the tier, or -1 if the event is malformed. */
int trace_parse_tier(const char *line, struct trace_pass *pass);

#endif
