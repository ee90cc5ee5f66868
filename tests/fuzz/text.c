// SPDX-License-Identifier: GPL-2.0
/* Any text for the functions of hmtctl that parse, escape and mask it. */
#include <ctype.h>

#include "cli/errors.h"
#include "cli/ranges.h"
#include "input.h"
#include "trace/samples.h"
#include "util/text.h"
#include "util/units.h"
#include "util/words.h"

static void check_ascii(const char *what, const char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			wrong("byte %02x in %s", (unsigned char)*text, what);
}

static void units(char *text)
{
	char out[UNITS_LEN];
	uint64_t value;
	double seconds;

	if (parse_number(text, 5, 1000, &value) && (value < 5 || value > 1000))
		wrong("%llu", (unsigned long long)value);
	if (parse_seconds(text, &seconds) && !(seconds >= 0.05 && seconds <= 86400))
		wrong("%f s", seconds);
	if (!parse_size(text, &value))
		return;
	human_size(value, out);
	check_ascii("a size", out);
	human_time(value, out);
	check_ascii("a time", out);
	human_rate(value, out);
	check_ascii("a rate", out);
}

static void lists(char *text)
{
	list_has(text, below(256));
}

static void words(char *text)
{
	char **split = words_split(text), **again;
	char *joined = words_join(split), *twice;

	again = words_split(joined);
	twice = words_join(again);
	if (strcmp(joined, twice) || words_count(split) != words_count(again))
		wrong("'%s', then '%s'", joined, twice);
	words_free(split);
	words_free(again);
	free(joined);
	free(twice);
}

/* Text without controls that is UTF-8 is not changed any more. */
static void mask(char *text)
{
	char *masked = strdup(text), *again, *escaped;
	const char *c;

	text_mask(masked, "");
	for (c = masked; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			wrong("byte %02x is left", (unsigned char)*c);
	again = strdup(masked);
	text_mask(again, "");
	if (strcmp(masked, again) || strlen(masked) != strlen(text))
		wrong("'%s', then '%s'", masked, again);
	escaped = text_escape(masked);
	if (!escaped)
		wrong("'%s' is not UTF-8", masked);
	check_ascii("an escaped text", escaped);
	free(escaped);
	free(again);
	free(masked);
}

/* Each sample is in a range; ranges ascend, and none touches an equal one. */
static void sampled(char *text)
{
	static struct hmt_heat_range ranges[HMT_REPORT_MAX];
	static struct samples samples;
	size_t taken, added = 0, i;
	uint64_t address, pages = 0;
	char *line, *rest;

	samples.page = 4096;
	samples.score = HMT_REPORT_SCORE_HIT;
	samples.count = 0;
	for (line = strtok_r(text, "\n", &rest); line && !samples_full(&samples);
	     line = strtok_r(NULL, "\n", &rest))
		if (samples_parse(line, &address))
			added += samples_add(&samples, address);
	taken = samples_take(&samples, ranges);
	for (i = 0; i < taken; i++) {
		pages += ranges[i].length / 4096;
		if (!ranges[i].length || ranges[i].start % 4096 ||
		    (i && ranges[i].start <
				  ranges[i - 1].start + ranges[i - 1].length))
			wrong("range %zu", i);
	}
	if (pages > added || (added && !taken))
		wrong("%llu pages of %zu samples", (unsigned long long)pages,
		      added);
}

/* Operands "START-END", as many as there are words. */
static void operands(char *text)
{
	struct hmtctl ctl = { .root = -1, .fake = true };
	struct ranges ranges = { };
	char **split = words_split(text);
	size_t i;
	pid_t pid;

	errors_mute(true);
	if (split[0] && !parse_pid(split[0], &pid) && pid < 1)
		wrong("process %d", pid);
	if (split[0] && !ranges_parse(&ctl, 1, split, &ranges))
		for (i = 0; i < ranges.count; i++)
			if (ranges.list[i].start >= ranges.list[i].end)
				wrong("range %zu", i);
	cleanup_ranges(&ranges);
	words_free(split);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	static void (*const parts[])(char *text) = {
		units, lists, words, mask, sampled, operands,
	};
	unsigned int part;
	char *text;

	set_input(data, size);
	part = below(sizeof(parts) / sizeof(*parts));
	text = rest_as_text();
	parts[part](text);
	free(text);
	return 0;
}
