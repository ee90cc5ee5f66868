/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts of other CPUs by moves of pages. */
#ifndef _HMT_FLUSHES_H
#define _HMT_FLUSHES_H

#include <linux/types.h>

/**
 * struct hmt_flushes - cost of moving pages of running programs
 * @flushes: interrupts to flush the TLB
 * @pages: pages that moved in the meantime
 * @end: hmt_flushes_count() when the last of the pages had moved
 * @when: time of @end, ns
 */
struct hmt_flushes {
	u64 flushes;
	u64 pages;
	u32 end;
	u64 when;
};

u32 hmt_flushes_count(void);
void hmt_flushes_add(struct hmt_flushes *flushes, u32 begin, u32 end,
		     unsigned int pages);
bool hmt_flushes_are_few(const struct hmt_flushes *flushes);

#endif /* _HMT_FLUSHES_H */
