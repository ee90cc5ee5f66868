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
 * estimated without bias. This holds for pages up to about two accesses in a
 * window. Those that were accessed in nearly each window are looked at again in
 * short windows, a few pages at a time, because the window of a page also has the
 * time in which the others are visited. The first ones sort them by their rates. A
 * huge page has one bit for 512 pages, and is often one of them.
 *
 * The part is one of four words of entries in up to some hundred chunks, which
 * are others each time. The words take turns, because a few groups of pages may
 * have most of the accesses. An access between the sample and the last window is
 * lost for the next sample and for reclaim unless the page is accessed again: some
 * ten ms, of a quarter of the pages, in one sample of a round or survey.
 *
 * Of pages that share a translation the hardware sets the bit of any one, so each
 * group of them counts as one entry.
 */
#include <asm/arch.h>
#include <linux/bitmap.h>
#include <linux/dax.h>
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/hmt_provider.h>
#include <linux/hrtimer.h>
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
#include <linux/sort.h>
#include "accessed.h"
#include "rate.h"

/* Pause in each window, us. */
#define HMT_RATE_PAUSE_US	1000

/*
 * Pages that are visited together in a short window. Fewer would make the window
 * shorter, and need more flushes. Most pages of all groups.
 */
#define HMT_RATE_TOGETHER	16
#define HMT_RATE_HOT		512

/*
 * One of HMT_RATE_STEP words of entries is covered, so that all are after that many
 * measurements. Entries that share a translation are in one word.
 */
#define HMT_RATE_WORD		(HMT_SHARED_PTES > 64 ? HMT_SHARED_PTES : 64)
#define HMT_RATE_WORDS		DIV_ROUND_UP(HMT_CHUNK_PAGES, HMT_RATE_WORD)
#define HMT_RATE_COVERED	DIV_ROUND_UP(HMT_RATE_WORDS, HMT_RATE_PARTS)
#define HMT_RATE_STEP		DIV_ROUND_UP(HMT_RATE_WORDS, HMT_RATE_COVERED)
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
 * struct hmt_rate_alarm - end of a pause
 * @timer: it expires at the end
 * @task: task that waits for it
 * @rang: time at which it expired, ns; 0: not yet
 */
struct hmt_rate_alarm {
	struct hrtimer timer;
	struct task_struct *task;
	u64 rang;
};

/**
 * struct hmt_rate_clock - length of windows
 * @ns: their sum
 * @windows: their number
 * @unknown: number of windows of unknown length, which do not count
 * @walked: time at which the last walk began, ns
 */
struct hmt_rate_clock {
	u64 ns;
	unsigned int windows;
	unsigned int unknown;
	u64 walked;
};

/**
 * struct hmt_rate_hot - page that was accessed in nearly each window
 * @addr: its address; that of the first page of those that share a translation
 * @entry: its index in the hits of its chunk
 * @huge: it is a huge page
 * @nid: node on which it was accessed
 * @seen: windows in which it was accessed
 * @hits: short windows in which it was accessed
 */
struct hmt_rate_hot {
	unsigned long addr;
	unsigned int entry;
	bool huge;
	u16 nid;
	u8 seen;
	u8 hits;
};

/**
 * struct hmt_rate - one measurement of an address space
 * @mm: address space
 * @until: time at which the measurement is given up, ns
 * @alarm: ends pauses
 * @part: one of this number of GiB is covered
 * @salt: selects them
 * @word: number of the first word of a chunk that is covered
 * @lists: the walk fills @chunks
 * @counts: the walk counts; else it only clears bits
 * @looked: hot page whose hits alone the walk counts, or NULL
 * @found: number of chunks that were found
 * @last: number of the last one
 * @at: index of the chunk that is visited
 * @chunks: addresses of the first pages of some of them
 * @hits: windows in which an entry was accessed
 * @huge: chunks that are a huge page
 * @filled: number of pages that were accessed in nearly each window
 * @hot: some of them
 * @nr_hot: number of entries in @hot
 * @windows: number of short windows after the shortest ones
 * @probe_ns: length of the shortest ones
 * @clock: windows
 * @short_clock: short windows of the entries in @hot that are looked at together
 * @cleared: number of bits that were cleared
 * @sums: accesses in a window by node, in 1/HMT_RATE_UNIT
 */
struct hmt_rate {
	struct mm_struct *mm;
	u64 until;
	struct hmt_rate_alarm alarm;
	unsigned long part;
	u32 salt;
	unsigned int word;
	bool lists;
	bool counts;
	struct hmt_rate_hot *looked;
	unsigned long found;
	unsigned long last;
	unsigned int at;
	unsigned long chunks[HMT_RATE_CHUNKS];
	u8 hits[HMT_RATE_CHUNKS][HMT_RATE_ENTRIES];
	DECLARE_BITMAP(huge, HMT_RATE_CHUNKS);
	unsigned int filled;
	struct hmt_rate_hot hot[HMT_RATE_HOT];
	unsigned int nr_hot;
	unsigned int windows;
	u64 probe_ns;
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

/* Return the number of chunks whose bits are read. */
static unsigned int hmt_rate_drawn(const struct hmt_rate *rate)
{
	return min_t(unsigned long, rate->found, HMT_RATE_CHUNKS);
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

static void hmt_rate_count_hot(struct hmt_rate *rate, unsigned int entry,
			       struct page *page)
{
	if (!rate->counts || entry != rate->looked->entry)
		return;
	rate->looked->nid = page_to_nid(page);
	rate->looked->hits++;
}

/*
 * Count an access to an entry, which stands for @share entries. Memory of a
 * device has a node too, but is another memory.
 */
static void hmt_rate_count(struct hmt_rate *rate, unsigned int entry,
			   struct page *page, unsigned int share)
{
	u8 *hits = &rate->hits[rate->at][entry];

	if (is_zone_device_page(page))
		return;
	if (rate->looked) {
		hmt_rate_count_hot(rate, entry, page);
		return;
	}
	if (!rate->counts || *hits == HMT_RATE_WINDOWS)
		return;
	rate->sums[page_to_nid(page)] +=
		share * hmt_rate_hit(HMT_RATE_WINDOWS, (*hits)++);
	rate->filled += *hits == HMT_RATE_FILLED;
}

/* The huge zero page, which has no owner, is not memory of the process. */
static void hmt_rate_count_huge(struct hmt_rate *rate, struct page *page)
{
	if (!page_folio(page)->mapping)
		return;
	hmt_rate_count(rate, 0, page, 1);
	if (!rate->looked)
		__set_bit(rate->at, rate->huge);
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
	} else if (!pmd_leaf(pmd) && (pmd_young(pmd) || !uses_upper)) {
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
	unsigned int nr = hmt_rate_drawn(rate), at;
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

	for (; from < to && !ret; from++) {
		struct hmt_rate_hot *hot = &rate->hot[from];
		unsigned long size = hot->huge ? HMT_CHUNK_SIZE :
						 HMT_SHARED_PTES * PAGE_SIZE;

		rate->looked = hot;
		ret = hmt_walk(rate->mm, hot->addr, hot->addr + size,
			       &hmt_rate_ops, rate) ?:
		      hmt_rate_check(rate);
	}
	return ret;
}

/* Context: interrupt; thread on PREEMPT_RT. */
static enum hrtimer_restart hmt_rate_ring(struct hrtimer *timer)
{
	struct hmt_rate_alarm *alarm =
		container_of(timer, struct hmt_rate_alarm, timer);

	WRITE_ONCE(alarm->rang, ktime_get_ns());
	wake_up_process(alarm->task);
	return HRTIMER_NORESTART;
}

static void hmt_rate_wait(struct hmt_rate_alarm *alarm, unsigned int us)
{
	alarm->rang = 0;
	hrtimer_start(&alarm->timer, us * NSEC_PER_USEC, HRTIMER_MODE_REL);
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (READ_ONCE(alarm->rang))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/*
 * Let the program access pages for @us. Return whether the length of the window is
 * known. The only CPU does not run the program while it walks. On others the window
 * of a page is the time between two walks.
 */
static bool hmt_rate_pause(struct hmt_rate *rate, struct hmt_mm *managed,
			   struct hmt_rate_clock *clock, unsigned int us)
{
	u64 begin, end, ns;

	hmt_accessed_flush(managed);
	begin = ktime_get_ns();
	hmt_rate_wait(&rate->alarm, us);
	end = ktime_get_ns();
	ns = num_online_cpus() == 1 ?
		     hmt_rate_ran(begin, rate->alarm.rang, end) :
		     end - clock->walked;
	clock->walked = end;
	/* Where many are, all switches take long. */
	if (!ns && clock->unknown++ >= HMT_RATE_WINDOWS)
		ns = end - begin;
	clock->ns += ns;
	clock->windows += !!ns;
	return ns;
}

/* Return the mean length of a window, ns. */
static u64 hmt_rate_window(const struct hmt_rate_clock *clock)
{
	return div_u64(clock->ns, max(clock->windows, 1U)) ?: 1;
}

/* Take the windows: one of a program that sleeps, because a workload may have many. */
static int hmt_rate_measure(struct hmt_rate *rate, struct hmt_mm *managed)
{
	struct hmt_rate_clock *clock = &rate->clock;
	u64 before;

	clock->walked = ktime_get_ns();
	if (hmt_rate_walk(rate))
		return -EINTR;
	before = rate->cleared;
	while (clock->windows < HMT_RATE_WINDOWS &&
	       (!clock->windows || rate->cleared > before)) {
		rate->counts = hmt_rate_pause(rate, managed, clock,
					      HMT_RATE_PAUSE_US);
		if (hmt_rate_walk(rate))
			return -EINTR;
	}
	return 0;
}

/*
 * Return the index in all of @rate->hits of the next page from @from on that was
 * accessed in nearly each window, or their number.
 */
static unsigned int hmt_rate_next_filled(const struct hmt_rate *rate,
					 unsigned int from)
{
	unsigned int end = hmt_rate_drawn(rate) * HMT_RATE_ENTRIES;
	const u8 *hits = (const u8 *)rate->hits;

	while (from < end && hits[from] < HMT_RATE_FILLED)
		from++;
	return from;
}

static void hmt_rate_add_hot_page(struct hmt_rate *rate, unsigned int index)
{
	unsigned int at = index / HMT_RATE_ENTRIES;
	unsigned int entry = index % HMT_RATE_ENTRIES;
	unsigned int page = (entry / HMT_RATE_WORD * HMT_RATE_STEP +
			     rate->word) * HMT_RATE_WORD +
			    entry % HMT_RATE_WORD;
	bool huge = test_bit(at, rate->huge);

	rate->hot[rate->nr_hot++] = (struct hmt_rate_hot) {
		.addr = round_down(rate->chunks[at], HMT_CHUNK_SIZE) +
			(huge ? 0 : page * PAGE_SIZE),
		.entry = entry,
		.huge = huge,
		.seen = rate->hits[at][entry],
	};
}

/* Find the pages that were accessed in nearly each window, or one of that many. */
static void hmt_rate_find_hot(struct hmt_rate *rate)
{
	unsigned int end = hmt_rate_drawn(rate) * HMT_RATE_ENTRIES;
	unsigned int every = DIV_ROUND_UP(rate->filled, HMT_RATE_HOT);
	unsigned int phase, index;

	if (!every)
		return;
	phase = get_random_u32() % every;
	for (index = hmt_rate_next_filled(rate, 0); index < end;
	     index = hmt_rate_next_filled(rate, index + 1))
		if (!(phase++ % every))
			hmt_rate_add_hot_page(rate, index);
}

/* Take @windows short windows of @us of entries @from to @to, exclusive, of @rate->hot. */
static int hmt_rate_take_short(struct hmt_rate *rate, struct hmt_mm *managed,
			       unsigned int from, unsigned int to,
			       unsigned int windows, unsigned int us)
{
	struct hmt_rate_clock *clock = &rate->short_clock;

	*clock = (struct hmt_rate_clock) { .walked = ktime_get_ns() };
	rate->counts = false;
	if (hmt_rate_walk_hot(rate, from, to))
		return -EINTR;
	while (clock->windows < windows) {
		rate->counts = hmt_rate_pause(rate, managed, clock, us);
		if (hmt_rate_walk_hot(rate, from, to))
			return -EINTR;
	}
	return 0;
}

/* Return the end of the entries in @rate->hot that are looked at together. */
static unsigned int hmt_rate_group(const struct hmt_rate *rate,
				   unsigned int from)
{
	return min(from + HMT_RATE_TOGETHER, rate->nr_hot);
}

static int hmt_rate_compare(const void *one, const void *two)
{
	const struct hmt_rate_hot *a = one, *b = two;

	return b->hits - a->hits;
}

/* Sort @rate->hot by hits in the shortest windows, the most first. */
static int hmt_rate_probe(struct hmt_rate *rate, struct hmt_mm *managed)
{
	unsigned int from, to;

	for (from = 0; from < rate->nr_hot; from = to) {
		to = hmt_rate_group(rate, from);
		if (hmt_rate_take_short(rate, managed, from, to,
					HMT_RATE_PROBES, HMT_RATE_SHORT_US))
			return -EINTR;
	}
	rate->probe_ns = hmt_rate_window(&rate->short_clock);
	sort(rate->hot, rate->nr_hot, sizeof(*rate->hot), hmt_rate_compare,
	     NULL);
	return 0;
}

/*
 * Look at entries @from to @to, exclusive, of @rate->hot in windows that are short
 * enough for the first one.
 */
static int hmt_rate_look_closer(struct hmt_rate *rate, struct hmt_mm *managed,
				unsigned int from, unsigned int to)
{
	unsigned int factor = hmt_rate_short_factor(rate->hot[from].hits), i;

	for (i = from; i < to; i++)
		rate->hot[i].hits = 0;
	return hmt_rate_take_short(rate, managed, from, to, rate->windows,
				   hmt_rate_short_pause(factor,
							rate->probe_ns));
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
		const struct hmt_rate_hot *hot = &rate->hot[from];
		u64 beyond = hmt_rate_beyond(hot->seen,
					     hmt_rate_scaled(rate->windows,
							     hot->hits, long_ns,
							     short_ns));

		if (!hot->huge)
			beyond *= HMT_RATE_STEP;
		rate->sums[hot->nid] += div_u64(beyond * rate->filled,
						rate->nr_hot);
	}
}

/* Look closer at hot pages, a few at a time, whose windows are as long. */
static int hmt_rate_measure_hot(struct hmt_rate *rate, struct hmt_mm *managed)
{
	unsigned int from, to;

	hmt_rate_find_hot(rate);
	if (!rate->nr_hot)
		return 0;
	if (hmt_rate_probe(rate, managed))
		return -EINTR;
	rate->windows = hmt_rate_short_windows(DIV_ROUND_UP(rate->nr_hot,
							    HMT_RATE_TOGETHER));
	for (from = 0; from < rate->nr_hot; from = to) {
		to = hmt_rate_group(rate, from);
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

	rate->alarm.task = current;
	hrtimer_setup(&rate->alarm.timer, hmt_rate_ring, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	set_user_nice(current, MIN_NICE);
	ret = hmt_rate_measure(rate, managed) ?:
	      hmt_rate_measure_hot(rate, managed);
	/* It may still wake this thread. */
	hrtimer_cancel(&rate->alarm.timer);
	/* Else the administrator has set it in the meantime. */
	if (task_nice(current) == MIN_NICE)
		set_user_nice(current, nice);
	return ret;
}

static void hmt_rate_report(const struct hmt_rate *rate,
			    struct hmt_session *session)
{
	u64 ns = hmt_rate_window(&rate->clock);
	unsigned int drawn = hmt_rate_drawn(rate);
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
