/* SPDX-License-Identifier: GPL-2.0 */
/* Part of device.h: the order of eviction. */
#ifndef _HMT_DEVICE_BLOCK_H
#define _HMT_DEVICE_BLOCK_H

#include <linux/mutex.h>
#include <linux/types.h>

struct hmt_device_pool;
struct hmt_device_range;
struct mm_struct;

/**
 * enum hmt_device_list - place of a block in the order of eviction
 * @HMT_DEVICE_UNLISTED: no page is used, or the block is a part of a huge page
 * @HMT_DEVICE_COLD: used for the first time lately: it leaves first
 * @HMT_DEVICE_WARM: used again, or arrived while there was room
 */
enum hmt_device_list {
	HMT_DEVICE_UNLISTED,
	HMT_DEVICE_COLD,
	HMT_DEVICE_WARM,
};

/**
 * struct hmt_device_block - 64 KiB of a device, the unit of eviction
 * @mm: address space of the last access; compared only
 * @addr: address of it
 * @prev: neighbours in the list, by index
 * @next: as @prev
 * @used: arrivals of the pool when the device used it; of a cold block when it
 *	did first
 * @list: list
 * @fresh: the device has not used it since it arrived
 * @weight: number of blocks: 1, or those of a huge page
 */
struct hmt_device_block {
	const struct mm_struct *mm;
	unsigned long addr;
	u32 prev;
	u32 next;
	u32 used;
	u8 list;
	bool fresh;
	u8 weight;
};

/**
 * struct hmt_device_blocks - order in which memory of the device is evicted
 * @evicting: held while blocks are evicted
 * @of: blocks, and a head for each list
 * @nr: number of blocks
 * @count: blocks of each list, by weight
 * @arrivals: blocks that the device used for the first time: a clock
 * @pressed: memory was evicted to make room, so that new blocks must prove that
 *	they are used again
 *
 * All but @evicting is protected by hmt_device_pages.lock.
 */
struct hmt_device_blocks {
	struct mutex evicting;
	struct hmt_device_block *of;
	u32 nr;
	unsigned long count[HMT_DEVICE_WARM + 1];
	u32 arrivals;
	bool pressed;
};

/* block.c */
int hmt_device_blocks_init(struct hmt_device_blocks *blocks, unsigned long nr);
void hmt_device_blocks_free(struct hmt_device_blocks *blocks);
void hmt_device_block_arrived(struct hmt_device_pool *pool, unsigned long index,
			      unsigned long nr);
void hmt_device_block_freed(struct hmt_device_pool *pool, unsigned long index,
			    unsigned long nr);
void hmt_device_block_split(struct hmt_device_pool *pool, unsigned long index);
void hmt_device_block_used(struct hmt_device_pool *pool, unsigned long index,
			   const struct mm_struct *mm, unsigned long addr);
bool hmt_device_block_next(struct hmt_device_pool *pool, unsigned long *index,
			   struct hmt_device_block *block);
void hmt_device_block_keep(struct hmt_device_pool *pool, unsigned long index);

/* evict.c */
bool hmt_device_make_room(struct hmt_device_pool *pool,
			  const struct mm_struct *mm,
			  const struct hmt_device_range *range, u64 pages,
			  u64 low);

#endif /* _HMT_DEVICE_BLOCK_H */
