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
#include "memory/memory.h"
#include "page/page.h"
#include "move.h"

/**
 * struct hmt_haul - what is under way
 * @migration: what was asked for, and what came of it
 * @full: destinations that had no room, by index
 * @look: what the pages of the chunk are
 * @nr: entries in @addr and @from
 * @addr: pages of the chunk that are to move
 * @from: memories that they are on
 * @batch: those that go together
 */
struct hmt_haul {
	struct hmt_migration *migration;
	unsigned long full;
	struct hmt_look look;
	unsigned int nr;
	unsigned long addr[HMT_CHUNK_PAGES];
	u32 from[HMT_CHUNK_PAGES];
	struct hmt_batch batch;
};

static bool hmt_haul_is_there(const struct hmt_migration *migration, u32 uid)
{
	unsigned int i;

	for (i = 0; i < migration->nr_to; i++)
		if (migration->to[i] == uid)
			return true;
	return false;
}

/* Destination with most room of those that are not full, or -ENOSPC. */
static int hmt_haul_choose(const struct hmt_haul *haul)
{
	const struct hmt_migration *migration = haul->migration;
	int best = -ENOSPC;
	u64 free, most = 0;
	unsigned int i;

	for (i = 0; i < migration->nr_to; i++) {
		if (haul->full & BIT(i))
			continue;
		free = hmt_memory_free(migration->to[i]);
		if (best >= 0 && free <= most)
			continue;
		most = free;
		best = i;
	}
	return best;
}

static void hmt_haul_consider(struct hmt_haul *haul, unsigned long addr)
{
	struct hmt_migration *migration = haul->migration;
	unsigned int index = hmt_chunk_index(addr);
	u32 uid = haul->look.uid[index];

	if (haul->look.class[index] == HMT_PAGE_HOLE)
		return;
	migration->seen++;
	if (hmt_haul_is_there(migration, uid)) {
		migration->there++;
		return;
	}
	switch (haul->look.class[index]) {
	case HMT_PAGE_MOVABLE:
		haul->addr[haul->nr] = addr;
		haul->from[haul->nr++] = uid;
		break;
	case HMT_PAGE_BUSY:
		migration->result[HMT_FAILED_BUSY]++;
		break;
	case HMT_PAGE_PINNED:
		migration->result[HMT_FAILED_PINNED]++;
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

static void hmt_haul_scan(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	struct hmt_haul *haul = arg;

	hmt_look(&haul->look, vma, addr, end, pmd);
}

static int hmt_haul_gather(struct vm_area_struct *vma, unsigned long addr,
			   unsigned long end, void *arg)
{
	struct hmt_haul *haul = arg;

	for (; addr < end; addr += PAGE_SIZE)
		hmt_haul_consider(haul, addr);
	haul->migration->next = end;
	/* What was found has to move before more is looked for. */
	return haul->nr || signal_pending(current) ? -EINTR : 0;
}

static const struct hmt_walk_ops hmt_haul_walk = {
	.scan = hmt_haul_scan,
	.done = hmt_haul_gather,
};

static void hmt_haul_batch(struct hmt_haul *haul, unsigned int to)
{
	struct hmt_migration *migration = haul->migration;
	struct hmt_batch *batch = &haul->batch;
	unsigned int i;

	batch->to = migration->to[to];
	hmt_edge_add_asked(batch->from, batch->to);
	hmt_move_batch(batch, HMT_MOVE_ANON);
	for (i = 0; i < HMT_MOVE_RESULTS; i++)
		migration->result[i] += batch->result[i];
	if (batch->result[HMT_FAILED_NOMEM] == batch->nr)
		haul->full |= BIT(to);
}

/* Move the pages of a chunk, as many at once as come from one memory. */
static void hmt_haul_move(struct hmt_haul *haul)
{
	struct hmt_batch *batch = &haul->batch;
	unsigned int i = 0;

	while (i < haul->nr) {
		int to = hmt_haul_choose(haul);

		batch->nr = 0;
		batch->from = haul->from[i];
		while (i < haul->nr && batch->nr < HMT_BATCH_PAGES &&
		       haul->from[i] == batch->from)
			batch->addr[batch->nr++] = haul->addr[i++];
		if (to < 0)
			haul->migration->result[HMT_FAILED_NOMEM] += batch->nr;
		else
			hmt_haul_batch(haul, to);
		cond_resched();
	}
	haul->nr = 0;
}

/* Go on from where the last step ended. */
static void hmt_haul_step(struct hmt_haul *haul)
{
	struct hmt_migration *migration = haul->migration;
	unsigned long end = hmt_range_step(migration->next, migration->end);

	if (!hmt_walk(migration->mm, migration->next, end, &hmt_haul_walk,
		      haul))
		migration->next = end;
	hmt_haul_move(haul);
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
	struct hmt_haul *haul = kvzalloc(sizeof(*haul), GFP_KERNEL);
	int ret = 0;

	if (!haul)
		return -ENOMEM;
	haul->migration = migration;
	haul->batch.mm = migration->mm;
	haul->batch.allowed = migration->allowed;
	while (migration->next < migration->end && !ret) {
		if (signal_pending(current))
			ret = -EINTR;
		else
			hmt_haul_step(haul);
	}
	kvfree(haul);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_migrate_range);
