// SPDX-License-Identifier: GPL-2.0
/*
 * Huge pages that were split. khugepaged knows nothing of heat and collapses
 * them again, and HMT would split them again forever. Therefore the time before
 * a page may be split again doubles with each split.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/hmt_internal.h>
#include <linux/minmax.h>
#include "heat.h"

/*
 * An entry has the number of splits and the time (s) until which the page is
 * held.
 */
#define HMT_SPLITS_TIMES_BITS	4

static unsigned long hmt_splits_times(unsigned long entry)
{
	return entry & ((1UL << HMT_SPLITS_TIMES_BITS) - 1);
}

static u64 hmt_splits_until(unsigned long entry)
{
	return entry >> HMT_SPLITS_TIMES_BITS;
}

/* Return the entry of the huge page; 0 if it was never split. */
static unsigned long hmt_splits_load(struct hmt_splits *splits,
				     unsigned long addr)
{
	void *entry = xa_load(&splits->chunks, addr >> HMT_CHUNK_SHIFT);

	return entry ? xa_to_value(entry) : 0;
}

void hmt_splits_init(struct hmt_splits *splits)
{
	xa_init(&splits->chunks);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_splits_init);

void hmt_splits_destroy(struct hmt_splits *splits)
{
	xa_destroy(&splits->chunks);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_splits_destroy);

/*
 * Check whether the huge page at @addr must not be split at @now (s). Context:
 * any.
 */
bool hmt_splits_holds(struct hmt_splits *splits, unsigned long addr, u64 now)
{
	return now < hmt_splits_until(hmt_splits_load(splits, addr));
}
EXPORT_SYMBOL_IF_KUNIT(hmt_splits_holds);

/*
 * Record that a part of the huge page at @addr left it at @now (s). Has no
 * effect while the page is held, because it leaves in many parts. If the entry
 * cannot be allocated, the page is not held. Context: process.
 */
void hmt_splits_note(struct hmt_splits *splits, unsigned long addr, u64 now)
{
	unsigned long times = hmt_splits_times(hmt_splits_load(splits, addr));
	u64 until = now + ((u64)HMT_SPLITS_HOLD << times);

	if (hmt_splits_holds(splits, addr, now))
		return;
	times = min(times + 1, (unsigned long)HMT_SPLITS_DOUBLED);
	xa_store(&splits->chunks, addr >> HMT_CHUNK_SHIFT,
		 xa_mk_value(until << HMT_SPLITS_TIMES_BITS | times),
		 GFP_KERNEL);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_splits_note);
