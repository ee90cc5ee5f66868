// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: the operations by which HMT and the kernel allocate pages, and by
 * which they are freed. folio_free() is called when the last reference to a page is
 * dropped.
 */
#include <linux/hmt_internal.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include "device.h"

static u64 hmt_device_nr_pages(const struct hmt_memory *memory)
{
	const struct hmt_device_pool *pool = hmt_memory_data(memory);

	return pool->nr_pages - READ_ONCE(pool->pages.nr_reserved);
}

u64 hmt_device_nr_free(const struct hmt_memory *memory)
{
	const struct hmt_device_pool *pool = hmt_memory_data(memory);

	/* Replicas give way. */
	return READ_ONCE(pool->pages.nr_free) + READ_ONCE(pool->replicas.nr);
}

/* Check whether the driver accepts another page. */
bool hmt_device_admits(const struct hmt_device_pool *pool)
{
	struct hmt_device_memory *device = pool->driver.device;

	return !device->gone &&
	       (!device->ops->admit || device->ops->admit(device));
}

static struct page *hmt_device_alloc_page(struct hmt_device_pool *pool)
{
	unsigned long index, tries = READ_ONCE(pool->replicas.nr) + 1;
	struct page *page;

	if (!hmt_device_admits(pool))
		return NULL;
	do {
		index = hmt_device_alloc_index(pool);
		cond_resched();
	} while (index == pool->nr_pages && tries-- &&
		 hmt_device_replicas_displace(pool, 0));
	if (index == pool->nr_pages)
		return NULL;
	hmt_device_note_used(pool, index);
	page = pfn_to_page(pool->first + index);
	zone_device_page_init(page, &pool->pgmap, 0);
	return page;
}

static unsigned int hmt_device_alloc(const struct hmt_memory *memory,
				     struct page **pages, unsigned int nr)
{
	struct hmt_device_pool *pool = hmt_memory_data(memory);
	unsigned int got;

	hmt_device_borrow(pool);
	for (got = 0; got < nr; got++) {
		pages[got] = hmt_device_alloc_page(pool);
		if (!pages[got])
			break;
	}
	return got;
}

static void hmt_device_folio_free(struct folio *folio)
{
	struct hmt_device_pool *pool = hmt_device_pool_of(&folio->page);
	unsigned long nr = folio_nr_pages(folio);

	if (nr > 1)
		hmt_dissolve_huge_page(folio, nr);
	hmt_device_free_indices(pool, folio_pfn(folio) - pool->first, nr);
}

HMT_DEFINE_FOLIO_FREE(hmt_device_folio_free)

static void hmt_device_memory_copy(const struct hmt_memory *memory,
				   struct hmt_copy_desc *copies,
				   unsigned int nr)
{
	hmt_device_copy_pages(hmt_memory_data(memory), copies, nr);
}

static bool hmt_device_may_use(const struct hmt_memory *memory,
			       struct mm_struct *mm)
{
	const struct hmt_device_pool *pool = hmt_memory_data(memory);
	struct hmt_device_memory *device = pool->driver.device;

	return device->ops->may_use ? device->ops->may_use(device, mm) :
				      hmt_device_mms_have(pool, mm);
}

static const struct hmt_memory_ops hmt_device_memory_ops = {
	.nr_pages = hmt_device_nr_pages,
	.nr_free = hmt_device_nr_free,
	.alloc = hmt_device_alloc,
	.alloc_huge = hmt_device_alloc_huge,
	.may_use = hmt_device_may_use,
	.copy = hmt_device_memory_copy,
	.copy_begin = hmt_device_copy_begin,
	.copy_end = hmt_device_copy_end,
	.reaches = hmt_device_reaches,
	.sharing = hmt_device_sharing,
};

/*
 * Choose the operations of the memory. The kernel moves huge pages as a whole to
 * private memory only. Copies by a driver that cannot queue them do not overlap with
 * anything.
 */
void hmt_device_ops_init(struct hmt_device_pool *pool)
{
	const struct hmt_device_memory *device = pool->driver.device;

	pool->ops = hmt_device_memory_ops;
	if (device->kind != HMT_KIND_DEVICE_PRIVATE)
		pool->ops.alloc_huge = NULL;
	if (!device->ops->submit) {
		pool->ops.copy_begin = NULL;
		pool->ops.copy_end = NULL;
	}
}

const struct dev_pagemap_ops hmt_device_pagemap_ops = {
	HMT_FOLIO_FREE(hmt_device_folio_free),
	.migrate_to_ram = hmt_device_migrate_to_ram,
};
