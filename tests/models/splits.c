// SPDX-License-Identifier: GPL-2.0
/*
 * All sequences of parts of huge pages that leave, at chosen times after the
 * previous one, with each allocation failing: how often a huge page may be split,
 * and for how long it is held at most.
 */
#include <linux/slab.h>
#include <string.h>
#include "heat/splits.c"
#include "model.h"

bool model_fail_allocation;

#define CHUNK(n)	((unsigned long)(n) << HMT_CHUNK_SHIFT)
#define HOLD_MOST	((u64)HMT_SPLITS_HOLD << HMT_SPLITS_DOUBLED)
#define PAGES		2
#define NOTES_MAX	9

/* Time of the first part, s. */
#define START		1000

/**
 * struct page - a huge page as the model knows it
 * @splits: number of its splits that were recorded
 * @first: time of the first one
 * @last: time of the latest one
 */
struct page {
	unsigned int splits;
	u64 first;
	u64 last;
};

/* Return the time in s for which a page is held after its @splits-th split. */
static u64 hold_of(unsigned int splits)
{
	unsigned int doubled = splits - 1;

	return (u64)HMT_SPLITS_HOLD
	       << (doubled < HMT_SPLITS_DOUBLED ? doubled : HMT_SPLITS_DOUBLED);
}

static bool is_held(const struct page *page, u64 now)
{
	return page->splits && now - page->last < hold_of(page->splits);
}

/*
 * Check both pages at @now, at their ends, and those around them. A page that is
 * held now is free at the end of the longest hold.
 */
static void check_pages(struct hmt_splits *splits, const struct page *pages,
			u64 now)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		unsigned long addr = CHUNK(2 * i + 1);
		bool held = is_held(&pages[i], now);

		check(hmt_splits_holds(splits, addr, now) == held &&
		      hmt_splits_holds(splits, addr + HMT_CHUNK_SIZE - 1,
				       now) == held,
		      "page %u, %u splits, the last one %llu s ago", i,
		      pages[i].splits, now - pages[i].last);
		check(!hmt_splits_holds(splits, addr, now + HOLD_MOST),
		      "page %u is held for too long", i);
		check(!hmt_splits_holds(splits, addr - 1, now) &&
		      !hmt_splits_holds(splits, addr + HMT_CHUNK_SIZE, now),
		      "a neighbour of page %u is held", i);
	}
	states++;
}

/*
 * A hold takes as long as all earlier ones together and one minute more, until
 * it is the longest one: this bounds the number of splits.
 */
static void check_frequency(const struct page *page)
{
	u64 time = page->last - page->first;
	unsigned int most = 1;
	u64 hold = HMT_SPLITS_HOLD;

	while (time >= hold && hold <= HOLD_MOST) {
		time -= hold;
		most++;
		hold *= 2;
	}
	if (hold > HOLD_MOST)
		most += time / HOLD_MOST;
	check(page->splits <= most, "%u splits in %llu s", page->splits,
	      page->last - page->first);
}

static void note(struct hmt_splits *splits, struct page *pages,
		 unsigned int nr, u64 now)
{
	struct page *page = &pages[nr];
	bool held = is_held(page, now);

	hmt_splits_note(splits, CHUNK(2 * nr + 1) + 3 * PAGE_SIZE, now);
	/* A page that has an entry needs no memory. */
	if (held || (model_fail_allocation && !page->splits))
		return;
	if (!page->splits++)
		page->first = now;
	page->last = now;
	check_frequency(page);
}

/* Continue with each page of @used, at each time, with and without memory. */
static void go_on(const struct hmt_splits *before, const struct page *pages,
		  unsigned int used, unsigned int left, u64 now)
{
	unsigned int nr, step, fail;

	for (nr = 0; left && nr < used; nr++) {
		u64 hold = pages[nr].splits ? hold_of(pages[nr].splits) : 1;
		const u64 steps[] = { 0, hold - 1, hold, 3 * hold };

		for (step = 0; step < 4; step++)
			for (fail = 0; fail < used; fail++) {
				struct hmt_splits splits = *before;
				struct page copy[PAGES];
				u64 at = now + steps[step];

				memcpy(copy, pages, sizeof(copy));
				model_fail_allocation = fail;
				note(&splits, copy, nr, at);
				check_pages(&splits, copy, at);
				go_on(&splits, copy, used, left - 1, at);
			}
	}
}

int main(void)
{
	struct page pages[PAGES] = {};
	struct hmt_splits splits;

	hmt_splits_init(&splits);
	check_pages(&splits, pages, START);
	/* One page, until the hold does not double any more; then two. */
	go_on(&splits, pages, 1, NOTES_MAX, START);
	go_on(&splits, pages, PAGES, 4, START);
	hmt_splits_destroy(&splits);
	finish("splits: all sequences of splits", 400000);
	return 0;
}
