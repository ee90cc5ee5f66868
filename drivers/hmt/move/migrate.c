// SPDX-License-Identifier: GPL-2.0
/*
 * Move a range at the request of a program (HMT_MOVE) or a driver. Classifies
 * the pages of one chunk, moves those that can move, and continues, so that a
 * range of any size requires the memory of one chunk.
 *
 * A huge page moves as a whole if the range has all of it and huge.c can. Pages
 * that go to a device or come from one are taken out of it else, and it is split:
 * a program that asks for a device knows that its array is in huge pages no more
 * than other drivers in the kernel do. Between nodes huge pages are not split.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/hmt_internal.h>
#include <linux/math64.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "hmt.h"
#include "lib/lib.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "page/page.h"
#include "heat/heat.h"
#include "move.h"

/**
 * struct hmt_migrate_ctx - state of a request
 * @migration: request and results
 * @bounds: bounds of the request
 * @home: home of the process, or NUMA_NO_NODE: room alone decides
 * @measured: hmt_memories_are_measured() of the destinations
 * @full: destinations without room, by index
 * @drained_here: this CPU put its pages on the LRU
 * @drained: all CPUs were asked to put pages on the LRU
 * @states: classes and memories of the pages of the chunk
 * @seen: pages that the step found
 * @huge: @index has one entry, a page of a huge page that moves as a whole
 * @chunk: address of the chunk
 * @nr: entries in @index
 * @index: pages of the chunk that are to move
 * @batch: pages that move together
 */
struct hmt_migrate_ctx {
	struct hmt_migration *migration;
	const struct hmt_migrate_bounds *bounds;
	int home;
	bool measured;
	DECLARE_BITMAP(full, HMT_TIER_MEMORIES_MAX);
	bool drained_here;
	bool drained;
	struct hmt_chunk states;
	u64 seen;
	bool huge;
	unsigned long chunk;
	unsigned int nr;
	u16 index[HMT_CHUNK_PAGES];
	struct hmt_batch batch;
};

/* Reasons to end the walk of a step that are no errors. */
#define HMT_MIGRATE_PAUSE	1
#define HMT_MIGRATE_DRAIN	2

static bool hmt_migrate_is_there(const struct hmt_migration *migration, u32 uid)
{
	unsigned int i;

	for (i = 0; i < migration->nr_to; i++)
		if (migration->to[i] == uid)
			return true;
	return false;
}

/* Return the pages that may enter a memory. */
static u64 hmt_migrate_room(const struct hmt_migrate_ctx *ctx, u32 uid)
{
	u64 low = div_u64(hmt_memory_nr_pages(uid) * ctx->bounds->low, 1000);
	u64 free = hmt_memory_nr_free(uid);

	return free - min(free, low);
}

/* Look how near a destination is to the CPUs that use the pages. */
static void hmt_migrate_look(const struct hmt_migrate_ctx *ctx,
			     struct hmt_candidate *candidate)
{
	struct hmt_reach reach;

	if (ctx->home == NUMA_NO_NODE)
		return;
	hmt_memory_reach(ctx->migration->to[candidate->index], ctx->home,
			 ctx->measured, &reach);
	candidate->distance = reach.distance;
	candidate->bandwidth = reach.bandwidth;
}

/*
 * Return the index of the best destination that is not full, and the pages that
 * may enter it in @room, or -ENOSPC.
 */
static int hmt_migrate_choose(const struct hmt_migrate_ctx *ctx, u64 *room)
{
	const struct hmt_migration *migration = ctx->migration;
	struct hmt_candidate best = {};
	unsigned int i;

	for (i = 0; i < migration->nr_to; i++) {
		struct hmt_candidate candidate = {
			.index = i,
			.level = HMT_LEVEL_ROOM,
		};

		if (test_bit(i, ctx->full))
			continue;
		candidate.free = hmt_migrate_room(ctx, migration->to[i]);
		/* Without a watermark, the memory refuses pages itself. */
		if (ctx->bounds->low && !candidate.free)
			continue;
		if (!candidate.free)
			candidate.level = HMT_LEVEL_TIGHT;
		hmt_migrate_look(ctx, &candidate);
		if (hmt_candidate_beats(&candidate, &best))
			best = candidate;
	}
	*room = ctx->bounds->low ? best.free : HMT_BATCH_PAGES;
	return best.level == HMT_LEVEL_DEAD ? -ENOSPC : (int)best.index;
}

/* Return the result of a page that is not on a destination and cannot move. */
static enum hmt_result hmt_migrate_result(enum hmt_page_class class)
{
	switch (class) {
	case HMT_PAGE_BUSY:
		return HMT_RESULT_BUSY;
	case HMT_PAGE_PINNED:
		return HMT_RESULT_PINNED;
	case HMT_PAGE_HUGE:
	case HMT_PAGE_HUGETLB:
		return HMT_RESULT_HUGE;
	case HMT_PAGE_MERGEABLE:
		return HMT_RESULT_MERGEABLE;
	case HMT_PAGE_SHARED:
		return HMT_RESULT_SHARED;
	case HMT_PAGE_EXCLUDED:
		return HMT_RESULT_EXCLUDED;
	default:
		return HMT_RESULT_FILE;
	}
}

/* Check whether all destinations are devices. */
static bool hmt_migrate_to_devices(const struct hmt_migration *migration)
{
	unsigned int i;

	for (i = 0; i < migration->nr_to; i++)
		if (!(migration->to[i] & HMT_UID_DEVICE))
			return false;
	return true;
}

/*
 * Check whether the page at @index can be taken out of its huge page. Nodes are
 * not destinations of it, unless the huge page is on a device.
 */
static bool hmt_migrate_splits(const struct hmt_migrate_ctx *ctx,
			       unsigned int index)
{
	const struct hmt_chunk *states = &ctx->states;

	return states->class[index] == HMT_PAGE_HUGE &&
	       (states->whole || states->flags[index] & HMT_PAGE_PART) &&
	       (states->uid[index] & HMT_UID_DEVICE ||
		hmt_migrate_to_devices(ctx->migration));
}

static void hmt_migrate_consider(struct hmt_migrate_ctx *ctx,
				 unsigned long addr)
{
	u64 *pages = ctx->migration->stats.pages;
	unsigned int index = hmt_chunk_index(addr);
	enum hmt_page_class class = ctx->states.class[index];
	u32 uid = ctx->states.uid[index];

	if (class == HMT_PAGE_HOLE)
		return;
	ctx->seen++;
	if (hmt_migrate_is_there(ctx->migration, uid)) {
		pages[HMT_RESULT_THERE]++;
	} else if (uid == HMT_UID_NONE) {
		/* Lost with a device; the program holds the page. */
		pages[HMT_RESULT_PINNED]++;
	} else if (class == HMT_PAGE_MOVABLE ||
		   hmt_migrate_splits(ctx, index)) {
		ctx->index[ctx->nr++] = index;
	} else {
		pages[hmt_migrate_result(class)]++;
	}
}

static void hmt_migrate_scan(struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end, pmd_t *pmdp, pmd_t pmd,
			     void *arg)
{
	struct hmt_migrate_ctx *ctx = arg;

	hmt_classify(&ctx->states, vma, addr, end, pmd);
}

static void hmt_migrate_scan_hugetlb(struct vm_area_struct *vma,
				     unsigned long addr, unsigned long end,
				     struct page *page, void *arg)
{
	struct hmt_migrate_ctx *ctx = arg;

	hmt_classify_hugetlb(&ctx->states, vma, addr, end, page);
}

/* Check whether a page could move if it were on the LRU. */
static bool hmt_migrate_needs_drain(const struct hmt_migrate_ctx *ctx,
				    unsigned long addr, unsigned long end)
{
	const struct hmt_chunk *states = &ctx->states;
	unsigned int index = hmt_chunk_index(addr);

	for (; addr < end; addr += PAGE_SIZE, index++)
		if (states->class[index] == HMT_PAGE_BUSY &&
		    states->flags[index] & HMT_PAGE_OFF_LRU &&
		    !hmt_migrate_is_there(ctx->migration, states->uid[index]))
			return true;
	return false;
}

/*
 * Check whether the part [@addr, @end) of a chunk is a huge page that moves as a
 * whole. Touches of a device take all of it, unless a part is excluded.
 */
static bool hmt_migrate_is_whole(const struct hmt_migrate_ctx *ctx,
				 unsigned long addr, unsigned long end)
{
	const struct hmt_migration *migration = ctx->migration;
	unsigned long chunk = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	u32 from = ctx->states.uid[hmt_chunk_index(addr)];
	unsigned int i;

	if (!HMT_MOVES_WHOLE || !ctx->states.whole ||
	    hmt_migrate_is_there(migration, from))
		return false;
	if (end - addr < HMT_CHUNK_SIZE && !ctx->bounds->whole)
		return false;
	for (i = 0; i < migration->nr_to; i++)
		if (!hmt_huge_can_move(from, migration->to[i]))
			return false;
	return !hmt_is_excluded(migration->mm, chunk, chunk + HMT_CHUNK_SIZE);
}

static void hmt_migrate_add_whole(struct hmt_migrate_ctx *ctx,
				  unsigned long addr, unsigned long end)
{
	ctx->huge = true;
	ctx->seen += (end - addr) >> PAGE_SHIFT;
	ctx->index[0] = hmt_chunk_index(addr);
	ctx->nr = 1;
}

static int hmt_migrate_gather(struct vm_area_struct *vma, unsigned long addr,
			      unsigned long end, void *arg)
{
	struct hmt_migrate_ctx *ctx = arg;

	if (!ctx->drained && hmt_migrate_needs_drain(ctx, addr, end))
		return HMT_MIGRATE_DRAIN;
	ctx->chunk = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	if (hmt_migrate_is_whole(ctx, addr, end))
		hmt_migrate_add_whole(ctx, addr, end);
	else
		for (; addr < end; addr += PAGE_SIZE)
			hmt_migrate_consider(ctx, addr);
	ctx->migration->next = end;
	/* Move these pages before the next chunk is classified. */
	return ctx->nr || signal_pending(current) ? HMT_MIGRATE_PAUSE : 0;
}

static const struct hmt_walk_ops hmt_migrate_walk = {
	.scan = hmt_migrate_scan,
	.done = hmt_migrate_gather,
};

static void hmt_migrate_batch(struct hmt_migrate_ctx *ctx, unsigned int to)
{
	struct hmt_migration *migration = ctx->migration;
	struct hmt_batch *batch = &ctx->batch;

	batch->to = migration->to[to];
	hmt_edge_add_asked(batch->from, batch->to);
	hmt_hmm_move_batch(batch, HMT_REASON_ANON);
	hmt_move_stats_add(&migration->stats, &batch->stats);
	if (batch->stats.pages[HMT_RESULT_NOMEM] == hmt_batch_pages(batch))
		__set_bit(to, ctx->full);
}

/* Move as many pages of the batch as the limits allow. */
static void hmt_migrate_charged(struct hmt_migrate_ctx *ctx, unsigned int to)
{
	const struct hmt_migrate_bounds *bounds = ctx->bounds;
	u64 *pages = ctx->migration->stats.pages;
	struct hmt_batch *batch = &ctx->batch;
	unsigned int nr = batch->nr;

	if (!bounds->charge) {
		hmt_migrate_batch(ctx, to);
		return;
	}
	batch->nr = bounds->charge(bounds, batch->from, nr);
	pages[HMT_RESULT_LIMIT] += nr - batch->nr;
	if (!batch->nr)
		return;
	hmt_migrate_batch(ctx, to);
	bounds->uncharge(bounds, batch->from,
			 batch->nr - batch->stats.pages[HMT_RESULT_MOVED]);
}

/* As hmt_migrate_charged(), for a huge page: the limits allow all of it or none. */
static void hmt_migrate_charged_huge(struct hmt_migrate_ctx *ctx,
				     unsigned int to)
{
	const struct hmt_migrate_bounds *bounds = ctx->bounds;
	struct hmt_batch *batch = &ctx->batch;
	u64 got = HMT_CHUNK_PAGES;

	if (bounds->charge)
		got = bounds->charge(bounds, batch->from, HMT_CHUNK_PAGES);
	if (got == HMT_CHUNK_PAGES) {
		hmt_migrate_batch(ctx, to);
		got -= batch->stats.pages[HMT_RESULT_MOVED];
	} else {
		ctx->migration->stats.pages[HMT_RESULT_LIMIT] +=
			HMT_CHUNK_PAGES;
	}
	if (bounds->charge && got)
		bounds->uncharge(bounds, batch->from, got);
}

/* Move the huge page as a whole. */
static void hmt_migrate_move_huge(struct hmt_migrate_ctx *ctx)
{
	struct hmt_batch *batch = &ctx->batch;
	u64 room;
	int to = hmt_migrate_choose(ctx, &room);

	batch->huge = true;
	batch->nr = 1;
	batch->from = ctx->states.uid[ctx->index[0]];
	batch->addr[0] = ctx->chunk;
	if (to < 0 || (ctx->bounds->low && room < HMT_CHUNK_PAGES))
		ctx->migration->stats.pages[HMT_RESULT_NOMEM] +=
			HMT_CHUNK_PAGES;
	else
		hmt_migrate_charged_huge(ctx, to);
	batch->huge = false;
	ctx->huge = false;
	ctx->nr = 0;
}

/* Move the pages of a chunk. A batch has pages of one memory. */
static void hmt_migrate_move(struct hmt_migrate_ctx *ctx)
{
	u64 *pages = ctx->migration->stats.pages;
	struct hmt_batch *batch = &ctx->batch;
	unsigned int i = 0;

	if (ctx->huge) {
		hmt_migrate_move_huge(ctx);
		return;
	}
	while (i < ctx->nr) {
		u64 room;
		int to = hmt_migrate_choose(ctx, &room);

		if (to < 0)
			room = HMT_BATCH_PAGES;
		room = min_t(u64, room, HMT_BATCH_PAGES);
		batch->nr = 0;
		batch->from = ctx->states.uid[ctx->index[i]];
		while (i < ctx->nr && batch->nr < room &&
		       ctx->states.uid[ctx->index[i]] == batch->from)
			batch->addr[batch->nr++] =
				ctx->chunk + ctx->index[i++] * PAGE_SIZE;
		if (to < 0)
			pages[HMT_RESULT_NOMEM] += batch->nr;
		else
			hmt_migrate_charged(ctx, to);
		cond_resched();
	}
	ctx->nr = 0;
}

/* Put pages on the LRU. Most programs touch pages where they move them. */
static void hmt_migrate_drain(struct hmt_migrate_ctx *ctx)
{
	if (ctx->drained_here) {
		hmt_lru_drain_all();
		ctx->drained = true;
	} else {
		hmt_lru_drain();
		ctx->drained_here = true;
		ctx->drained = ctx->bounds->brief && hmt_lru_was_drained();
	}
}

/* Classify and move the pages of the next chunk. Errors are of hmt_walk(). */
static int hmt_migrate_step(struct hmt_migrate_ctx *ctx)
{
	struct hmt_migration *migration = ctx->migration;
	unsigned long start = migration->next;
	unsigned long end = hmt_range_step(start, migration->end);
	u64 walked;
	int ret;

	ctx->seen = 0;
	ret = hmt_walk_all(migration->mm, start, end, &hmt_migrate_walk,
			   hmt_migrate_scan_hugetlb, ctx);
	if (!ret)
		migration->next = end;
	walked = (migration->next - start) >> PAGE_SHIFT;
	migration->stats.pages[HMT_RESULT_ABSENT] +=
		walked - min(walked, ctx->seen);
	hmt_migrate_move(ctx);
	/* The next step classifies the pages again. */
	if (ret == HMT_MIGRATE_DRAIN)
		hmt_migrate_drain(ctx);
	return min(ret, 0);
}

/* As hmt_migrate_range(), within @bounds. */
int hmt_migrate_bounded(struct hmt_migration *migration,
			const struct hmt_migrate_bounds *bounds)
{
	struct hmt_migrate_ctx *ctx = kvzalloc(sizeof(*ctx), GFP_KERNEL);
	int ret = 0;

	if (!ctx)
		return -ENOMEM;
	ctx->migration = migration;
	ctx->bounds = bounds;
	ctx->home = hmt_home_of(migration->mm);
	ctx->measured = ctx->home != NUMA_NO_NODE &&
			hmt_memories_are_measured(migration->to,
						  migration->nr_to);
	bitmap_copy(ctx->full, bounds->closed, HMT_TIER_MEMORIES_MAX);
	ctx->batch.mm = migration->mm;
	ctx->batch.allowed = migration->allowed;
	while (migration->next < migration->end && !ret) {
		if (signal_pending(current))
			ret = -EINTR;
		else
			ret = hmt_migrate_step(ctx);
	}
	kvfree(ctx);
	return ret;
}

/* Check the request of a driver. */
static int hmt_migrate_check(const struct hmt_migration *migration)
{
	unsigned int i;

	if (!migration->mm || !migration->to || !migration->nr_to ||
	    migration->nr_to > HMT_TIER_MEMORIES_MAX ||
	    !PAGE_ALIGNED(migration->next) || !PAGE_ALIGNED(migration->end) ||
	    migration->next > migration->end ||
	    migration->end > migration->mm->task_size)
		return -EINVAL;
	for (i = 0; i < migration->nr_to; i++)
		if (hmt_memory_node(migration->to[i]) == NUMA_NO_NODE)
			return -ENODEV;
	return 0;
}

int hmt_migrate_range(struct hmt_migration *migration)
{
	static const struct hmt_migrate_bounds none;
	int ret = hmt_migrate_check(migration);

	might_sleep();
	return ret ?: hmt_migrate_bounded(migration, &none);
}
EXPORT_SYMBOL_GPL(hmt_migrate_range);
