// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: accesses that a device reports by offset in its own memory. Many
 * access counters know physical pages only. A worker finds the processes that map
 * the pages, because that takes locks that sleep.
 */
#include <linux/hmt_internal.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "device.h"

/*
 * Mappings of a page that get the report: each is searched from the first one on,
 * and a process can have children without end.
 */
#define HMT_DEVICE_OFFSET_MAPPINGS	64

/* Adjacent pages of one address space. */
struct hmt_device_hit {
	struct mm_struct *mm;
	unsigned long start;
	unsigned long end;
};

/* Report the collected pages, and drop the reference on the mm. */
static void hmt_device_hit_flush(struct hmt_device_pool *pool,
				 struct hmt_device_hit *hit,
				 const struct hmt_device_offset *report)
{
	const struct hmt_mirror mirror = { .mm = hit->mm };

	if (!hit->mm)
		return;
	/* Another process may map the page, which the device does not see. */
	if (hmt_device_mms_have(pool, hit->mm))
		hmt_mirror_report(&mirror, report->evidence, hit->start,
				  hit->end, report->count);
	mmput(hit->mm);
	hit->mm = NULL;
}

/* Add a page at @addr, and take over the reference on @mm. */
static void hmt_device_hit_add(struct hmt_device_pool *pool,
			       struct hmt_device_hit *hit, struct mm_struct *mm,
			       unsigned long addr,
			       const struct hmt_device_offset *report)
{
	if (hit->mm == mm && hit->end == addr) {
		hit->end += PAGE_SIZE;
		mmput(mm);
		return;
	}
	hmt_device_hit_flush(pool, hit, report);
	*hit = (struct hmt_device_hit) {
		.mm = mm,
		.start = addr,
		.end = addr + PAGE_SIZE,
	};
}

/* Report the accesses to the processes that map the pages. */
static void hmt_device_offset_resolve(struct hmt_device_pool *pool,
				      const struct hmt_device_offset *report)
{
	unsigned long index = report->index, addr;
	struct hmt_device_hit hit = { };
	struct mm_struct *mm;
	unsigned int skip;

	while ((index = hmt_device_next_used(pool, index, report->end)) <
	       report->end) {
		hmt_device_note_used(pool, index);
		for (skip = 0; skip < HMT_DEVICE_OFFSET_MAPPINGS; skip++) {
			mm = hmt_device_find_page(pool, index, skip, &addr);
			if (!mm)
				break;
			hmt_device_hit_add(pool, &hit, mm, addr, report);
		}
		index++;
		cond_resched();
	}
	hmt_device_hit_flush(pool, &hit, report);
}

/* Take the oldest report. Return false if there is none. */
static bool hmt_device_offset_take(struct hmt_device_offsets *offsets,
				   struct hmt_device_offset *report)
{
	unsigned long flags;
	bool some;

	spin_lock_irqsave(&offsets->lock, flags);
	some = offsets->first != offsets->end;
	if (some)
		*report = offsets->ring[offsets->first++ % HMT_DEVICE_OFFSETS];
	spin_unlock_irqrestore(&offsets->lock, flags);
	return some;
}

static void hmt_device_offset_work(struct work_struct *work)
{
	struct hmt_device_pool *pool = container_of(work,
						    struct hmt_device_pool,
						    offsets.work);
	struct hmt_device_offset report;

	while (hmt_device_offset_take(&pool->offsets, &report))
		hmt_device_offset_resolve(pool, &report);
}

void hmt_device_offsets_init(struct hmt_device_offsets *offsets)
{
	spin_lock_init(&offsets->lock);
	INIT_WORK(&offsets->work, hmt_device_offset_work);
}

/* The driver reports no more. */
void hmt_device_offsets_exit(struct hmt_device_offsets *offsets)
{
	cancel_work_sync(&offsets->work);
}

void hmt_device_memory_report(struct hmt_device_memory *device,
			      enum hmt_evidence evidence, u64 offset, u64 size,
			      unsigned int count)
{
	struct hmt_device_pool *pool = READ_ONCE(device->pool);
	struct hmt_device_offsets *offsets;
	unsigned long flags;
	u64 bytes;

	if (!pool || !size)
		return;
	bytes = PFN_PHYS(pool->nr_pages);
	if (offset >= bytes)
		return;
	offsets = &pool->offsets;
	spin_lock_irqsave(&offsets->lock, flags);
	if (offsets->end - offsets->first == HMT_DEVICE_OFFSETS)
		offsets->first++;
	offsets->ring[offsets->end++ % HMT_DEVICE_OFFSETS] =
		(struct hmt_device_offset) {
			.index = PFN_DOWN(offset),
			.end = PFN_UP(offset + min(size, bytes - offset)),
			.evidence = evidence,
			.count = count,
		};
	spin_unlock_irqrestore(&offsets->lock, flags);
	hmt_device_queue_work(&offsets->work);
}
EXPORT_SYMBOL_GPL(hmt_device_memory_report);
