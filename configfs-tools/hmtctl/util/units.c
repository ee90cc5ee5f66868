// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/units.h"

static bool all_digits(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

bool parse_number(const char *text, uint64_t min, uint64_t max,
		  uint64_t *value)
{
	if (!all_digits(text))
		return false;
	errno = 0;
	*value = strtoull(text, NULL, 10);
	return !errno && *value >= min && *value <= max;
}

bool parse_size(const char *text, uint64_t *bytes)
{
	static const char suffixes[] = "KMGT";
	size_t digits = strspn(text, "0123456789");
	const char *suffix;
	unsigned int shift = 0;
	uint64_t value;

	if (!digits)
		return false;
	if (text[digits]) {
		suffix = strchr(suffixes, text[digits]);
		if (!suffix || text[digits + 1])
			return false;
		shift = 10 * (suffix - suffixes + 1);
	}
	errno = 0;
	value = strtoull(text, NULL, 10);
	if (errno || value > UINT64_MAX >> shift)
		return false;
	*bytes = value << shift;
	return true;
}

bool parse_seconds(const char *text, double *seconds)
{
	char *end;

	if (!*text || text[strspn(text, "0123456789.")])
		return false;
	*seconds = strtod(text, &end);
	return !*end && *seconds >= 0.05 && *seconds <= 86400;
}

static void format_quantity(double value, double step, const char *const *units,
			    char out[UNITS_LEN])
{
	size_t i = 0;

	for (; value >= step && units[i + 1]; i++)
		value /= step;
	snprintf(out, UNITS_LEN, "%.*f %s", value == floor(value) ? 0 : 2,
		 value, units[i]);
}

void human_size(uint64_t bytes, char out[UNITS_LEN])
{
	static const char *const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", NULL
	};

	format_quantity(bytes, 1024, units, out);
}

void human_time(uint64_t ns, char out[UNITS_LEN])
{
	static const char *const units[] = { "ns", "us", "ms", "s", NULL };

	format_quantity(ns, 1000, units, out);
}

void human_rate(uint64_t mb_per_s, char out[UNITS_LEN])
{
	static const char *const units[] = { "MB/s", "GB/s", "TB/s", NULL };

	format_quantity(mb_per_s, 1000, units, out);
}

bool list_has(const char *list, unsigned long number)
{
	unsigned long first, last;
	char *end;

	for (; *list >= '0' && *list <= '9'; list = end + (*end == ',')) {
		first = strtoul(list, &end, 10);
		last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
		if (first <= number && number <= last)
			return true;
	}
	return false;
}
