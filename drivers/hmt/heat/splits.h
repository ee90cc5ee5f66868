/* SPDX-License-Identifier: GPL-2.0 */
/* Which huge pages of an address space were split, and are not to be for now. */
#ifndef _HMT_SPLITS_H
#define _HMT_SPLITS_H

#include <linux/types.h>
#include <linux/xarray.h>

/*
 * s that a page which was split is not split again. It doubles each time, up to
 * HMT_SPLITS_DOUBLED times: one hour.
 */
#define HMT_SPLITS_HOLD		60
#define HMT_SPLITS_DOUBLED	6

/**
 * struct hmt_splits - huge pages that were split
 * @chunks: index address >> HMT_CHUNK_SHIFT; there is an entry for each 2 MiB
 *	that were ever split
 *
 * Written by the engine's thread only. Zero is not valid: see hmt_splits_init().
 */
struct hmt_splits {
	struct xarray chunks;
};

void hmt_splits_init(struct hmt_splits *splits);
void hmt_splits_destroy(struct hmt_splits *splits);
bool hmt_splits_holds(struct hmt_splits *splits, unsigned long addr, u64 now);
void hmt_splits_note(struct hmt_splits *splits, unsigned long addr, u64 now);

#endif /* _HMT_SPLITS_H */
