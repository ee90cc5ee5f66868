// SPDX-License-Identifier: GPL-2.0
/*
 * All sets of the addresses 0 to ADDRESSES - 1, and all operations on each, with
 * each bound and with each allocation failing, against a bit mask.
 */
#include <linux/slab.h>
#include <string.h>
#include "lib/rangeset.c"
#include "model.h"

#define ADDRESSES	9
#define MASKS		(1U << ADDRESSES)

bool model_fail_allocation;

static unsigned int mask_of(unsigned long start, unsigned long end)
{
	return (1U << end) - (1U << start);
}

/* Return the number of ranges of a mask. */
static unsigned int ranges_of(unsigned int mask)
{
	return __builtin_popcount(mask & ~(mask << 1));
}

/* Fill an empty @set with the ranges of @mask, in an array of exact size. */
static void make(struct hmt_rangeset *set, unsigned int mask, bool exact)
{
	unsigned int addr, nr = ranges_of(mask);

	memset(set, 0, sizeof(*set));
	if (!nr)
		return;
	set->room = exact ? nr : 2 * ADDRESSES;
	set->spans = malloc(set->room * sizeof(*set->spans));
	for (addr = 0; addr < ADDRESSES; addr++) {
		if (!(mask & 1U << addr))
			continue;
		if (!addr || !(mask & 1U << (addr - 1)))
			set->spans[set->nr++].start = addr;
		set->spans[set->nr - 1].end = addr + 1;
	}
}

static unsigned int read_back(const struct hmt_rangeset *set)
{
	unsigned int i, mask = 0;

	for (i = 0; i < set->nr; i++) {
		const struct hmt_span *span = &set->spans[i];

		check(span->start < span->end, "range %u is empty", i);
		check(!i || span[-1].end < span->start,
		      "ranges %u and %u touch", i - 1, i);
		mask |= mask_of(span->start, span->end);
	}
	return mask;
}

static void operate(unsigned int mask, unsigned long start, unsigned long end,
		    unsigned int max, unsigned int how)
{
	unsigned int want = how & 1 ? mask | mask_of(start, end) :
				      mask & ~mask_of(start, end);
	struct hmt_rangeset set;
	int ret;

	make(&set, mask, how & 2);
	model_fail_allocation = how & 4;
	ret = how & 1 ? hmt_rangeset_add(&set, start, end, max) :
			hmt_rangeset_remove(&set, start, end, max);
	if (ret == -ENOSPC)
		check(ranges_of(want) > max, "%u ranges do not fit in %u",
		      ranges_of(want), max);
	else if (ret)
		check(ret == -ENOMEM && how & 4, "error %d", ret);
	check(read_back(&set) == (ret ? mask : want),
	      "%#x, %s %lu to %lu: %#x instead of %#x", mask,
	      how & 1 ? "add" : "remove", start, end, read_back(&set),
	      ret ? mask : want);
	check(set.nr <= set.room, "%u ranges in room for %u", set.nr, set.room);
	if (!ret && want != mask)
		check(set.nr <= max, "%u ranges, at most %u", set.nr, max);
	hmt_rangeset_destroy(&set);
	states++;
}

static void first(unsigned int mask, unsigned long start, unsigned long end)
{
	unsigned int rest = mask & mask_of(start, end);
	unsigned long from = start, to = end;
	struct hmt_rangeset set;

	make(&set, mask, true);
	if (!hmt_rangeset_first(&set, &from, &to)) {
		check(!rest, "%#x has a part of %lu to %lu", mask, start, end);
	} else {
		unsigned int found = mask_of(from, to);
		unsigned int earlier = mask_of(0, from);

		check(from < to && from >= start && to <= end,
		      "%lu to %lu is not in %lu to %lu", from, to, start, end);
		check((rest & found) == found &&
		      !(rest & (earlier | 1U << to)),
		      "%#x: %lu to %lu is not the first part", mask, from, to);
	}
	hmt_rangeset_destroy(&set);
	states++;
}

int main(void)
{
	unsigned int mask, max, how;
	unsigned long start, end;

	for (mask = 0; mask < MASKS; mask++)
		for (start = 0; start < ADDRESSES; start++)
			for (end = start + 1; end <= ADDRESSES; end++) {
				first(mask, start, end);
				for (max = 1; max <= ADDRESSES / 2 + 1; max++)
					for (how = 0; how < 8; how++)
						operate(mask, start, end, max,
							how);
			}
	finish("rangeset: all sets and operations", 900000);
	return 0;
}
