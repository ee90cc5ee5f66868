// SPDX-License-Identifier: GPL-2.0
/*
 * How ranges of an address space are to be treated. They hang on an mmu
 * notifier, by which the kernel says when the address space dies; none of its
 * other calls is asked for. They are changed under the mmap lock held for
 * writing, and read under it: who moves pages holds it, too, so that nothing is
 * under way when a range has become an excluded one.
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
 * struct hmt_advised - what was said of an address space
 * @notifier: tells when it dies
 * @hash: in hmt_advised_hash
 * @rcu: for who looks for others there
 * @sets: the ranges, by &enum hmt_treatment; under the mmap lock
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
/* Of the hash; who takes one out of it is who puts it. */
static DEFINE_SPINLOCK(hmt_advised_lock);
/* How many there are, in the hash or on their way to be freed. */
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

/* Once for each, also when the address space dies as the module goes. */
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

/* NULL: none; else it stays for as long as the caller holds mm_users. */
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

/* The mmap lock is held for writing. */
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
 * So much, in per mille, of [@start, @end) belongs in @tier; HMT_SHARE_AVOID:
 * nothing does. Context and errors as those of hmt_exclude_range().
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

/* Take that back; an empty @tier: for all tiers. */
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

/* Was anything said of tiers? May be out of date at once. */
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

/* Narrow [@*start, @*end) to the first part that is treated so, if any is. */
static bool hmt_advised_first(const struct mm_struct *mm,
			      enum hmt_treatment treatment,
			      unsigned long *start, unsigned long *end)
{
	const struct hmt_advised *advised = hmt_advised_find(mm);

	mmap_assert_locked((struct mm_struct *)mm);
	return advised &&
	       hmt_rangeset_first(&advised->sets[treatment], start, end);
}

/**
 * hmt_is_excluded() - is anything of a range excluded?
 * @mm: address space, mm_users held by the caller
 * @start: first address
 * @end: behind the last address
 *
 * Context: the mmap lock of @mm is held.
 * Return: whether something of it must not be moved.
 */
bool hmt_is_excluded(const struct mm_struct *mm, unsigned long start,
		     unsigned long end)
{
	return hmt_exclude_first(mm, &start, &end);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_is_excluded);

/**
 * hmt_is_following() - is any of a range to follow the device that touches it?
 * @mm: address space, mm_users held by the caller
 * @start: first address
 * @end: behind the last address
 *
 * Context: the mmap lock of @mm is held.
 * Return: whether HMT_ADVICE_FOLLOW was said of something in it.
 */
bool hmt_is_following(const struct mm_struct *mm, unsigned long start,
		      unsigned long end)
{
	return hmt_advised_first(mm, HMT_TREAT_FOLLOWING, &start, &end);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_is_following);

/**
 * hmt_is_read_mostly() - may devices hold copies of anything in a range?
 * @mm: address space, mm_users held by the caller
 * @start: first address
 * @end: behind the last address
 *
 * Context: the mmap lock of @mm is held; interrupts may be off.
 * Return: whether HMT_ADVICE_READ_MOSTLY was said of something in it.
 */
bool hmt_is_read_mostly(const struct mm_struct *mm, unsigned long start,
			unsigned long end)
{
	return hmt_advised_first(mm, HMT_TREAT_READ_MOSTLY, &start, &end);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_is_read_mostly);

/*
 * Narrow [@*start, @*end) to the first part that is excluded; false: none is.
 * The mmap lock of @mm is held.
 */
bool hmt_exclude_first(const struct mm_struct *mm, unsigned long *start,
		       unsigned long *end)
{
	return hmt_advised_first(mm, HMT_TREAT_EXCLUDED, start, end);
}

/**
 * hmt_skip_excluded() - narrow a range to what may be moved with a page
 * @mm: address space, mm_users held by the caller
 * @addr: address of the page, which is in the range; excluded itself or not
 * @start: first address
 * @end: behind the last address
 *
 * Context: the mmap lock of @mm is held.
 */
void hmt_skip_excluded(const struct mm_struct *mm, unsigned long addr,
		       unsigned long *start, unsigned long *end)
{
	unsigned long from = *start, to = addr;

	while (hmt_exclude_first(mm, &from, &to)) {
		*start = to;
		from = to;
		to = addr;
	}
	from = addr + PAGE_SIZE;
	to = *end;
	if (hmt_exclude_first(mm, &from, &to))
		*end = from;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_skip_excluded);

/* Nobody moves anything any more, nor asks. */
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
	/* Whoever brought it to zero runs with softirqs off. */
	synchronize_rcu();
}
