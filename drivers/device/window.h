/* SPDX-License-Identifier: GPL-2.0 */
/* Part of device.h: history of the memory that a device touches. */
#ifndef _HMT_DEVICE_WINDOW_H
#define _HMT_DEVICE_WINDOW_H

#include <linux/build_bug.h>
#include <linux/hmt_internal.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct hmt_device_owner;
struct hmt_device_pool;
struct hmt_device_victim;
struct mm_struct;

/* Aligned range that moves with a page that is touched, in bytes. */
#define HMT_DEVICE_WINDOW_PAGES	16
#define HMT_DEVICE_WINDOW	(HMT_DEVICE_WINDOW_PAGES * PAGE_SIZE)

/* Windows of a chunk. */
#define HMT_DEVICE_CHUNK_WINDOWS	(HMT_CHUNK_SIZE / HMT_DEVICE_WINDOW)

/* A fault moves up to HMT_DEVICE_WINDOW << HMT_DEVICE_ORDER_MAX bytes. */
#define HMT_DEVICE_ORDER_MAX	5

/**
 * struct hmt_device_window - history of a window of an address space
 * @since: time of the first turn, or of the begin of the hold, in jiffies
 * @left: arrivals of the pool when the device last used it, if @evicted
 * @turns: changes of direction since @since
 * @on_device: true if the last move was to the device
 * @held: true if the window stays in system memory
 * @evicted: true if it gave way to other memory
 * @whole: the last move was that of a huge page, which counts at its first window
 *
 * 12 bytes for 16 pages.
 */
struct hmt_device_window {
	u32 since;
	u32 left;
	u8 turns;
	u8 on_device : 1;
	u8 held : 1;
	u8 evicted : 1;
	u8 whole : 1;
};

static_assert(sizeof(struct hmt_device_window) == 12);

struct hmt_device_chunk {
	struct hmt_device_window windows[HMT_DEVICE_CHUNK_WINDOWS];
};

/* Faults of a device that are followed at a time, for each address space. */
#define HMT_DEVICE_STREAMS	4

/**
 * struct hmt_device_stream - faults at rising addresses
 * @start: range of the last fault
 * @next: its end (exclusive)
 * @last: page of the last fault
 * @order: size of the range: HMT_DEVICE_WINDOW << @order
 * @dense: page after page was touched, so that the device will touch all
 */
struct hmt_device_stream {
	unsigned long start;
	unsigned long next;
	unsigned long last;
	unsigned int order;
	bool dense;
};

/**
 * struct hmt_device_space - history of an address space on a device
 * @mm: address space; compared only
 * @owner: its blocks
 * @views: views of the device; under hmt_device_views_lock
 * @chunks: &struct hmt_device_chunk by address >> HMT_CHUNK_SHIFT, of what the
 *	device touched and is mapped
 * @streams: recent faults
 * @turn: index of the stream that is forgotten next
 * @order_max: largest order of a stream; falls when memory moved in vain
 * @streak: faults since @order_max changed
 * @futile: evictions in a row after which nothing moved
 * @skip: faults for which nothing is evicted
 */
struct hmt_device_space {
	const struct mm_struct *mm;
	struct hmt_device_owner *owner;
	unsigned int views;
	struct xarray chunks;
	struct hmt_device_stream streams[HMT_DEVICE_STREAMS];
	unsigned int turn;
	unsigned int order_max;
	unsigned int streak;
	unsigned int futile;
	unsigned int skip;
};

/**
 * struct hmt_device_windows - history of all memory that the device touched
 * @lock: protects @sharing, @spaces and all below them. Chunks are added without
 *	it, by a holder of the gate of a view.
 * @sharing: counters
 * @spaces: &struct hmt_device_space by address of the mm
 */
struct hmt_device_windows {
	spinlock_t lock;
	struct hmt_sharing_stats sharing;
	struct xarray spaces;
};

/**
 * struct hmt_device_range - memory that moves with a page that is touched
 * @start: first address
 * @end: end (exclusive), in the same chunk
 * @fill_end: the pages from the touched one up to here are created on the device
 *	if none exist
 */
struct hmt_device_range {
	unsigned long start;
	unsigned long end;
	unsigned long fill_end;
};

/* window.c */
void hmt_device_windows_init(struct hmt_device_windows *windows);
struct hmt_device_space *hmt_device_space_get(struct hmt_device_pool *pool,
					      const struct mm_struct *mm);
void hmt_device_space_put(struct hmt_device_pool *pool,
			  struct hmt_device_space *space);
void hmt_device_space_unmapped(struct hmt_device_pool *pool,
			       struct hmt_device_space *space,
			       unsigned long start, unsigned long end);
void hmt_device_space_remember(struct hmt_device_space *space,
			       unsigned long addr);
void hmt_device_note_turn(struct hmt_device_pool *pool,
			  const struct mm_struct *mm, unsigned long start,
			  unsigned long end, bool to_device);
void hmt_device_note_came(struct hmt_device_pool *pool,
			  struct hmt_device_space *space, unsigned long start,
			  unsigned long end, bool whole);
void hmt_device_note_returned(struct hmt_device_pool *pool,
			      const struct mm_struct *mm, unsigned long start,
			      unsigned long end, unsigned long pages);
void hmt_device_note_evicted(struct hmt_device_pool *pool,
			     const struct hmt_device_victim *victim);
void hmt_device_note_wasted(struct hmt_device_pool *pool,
			    const struct mm_struct *mm);
bool hmt_device_when_left(struct hmt_device_pool *pool,
			  const struct mm_struct *mm, unsigned long addr,
			  u32 *when);
bool hmt_device_holds_window(struct hmt_device_pool *pool,
			     struct hmt_device_space *space,
			     unsigned long window);
bool hmt_device_holds_whole(struct hmt_device_pool *pool,
			    struct hmt_device_space *space,
			    unsigned long chunk);
void hmt_device_plan_range(struct hmt_device_pool *pool,
			   struct hmt_device_space *space, unsigned long addr,
			   struct hmt_device_range *range);
void hmt_device_count(struct hmt_device_pool *pool, u64 *counter, u64 pages);

#endif /* _HMT_DEVICE_WINDOW_H */
