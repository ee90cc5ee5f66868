/* SPDX-License-Identifier: GPL-2.0 */
/* A bounded set of addresses, kept as ranges. */
#ifndef _HMT_RANGESET_H
#define _HMT_RANGESET_H

#include <linux/types.h>

/* Addresses from @start to @end (exclusive). */
struct hmt_span {
	unsigned long start;
	unsigned long end;
};

/**
 * struct hmt_rangeset - a set of addresses; all zeros is the empty set
 * @nr: number of entries in @spans
 * @room: number of entries allocated
 * @spans: ascending ranges with gaps between them
 *
 * The owner serialises readers and writers.
 */
struct hmt_rangeset {
	unsigned int nr;
	unsigned int room;
	struct hmt_span *spans;
};

int hmt_rangeset_add(struct hmt_rangeset *set, unsigned long start,
		     unsigned long end, unsigned int max);
int hmt_rangeset_remove(struct hmt_rangeset *set, unsigned long start,
			unsigned long end, unsigned int max);
bool hmt_rangeset_first(const struct hmt_rangeset *set, unsigned long *start,
			unsigned long *end);
void hmt_rangeset_destroy(struct hmt_rangeset *set);

#endif /* _HMT_RANGESET_H */
