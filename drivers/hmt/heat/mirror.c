// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that access memory through the page tables of processes, and their
 * knowledge of accesses: providers flush and listen here, drivers report.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/hashtable.h>
#include <linux/hmt_internal.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "hmt.h"

/**
 * struct hmt_mirror_set - mirrors of an address space
 * @hash: entry in hmt_mirror_sets, by @mm
 * @mm: address space
 * @users: mirrors, and running calls; under hmt_mirror_lock
 * @lock: protects @mirrors. Held while devices forget translations, which
 *	delays nothing but mirrors of the same address space; taken before any
 *	lock of a driver
 * @mirrors: mirrors
 */
struct hmt_mirror_set {
	struct hlist_node hash;
	const struct mm_struct *mm;
	unsigned int users;
	struct mutex lock;
	struct list_head mirrors;
};

/* Protects the table and the list below. Held for a few instructions. */
static DEFINE_MUTEX(hmt_mirror_lock);
static DEFINE_HASHTABLE(hmt_mirror_sets, 10);
static LIST_HEAD(hmt_mirror_listeners);

/* Caller holds hmt_mirror_lock. */
static struct hmt_mirror_set *hmt_mirror_find(const struct mm_struct *mm)
{
	struct hmt_mirror_set *set;

	lockdep_assert_held(&hmt_mirror_lock);
	hash_for_each_possible(hmt_mirror_sets, set, hash, (unsigned long)mm)
		if (set->mm == mm)
			return set;
	return NULL;
}

/* Return the set of @mm, locked, with a reference; NULL if it has no mirror. */
static struct hmt_mirror_set *hmt_mirror_get(const struct mm_struct *mm)
{
	struct hmt_mirror_set *set;

	mutex_lock(&hmt_mirror_lock);
	set = hmt_mirror_find(mm);
	if (set)
		set->users++;
	mutex_unlock(&hmt_mirror_lock);
	if (set)
		mutex_lock(&set->lock);
	return set;
}

/* As hmt_mirror_get(), but create the set; NULL: there is no memory. */
static struct hmt_mirror_set *hmt_mirror_create(const struct mm_struct *mm)
{
	struct hmt_mirror_set *set = kzalloc(sizeof(*set), GFP_KERNEL), *found;

	if (!set)
		return NULL;
	set->mm = mm;
	mutex_init(&set->lock);
	INIT_LIST_HEAD(&set->mirrors);
	mutex_lock(&hmt_mirror_lock);
	found = hmt_mirror_find(mm);
	if (!found) {
		hash_add(hmt_mirror_sets, &set->hash, (unsigned long)mm);
		found = set;
	}
	found->users++;
	mutex_unlock(&hmt_mirror_lock);
	if (found != set)
		kfree(set);
	mutex_lock(&found->lock);
	return found;
}

/* Unlock the set and put @users references. */
static void hmt_mirror_put(struct hmt_mirror_set *set, unsigned int users)
{
	bool last;

	mutex_unlock(&set->lock);
	mutex_lock(&hmt_mirror_lock);
	set->users -= users;
	last = !set->users;
	if (last)
		hash_del(&set->hash);
	mutex_unlock(&hmt_mirror_lock);
	if (last)
		kfree(set);
}

/* Check whether @mirror was added to @set, whose lock is held. */
static bool hmt_mirror_is_in(const struct hmt_mirror_set *set,
			     const struct hmt_mirror *mirror)
{
	const struct hmt_mirror *other;

	list_for_each_entry(other, &set->mirrors, list)
		if (other == mirror)
			return true;
	return false;
}

int hmt_mirror_add(struct hmt_mirror *mirror)
{
	struct hmt_mirror_set *set;

	might_sleep();
	if (!mirror->forget || !mirror->mm) {
		pr_err("mirror refused: operation 'forget' or the address space is missing\n");
		return -EINVAL;
	}
	set = hmt_mirror_create(mirror->mm);
	if (!set)
		return -ENOMEM;
	if (hmt_mirror_is_in(set, mirror)) {
		hmt_mirror_put(set, 1);
		return -EEXIST;
	}
	list_add_tail(&mirror->list, &set->mirrors);
	/* The reference is that of the mirror. */
	hmt_mirror_put(set, 0);
	return 0;
}
EXPORT_SYMBOL_GPL(hmt_mirror_add);

void hmt_mirror_remove(struct hmt_mirror *mirror)
{
	struct hmt_mirror_set *set;

	might_sleep();
	set = hmt_mirror_get(mirror->mm);
	if (WARN_ON_ONCE(!set))
		return;
	if (WARN_ON_ONCE(!hmt_mirror_is_in(set, mirror))) {
		hmt_mirror_put(set, 1);
		return;
	}
	list_del(&mirror->list);
	hmt_mirror_put(set, 2);
}
EXPORT_SYMBOL_GPL(hmt_mirror_remove);

unsigned int hmt_mirror_forget(struct mm_struct *mm, unsigned long start,
			       unsigned long end)
{
	struct hmt_mirror_set *set;
	struct hmt_mirror *mirror;
	unsigned int asked = 0;

	might_sleep();
	set = hmt_mirror_get(mm);
	if (!set)
		return 0;
	list_for_each_entry(mirror, &set->mirrors, list) {
		mirror->forget(mirror, start, end);
		asked++;
	}
	hmt_mirror_put(set, 1);
	return asked;
}
EXPORT_SYMBOL_GPL(hmt_mirror_forget);

void hmt_mirror_report(const struct hmt_mirror *mirror,
		       enum hmt_evidence evidence, unsigned long start,
		       unsigned long end, unsigned int count)
{
	const struct hmt_mirror_listener *listener;

	/* The mirror was refused. */
	if (!mirror->mm)
		return;
	end = min(end, mirror->mm->task_size);
	if (start >= end)
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(listener, &hmt_mirror_listeners, list)
		if (listener->evidence == evidence)
			listener->report(mirror->mm, start, end, count);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(hmt_mirror_report);

void hmt_mirror_listen(struct hmt_mirror_listener *listener)
{
	guard(mutex)(&hmt_mirror_lock);
	list_add_tail_rcu(&listener->list, &hmt_mirror_listeners);
}
EXPORT_SYMBOL_GPL(hmt_mirror_listen);

void hmt_mirror_unlisten(struct hmt_mirror_listener *listener)
{
	mutex_lock(&hmt_mirror_lock);
	list_del_rcu(&listener->list);
	mutex_unlock(&hmt_mirror_lock);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(hmt_mirror_unlisten);
