/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts that other CPUs get because pages are moved. */
#ifndef _HMT_FLUSHES_H
#define _HMT_FLUSHES_H

#include <linux/types.h>

/**
 * struct hmt_flushes - what moving pages of running programs costs their CPUs
 * @flushes: interrupts to flush the TLB
 * @pages: pages that moved meanwhile
 * @end: count of such interrupts when the last of them had moved
 * @when: time of that, ns
 */
struct hmt_flushes {
	u64 flushes;
	u64 pages;
	u32 end;
	u64 when;
};

u32 hmt_flushes_count(void);
void hmt_flushes_add(struct hmt_flushes *flushes, u32 begin,
		     unsigned int pages);
bool hmt_flushes_are_few(const struct hmt_flushes *flushes);

#endif /* _HMT_FLUSHES_H */
