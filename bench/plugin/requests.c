// SPDX-License-Identifier: GPL-2.0
/* Times of requests to a server. */
#include <string.h>
#include "requests.h"

/* Classes of times: 64 in each power of two, so they are exact to 1.6 %. */
#define STEPS_SHIFT	6
#define CLASSES		((64 - STEPS_SHIFT) << STEPS_SHIFT)

static uint64_t classes[CLASSES], begun, number;

static unsigned int class_of(uint64_t ns)
{
	unsigned int shift;

	if (ns < 1 << STEPS_SHIFT)
		return ns;
	shift = 63 - __builtin_clzll(ns) - STEPS_SHIFT;
	return (shift << STEPS_SHIFT) + (ns >> shift);
}

static uint64_t time_of(unsigned int class)
{
	unsigned int shift = class >> STEPS_SHIFT;

	if (shift < 2)
		return class;
	shift--;
	return (uint64_t)(class - (shift << STEPS_SHIFT)) << shift;
}

void requests_begin(uint64_t now)
{
	begun = now;
}

void requests_end(uint64_t now)
{
	classes[class_of((now - begun) / 1000)]++;
	number++;
}

void requests_reset(void)
{
	memset(classes, 0, sizeof(classes));
	number = 0;
}

void requests_write(FILE *out)
{
	const char *comma = "";
	unsigned int i;

	if (!number)
		return;
	fputs("{\"requests\":[", out);
	for (i = 0; i < CLASSES; i++)
		if (classes[i]) {
			fprintf(out, "%s[%lu,%lu]", comma, time_of(i),
				classes[i]);
			comma = ",";
		}
	fputs("]}\n", out);
}
