/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that the files of hmt_accessed share. */
#ifndef _HMT_ACCESSED_H
#define _HMT_ACCESSED_H

#include <linux/bitops.h>
#include <linux/hmt_provider.h>
#include <linux/pgtable.h>
#include <linux/types.h>

/*
 * Test and clear the bit like pmdp_test_and_clear_young() and its siblings on
 * x86, which are not exported. A race with the removal of the entry is harmless
 * because swap and migration entries do not use bit 5.
 */
static inline bool hmt_accessed_clear(void *entry)
{
	return test_and_clear_bit(_PAGE_BIT_ACCESSED, (unsigned long *)entry);
}

bool hmt_accessed_uses_upper(void);
void hmt_accessed_flush(struct hmt_mm *managed);

/* accessed_rate.c */
void hmt_accessed_measure(struct hmt_session *session, struct hmt_mm *managed);

#endif /* _HMT_ACCESSED_H */
