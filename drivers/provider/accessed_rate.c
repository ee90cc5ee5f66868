// SPDX-License-Identifier: GPL-2.0
/*
 * Rates of access by node, from accessed bits.
 *
 * Between two samples most pages in use are accessed, whether once or a
 * thousand times. Therefore the bits of a part of the pages are read and
 * cleared several times in succession, with a flush and a pause in between. The
 * walks take the same way, so the windows are as long for each page. A page
 * that was accessed in k of n windows, at random times, has a mean of
 *	1/n + 1/(n-1) + ... + 1/(n-k+1)
 * accesses in a window: the first n terms of the series of -ln(1 - p), each
 * estimated without bias. This holds for pages up to about three accesses in a
 * window; base pages with more count as three.
 *
 * The part is one of four words of entries in up to some hundred chunks, which
 * are others each time. The words take turns, because a few groups of pages may
 * have most of the accesses. An access between the sample and the last window is
 * lost for the next sample and for reclaim unless the page is accessed again: some
 * ms, of a quarter of the pages, in one sample of a round or survey.
 *
 * A huge page has one bit for 512 pages, and of pages that share a translation
 * the hardware sets the bit of any one. Each is an entry like others, but a hot
 * huge page is accessed many times in a window. Those that were accessed in each
 * window are looked at again in short windows, a few pages at a time, because the
 * window of a page also has the time in which the others are visited.
 */
#include <asm/arch.h>
#include <linux/bitmap.h>
#include <linux/dax.h>
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/hmt_provider.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/slab.h>
#include "accessed.h"
#include "rate.h"

/* Pause in each window, and in each short one, us. */
#define HMT_RATE_PAUSE_US	150
#define HMT_RATE_SHORT_US	10

/*
 * Huge pages that are visited together in a short window. Fewer would make the
 * window shorter, and need more flushes.
 */
#define HMT_RATE_TOGETHER	16

/*
 * One of this number of words of entries is covered. Entries that share a
 * translation are in one word.
 */
#define HMT_RATE_WORD		(HMT_SHARED_PTES > 64 ? HMT_SHARED_PTES : 64)
#define HMT_RATE_WORDS		DIV_ROUND_UP(HMT_CHUNK_PAGES, HMT_RATE_WORD)
#define HMT_RATE_STEP		(HMT_RATE_WORDS < 4 ? HMT_RATE_WORDS : 4)
#define HMT_RATE_ENTRIES	(HMT_CHUNK_PAGES / HMT_RATE_STEP)

/* Chunks that are covered; chunks from which they are drawn, about. */
#define HMT_RATE_CHUNKS		512
#define HMT_RATE_DRAWN		8192

/*
 * Longest time of a measurement, ms. Each walk may wait for the mmap lock, but
 * the engine does not wait for all of them.
 */
#define HMT_RATE_MAX_MS		500

/**
 * struct hmt_rate_clock - length of windows
 * @pause_ns: sum of the pauses
 * @all_ns: sum of the pauses, flushes and walks
 * @walks: number of walks
 * @pauses: number of pauses
 */
struct hmt_rate_clock {
	u64 pause_ns;
	u64 all_ns;
	unsigned int walks;
	unsigned int pauses;
};

/**
 * struct hmt_rate - one measurement of an address space
 * @mm: address space
 * @until: time at which the measurement is given up, ns
 * @part: one of this number of GiB is covered
 * @salt: selects them
 * @word: number of the first word of a chunk that is covered
 * @lists: the walk fills @chunks
 * @counts: the walk counts; else it only clears bits
 * @closer: it counts hits of huge pages only
 * @found: number of chunks that were found
 * @last: number of the last one
 * @at: index of the chunk that is visited
 * @chunks: addresses of the first pages of some of them
 * @hits: windows in which an entry was accessed
 * @huge: chunks that are a huge page
 * @nids: nodes of the huge pages
 * @hot: indices of huge pages that were accessed in each window
 * @nr_hot: number of entries in @hot
 * @windows: number of short windows
 * @clock: windows
 * @short_clock: short windows of the entries in @hot that are looked at together
 * @cleared: number of bits that were cleared
 * @sums: accesses in a window by node, in 1/HMT_RATE_UNIT
 */
struct hmt_rate {
	struct mm_struct *mm;
	u64 until;
	unsigned long part;
	u32 salt;
	unsigned int word;
	bool lists;
	bool counts;
	bool closer;
	unsigned long found;
	unsigned long last;
	unsigned int at;
	unsigned long chunks[HMT_RATE_CHUNKS];
	u8 hits[HMT_RATE_CHUNKS][HMT_RATE_ENTRIES];
	DECLARE_BITMAP(huge, HMT_RATE_CHUNKS);
	u16 nids[HMT_RATE_CHUNKS];
	u16 hot[HMT_RATE_CHUNKS];
	unsigned int nr_hot;
	unsigned int windows;
	struct hmt_rate_clock clock;
	struct hmt_rate_clock short_clock;
	u64 cleared;
	u64 sums[];
};

static bool hmt_rate_enter(unsigned long addr, pud_t *pudp, pud_t pud,
			   void *arg)
{
	const struct hmt_rate *rate = arg;

	return rate->part < 2 ||
	       !(hash_long((addr >> PUD_SHIFT) ^ rate->salt, 32) % rate->part);
}

/* Draw chunks; all have the same chance, however many VMAs share one. */
static void hmt_rate_draw(struct hmt_rate *rate, unsigned long addr)
{
	unsigned long at = rate->found;

	if (at && rate->last == addr >> HMT_CHUNK_SHIFT)
		return;
	rate->last = addr >> HMT_CHUNK_SHIFT;
	rate->found++;
	if (at >= HMT_RATE_CHUNKS)
		at = get_random_u32() % rate->found;
	if (at < HMT_RATE_CHUNKS)
		rate->chunks[at] = addr;
}

/*
 * Count an access to an entry, which stands for @share entries. Memory of a
 * device has a node too, but is another memory.
 */
static void hmt_rate_count(struct hmt_rate *rate, unsigned int entry,
			   struct page *page, unsigned int share)
{
	u8 *hits = &rate->hits[rate->at][entry];

	if (rate->counts && *hits < HMT_RATE_WINDOWS &&
	    !is_zone_device_page(page))
		rate->sums[page_to_nid(page)] +=
			share * hmt_rate_hit(HMT_RATE_WINDOWS, (*hits)++);
}

/* The huge zero page, which has no owner, is not memory of the process. */
static void hmt_rate_count_huge(struct hmt_rate *rate, struct page *page)
{
	if (!page_folio(page)->mapping || is_zone_device_page(page))
		return;
	if (rate->closer) {
		rate->hits[rate->at][0] += rate->counts;
		return;
	}
	hmt_rate_count(rate, 0, page, 1);
	__set_bit(rate->at, rate->huge);
	rate->nids[rate->at] = page_to_nid(page);
}

static void hmt_rate_scan_word(struct hmt_rate *rate, pte_t *ptep,
			       unsigned int index, unsigned int pages)
{
	unsigned int word = index / HMT_RATE_WORD / HMT_RATE_STEP;
	unsigned int entry = word * HMT_RATE_WORD + index % HMT_RATE_WORD;
	unsigned int counted = HMT_RATE_ENTRIES;

	for (; pages--; ptep++, entry++) {
		pte_t pte = READ_ONCE(*ptep);
		unsigned int first = hmt_pte_is_shared(pte) ?
					     round_down(entry, HMT_SHARED_PTES) :
					     entry;

		if (!pte_young(pte) || !pte_present(pte) || pte_special(pte) ||
		    hmt_pte_is_dax(pte) ||
		    !hmt_entry_clear_young(&ptep->pte))
			continue;
		rate->cleared++;
		if (first != counted)
			hmt_rate_count(rate, first, pte_page(pte), HMT_RATE_STEP);
		counted = first;
	}
}

static void hmt_rate_scan_table(struct hmt_rate *rate, unsigned long addr,
				unsigned long end, pmd_t pmd)
{
	unsigned int index = hmt_chunk_index(addr);
	unsigned int last = index + ((end - addr) >> PAGE_SHIFT);
	pte_t *ptep = pte_offset_kernel(&pmd, addr);

	while (index < last) {
		unsigned int pages = min_t(unsigned int, last - index,
					   HMT_RATE_WORD -
						   index % HMT_RATE_WORD);

		if (index / HMT_RATE_WORD % HMT_RATE_STEP == rate->word)
			hmt_rate_scan_word(rate, ptep, index, pages);
		index += pages;
		ptep += pages;
	}
}

static void hmt_rate_scan(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	/* Else the bit of a table is never set. */
	bool uses_upper = arch_has_hw_nonleaf_pmd_young();
	struct hmt_rate *rate = arg;

	if (rate->lists) {
		hmt_rate_draw(rate, addr);
	} else if (!pmd_leaf(pmd) && !rate->closer &&
		   (pmd_young(pmd) || !uses_upper)) {
		hmt_rate_scan_table(rate, addr, end, pmd);
	} else if (pmd_leaf(pmd) && pmd_young(pmd) && !hmt_pmd_is_dax(pmd) &&
		   hmt_entry_clear_young(&pmdp->pmd)) {
		rate->cleared++;
		hmt_rate_count_huge(rate, pmd_page(pmd));
	}
}

static int hmt_rate_check(const struct hmt_rate *rate)
{
	return kthread_should_stop() || ktime_get_ns() > rate->until ? -EINTR :
								       0;
}

static int hmt_rate_done(struct vm_area_struct *vma, unsigned long addr,
			 unsigned long end, void *arg)
{
	return hmt_rate_check(arg);
}

static const struct hmt_walk_ops hmt_rate_ops = {
	.enter = hmt_rate_enter,
	.scan = hmt_rate_scan,
	.done = hmt_rate_done,
};

static int hmt_rate_list(struct hmt_rate *rate)
{
	int ret;

	rate->lists = true;
	ret = hmt_walk(rate->mm, 0, rate->mm->task_size, &hmt_rate_ops, rate);
	rate->lists = false;
	return ret;
}

/* Read and clear the bits of chunk number @at. */
static int hmt_rate_visit(struct hmt_rate *rate, unsigned int at)
{
	unsigned long addr = rate->chunks[at];

	rate->at = at;
	return hmt_walk(rate->mm, addr, (addr | (HMT_CHUNK_SIZE - 1)) + 1,
			&hmt_rate_ops, rate) ?:
	       hmt_rate_check(rate);
}

/* Read and clear the bits of all drawn chunks. */
static int hmt_rate_walk(struct hmt_rate *rate)
{
	unsigned int nr = min_t(unsigned long, rate->found, HMT_RATE_CHUNKS);
	unsigned int at;
	int ret = 0;

	for (at = 0; at < nr && !ret; at++)
		ret = hmt_rate_visit(rate, at);
	return ret;
}

/* Read and clear the bits of entries @from to @to, exclusive, of @rate->hot. */
static int hmt_rate_walk_hot(struct hmt_rate *rate, unsigned int from,
			     unsigned int to)
{
	int ret = 0;

	while (from < to && !ret)
		ret = hmt_rate_visit(rate, rate->hot[from++]);
	return ret;
}

/* Let the program access pages for @us. It may have this CPU alone. */
static void hmt_rate_pause(struct hmt_mm *managed, struct hmt_rate_clock *clock,
			   unsigned int us)
{
	u64 begin;

	hmt_accessed_flush(managed);
	begin = ktime_get_ns();
	usleep_range(us, us + us / 10);
	clock->pause_ns += ktime_get_ns() - begin;
	clock->pauses++;
}

/*
 * Return the mean length of a window, ns. The only CPU does not run the program
 * while it walks. On others the window of a page is that between two walks, of which
 * there is one more than there are pauses.
 */
static u64 hmt_rate_window(const struct hmt_rate_clock *clock)
{
	if (num_online_cpus() == 1)
		return div_u64(clock->pause_ns, clock->pauses) ?: 1;
	return div_u64(clock->all_ns, clock->walks) ?: 1;
}

/* Take the windows. */
static int hmt_rate_measure(struct hmt_rate *rate, struct hmt_mm *managed)
{
	u64 begin = ktime_get_ns();
	unsigned int i;

	if (hmt_rate_walk(rate))
		return -EINTR;
	rate->counts = true;
	for (i = 0; i < HMT_RATE_WINDOWS; i++) {
		hmt_rate_pause(managed, &rate->clock, HMT_RATE_PAUSE_US);
		if (hmt_rate_walk(rate))
			return -EINTR;
	}
	rate->clock.all_ns = ktime_get_ns() - begin;
	rate->clock.walks = HMT_RATE_WINDOWS + 1;
	return 0;
}

/* Find the huge pages that were accessed in each window, to count their hits anew. */
static void hmt_rate_find_hot(struct hmt_rate *rate)
{
	unsigned int at;

	for_each_set_bit(at, rate->huge, HMT_RATE_CHUNKS) {
		if (rate->hits[at][0] < HMT_RATE_WINDOWS)
			continue;
		rate->hits[at][0] = 0;
		rate->hot[rate->nr_hot++] = at;
	}
}

/* Take the short windows of entries @from to @to, exclusive, of @rate->hot. */
static int hmt_rate_look_closer(struct hmt_rate *rate, struct hmt_mm *managed,
				unsigned int from, unsigned int to)
{
	u64 begin = ktime_get_ns();
	unsigned int i;

	rate->counts = false;
	if (hmt_rate_walk_hot(rate, from, to))
		return -EINTR;
	rate->counts = true;
	for (i = 0; i < rate->windows; i++) {
		hmt_rate_pause(managed, &rate->short_clock, HMT_RATE_SHORT_US);
		if (hmt_rate_walk_hot(rate, from, to))
			return -EINTR;
	}
	rate->short_clock.all_ns += ktime_get_ns() - begin;
	rate->short_clock.walks += rate->windows + 1;
	return 0;
}

/*
 * Add what the long windows have not shown of entries @from to @to, exclusive, of
 * @rate->hot.
 */
static void hmt_rate_add_hot(struct hmt_rate *rate, unsigned int from,
			     unsigned int to)
{
	u64 long_ns = hmt_rate_window(&rate->clock);
	u64 short_ns = hmt_rate_window(&rate->short_clock);

	for (; from < to; from++) {
		unsigned int at = rate->hot[from];

		rate->sums[rate->nids[at]] +=
			hmt_rate_beyond(rate->windows, rate->hits[at][0],
					long_ns, short_ns);
	}
}

/* Look closer at hot huge pages, a few at a time, whose windows are as long. */
static int hmt_rate_measure_hot(struct hmt_rate *rate, struct hmt_mm *managed)
{
	unsigned int from, to;

	hmt_rate_find_hot(rate);
	if (!rate->nr_hot)
		return 0;
	rate->windows = hmt_rate_short_windows(DIV_ROUND_UP(rate->nr_hot,
							    HMT_RATE_TOGETHER));
	rate->closer = true;
	for (from = 0; from < rate->nr_hot; from = to) {
		to = min(from + HMT_RATE_TOGETHER, rate->nr_hot);
		rate->short_clock = (struct hmt_rate_clock) {};
		if (hmt_rate_look_closer(rate, managed, from, to))
			return -EINTR;
		hmt_rate_add_hot(rate, from, to);
	}
	return 0;
}

/*
 * Take all windows. They last until the thread gets a CPU, and pages look alike in
 * long ones.
 */
static int hmt_rate_take_windows(struct hmt_rate *rate, struct hmt_mm *managed)
{
	int nice = task_nice(current), ret;

	set_user_nice(current, MIN_NICE);
	ret = hmt_rate_measure(rate, managed) ?:
	      hmt_rate_measure_hot(rate, managed);
	/* Else the administrator has set it in the meantime. */
	if (task_nice(current) == MIN_NICE)
		set_user_nice(current, nice);
	return ret;
}

static void hmt_rate_report(const struct hmt_rate *rate,
			    struct hmt_session *session)
{
	u64 ns = hmt_rate_window(&rate->clock);
	unsigned long drawn = min_t(unsigned long, rate->found,
				    HMT_RATE_CHUNKS);
	unsigned int nid;

	for (nid = 0; nid < nr_node_ids; nid++)
		if (rate->sums[nid])
			hmt_report_rate(session, nid,
					mul_u64_u64_div_u64(rate->sums[nid] *
								    rate->part *
								    rate->found,
							    NSEC_PER_SEC,
							    ns * drawn *
								    HMT_RATE_UNIT));
}

/* Measure the rates of @managed by node and report them. */
void hmt_accessed_measure(struct hmt_session *session, struct hmt_mm *managed)
{
	struct hmt_rate *rate = kvzalloc(struct_size(rate, sums, nr_node_ids),
					 GFP_KERNEL);

	if (!rate)
		return;
	rate->mm = hmt_mm_struct(managed);
	rate->until = ktime_get_ns() + HMT_RATE_MAX_MS * NSEC_PER_MSEC;
	rate->part = mm_pgtables_bytes(rate->mm) / PAGE_SIZE / HMT_RATE_DRAWN +
		     1;
	rate->salt = get_random_u32();
	rate->word = hmt_session_rate_turn(session) % HMT_RATE_STEP;
	if (!hmt_rate_list(rate) && !hmt_rate_take_windows(rate, managed))
		hmt_rate_report(rate, session);
	hmt_session_charge(session, hmt_accessed_cost(rate->cleared));
	kvfree(rate);
}
