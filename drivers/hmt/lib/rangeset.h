/* SPDX-License-Identifier: GPL-2.0 */
/* A bounded set of addresses, kept as ranges. */
#ifndef _HMT_RANGESET_H
#define _HMT_RANGESET_H

#include <linux/types.h>

/* Addresses from @start up to @end, which is behind the last one. */
struct hmt_span {
	unsigned long start;
	unsigned long end;
};

/**
 * struct hmt_rangeset - a set of addresses; all zeros is an empty one
 * @nr: entries in @spans
 * @room: how many fit
 * @spans: ascending, with gaps between them; allocated
 *
 * The owner keeps readers and writers apart.
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
