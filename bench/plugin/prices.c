// SPDX-License-Identifier: GPL-2.0
/* Price list of the memory model. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "prices.h"

#define LINES_PER_PAGE	64

static const struct {
	const char *name;
	size_t offset;
	unsigned int least;
	unsigned int most;
} fields[] = {
	/* The guest's clock cannot run slower than one instruction per ns. */
	{ "instruction-ps", offsetof(struct prices, instruction_ps), 1, 1000 },
	{ "hit-ps", offsetof(struct prices, hit_ps), 0, 1000000 },
	{ "load-percent", offsetof(struct prices, load_percent), 1, 10000 },
	{ "overlap-percent", offsetof(struct prices, overlap_percent), 100, 10000 },
	{ "walk-ns", offsetof(struct prices, walk_ns), 0, 10000 },
	{ "accessed-ns", offsetof(struct prices, accessed_ns), 0, 10000 },
	{ "copy-overlap-percent", offsetof(struct prices, copy_overlap_percent), 0, 100000 },
};

bool prices_set(struct prices *prices, const char *name, const char *value)
{
	unsigned int number;
	char rest;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (strcmp(name, fields[i].name))
			continue;
		if (sscanf(value, "%u%c", &number, &rest) != 1 ||
		    number < fields[i].least || number > fields[i].most)
			return false;
		*(unsigned int *)((char *)prices + fields[i].offset) = number;
		return true;
	}
	return false;
}

static uint64_t latency_ps(const struct prices *prices, unsigned int memory,
			   bool store)
{
	return (uint64_t)prices->memory_ns[memory][store] * 10 *
	       prices->load_percent;
}

uint64_t prices_miss(const struct prices *prices, unsigned int memory,
		     bool store)
{
	return latency_ps(prices, memory, store) * 100 /
	       prices->overlap_percent;
}

uint64_t prices_copy(const struct prices *prices, unsigned int from,
		     unsigned int to)
{
	if (!prices->copy_overlap_percent)
		return 0;
	return (latency_ps(prices, from, false) + latency_ps(prices, to, true)) *
	       LINES_PER_PAGE * 100 / prices->copy_overlap_percent;
}

uint64_t prices_cold(const struct prices *prices, unsigned int to,
		     unsigned int lines)
{
	return prices_miss(prices, to, false) * lines;
}
