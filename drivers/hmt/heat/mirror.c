// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that access memory by the page tables of processes, and what they
 * know of the accesses: providers ask and listen here, drivers answer.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/hmt.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include "hmt.h"

/* Both lists. Held while devices forget; taken before any lock of a driver. */
static DEFINE_MUTEX(hmt_mirror_lock);
static LIST_HEAD(hmt_mirrors);
static LIST_HEAD(hmt_mirror_listeners);

/**
 * hmt_mirror_add() - a device sees an address space
 * @mirror: filled in; stays until hmt_mirror_remove()
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL with a message when the operation is missing.
 */
int hmt_mirror_add(struct hmt_mirror *mirror)
{
	if (!mirror->forget) {
		pr_err("view of a device refused: operation 'forget' is missing\n");
		return -EINVAL;
	}
	guard(mutex)(&hmt_mirror_lock);
	list_add_tail(&mirror->list, &hmt_mirrors);
	return 0;
}
EXPORT_SYMBOL_GPL(hmt_mirror_add);

/**
 * hmt_mirror_remove() - the device no longer sees it
 * @mirror: as added
 *
 * Its operation is not under way and not called again when this returns.
 *
 * Context: process, may sleep; no lock that the operation takes.
 */
void hmt_mirror_remove(struct hmt_mirror *mirror)
{
	guard(mutex)(&hmt_mirror_lock);
	list_del(&mirror->list);
}
EXPORT_SYMBOL_GPL(hmt_mirror_remove);

/**
 * hmt_mirror_forget() - let devices forget translations
 * @mm: address space
 * @start: first address
 * @end: behind the last address
 *
 * Afterwards each page that a device accesses is asked for anew, and reported
 * as HMT_EVIDENCE_TRANSLATION.
 *
 * Context: process, may sleep.
 * Return: how many devices were asked.
 */
unsigned int hmt_mirror_forget(struct mm_struct *mm, unsigned long start,
			       unsigned long end)
{
	struct hmt_mirror *mirror;
	unsigned int asked = 0;

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
 * hmt_mirror_report() - a device accessed memory
 * @mirror: as added
 * @evidence: how that is known
 * @start: first address
 * @end: behind the last address
 * @count: how often, as far as the device can tell
 *
 * What lies outside the address space is left out.
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
 * hmt_mirror_listen() - be told what devices report
 * @listener: filled in; stays until hmt_mirror_unlisten()
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
 * hmt_mirror_unlisten() - be told no more
 * @listener: as given to hmt_mirror_listen()
 *
 * Its operation is not under way and not called again when this returns.
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
