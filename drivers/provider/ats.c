// SPDX-License-Identifier: GPL-2.0
/*
 * The ats provider: heat from the translations that devices request.
 *
 * A device with a translation cache (an ATC of PCIe, the TLB of a GPU) requests
 * a translation once and then accesses the page without a trace in the page
 * tables, so that a page that only the device uses looks cold. This provider
 * makes devices forget their translations at each sample: pages whose
 * translations are requested again are in use.
 *
 * Each request costs the device a round trip to the IOMMU. Their number is
 * limited:
 *   - A chunk of 2 MiB is forgotten only if a device requested a translation in
 *     it since it was last forgotten. If hardware answers the requests and the
 *     driver does not see them, "blind" makes devices forget all chunks in
 *     turn; the hardware then sets accessed bits.
 *   - Chunks in which access counters found accesses are left to them if the
 *     workload uses the provider "counter".
 *   - There is a budget. The requests in a chunk since it was last forgotten
 *     are the most that can be repeated; they are paid for before it is
 *     forgotten.
 */
#include <linux/atomic.h>
#include <linux/hashtable.h>
#include <linux/hmt_provider.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "attrs.h"
#include "listeners.h"

#define HMT_ATS_GIB_SHIFT	30
#define HMT_ATS_GIB_CHUNKS	BIT(HMT_ATS_GIB_SHIFT - HMT_CHUNK_SHIFT)

/* Samples for which a chunk is left to access counters that found accesses. */
#define HMT_ATS_COUNTED		8

/* Ranges to forget at once, while the mmap lock is not held. */
#define HMT_ATS_RANGES		32

/* Time in jiffies after which the state of an unused mm is freed. */
#define HMT_ATS_IDLE		(60 * HZ)

#define HMT_ATS_NOWHERE		(~0UL)

/* Mark of &hmt_ats_mm.gibs in which the present tour found something mapped. */
#define HMT_ATS_MAPPED		XA_MARK_0

#define HMT_ATS_RATE_MAX	1000000000

/* Translations per second that devices may have to request again. */
static unsigned int hmt_ats_rate = 20000;
static unsigned int hmt_ats_score = HMT_SCORE_HIT;
/* Also forget chunks for which no request was reported. */
static bool hmt_ats_blind;

/**
 * struct hmt_ats_chunk - state of 2 MiB of an address space
 * @requested: translations that devices requested since they forgot the chunk
 * @counted: samples for which the chunk is left to access counters
 */
struct hmt_ats_chunk {
	atomic_t requested;
	unsigned int counted;
};

/* State of 1 GiB of an address space. */
struct hmt_ats_gib {
	struct hmt_ats_chunk chunks[HMT_ATS_GIB_CHUNKS];
};

/**
 * struct hmt_ats_mm - translations that devices may hold of an address space
 * @hash: entry in hmt_ats_mms, by @mm; read under RCU
 * @old: entry in the list of views to free
 * @mm: address space; compared only
 * @users: number of collections that use the view
 * @lock: held during a collection; protects everything below
 * @gibs: &struct hmt_ats_gib by address >> HMT_ATS_GIB_SHIFT, for ranges that
 *	were mapped in the last tour; read under RCU
 * @devices: number of devices that the last forget reached
 * @tokens: budget in translations times NSEC_PER_SEC; below 0 if the last chunk
 *	cost more than was left
 * @filled: time of the last refill of @tokens, in ns
 * @looked: time of the last collection, in jiffies; protected by hmt_ats_lock
 * @next: address of the chunk at which the budget ended
 */
struct hmt_ats_mm {
	struct hlist_node hash;
	struct list_head old;
	const struct mm_struct *mm;
	unsigned int users;
	struct mutex lock;
	struct xarray gibs;
	unsigned int devices;
	s64 tokens;
	u64 filled;
	unsigned long looked;
	unsigned long next;
};

/* Statistics of each CPU. */
struct hmt_ats_cpu {
	u64 translations;
	u64 taken;
};

static DEFINE_PER_CPU(struct hmt_ats_cpu, hmt_ats_cpus);

/*
 * Protects the listeners, the set of views, and their users. It is not held while
 * a collection waits: the mmap lock of one process must not stop the workloads of
 * others. A collection holds the lock of its view instead, which only the
 * workloads that name the same process share. Lock order: lock of a view, then
 * the mmap lock or hmt_ats_lock.
 */
static DEFINE_MUTEX(hmt_ats_lock);
static unsigned int hmt_ats_nr_mms;
static DEFINE_HASHTABLE(hmt_ats_mms, 6);

/* Statistics. */
static atomic64_t hmt_ats_ranges;
static atomic64_t hmt_ats_paid;
static atomic64_t hmt_ats_left_to_counters;
static atomic64_t hmt_ats_deferred;

static struct hmt_provider hmt_ats;

/* The caller holds hmt_ats_lock or is in an RCU read-side section. */
static struct hmt_ats_mm *hmt_ats_find(const struct mm_struct *mm)
{
	struct hmt_ats_mm *view;

	hash_for_each_possible_rcu(hmt_ats_mms, view, hash, (unsigned long)mm,
				   lockdep_is_held(&hmt_ats_lock))
		if (view->mm == mm)
			return view;
	return NULL;
}

/* Return the state of the chunk at @addr; NULL if nothing was mapped there. */
static struct hmt_ats_chunk *hmt_ats_chunk(struct hmt_ats_mm *view,
					   unsigned long addr)
{
	struct hmt_ats_gib *gib = xa_load(&view->gibs,
					  addr >> HMT_ATS_GIB_SHIFT);

	if (!gib)
		return NULL;
	return &gib->chunks[(addr >> HMT_CHUNK_SHIFT) % HMT_ATS_GIB_CHUNKS];
}

/*
 * Return the state of the chunk at @addr, allocated if necessary. Devices may
 * hold translations of all pages of a new chunk, because earlier requests are
 * not known.
 */
static struct hmt_ats_chunk *hmt_ats_get_chunk(struct hmt_ats_mm *view,
					       unsigned long addr)
{
	struct hmt_ats_gib *gib;
	unsigned int i;

	if (hmt_ats_chunk(view, addr))
		return hmt_ats_chunk(view, addr);
	gib = kzalloc(sizeof(*gib), GFP_KERNEL);
	if (!gib)
		return NULL;
	for (i = 0; i < HMT_ATS_GIB_CHUNKS; i++)
		atomic_set(&gib->chunks[i].requested, HMT_CHUNK_PAGES);
	if (xa_err(xa_store(&view->gibs, addr >> HMT_ATS_GIB_SHIFT, gib,
			    GFP_KERNEL))) {
		kfree(gib);
		return NULL;
	}
	return hmt_ats_chunk(view, addr);
}

/* Called in any context. */
static void hmt_ats_translated(struct mm_struct *mm, unsigned long start,
			       unsigned long end, unsigned int count)
{
	struct hmt_ats_mm *view;
	struct hmt_ats_chunk *chunk;
	unsigned long next;

	this_cpu_inc(hmt_ats_cpus.translations);
	if (!hmt_report_range(&hmt_ats, mm, start, end,
			      READ_ONCE(hmt_ats_score)))
		this_cpu_inc(hmt_ats_cpus.taken);
	/* One translation covers 1 GiB at most. */
	end = min(end, start + BIT(HMT_ATS_GIB_SHIFT));
	rcu_read_lock();
	view = hmt_ats_find(mm);
	for (; view && start < end; start = next) {
		next = min(end, ALIGN(start + 1, HMT_CHUNK_SIZE));
		chunk = hmt_ats_chunk(view, start);
		if (chunk)
			atomic_inc(&chunk->requested);
	}
	rcu_read_unlock();
}

/* Called in any context. */
static void hmt_ats_counted(struct mm_struct *mm, unsigned long start,
			    unsigned long end, unsigned int count)
{
	struct hmt_ats_mm *view;
	struct hmt_ats_chunk *chunk;

	end = min(end, start + BIT(HMT_ATS_GIB_SHIFT));
	rcu_read_lock();
	view = hmt_ats_find(mm);
	for (; view && start < end; start = ALIGN(start + 1, HMT_CHUNK_SIZE)) {
		chunk = hmt_ats_chunk(view, start);
		if (chunk)
			WRITE_ONCE(chunk->counted, HMT_ATS_COUNTED);
	}
	rcu_read_unlock();
}

static struct hmt_mirror_listener hmt_ats_translations = {
	.evidence = HMT_EVIDENCE_TRANSLATION,
	.report = hmt_ats_translated,
};

static struct hmt_mirror_listener hmt_ats_counters = {
	.evidence = HMT_EVIDENCE_COUNTER,
	.report = hmt_ats_counted,
};

static struct hmt_listeners hmt_ats_listeners = {
	.listener = { &hmt_ats_counters, &hmt_ats_translations },
};

/* Free @view, which has no readers any more. */
static void hmt_ats_free(struct hmt_ats_mm *view)
{
	struct hmt_ats_gib *gib;
	unsigned long index;

	xa_for_each(&view->gibs, index, gib)
		kfree(gib);
	xa_destroy(&view->gibs);
	kfree(view);
}

/* Free the views that were not used for @idle jiffies, after one grace period. */
static void hmt_ats_reap(unsigned long idle)
{
	struct hmt_ats_mm *view, *tmp;
	struct hlist_node *next;
	LIST_HEAD(old);
	int bucket;

	mutex_lock(&hmt_ats_lock);
	hash_for_each_safe(hmt_ats_mms, bucket, next, view, hash) {
		if (view->users || time_before(jiffies, view->looked + idle))
			continue;
		/* Readers may still follow the link, so use another one. */
		hash_del_rcu(&view->hash);
		hmt_ats_nr_mms--;
		list_add(&view->old, &old);
	}
	mutex_unlock(&hmt_ats_lock);
	if (list_empty(&old))
		return;
	synchronize_rcu();
	list_for_each_entry_safe(view, tmp, &old, old)
		hmt_ats_free(view);
}

/* Find and lock the view of @mm; NULL if there is none. Pairs with put(). */
static struct hmt_ats_mm *hmt_ats_get(const struct mm_struct *mm)
{
	struct hmt_ats_mm *view;

	mutex_lock(&hmt_ats_lock);
	view = hmt_ats_find(mm);
	if (view)
		view->users++;
	mutex_unlock(&hmt_ats_lock);
	if (view)
		mutex_lock(&view->lock);
	return view;
}

static void hmt_ats_put(struct hmt_ats_mm *view)
{
	mutex_unlock(&view->lock);
	mutex_lock(&hmt_ats_lock);
	view->users--;
	mutex_unlock(&hmt_ats_lock);
}

/*
 * As hmt_ats_get(), but create the view unless another workload has done so.
 * Return NULL if there is no memory.
 */
static struct hmt_ats_mm *hmt_ats_create(const struct mm_struct *mm)
{
	struct hmt_ats_mm *view = kzalloc(sizeof(*view), GFP_KERNEL), *found;

	if (!view)
		return NULL;
	view->mm = mm;
	view->looked = jiffies;
	mutex_init(&view->lock);
	xa_init(&view->gibs);
	mutex_lock(&hmt_ats_lock);
	found = hmt_ats_find(mm);
	if (!found) {
		hash_add_rcu(hmt_ats_mms, &view->hash, (unsigned long)mm);
		hmt_ats_nr_mms++;
		found = view;
	}
	found->users++;
	mutex_unlock(&hmt_ats_lock);
	if (found != view)
		kfree(view);
	mutex_lock(&found->lock);
	return found;
}

/**
 * struct hmt_ats_pass - state of one collection
 * @view: state of the address space
 * @fused: true if the workload uses access counters as well
 * @begin: true if everything is forgotten after the walk
 * @last: last chunk, which several VMAs may share
 * @gib: number of its GiB
 * @next: address at which to continue
 * @nr: number of entries in @ranges
 * @ranges: ranges to forget
 */
struct hmt_ats_pass {
	struct hmt_ats_mm *view;
	bool fused;
	bool begin;
	unsigned long last;
	unsigned long gib;
	unsigned long next;
	unsigned int nr;
	struct {
		unsigned long start;
		unsigned long end;
	} ranges[HMT_ATS_RANGES];
};

/* Add a chunk to the ranges to forget; return false if there is no room. */
static bool hmt_ats_add(struct hmt_ats_pass *pass, unsigned long addr)
{
	if (pass->nr && pass->ranges[pass->nr - 1].end == addr) {
		pass->ranges[pass->nr - 1].end += HMT_CHUNK_SIZE;
		return true;
	}
	if (pass->nr == HMT_ATS_RANGES)
		return false;
	pass->ranges[pass->nr].start = addr;
	pass->ranges[pass->nr++].end = addr + HMT_CHUNK_SIZE;
	return true;
}

static bool hmt_ats_leaves_to_counters(const struct hmt_ats_pass *pass,
				       struct hmt_ats_chunk *chunk)
{
	unsigned int counted = READ_ONCE(chunk->counted);

	if (!pass->fused || !counted)
		return false;
	WRITE_ONCE(chunk->counted, counted - 1);
	atomic64_inc(&hmt_ats_left_to_counters);
	return true;
}

/*
 * Pay for a chunk. Return -ENOSPC if ranges must be forgotten before it fits,
 * -EBUSY if the budget is used up.
 */
static int hmt_ats_spend(struct hmt_ats_pass *pass,
			 struct hmt_ats_chunk *chunk, unsigned long addr)
{
	struct hmt_ats_mm *view = pass->view;
	u64 most = (u64)view->devices * HMT_CHUNK_PAGES, cost;

	pass->next = addr;
	if (view->tokens <= 0)
		return -EBUSY;
	if (!hmt_ats_add(pass, addr))
		return -ENOSPC;
	cost = min_t(u64, atomic_xchg(&chunk->requested, 0), most);
	view->tokens -= cost * NSEC_PER_SEC;
	atomic64_add(cost, &hmt_ats_paid);
	return 0;
}

static int hmt_ats_done(struct vm_area_struct *vma, unsigned long addr,
			unsigned long end, void *arg)
{
	struct hmt_ats_pass *pass = arg;
	struct hmt_ats_chunk *chunk;
	int ret = 0;

	addr = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	if (kthread_should_stop())
		return -EINTR;
	if (addr == pass->last)
		return 0;
	chunk = hmt_ats_get_chunk(pass->view, addr);
	if (!chunk)
		return -ENOMEM;
	if (pass->gib != addr >> HMT_ATS_GIB_SHIFT) {
		pass->gib = addr >> HMT_ATS_GIB_SHIFT;
		xa_set_mark(&pass->view->gibs, pass->gib, HMT_ATS_MAPPED);
	}
	if (pass->begin)
		atomic_set(&chunk->requested, 0);
	else if (READ_ONCE(hmt_ats_blind))
		atomic_set(&chunk->requested, HMT_CHUNK_PAGES);
	if (atomic_read(&chunk->requested) &&
	    !hmt_ats_leaves_to_counters(pass, chunk))
		ret = hmt_ats_spend(pass, chunk, addr);
	if (!ret)
		pass->last = addr;
	return ret;
}

/* Devices translate pages in their own memory as well, of any size. */
static const struct hmt_walk_ops hmt_ats_walk = {
	.done = hmt_ats_done,
	.absent = true,
};

/* Refill the budget, which all address spaces of devices share. */
static void hmt_ats_fill(struct hmt_ats_mm *view)
{
	u64 now = ktime_get_ns(), rate = READ_ONCE(hmt_ats_rate);
	u64 ns = min_t(u64, now - view->filled, NSEC_PER_SEC);
	unsigned int mms;
	s64 most;

	mutex_lock(&hmt_ats_lock);
	view->looked = jiffies;
	mms = hmt_ats_nr_mms;
	mutex_unlock(&hmt_ats_lock);
	most = div_u64(rate * NSEC_PER_SEC, mms);
	view->filled = now;
	view->tokens = min_t(s64, most,
			     view->tokens + div_u64(rate * ns, mms));
}

static void hmt_ats_forget(struct hmt_ats_pass *pass, struct mm_struct *mm)
{
	unsigned int i;

	for (i = 0; i < pass->nr; i++)
		pass->view->devices =
			hmt_mirror_forget(mm, pass->ranges[i].start,
					  pass->ranges[i].end);
	atomic64_add(pass->nr, &hmt_ats_ranges);
	pass->nr = 0;
}

/* Begin a tour of the address space. */
static void hmt_ats_unmark(struct hmt_ats_mm *view)
{
	struct hmt_ats_gib *gib;
	unsigned long index;

	xa_for_each_marked(&view->gibs, index, gib, HMT_ATS_MAPPED)
		xa_clear_mark(&view->gibs, index, HMT_ATS_MAPPED);
}

/*
 * End a tour: free the state of GiB in which nothing is mapped. Else a program that
 * maps and unmaps memory, at one address after the other, fills the memory of the
 * kernel. A GiB that was mapped after the tour had passed it begins anew in the next
 * one.
 */
static void hmt_ats_prune(struct hmt_ats_mm *view)
{
	struct hmt_ats_gib *gib;
	unsigned long index;

	xa_for_each(&view->gibs, index, gib) {
		if (xa_get_mark(&view->gibs, index, HMT_ATS_MAPPED))
			continue;
		xa_erase(&view->gibs, index);
		kfree_rcu_mightsleep(gib);
		cond_resched();
	}
}

/*
 * Walk from @start to the end of the address space. A tour begins at 0 and takes
 * several walks if the budget ends before.
 */
static int hmt_ats_look(struct hmt_ats_pass *pass, struct mm_struct *mm,
			unsigned long start)
{
	int ret;

	if (!start)
		hmt_ats_unmark(pass->view);
	pass->next = start;
	do {
		ret = hmt_walk(mm, pass->next, mm->task_size, &hmt_ats_walk,
			       pass);
		hmt_ats_forget(pass, mm);
	} while (ret == -ENOSPC);
	pass->view->next = 0;
	if (!ret)
		hmt_ats_prune(pass->view);
	if (ret != -EBUSY)
		return ret;
	atomic64_inc(&hmt_ats_deferred);
	pass->view->next = pass->next;
	return 0;
}

/*
 * Make devices forget all translations at the first collection, because these
 * are from before. The requests that follow are not repeated ones yet. Without
 * devices there is no view, and an old one stays unused.
 */
static int hmt_ats_begin(struct hmt_ats_pass *pass, struct mm_struct *mm)
{
	struct hmt_ats_mm *view;
	int ret;

	if (!hmt_mirror_forget(mm, 0, mm->task_size))
		return 0;
	view = hmt_ats_create(mm);
	if (!view)
		return -ENOMEM;
	pass->view = view;
	pass->begin = true;
	ret = hmt_ats_look(pass, mm, 0);
	view->devices = hmt_mirror_forget(mm, 0, mm->task_size);
	atomic64_inc(&hmt_ats_ranges);
	hmt_ats_put(view);
	return ret;
}

static int hmt_ats_collect(struct hmt_session *session, struct hmt_mm *managed)
{
	struct hmt_ats_pass pass = {
		.fused = hmt_session_has(session, "counter"),
		.last = HMT_ATS_NOWHERE,
		.gib = HMT_ATS_NOWHERE,
	};
	struct mm_struct *mm = hmt_mm_struct(managed);
	int ret;

	hmt_ats_reap(HMT_ATS_IDLE);
	if (!hmt_mm_is_new(managed))
		pass.view = hmt_ats_get(mm);
	if (!pass.view)
		return hmt_ats_begin(&pass, mm);
	hmt_ats_fill(pass.view);
	ret = hmt_ats_look(&pass, mm, pass.view->next);
	hmt_ats_put(pass.view);
	return ret;
}

static int hmt_ats_start(struct hmt_session *session)
{
	guard(mutex)(&hmt_ats_lock);
	hmt_listeners_get(&hmt_ats_listeners);
	return 0;
}

/* No collection runs after the last session has ended, so no view is in use. */
static void hmt_ats_stop(struct hmt_session *session)
{
	bool last;

	mutex_lock(&hmt_ats_lock);
	last = hmt_listeners_put(&hmt_ats_listeners);
	mutex_unlock(&hmt_ats_lock);
	if (last)
		hmt_ats_reap(0);
}

static ssize_t hmt_ats_rate_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(hmt_ats_rate));
}

static ssize_t hmt_ats_rate_store(struct config_item *item, const char *page,
				  size_t count)
{
	return hmt_attr_store(&hmt_ats_rate, page, HMT_ATS_RATE_MAX) ?: count;
}
CONFIGFS_ATTR(hmt_ats_, rate);

static ssize_t hmt_ats_score_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(hmt_ats_score));
}

static ssize_t hmt_ats_score_store(struct config_item *item, const char *page,
				   size_t count)
{
	return hmt_attr_store(&hmt_ats_score, page, HMT_SCORE_MAX) ?: count;
}
CONFIGFS_ATTR(hmt_ats_, score);

static ssize_t hmt_ats_blind_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(hmt_ats_blind));
}

static ssize_t hmt_ats_blind_store(struct config_item *item, const char *page,
				   size_t count)
{
	return hmt_attr_store_bool(&hmt_ats_blind, page) ?: count;
}
CONFIGFS_ATTR(hmt_ats_, blind);

HMT_ATTR_SUM(hmt_ats_, translations, hmt_ats_cpus.translations);
HMT_ATTR_SUM(hmt_ats_, taken, hmt_ats_cpus.taken);

#define HMT_ATS_COUNT(_name)						\
static ssize_t hmt_ats_##_name##_show(struct config_item *item,		\
				      char *page)			\
{									\
	return sysfs_emit(page, "%lld\n",				\
			  atomic64_read(&hmt_ats_##_name));		\
}									\
CONFIGFS_ATTR_RO(hmt_ats_, _name)

HMT_ATS_COUNT(ranges);
HMT_ATS_COUNT(paid);
HMT_ATS_COUNT(left_to_counters);
HMT_ATS_COUNT(deferred);

static struct configfs_attribute *hmt_ats_attrs[] = {
	&hmt_ats_attr_rate,
	&hmt_ats_attr_score,
	&hmt_ats_attr_blind,
	&hmt_ats_attr_translations,
	&hmt_ats_attr_taken,
	&hmt_ats_attr_ranges,
	&hmt_ats_attr_paid,
	&hmt_ats_attr_left_to_counters,
	&hmt_ats_attr_deferred,
	NULL
};

static const struct hmt_provider_ops hmt_ats_ops = {
	.start = hmt_ats_start,
	.stop = hmt_ats_stop,
	.collect = hmt_ats_collect,
};

static struct hmt_provider hmt_ats = {
	.name = "ats",
	.owner = THIS_MODULE,
	.ops = &hmt_ats_ops,
	.attrs = hmt_ats_attrs,
	.push = true,
	.device = true,
};
module_hmt_provider(hmt_ats, ats);

MODULE_DESCRIPTION("HMT: heat from the translations of devices");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_LICENSE("GPL");
