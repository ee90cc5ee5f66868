// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: the order in which memory gives way to what a device touches.
 *
 * Blocks of 64 KiB are in one of two lists. Warm blocks are in the order of
 * their last use. Cold blocks are in the order of their arrival; a thirty-second
 * of the memory is enough for them. While there is room, all blocks become warm.
 * Later, a block becomes warm only if the device uses it again after others
 * arrived: while it is still cold, or after it left, in less time than the
 * oldest warm block has not been used for. That block becomes cold then. So
 * memory that is used once pushes out other memory that is used once, and a loop
 * over more memory than fits keeps most of the memory in place, as the best
 * possible order does (S. Jiang and X. Zhang, "LIRS", SIGMETRICS 2002).
 *
 * Time is the number of blocks that arrived: while nothing arrives, nothing has
 * to leave. All functions take constant time.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/hmt_internal.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include "device.h"

#define HMT_DEVICE_BLOCK_SHIFT	4
#define HMT_DEVICE_BLOCK_PAGES	BIT(HMT_DEVICE_BLOCK_SHIFT)

/* Share of the blocks that is left to cold ones, and their least number. */
#define HMT_DEVICE_COLD_SHARE	32
#define HMT_DEVICE_COLD_MIN	4

/* Blocks of other processes to pass over for one that gives way. */
#define HMT_DEVICE_PASS_OVER	64

static_assert(HMT_DEVICE_BLOCK_PAGES == HMT_DEVICE_WINDOW_PAGES);

int hmt_device_blocks_init(struct hmt_device_blocks *blocks, unsigned long nr)
{
	u32 head;

	mutex_init(&blocks->evicting);
	blocks->nr = DIV_ROUND_UP(nr, HMT_DEVICE_BLOCK_PAGES);
	/* Not kvcalloc(), which refuses 2 GiB: the blocks of 4 TiB. */
	blocks->of = vcalloc(blocks->nr + HMT_DEVICE_WARM + 1,
			     sizeof(*blocks->of));
	if (!blocks->of)
		return -ENOMEM;
	for (head = blocks->nr; head <= blocks->nr + HMT_DEVICE_WARM; head++) {
		blocks->of[head].prev = head;
		blocks->of[head].next = head;
	}
	return 0;
}

void hmt_device_blocks_free(struct hmt_device_blocks *blocks)
{
	vfree(blocks->of);
}

/* Number of blocks that may be cold before warm ones leave. */
static unsigned long hmt_device_cold_room(const struct hmt_device_blocks *blocks)
{
	return max(blocks->nr / HMT_DEVICE_COLD_SHARE, HMT_DEVICE_COLD_MIN);
}

static u32 hmt_device_block_age(const struct hmt_device_blocks *blocks, u32 at)
{
	return blocks->arrivals - blocks->of[at].used;
}

/* Remove a block from its list. */
static void hmt_device_block_delist(struct hmt_device_blocks *blocks, u32 at)
{
	struct hmt_device_block *block = &blocks->of[at];

	if (block->list == HMT_DEVICE_UNLISTED)
		return;
	blocks->of[block->prev].next = block->next;
	blocks->of[block->next].prev = block->prev;
	blocks->count[block->list] -= block->weight;
	block->list = HMT_DEVICE_UNLISTED;
}

/* Let the block belong to @owner, which used it last, or to none. */
static void hmt_device_block_give(struct hmt_device_blocks *blocks, u32 at,
				  struct hmt_device_owner *owner)
{
	struct hmt_device_block *block = &blocks->of[at];
	struct hmt_device_owner *old = block->owner;

	if (old == owner)
		return;
	hmt_device_owner_take(blocks, owner, block->weight);
	block->owner = owner;
	hmt_device_owner_drop(blocks, old, block->weight);
}

/* The block is not used any more. */
static void hmt_device_block_unlink(struct hmt_device_blocks *blocks, u32 at)
{
	hmt_device_block_delist(blocks, at);
	hmt_device_block_give(blocks, at, NULL);
}

/* Enter a block after @prev in @list. */
static void hmt_device_block_link(struct hmt_device_blocks *blocks, u32 at,
				  enum hmt_device_list list, u32 prev)
{
	struct hmt_device_block *block = &blocks->of[at];

	hmt_device_block_delist(blocks, at);
	block->prev = prev;
	block->next = blocks->of[prev].next;
	blocks->of[block->next].prev = at;
	blocks->of[prev].next = at;
	block->list = list;
	blocks->count[list] += block->weight;
}

/* Enter a block such that it leaves last. */
static void hmt_device_block_add(struct hmt_device_blocks *blocks, u32 at,
				 enum hmt_device_list list)
{
	hmt_device_block_link(blocks, at, list, blocks->nr + list);
}

/* Return the block of @list that leaves first, or the head of the list. */
static u32 hmt_device_block_oldest(const struct hmt_device_blocks *blocks,
				   enum hmt_device_list list)
{
	return blocks->of[blocks->nr + list].prev;
}

/* Let the oldest warm block leave first. */
static void hmt_device_block_demote(struct hmt_device_blocks *blocks)
{
	u32 at = hmt_device_block_oldest(blocks, HMT_DEVICE_WARM);

	if (at < blocks->nr)
		hmt_device_block_link(blocks, at, HMT_DEVICE_COLD,
				      hmt_device_block_oldest(blocks,
							      HMT_DEVICE_COLD));
}

static void hmt_device_block_warm(struct hmt_device_blocks *blocks, u32 at)
{
	hmt_device_block_add(blocks, at, HMT_DEVICE_WARM);
	if (blocks->pressed && blocks->count[HMT_DEVICE_WARM] >
			       blocks->nr - hmt_device_cold_room(blocks))
		hmt_device_block_demote(blocks);
}

/* Note that @nr pages of one block, or a huge page, were allocated. */
void hmt_device_block_arrived(struct hmt_device_pool *pool, unsigned long index,
			      unsigned long nr)
{
	struct hmt_device_blocks *blocks = &pool->blocks;
	u32 at = index >> HMT_DEVICE_BLOCK_SHIFT;
	struct hmt_device_block *block = &blocks->of[at];

	lockdep_assert_held(&pool->pages.lock);
	if (block->list != HMT_DEVICE_UNLISTED)
		return;
	*block = (struct hmt_device_block) {
		.used = blocks->arrivals,
		.fresh = true,
		.weight = DIV_ROUND_UP(nr, HMT_DEVICE_BLOCK_PAGES),
	};
	hmt_device_block_add(blocks, at, HMT_DEVICE_COLD);
}

/* List the blocks of a huge page, which was split, at its first page @index. */
static void hmt_device_block_divide(struct hmt_device_pool *pool,
				    unsigned long index)
{
	struct hmt_device_blocks *blocks = &pool->blocks;
	unsigned long first = index, end = index + HMT_CHUNK_PAGES;
	u32 at = index >> HMT_DEVICE_BLOCK_SHIFT;
	struct hmt_device_block whole = blocks->of[at];
	struct hmt_device_block *part;

	lockdep_assert_held(&pool->pages.lock);
	if (whole.list == HMT_DEVICE_UNLISTED || whole.weight == 1)
		return;
	/* The parts take over from the whole. */
	hmt_device_block_delist(blocks, at);
	blocks->of[at].owner = NULL;
	for (index = find_next_bit(pool->pages.used, end, index); index < end;
	     index = find_next_bit(pool->pages.used, end,
				   (at + 1UL) << HMT_DEVICE_BLOCK_SHIFT)) {
		at = index >> HMT_DEVICE_BLOCK_SHIFT;
		part = &blocks->of[at];
		/* The device used it after the kernel had split the page. */
		if (part->list != HMT_DEVICE_UNLISTED)
			continue;
		hmt_device_block_arrived(pool, index, 1);
		part->used = whole.used;
		part->fresh = whole.fresh;
		/* The huge page was mapped at a multiple of its size. */
		if (whole.owner)
			part->addr = ALIGN_DOWN(whole.addr, HMT_CHUNK_SIZE) +
				     ((ALIGN_DOWN(index,
						  HMT_DEVICE_BLOCK_PAGES) -
				       first) << PAGE_SHIFT);
		hmt_device_block_give(blocks, at, whole.owner);
	}
	hmt_device_owner_drop(blocks, whole.owner, whole.weight);
}

/* The same, for a huge page that HMT split. */
void hmt_device_block_split(struct hmt_device_pool *pool, unsigned long index)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->pages.lock, flags);
	hmt_device_block_divide(pool, index);
	spin_unlock_irqrestore(&pool->pages.lock, flags);
}

/*
 * Note that @nr pages, which are no longer used, were freed. Pages of a huge page
 * that are freed one by one show that the kernel split it.
 */
void hmt_device_block_freed(struct hmt_device_pool *pool, unsigned long index,
			    unsigned long nr)
{
	struct hmt_device_blocks *blocks = &pool->blocks;
	u32 at = index >> HMT_DEVICE_BLOCK_SHIFT;
	u32 last = (index + nr - 1) >> HMT_DEVICE_BLOCK_SHIFT;
	unsigned long end;

	lockdep_assert_held(&pool->pages.lock);
	if (nr < HMT_CHUNK_PAGES)
		hmt_device_block_divide(pool, ALIGN_DOWN(index,
							 HMT_CHUNK_PAGES));
	for (; at <= last; at++) {
		index = (unsigned long)at << HMT_DEVICE_BLOCK_SHIFT;
		end = min(index + HMT_DEVICE_BLOCK_PAGES, pool->nr_pages);
		if (find_next_bit(pool->pages.used, end, index) >= end)
			hmt_device_block_unlink(blocks, at);
	}
	/* There is room again, as after a program ended. */
	if (pool->pages.nr_free > pool->nr_pages / 4)
		blocks->pressed = false;
}

/* Check whether a block that was used @ago arrivals ago earns its place. */
static bool hmt_device_block_beats_oldest(const struct hmt_device_blocks *blocks,
					  u32 ago)
{
	u32 oldest = hmt_device_block_oldest(blocks, HMT_DEVICE_WARM);

	/* A quarter keeps blocks that are used equally often from taking turns. */
	return oldest >= blocks->nr ||
	       ago < hmt_device_block_age(blocks, oldest) / 4 * 3;
}

/*
 * The device uses a block for the first time since it arrived. @ago: arrivals
 * since its last use before, or U32_MAX.
 */
static void hmt_device_block_first(struct hmt_device_blocks *blocks, u32 at,
				   u32 ago)
{
	struct hmt_device_block *block = &blocks->of[at];

	blocks->arrivals += block->weight;
	block->fresh = false;
	block->used = blocks->arrivals;
	if (!blocks->pressed || hmt_device_block_beats_oldest(blocks, ago))
		hmt_device_block_warm(blocks, at);
	else
		hmt_device_block_add(blocks, at, HMT_DEVICE_COLD);
}

/* The device uses a block again. */
static void hmt_device_block_again(struct hmt_device_blocks *blocks, u32 at)
{
	struct hmt_device_block *block = &blocks->of[at];
	u32 age = hmt_device_block_age(blocks, at);

	/* Accesses in the same moment, to other pages of the block, are one. */
	if (block->list == HMT_DEVICE_COLD &&
	    age < hmt_device_cold_room(blocks) / 2)
		return;
	block->used = blocks->arrivals;
	if (block->list == HMT_DEVICE_WARM && age)
		hmt_device_block_add(blocks, at, HMT_DEVICE_WARM);
	else if (block->list == HMT_DEVICE_COLD)
		hmt_device_block_warm(blocks, at);
}

/*
 * The device uses page @index of its memory, or the huge page there, at address
 * @addr of the space of @owner. Context: process; may be called with the lock of a
 * view held.
 */
void hmt_device_block_used(struct hmt_device_pool *pool, unsigned long index,
			   struct hmt_device_owner *owner, unsigned long addr)
{
	struct hmt_device_blocks *blocks = &pool->blocks;
	u32 at = index >> HMT_DEVICE_BLOCK_SHIFT, when, ago = U32_MAX;
	struct hmt_device_block *block = &blocks->of[at];
	unsigned long flags;

	if (READ_ONCE(block->fresh) &&
	    hmt_device_when_left(pool, owner->mm, addr, &when))
		ago = READ_ONCE(blocks->arrivals) - when;
	spin_lock_irqsave(&pool->pages.lock, flags);
	if (test_bit(index, pool->pages.used)) {
		/* Pages of a huge page that was split come one by one. */
		hmt_device_block_arrived(pool, index, 1);
		hmt_device_block_give(blocks, at, owner);
		block->addr = addr;
		if (block->fresh)
			hmt_device_block_first(blocks, at, ago);
		else
			hmt_device_block_again(blocks, at);
	}
	spin_unlock_irqrestore(&pool->pages.lock, flags);
}

/* Return the block that is due, or the head of a list without one. */
static u32 hmt_device_block_due(const struct hmt_device_blocks *blocks)
{
	enum hmt_device_list list = HMT_DEVICE_WARM;

	if (blocks->count[HMT_DEVICE_COLD] > hmt_device_cold_room(blocks) ||
	    !blocks->count[HMT_DEVICE_WARM])
		list = HMT_DEVICE_COLD;
	return hmt_device_block_oldest(blocks, list);
}

/*
 * Pass over blocks that are due but do not give way to memory of @needs: they become
 * warm, so that later ones follow, and the next fault continues there.
 */
static u32 hmt_device_block_yielding(struct hmt_device_pool *pool,
				     const struct hmt_device_owner *needs)
{
	struct hmt_device_blocks *blocks = &pool->blocks;
	unsigned int passed;
	u32 at;

	for (passed = 0; passed < HMT_DEVICE_PASS_OVER; passed++) {
		at = hmt_device_block_due(blocks);
		if (at >= blocks->nr ||
		    hmt_device_owner_yields(pool, blocks->of[at].owner, needs))
			return at;
		hmt_device_block_add(blocks, at, HMT_DEVICE_WARM);
	}
	return blocks->nr;
}

/*
 * Choose the block that gives way next to memory of @needs. It becomes the last one
 * of its list, so that another one follows if it cannot go. Return false if there
 * is none.
 */
bool hmt_device_block_next(struct hmt_device_pool *pool,
			   const struct hmt_device_owner *needs,
			   struct hmt_device_victim *victim)
{
	struct hmt_device_blocks *blocks = &pool->blocks;
	const struct hmt_device_block *block;
	unsigned long flags;
	u32 at;

	spin_lock_irqsave(&pool->pages.lock, flags);
	blocks->pressed = true;
	at = hmt_device_block_yielding(pool, needs);
	if (at < blocks->nr) {
		block = &blocks->of[at];
		*victim = (struct hmt_device_victim) {
			.index = (unsigned long)at << HMT_DEVICE_BLOCK_SHIFT,
			.mm = block->owner ? block->owner->mm : NULL,
			.addr = block->addr,
			.used = block->used,
			.fresh = block->fresh,
			.weight = block->weight,
		};
		hmt_device_block_add(blocks, at, block->list);
	}
	spin_unlock_irqrestore(&pool->pages.lock, flags);
	return at < blocks->nr;
}

/* Keep a block that is in use, as other sources than faults know. */
void hmt_device_block_keep(struct hmt_device_pool *pool, unsigned long index)
{
	struct hmt_device_blocks *blocks = &pool->blocks;
	u32 at = index >> HMT_DEVICE_BLOCK_SHIFT;
	unsigned long flags;

	spin_lock_irqsave(&pool->pages.lock, flags);
	if (blocks->of[at].list != HMT_DEVICE_UNLISTED) {
		blocks->of[at].used = blocks->arrivals;
		hmt_device_block_warm(blocks, at);
	}
	spin_unlock_irqrestore(&pool->pages.lock, flags);
}
