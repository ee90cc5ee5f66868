// SPDX-License-Identifier: GPL-2.0
/*
 * Advice for ranges of address spaces. An mmu notifier holds it, by which the
 * kernel reports the end of the address space; no other callback is used.
 * Advice changes under the mmap lock held for writing, and is read under it.
 * Movers hold the mmap lock as well, so that no move is under way when a range
 * has become excluded.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/hashtable.h>
#include <linux/hmt_internal.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/mmu_notifier.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait_bit.h>
#include "hmt.h"
#include "lib/lib.h"
#include "page.h"
#include "preference.h"

/**
 * struct hmt_advised - advice for an address space
 * @notifier: reports the end of the address space
 * @hash: entry in hmt_advised_hash
 * @rcu: frees it after lockless look-ups
 * @sets: ranges by &enum hmt_treatment; under the mmap lock
 * @preferences: tiers that ranges belong in, or NULL; under the mmap lock
 */
struct hmt_advised {
	struct mmu_notifier notifier;
	struct hlist_node hash;
	struct rcu_head rcu;
	struct hmt_rangeset sets[HMT_TREATMENTS];
	struct hmt_preferences *preferences;
};

/* By the address of the mm. */
static DEFINE_HASHTABLE(hmt_advised_hash, 8);
/* Protects the hash; an entry is put by the code that removes it. */
static DEFINE_SPINLOCK(hmt_advised_lock);
/* Number of entries, in the hash or about to be freed. */
static atomic_t hmt_advised_count = ATOMIC_INIT(0);

static struct mmu_notifier *hmt_advised_alloc(struct mm_struct *mm)
{
	struct hmt_advised *advised = kzalloc(sizeof(*advised),
					      GFP_KERNEL_ACCOUNT);

	if (!advised)
		return ERR_PTR(-ENOMEM);
	atomic_inc(&hmt_advised_count);
	return &advised->notifier;
}

static void hmt_advised_free(struct mmu_notifier *notifier)
{
	struct hmt_advised *advised = container_of(notifier,
						   struct hmt_advised,
						   notifier);
	unsigned int i;

	for (i = 0; i < HMT_TREATMENTS; i++)
		hmt_rangeset_destroy(&advised->sets[i]);
	if (advised->preferences)
		hmt_preferences_destroy(advised->preferences);
	kfree(advised->preferences);
	kfree_rcu(advised, rcu);
	if (atomic_dec_and_test(&hmt_advised_count))
		wake_up_var(&hmt_advised_count);
}

/* Drop an entry, once, also when the address space ends during unload. */
static void hmt_advised_drop(struct hmt_advised *advised)
{
	lockdep_assert_held(&hmt_advised_lock);
	if (hlist_unhashed(&advised->hash))
		return;
	hash_del_rcu(&advised->hash);
	mmu_notifier_put(&advised->notifier);
}

static void hmt_advised_release(struct mmu_notifier *notifier,
				struct mm_struct *mm)
{
	spin_lock(&hmt_advised_lock);
	hmt_advised_drop(container_of(notifier, struct hmt_advised, notifier));
	spin_unlock(&hmt_advised_lock);
}

static const struct mmu_notifier_ops hmt_advised_ops = {
	.alloc_notifier = hmt_advised_alloc,
	.free_notifier = hmt_advised_free,
	.release = hmt_advised_release,
};

/* Return the advice, or NULL; it stays while the caller holds mm_users. */
static struct hmt_advised *hmt_advised_find(const struct mm_struct *mm)
{
	struct hmt_advised *advised, *found = NULL;

	rcu_read_lock();
	hash_for_each_possible_rcu(hmt_advised_hash, advised, hash,
				   (unsigned long)mm)
		if (advised->notifier.mm == mm) {
			found = advised;
			break;
		}
	rcu_read_unlock();
	return found;
}

/* Find or create the advice. The mmap lock is held for writing. */
static struct hmt_advised *hmt_advised_get(struct mm_struct *mm)
{
	struct hmt_advised *advised = hmt_advised_find(mm);
	struct mmu_notifier *notifier;

	mmap_assert_write_locked(mm);
	if (advised)
		return advised;
	notifier = mmu_notifier_get_locked(&hmt_advised_ops, mm);
	if (IS_ERR(notifier))
		return ERR_CAST(notifier);
	advised = container_of(notifier, struct hmt_advised, notifier);
	spin_lock(&hmt_advised_lock);
	hash_add_rcu(hmt_advised_hash, &advised->hash, (unsigned long)mm);
	spin_unlock(&hmt_advised_lock);
	return advised;
}

static int hmt_advise_locked(struct mm_struct *mm, enum hmt_treatment treatment,
			     unsigned long start, unsigned long end)
{
	struct hmt_advised *advised = hmt_advised_get(mm);

	mmap_assert_write_locked(mm);
	if (IS_ERR(advised))
		return PTR_ERR(advised);
	return hmt_rangeset_add(&advised->sets[treatment], start, end,
				HMT_ADVISED_MAX);
}

static int hmt_unadvise_locked(struct mm_struct *mm,
			       enum hmt_treatment treatment,
			       unsigned long start, unsigned long end)
{
	struct hmt_advised *advised = hmt_advised_find(mm);

	mmap_assert_write_locked(mm);
	if (!advised)
		return 0;
	return hmt_rangeset_remove(&advised->sets[treatment], start, end,
				   HMT_ADVISED_MAX);
}

/* 0 with the mmap lock held for writing; -EINVAL: no such range; -EINTR. */
static int hmt_advise_begin(struct mm_struct *mm, unsigned long start,
			    unsigned long end)
{
	int ret = hmt_range_check(mm, start, end - start);

	if (ret)
		return ret;
	return mmap_write_lock_killable(mm) ? -EINTR : 0;
}

/*
 * Set @treatment for [@start, @end). Callers exclude ranges through
 * hmt_exclude_range(), which also revokes plans of hmtd. Context and errors as
 * there.
 */
int hmt_advise_range(struct mm_struct *mm, enum hmt_treatment treatment,
		     unsigned long start, unsigned long end)
{
	int ret = hmt_advise_begin(mm, start, end);

	if (ret)
		return ret;
	ret = hmt_advise_locked(mm, treatment, start, end);
	mmap_write_unlock(mm);
	return ret;
}

/* Clear @treatment for [@start, @end). */
int hmt_unadvise_range(struct mm_struct *mm, enum hmt_treatment treatment,
		       unsigned long start, unsigned long end)
{
	int ret = hmt_advise_begin(mm, start, end);

	if (ret)
		return ret;
	ret = hmt_unadvise_locked(mm, treatment, start, end);
	mmap_write_unlock(mm);
	return ret;
}

static int hmt_advise_tier_locked(struct mm_struct *mm, const char *tier,
				  u16 share, unsigned long start,
				  unsigned long end)
{
	struct hmt_advised *advised = hmt_advised_get(mm);

	if (IS_ERR(advised))
		return PTR_ERR(advised);
	if (!advised->preferences) {
		struct hmt_preferences *preferences =
			kzalloc(sizeof(*preferences), GFP_KERNEL_ACCOUNT);

		if (!preferences)
			return -ENOMEM;
		WRITE_ONCE(advised->preferences, preferences);
	}
	return hmt_preferences_set(advised->preferences, tier, share, start,
				   end);
}

/*
 * Make @share per mille of [@start, @end) belong in @tier; HMT_SHARE_AVOID:
 * none of it. Context and errors: see hmt_exclude_range().
 */
int hmt_advise_tier(struct mm_struct *mm, const char *tier, u16 share,
		    unsigned long start, unsigned long end)
{
	int ret = hmt_advise_begin(mm, start, end);

	if (ret)
		return ret;
	ret = hmt_advise_tier_locked(mm, tier, share, start, end);
	mmap_write_unlock(mm);
	return ret;
}

/* Drop the advice about @tier, or about all tiers if that is empty. */
int hmt_unadvise_tier(struct mm_struct *mm, const char *tier,
		      unsigned long start, unsigned long end)
{
	int ret = hmt_advise_begin(mm, start, end);
	struct hmt_advised *advised;

	if (ret)
		return ret;
	advised = hmt_advised_find(mm);
	if (advised && advised->preferences)
		ret = hmt_preferences_drop(advised->preferences, tier, start,
					   end);
	mmap_write_unlock(mm);
	return ret;
}

/* Check for advice about tiers. The answer may be out of date at once. */
bool hmt_advice_has_tiers(const struct mm_struct *mm)
{
	const struct hmt_advised *advised = hmt_advised_find(mm);

	return advised && READ_ONCE(advised->preferences);
}

/* As hmt_preferences_look(). The mmap lock of @mm is held. */
bool hmt_advice_look(const struct mm_struct *mm, const struct hmt_graph *graph,
		     unsigned long addr, unsigned long end,
		     struct hmt_policy_advice *advice)
{
	const struct hmt_advised *advised = hmt_advised_find(mm);

	mmap_assert_locked((struct mm_struct *)mm);
	return advised && advised->preferences &&
	       hmt_preferences_look(advised->preferences, graph, addr, end,
				    advice);
}

static bool hmt_advised_has(const struct hmt_advised *advised,
			    unsigned long start, unsigned long end)
{
	unsigned long from = start, to = end;

	return hmt_rangeset_first(&advised->sets[HMT_TREAT_EXCLUDED], &from,
				  &to) ||
	       (advised->preferences &&
		hmt_preferences_have(advised->preferences, start, end));
}

/*
 * Check whether a part of [@start, @end) is excluded or belongs in a tier, or may
 * be so because advice is changing. A fault does not hold the mmap lock of the
 * address space, and cannot wait for it. Context: any but NMI and interrupts,
 * mm_users held.
 */
bool hmt_advice_may_have(struct mm_struct *mm, unsigned long start,
			 unsigned long end)
{
	const struct hmt_advised *advised = hmt_advised_find(mm);
	bool has;

	if (!advised)
		return false;
	if (!mmap_read_trylock(mm))
		return true;
	has = hmt_advised_has(advised, start, end);
	mmap_read_unlock(mm);
	return has;
}

/* Narrow [@*start, @*end) to the first part with @treatment, if any. */
static bool hmt_advised_first(const struct mm_struct *mm,
			      enum hmt_treatment treatment,
			      unsigned long *start, unsigned long *end)
{
	const struct hmt_advised *advised = hmt_advised_find(mm);

	mmap_assert_locked((struct mm_struct *)mm);
	return advised &&
	       hmt_rangeset_first(&advised->sets[treatment], start, end);
}

/* Narrow a range to the part around the page of @addr without @treatment. */
static void hmt_advised_avoid(const struct mm_struct *mm,
			      enum hmt_treatment treatment, unsigned long addr,
			      unsigned long *start, unsigned long *end)
{
	unsigned long from = *start, to = addr;

	while (hmt_advised_first(mm, treatment, &from, &to)) {
		*start = to;
		from = to;
		to = addr;
	}
	from = addr + PAGE_SIZE;
	to = *end;
	if (hmt_advised_first(mm, treatment, &from, &to))
		*end = from;
}

/**
 * hmt_is_excluded() - check whether a part of a range is excluded
 * @mm: address space, mm_users held by the caller
 * @start: first address
 * @end: end (exclusive)
 *
 * Context: the mmap lock of @mm is held.
 * Return: true when a part of it must not be moved.
 */
bool hmt_is_excluded(const struct mm_struct *mm, unsigned long start,
		     unsigned long end)
{
	return hmt_exclude_first(mm, &start, &end);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_is_excluded);

/**
 * hmt_is_read_mostly() - check whether devices may replicate a part of a range
 * @mm: address space, mm_users held by the caller
 * @start: first address
 * @end: end (exclusive)
 *
 * Context: the mmap lock of @mm is held; interrupts may be off.
 * Return: true when a part of it has HMT_ADVICE_READ_MOSTLY.
 */
bool hmt_is_read_mostly(const struct mm_struct *mm, unsigned long start,
			unsigned long end)
{
	return hmt_advised_first(mm, HMT_TREAT_READ_MOSTLY, &start, &end);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_is_read_mostly);

/**
 * hmt_follow_part() - narrow a range to the part that may follow a device
 * @mm: address space, mm_users held by the caller
 * @addr: address of the touched page, which is in the range
 * @always: no advice is needed
 * @start: first address
 * @end: end (exclusive)
 *
 * The part is around @addr, has HMT_ADVICE_FOLLOW, or any advice if @always, and
 * nothing that devices replicate: read-mostly memory never moves to a device
 * that touches it.
 *
 * Context: the mmap lock of @mm is held.
 * Return: true if the page of @addr is in such a part; else false, and the range is
 * undefined.
 */
bool hmt_follow_part(const struct mm_struct *mm, unsigned long addr,
		     bool always, unsigned long *start, unsigned long *end)
{
	unsigned long from = *start, to = *end;

	while (!always) {
		if (!hmt_advised_first(mm, HMT_TREAT_FOLLOWING, &from, &to) ||
		    from > addr)
			return false;
		if (addr < to) {
			*start = from;
			*end = to;
			break;
		}
		from = to;
		to = *end;
	}
	if (hmt_is_read_mostly(mm, addr, addr + PAGE_SIZE))
		return false;
	hmt_advised_avoid(mm, HMT_TREAT_READ_MOSTLY, addr, start, end);
	return true;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_follow_part);

/*
 * Narrow [@*start, @*end) to the first part that is excluded; false: there is
 * none. The mmap lock of @mm is held.
 */
bool hmt_exclude_first(const struct mm_struct *mm, unsigned long *start,
		       unsigned long *end)
{
	return hmt_advised_first(mm, HMT_TREAT_EXCLUDED, start, end);
}

/**
 * hmt_skip_excluded() - narrow a range to the part that may move with a page
 * @mm: address space, mm_users held by the caller
 * @addr: address of the page, which is in the range; may be excluded itself
 * @start: first address
 * @end: end (exclusive)
 *
 * Context: the mmap lock of @mm is held.
 */
void hmt_skip_excluded(const struct mm_struct *mm, unsigned long addr,
		       unsigned long *start, unsigned long *end)
{
	hmt_advised_avoid(mm, HMT_TREAT_EXCLUDED, addr, start, end);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_skip_excluded);

/* Drop all advice; no mover and no caller is left. */
void hmt_advice_exit(void)
{
	struct hmt_advised *advised;
	struct hlist_node *next;
	unsigned int bucket;

	spin_lock(&hmt_advised_lock);
	hash_for_each_safe(hmt_advised_hash, bucket, next, advised, hash)
		hmt_advised_drop(advised);
	spin_unlock(&hmt_advised_lock);
	/* Releases that are under way. */
	mmu_notifier_synchronize();
	wait_var_event(&hmt_advised_count, !atomic_read(&hmt_advised_count));
	/* The task that brought it to zero runs with softirqs off. */
	synchronize_rcu();
}
