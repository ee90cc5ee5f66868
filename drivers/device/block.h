/* SPDX-License-Identifier: GPL-2.0 */
/* Part of device.h: the order of eviction, and the parts of processes. */
#ifndef _HMT_DEVICE_BLOCK_H
#define _HMT_DEVICE_BLOCK_H

#include <linux/mutex.h>
#include <linux/types.h>

struct hmt_device_pool;
struct hmt_device_range;
struct mm_struct;

/**
 * struct hmt_device_owner - blocks of a device that an address space used last
 * @mm: address space; compared only
 * @blocks: number of blocks, by weight
 * @open: the space has a view of the device; else this is freed with the last
 *	block
 *
 * Under hmt_device_pages.lock. See owner.c.
 */
struct hmt_device_owner {
	const struct mm_struct *mm;
	unsigned long blocks;
	bool open;
};

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
 * @owner: address space of the last access, or NULL
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
	struct hmt_device_owner *owner;
	unsigned long addr;
	u32 prev;
	u32 next;
	u32 used;
	u8 list;
	bool fresh;
	u8 weight;
};

/**
 * struct hmt_device_victim - a block that gives way next
 * @index: its first page
 * @mm: address space of the last access, or NULL; compared only
 * @addr: as of &struct hmt_device_block
 * @used: as of &struct hmt_device_block
 * @fresh: as of &struct hmt_device_block
 * @weight: as of &struct hmt_device_block
 */
struct hmt_device_victim {
	unsigned long index;
	const struct mm_struct *mm;
	unsigned long addr;
	u32 used;
	bool fresh;
	u8 weight;
};

/**
 * struct hmt_device_blocks - order in which memory of the device is evicted
 * @evicting: held while blocks are evicted
 * @of: blocks, and a head for each list
 * @nr: number of blocks
 * @count: blocks of each list, by weight
 * @sharing: address spaces that have a view and a block
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
	unsigned int sharing;
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
			   struct hmt_device_owner *owner, unsigned long addr);
bool hmt_device_block_next(struct hmt_device_pool *pool,
			   const struct hmt_device_owner *needs,
			   struct hmt_device_victim *victim);
void hmt_device_block_keep(struct hmt_device_pool *pool, unsigned long index);

/* owner.c */
struct hmt_device_owner *hmt_device_owner_open(const struct mm_struct *mm);
void hmt_device_owner_close(struct hmt_device_pool *pool,
			    struct hmt_device_owner *owner);
void hmt_device_owner_take(struct hmt_device_blocks *blocks,
			   struct hmt_device_owner *owner, unsigned int weight);
void hmt_device_owner_drop(struct hmt_device_blocks *blocks,
			   struct hmt_device_owner *owner, unsigned int weight);
bool hmt_device_owner_yields(const struct hmt_device_pool *pool,
			     const struct hmt_device_owner *owner,
			     const struct hmt_device_owner *needs);

/* evict.c */
bool hmt_device_make_room(struct hmt_device_pool *pool,
			  const struct hmt_device_owner *needs,
			  const struct hmt_device_range *range, u64 pages,
			  u64 low);

#endif /* _HMT_DEVICE_BLOCK_H */
