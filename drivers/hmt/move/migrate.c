// SPDX-License-Identifier: GPL-2.0
/*
 * Moving a range because somebody asked: HMT_MOVE, and drivers. Looks at one
 * chunk, moves what of it can move, and goes on, so that a range of any size
 * takes the memory of one chunk.
 */
#include <linux/export.h>
#include <linux/hmt.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "hmt.h"
#include "lib/lib.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "page/page.h"
#include "move.h"

/**
 * struct hmt_migrate_ctx - what is under way
 * @migration: what was asked for, and what came of it
 * @full: destinations that had no room, by index
 * @states: what the pages of the chunk are
 * @nr: entries in @addr and @from
 * @addr: pages of the chunk that are to move
 * @from: memories that they are on
 * @batch: those that go together
 */
struct hmt_migrate_ctx {
	struct hmt_migration *migration;
	unsigned long full;
	struct hmt_chunk states;
	unsigned int nr;
	unsigned long addr[HMT_CHUNK_PAGES];
	u32 from[HMT_CHUNK_PAGES];
	struct hmt_batch batch;
};

static bool hmt_migrate_is_there(const struct hmt_migration *migration, u32 uid)
{
	unsigned int i;

	for (i = 0; i < migration->nr_to; i++)
		if (migration->to[i] == uid)
			return true;
	return false;
}

/* Return the index of the best destination that is not full, or -ENOSPC. */
static int hmt_migrate_choose(const struct hmt_migrate_ctx *ctx)
{
	const struct hmt_migration *migration = ctx->migration;
	struct hmt_candidate best = {};
	unsigned int i;

	for (i = 0; i < migration->nr_to; i++) {
		struct hmt_candidate candidate = {
			.index = i,
			.level = HMT_LEVEL_ROOM,
		};

		if (ctx->full & BIT(i))
			continue;
		candidate.free = hmt_memory_nr_free(migration->to[i]);
		if (hmt_candidate_beats(&candidate, &best))
			best = candidate;
	}
	return best.level == HMT_LEVEL_ROOM ? (int)best.index : -ENOSPC;
}

static void hmt_migrate_consider(struct hmt_migrate_ctx *ctx,
				 unsigned long addr)
{
	struct hmt_migration *migration = ctx->migration;
	unsigned int index = hmt_chunk_index(addr);
	u32 uid = ctx->states.uid[index];

	if (ctx->states.class[index] == HMT_PAGE_HOLE)
		return;
	migration->seen++;
	if (hmt_migrate_is_there(migration, uid)) {
		migration->there++;
		return;
	}
	switch (ctx->states.class[index]) {
	case HMT_PAGE_MOVABLE:
		ctx->addr[ctx->nr] = addr;
		ctx->from[ctx->nr++] = uid;
		break;
	case HMT_PAGE_BUSY:
		migration->result[HMT_RESULT_BUSY]++;
		break;
	case HMT_PAGE_PINNED:
		migration->result[HMT_RESULT_PINNED]++;
		break;
	case HMT_PAGE_HUGE:
		migration->huge++;
		break;
	case HMT_PAGE_MERGEABLE:
		migration->mergeable++;
		break;
	case HMT_PAGE_SHARED:
		migration->shared++;
		break;
	case HMT_PAGE_EXCLUDED:
		migration->excluded++;
		break;
	default:
		migration->file++;
	}
}

static void hmt_migrate_scan(struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end, pmd_t *pmdp, pmd_t pmd,
			     void *arg)
{
	struct hmt_migrate_ctx *ctx = arg;

	hmt_classify(&ctx->states, vma, addr, end, pmd);
}

static int hmt_migrate_gather(struct vm_area_struct *vma, unsigned long addr,
			      unsigned long end, void *arg)
{
	struct hmt_migrate_ctx *ctx = arg;

	for (; addr < end; addr += PAGE_SIZE)
		hmt_migrate_consider(ctx, addr);
	ctx->migration->next = end;
	/* What was found has to move before more is looked for. */
	return ctx->nr || signal_pending(current) ? -EINTR : 0;
}

static const struct hmt_walk_ops hmt_migrate_walk = {
	.scan = hmt_migrate_scan,
	.done = hmt_migrate_gather,
};

static void hmt_migrate_batch(struct hmt_migrate_ctx *ctx, unsigned int to)
{
	struct hmt_migration *migration = ctx->migration;
	struct hmt_batch *batch = &ctx->batch;
	unsigned int i;

	batch->to = migration->to[to];
	hmt_edge_add_asked(batch->from, batch->to);
	hmt_move_batch(batch, HMT_REASON_ANON);
	for (i = 0; i < HMT_RESULTS; i++)
		migration->result[i] += batch->result[i];
	if (batch->result[HMT_RESULT_NOMEM] == batch->nr)
		ctx->full |= BIT(to);
}

/* Move the pages of a chunk, as many at once as come from one memory. */
static void hmt_migrate_move(struct hmt_migrate_ctx *ctx)
{
	struct hmt_batch *batch = &ctx->batch;
	unsigned int i = 0;

	while (i < ctx->nr) {
		int to = hmt_migrate_choose(ctx);

		batch->nr = 0;
		batch->from = ctx->from[i];
		while (i < ctx->nr && batch->nr < HMT_BATCH_PAGES &&
		       ctx->from[i] == batch->from)
			batch->addr[batch->nr++] = ctx->addr[i++];
		if (to < 0)
			ctx->migration->result[HMT_RESULT_NOMEM] += batch->nr;
		else
			hmt_migrate_batch(ctx, to);
		cond_resched();
	}
	ctx->nr = 0;
}

/* Go on from where the last step ended. */
static void hmt_migrate_step(struct hmt_migrate_ctx *ctx)
{
	struct hmt_migration *migration = ctx->migration;
	unsigned long end = hmt_range_step(migration->next, migration->end);

	if (!hmt_walk(migration->mm, migration->next, end, &hmt_migrate_walk,
		      ctx))
		migration->next = end;
	hmt_migrate_move(ctx);
}

/**
 * hmt_migrate_range() - move the pages of a range to a memory
 * @migration: what is asked for; the fields for results are added to
 *
 * Goes on from @migration->next. What cannot move is left as it is and
 * counted. Ends early when a signal is pending.
 *
 * Context: process, no lock held, may sleep. The caller holds mm_users.
 * Return: 0; -EINTR when it ended early, @migration->next says where; -ENOMEM.
 */
int hmt_migrate_range(struct hmt_migration *migration)
{
	struct hmt_migrate_ctx *ctx = kvzalloc(sizeof(*ctx), GFP_KERNEL);
	int ret = 0;

	if (!ctx)
		return -ENOMEM;
	ctx->migration = migration;
	ctx->batch.mm = migration->mm;
	ctx->batch.allowed = migration->allowed;
	while (migration->next < migration->end && !ret) {
		if (signal_pending(current))
			ret = -EINTR;
		else
			hmt_migrate_step(ctx);
	}
	kvfree(ctx);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_migrate_range);
