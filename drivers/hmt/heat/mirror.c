// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that access memory through the page tables of processes, and their
 * knowledge of accesses: providers flush and listen here, drivers report.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/hmt_internal.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include "hmt.h"

/*
 * Protects both lists. Held while devices forget translations; taken before any
 * lock of a driver.
 */
static DEFINE_MUTEX(hmt_mirror_lock);
static LIST_HEAD(hmt_mirrors);
static LIST_HEAD(hmt_mirror_listeners);

/**
 * hmt_mirror_add() - register a device's view of an mm
 * @mirror: filled in by the caller; must exist until hmt_mirror_remove()
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL with a message if a member is missing; -EEXIST if it was
 * added already.
 */
int hmt_mirror_add(struct hmt_mirror *mirror)
{
	const struct hmt_mirror *other;

	might_sleep();
	if (!mirror->forget || !mirror->mm) {
		pr_err("mirror refused: operation 'forget' or the address space is missing\n");
		return -EINVAL;
	}
	guard(mutex)(&hmt_mirror_lock);
	list_for_each_entry(other, &hmt_mirrors, list)
		if (other == mirror)
			return -EEXIST;
	list_add_tail(&mirror->list, &hmt_mirrors);
	return 0;
}
EXPORT_SYMBOL_GPL(hmt_mirror_add);

/**
 * hmt_mirror_remove() - unregister a device's view of an mm
 * @mirror: mirror that was added
 *
 * When this returns, the operation is not running and will not be called.
 *
 * Context: process, may sleep; the caller must not hold a lock that the
 * operation takes.
 */
void hmt_mirror_remove(struct hmt_mirror *mirror)
{
	guard(mutex)(&hmt_mirror_lock);
	list_del(&mirror->list);
}
EXPORT_SYMBOL_GPL(hmt_mirror_remove);

/**
 * hmt_mirror_forget() - make devices forget translations
 * @mm: address space
 * @start: first address
 * @end: end address (exclusive)
 *
 * Afterwards devices request the translation of each page that they access
 * again, and report it as HMT_EVIDENCE_TRANSLATION.
 *
 * Context: process, may sleep.
 * Return: number of devices that were called.
 */
unsigned int hmt_mirror_forget(struct mm_struct *mm, unsigned long start,
			       unsigned long end)
{
	struct hmt_mirror *mirror;
	unsigned int asked = 0;

	might_sleep();
	guard(mutex)(&hmt_mirror_lock);
	list_for_each_entry(mirror, &hmt_mirrors, list) {
		if (mirror->mm != mm)
			continue;
		mirror->forget(mirror, start, end);
		asked++;
	}
	return asked;
}
EXPORT_SYMBOL_GPL(hmt_mirror_forget);

/**
 * hmt_mirror_report() - report accesses of a device
 * @mirror: mirror that was added
 * @evidence: source of the report
 * @start: first address
 * @end: end address (exclusive)
 * @count: number of accesses, as far as the device can tell
 *
 * Addresses outside of the address space are ignored.
 *
 * Context: any.
 */
void hmt_mirror_report(const struct hmt_mirror *mirror,
		       enum hmt_evidence evidence, unsigned long start,
		       unsigned long end, unsigned int count)
{
	const struct hmt_mirror_listener *listener;

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

/**
 * hmt_mirror_listen() - subscribe to reports of devices
 * @listener: filled in by the caller; must exist until hmt_mirror_unlisten()
 *
 * Context: process, may sleep.
 */
void hmt_mirror_listen(struct hmt_mirror_listener *listener)
{
	guard(mutex)(&hmt_mirror_lock);
	list_add_tail_rcu(&listener->list, &hmt_mirror_listeners);
}
EXPORT_SYMBOL_GPL(hmt_mirror_listen);

/**
 * hmt_mirror_unlisten() - unsubscribe from reports of devices
 * @listener: listener passed to hmt_mirror_listen()
 *
 * When this returns, the operation is not running and will not be called.
 *
 * Context: process, may sleep.
 */
void hmt_mirror_unlisten(struct hmt_mirror_listener *listener)
{
	mutex_lock(&hmt_mirror_lock);
	list_del_rcu(&listener->list);
	mutex_unlock(&hmt_mirror_lock);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(hmt_mirror_unlisten);
