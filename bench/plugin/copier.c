// SPDX-License-Identifier: GPL-2.0
#include "copier.h"
#include "fail.h"

static struct {
	uint64_t start;
	uint64_t end;
} copiers[16];
static unsigned int nr_copiers;

void copier_add(uint64_t start, uint64_t end)
{
	if (nr_copiers == sizeof(copiers) / sizeof(*copiers))
		fail("too many functions that copy");
	copiers[nr_copiers].start = start;
	copiers[nr_copiers++].end = end;
}

bool copier_has(uint64_t pc)
{
	unsigned int i;

	for (i = 0; i < nr_copiers; i++)
		if (pc >= copiers[i].start && pc < copiers[i].end)
			return true;
	return false;
}
