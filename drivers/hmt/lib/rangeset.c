// SPDX-License-Identifier: GPL-2.0
/* A bounded set of addresses: a sorted array of ranges. */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "rangeset.h"

/* Initial number of entries; doubled whenever the array is full. */
#define HMT_RANGESET_FIRST	8

/* Return the index of the first range that ends at or after @addr. */
static unsigned int hmt_rangeset_search(const struct hmt_rangeset *set,
					unsigned long addr)
{
	unsigned int low = 0, high = set->nr;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (set->spans[middle].end < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int hmt_rangeset_reserve(struct hmt_rangeset *set, unsigned int nr,
				unsigned int max)
{
	unsigned int room = set->room ?: HMT_RANGESET_FIRST;
	struct hmt_span *spans;

	if (nr > max)
		return -ENOSPC;
	while (room < nr)
		room *= 2;
	if (room == set->room)
		return 0;
	spans = krealloc_array(set->spans, room, sizeof(*spans),
			       GFP_KERNEL_ACCOUNT);
	if (!spans)
		return -ENOMEM;
	set->spans = spans;
	set->room = room;
	return 0;
}

/* Replace the ranges with index in [@low, @high) by @nr ranges. */
static int hmt_rangeset_replace(struct hmt_rangeset *set, unsigned int low,
				unsigned int high, const struct hmt_span *spans,
				unsigned int nr, unsigned int max)
{
	unsigned int total = set->nr - (high - low) + nr;
	int ret = hmt_rangeset_reserve(set, total, max);

	if (ret)
		return ret;
	memmove(set->spans + low + nr, set->spans + high,
		(set->nr - high) * sizeof(*spans));
	memcpy(set->spans + low, spans, nr * sizeof(*spans));
	set->nr = total;
	return 0;
}

/*
 * Add [@start, @end). Return 0, -ENOSPC if the set would have more than @max
 * ranges, or -ENOMEM; the set is unchanged on error. May sleep.
 */
int hmt_rangeset_add(struct hmt_rangeset *set, unsigned long start,
		     unsigned long end, unsigned int max)
{
	unsigned int low = hmt_rangeset_search(set, start), high = low;
	struct hmt_span span = { .start = start, .end = end };

	/* Merge all ranges that overlap or are adjacent. */
	for (; high < set->nr && set->spans[high].start <= end; high++) {
		span.start = min(span.start, set->spans[high].start);
		span.end = max(span.end, set->spans[high].end);
	}
	return hmt_rangeset_replace(set, low, high, &span, 1, max);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_rangeset_add);

/*
 * Remove all addresses in [@start, @end). Returns errors as hmt_rangeset_add().
 */
int hmt_rangeset_remove(struct hmt_rangeset *set, unsigned long start,
			unsigned long end, unsigned int max)
{
	unsigned int low = hmt_rangeset_search(set, start + 1), high = low;
	struct hmt_span rest[2];
	unsigned int nr = 0;

	for (; high < set->nr && set->spans[high].start < end; high++) {
		const struct hmt_span *span = &set->spans[high];

		if (span->start < start)
			rest[nr++] = (struct hmt_span) { span->start, start };
		if (span->end > end)
			rest[nr++] = (struct hmt_span) { end, span->end };
	}
	if (low == high)
		return 0;
	return hmt_rangeset_replace(set, low, high, rest, nr, max);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_rangeset_remove);

/*
 * Narrow [*@start, *@end) to the first part that is in @set; return false if no
 * part is.
 */
bool hmt_rangeset_first(const struct hmt_rangeset *set, unsigned long *start,
			unsigned long *end)
{
	unsigned int index = hmt_rangeset_search(set, *start + 1);
	const struct hmt_span *span;

	if (*start >= *end || index == set->nr ||
	    set->spans[index].start >= *end)
		return false;
	span = &set->spans[index];
	*start = max(*start, span->start);
	*end = min(*end, span->end);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_rangeset_first);

void hmt_rangeset_destroy(struct hmt_rangeset *set)
{
	kfree(set->spans);
	memset(set, 0, sizeof(*set));
}
EXPORT_SYMBOL_IF_KUNIT(hmt_rangeset_destroy);
