// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that come back: promoted and demoted, or demoted and promoted, within a
 * minute. One byte for each page of a chunk of which a page moved lately has the
 * direction and the time. A sweep frees chunks without such a page.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/hmt_internal.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "heat.h"

/* Longest time in s between two moves that count as a return. */
#define HMT_RETURNS_S		60

/*
 * An entry is 0, or 1 plus the time in units modulo HMT_RETURNS_TIMES, with
 * HMT_RETURNS_UP for a promotion. A sweep at least once in HMT_RETURNS_S
 * removes older entries, so that none has more than thrice that age.
 */
#define HMT_RETURNS_UP		0x80
#define HMT_RETURNS_TIMES	127U
#define HMT_RETURNS_UNIT_S	2

void hmt_returns_init(struct hmt_returns *returns)
{
	xa_init(&returns->chunks);
	returns->swept = 0;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_returns_init);

void hmt_returns_destroy(struct hmt_returns *returns)
{
	unsigned long index;
	u8 *entries;

	/* As many chunks as have moved in the last minute. */
	xa_for_each(&returns->chunks, index, entries) {
		kfree(entries);
		cond_resched();
	}
	xa_destroy(&returns->chunks);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_returns_destroy);

static u8 hmt_returns_entry(bool up, u64 now)
{
	u64 time = now / HMT_RETURNS_UNIT_S % HMT_RETURNS_TIMES;

	return (time + 1) | (up ? HMT_RETURNS_UP : 0);
}

/* Check whether a move that @entry notes is at most HMT_RETURNS_S old. */
static bool hmt_returns_is_recent(u8 entry, u64 now)
{
	unsigned int time = (entry & ~HMT_RETURNS_UP) - 1;
	unsigned int age = now / HMT_RETURNS_UNIT_S % HMT_RETURNS_TIMES;

	if (!entry)
		return false;
	age = (age + HMT_RETURNS_TIMES - time) % HMT_RETURNS_TIMES;
	return age * HMT_RETURNS_UNIT_S <= HMT_RETURNS_S;
}

/* Forget the old moves of a chunk. Return whether it has others. */
static bool hmt_returns_sweep_chunk(u8 *entries, u64 now)
{
	bool recent = false;
	unsigned int i;

	for (i = 0; i < HMT_CHUNK_PAGES; i++) {
		if (!hmt_returns_is_recent(entries[i], now))
			entries[i] = 0;
		recent |= entries[i];
	}
	return recent;
}

/*
 * Forget old moves if the last sweep was HMT_RETURNS_S ago or earlier; all of
 * them if it was twice that, because a newer one has caused a sweep. Called
 * before each note, and by a pass without moves to free memory. @now: s.
 */
void hmt_returns_sweep(struct hmt_returns *returns, u64 now)
{
	bool all = now - returns->swept >= 2 * HMT_RETURNS_S;
	unsigned long index;
	u8 *entries;

	if (now - returns->swept < HMT_RETURNS_S)
		return;
	returns->swept = now;
	xa_for_each(&returns->chunks, index, entries) {
		cond_resched();
		if (!all && hmt_returns_sweep_chunk(entries, now))
			continue;
		xa_erase(&returns->chunks, index);
		kfree(entries);
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_returns_sweep);

/* Return the entries of the chunk of @addr, or NULL without memory. */
static u8 *hmt_returns_chunk(struct hmt_returns *returns, unsigned long addr)
{
	unsigned long index = addr >> HMT_CHUNK_SHIFT;
	u8 *entries = xa_load(&returns->chunks, index);

	if (entries)
		return entries;
	entries = kzalloc(HMT_CHUNK_PAGES, GFP_KERNEL | __GFP_NOWARN);
	if (!entries)
		return NULL;
	if (xa_err(xa_store(&returns->chunks, index, entries,
			    GFP_KERNEL | __GFP_NOWARN))) {
		kfree(entries);
		return NULL;
	}
	return entries;
}

/*
 * Note that @pages pages from @addr on, of one chunk, move at @now (s): up, or
 * down. Return the number of them that moved the other way lately. A move that
 * is repeated in the same direction counts once. Without memory nothing is
 * noted. Context: process.
 */
unsigned int hmt_returns_note(struct hmt_returns *returns, unsigned long addr,
			      unsigned int pages, bool up, u64 now)
{
	u8 entry = hmt_returns_entry(up, now), *entries;
	unsigned int first = hmt_chunk_index(addr), back = 0, i;

	hmt_returns_sweep(returns, now);
	entries = hmt_returns_chunk(returns, addr);
	if (!entries)
		return 0;
	for (i = first; i < min(first + pages, HMT_CHUNK_PAGES); i++) {
		if ((entries[i] ^ entry) & HMT_RETURNS_UP &&
		    hmt_returns_is_recent(entries[i], now))
			back++;
		entries[i] = entry;
	}
	return back;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_returns_note);
