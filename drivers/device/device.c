// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of devices: all that a driver would have to know about dev_pagemap,
 * CPU faults, eviction and reference counts, done once.
 *
 * A page is used (it has references), closed (the driver keeps it for itself)
 * or free. page_free() is called when the last reference goes; a page that is
 * closed is not handed out again when it is freed.
 *
 * Taking pages back, and taking the whole memory away, goes:
 *   1. close: nothing new comes in
 *   2. evict: lock, unmap, copy to system memory along the graph, map there
 *   3. again for what was busy, until the deadline or a fatal signal
 *   4. where the memory goes away for good: what cannot be copied is replaced
 *	by poisoned pages, so that who touches it gets SIGBUS; what is pinned
 *	stays, with its struct pages, until it is freed
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/hmt.h>
#include <linux/ioport.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "device.h"

#define HMT_DEVICE_ALIGN	SZ_2M

/* What is lost may be busy for a moment, as what is saved. */
#define HMT_DEVICE_LAST_MS	1000

static struct workqueue_struct *hmt_device_queue;

static u64 hmt_device_capacity(const struct hmt_memory *memory)
{
	const struct hmt_device_pool *pool = hmt_memory_data(memory);

	return pool->pages - READ_ONCE(pool->nr_closed);
}

static u64 hmt_device_free(const struct hmt_memory *memory)
{
	const struct hmt_device_pool *pool = hmt_memory_data(memory);

	/* Copies give way. */
	return pool->pages - READ_ONCE(pool->nr_taken) +
	       READ_ONCE(pool->nr_replicas);
}

/* A free page, used from now on; @pool->pages: there is none. */
unsigned long hmt_device_take_free(struct hmt_device_pool *pool)
{
	unsigned long flags, index;

	spin_lock_irqsave(&pool->lock, flags);
	index = find_next_zero_bit(pool->taken, pool->pages, pool->cursor);
	if (index >= pool->pages)
		index = find_first_zero_bit(pool->taken, pool->pages);
	if (index < pool->pages && !pool->shut) {
		__set_bit(index, pool->used);
		__set_bit(index, pool->taken);
		pool->nr_taken++;
		pool->cursor = index + 1;
	} else {
		index = pool->pages;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return index;
}

/* Would the driver have one more page? */
bool hmt_device_admits(const struct hmt_device_pool *pool)
{
	struct hmt_device_memory *device = pool->device;

	return !device->gone &&
	       (!device->ops->admit || device->ops->admit(device));
}

static struct page *hmt_device_alloc_page(struct hmt_device_pool *pool)
{
	unsigned long index, tries = READ_ONCE(pool->nr_replicas) + 1;
	struct page *page;

	if (!hmt_device_admits(pool))
		return NULL;
	do {
		index = hmt_device_take_free(pool);
		cond_resched();
	} while (index == pool->pages && tries-- &&
		 hmt_device_replicas_displace(pool, 0));
	if (index == pool->pages)
		return NULL;
	page = pfn_to_page(pool->first + index);
	zone_device_page_init(page);
	return page;
}

static unsigned int hmt_device_alloc(const struct hmt_memory *memory,
				     struct page **pages, unsigned int nr)
{
	struct hmt_device_pool *pool = hmt_memory_data(memory);
	unsigned int got;

	for (got = 0; got < nr; got++) {
		pages[got] = hmt_device_alloc_page(pool);
		if (!pages[got])
			break;
	}
	return got;
}

/* The page is no longer used. */
void hmt_device_put_taken(struct hmt_device_pool *pool, unsigned long index)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	__clear_bit(index, pool->used);
	if (!test_bit(index, pool->closed)) {
		__clear_bit(index, pool->taken);
		pool->nr_taken--;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
}

static void hmt_device_page_free(struct page *page)
{
	struct hmt_device_pool *pool = hmt_device_pool_of(page);

	hmt_device_put_taken(pool, page_to_pfn(page) - pool->first);
}

static void hmt_device_copy(const struct hmt_memory *memory,
			    struct hmt_copy_desc *copies, unsigned int nr)
{
	hmt_device_copy_pages(hmt_memory_data(memory), copies, nr);
}

static const struct hmt_memory_ops hmt_device_memory_ops = {
	.capacity = hmt_device_capacity,
	.free = hmt_device_free,
	.alloc = hmt_device_alloc,
	.copy = hmt_device_copy,
	.sharing = hmt_device_sharing,
};

static const struct dev_pagemap_ops hmt_device_pagemap_ops = {
	.page_free = hmt_device_page_free,
	.migrate_to_ram = hmt_device_migrate_to_ram,
};

/*
 * Coming and going.
 */

static int hmt_device_check(const struct hmt_device_memory *device)
{
	const char *name = device->name ?: "";

	if (!device->ops || !device->ops->copy) {
		pr_err("device memory '%s' refused: operation 'copy' is missing\n",
		       name);
		return -EINVAL;
	}
	if (!device->size || !IS_ALIGNED(device->size, HMT_DEVICE_ALIGN) ||
	    !IS_ALIGNED(device->base, HMT_DEVICE_ALIGN)) {
		pr_err("device memory '%s' refused: base %#llx and size %#llx must be multiples of 2 MiB\n",
		       name, device->base, device->size);
		return -EINVAL;
	}
	if (device->kind == HMT_KIND_DEVICE_PRIVATE &&
	    !IS_ENABLED(CONFIG_DEVICE_PRIVATE)) {
		pr_err("device memory '%s' refused: this kernel has no DEVICE_PRIVATE, coherent memory works\n",
		       name);
		return -EOPNOTSUPP;
	}
	return 0;
}

static void hmt_device_pool_free(struct hmt_device_pool *pool)
{
	kvfree(pool->replicas);
	kvfree(pool->replica_bits);
	kvfree(pool->taken);
	kvfree(pool->closed);
	kvfree(pool->used);
	kfree(pool);
}

/* A bit for each page of what may be terabytes. */
static unsigned long *hmt_device_bits(unsigned long pages)
{
	return kvcalloc(BITS_TO_LONGS(pages), sizeof(long), GFP_KERNEL);
}

static struct hmt_device_pool *
hmt_device_pool_alloc(struct hmt_device_memory *device)
{
	struct hmt_device_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	pool->device = device;
	pool->pages = PFN_DOWN(device->size);
	init_rwsem(&pool->gate);
	spin_lock_init(&pool->lock);
	hmt_device_bounces_init(&pool->bounces);
	INIT_LIST_HEAD(&pool->sets);
	pool->used = hmt_device_bits(pool->pages);
	pool->closed = hmt_device_bits(pool->pages);
	pool->taken = hmt_device_bits(pool->pages);
	pool->replica_bits = hmt_device_bits(pool->pages);
	if (pool->used && pool->closed && pool->taken && pool->replica_bits)
		return pool;
	hmt_device_pool_free(pool);
	return NULL;
}

/* Addresses for the pages: the device's own, or some that nothing has. */
static struct resource *hmt_device_request(const struct hmt_device_memory *device)
{
	struct resource *region;

	if (device->kind == HMT_KIND_DEVICE_PRIVATE)
		return request_free_mem_region(&iomem_resource, device->size,
					       "hmt device memory");
	region = request_mem_region(device->base, device->size,
				    "hmt device memory");
	return region ?: ERR_PTR(-EBUSY);
}

static void hmt_device_unmap(struct hmt_device_pool *pool)
{
	memunmap_pages(&pool->pgmap);
	release_mem_region(pool->pgmap.range.start,
			   range_len(&pool->pgmap.range));
}

static int hmt_device_map(struct hmt_device_pool *pool, int nid)
{
	struct hmt_device_memory *device = pool->device;
	struct resource *region = hmt_device_request(device);
	void *addr;

	if (IS_ERR(region)) {
		pr_err("device memory '%s': no room at %#llx: %ld\n",
		       device->name, device->base, PTR_ERR(region));
		return PTR_ERR(region);
	}
	pool->pgmap.type = device->kind == HMT_KIND_DEVICE_PRIVATE ?
			   MEMORY_DEVICE_PRIVATE : MEMORY_DEVICE_COHERENT;
	pool->pgmap.range.start = region->start;
	pool->pgmap.range.end = region->end;
	pool->pgmap.nr_range = 1;
	pool->pgmap.ops = &hmt_device_pagemap_ops;
	pool->pgmap.owner = pool->memory;
	pool->first = PHYS_PFN(region->start);
	addr = memremap_pages(&pool->pgmap, nid);
	if (!IS_ERR(addr))
		return 0;
	release_mem_region(pool->pgmap.range.start,
			   range_len(&pool->pgmap.range));
	return PTR_ERR(addr);
}

static int hmt_device_start(struct hmt_device_pool *pool)
{
	struct hmt_device_memory *device = pool->device;
	struct hmt_memory_spec spec = {
		.name = device->name,
		.kind = device->kind,
		.nid = device->nid,
		.perf = device->perf,
		.ops = &hmt_device_memory_ops,
		.data = pool,
	};
	int ret;

	if (spec.nid == NUMA_NO_NODE)
		spec.nid = first_node(node_states[N_MEMORY]);
	pool->memory = hmt_memory_register(&spec);
	if (IS_ERR(pool->memory))
		return PTR_ERR(pool->memory);
	ret = hmt_device_map(pool, spec.nid);
	if (ret) {
		hmt_memory_unregister(pool->memory);
		hmt_memory_put(pool->memory);
		return ret;
	}
	hmt_memory_open(pool->memory);
	return 0;
}

/**
 * hmt_device_memory_register() - make the memory of a device a tier's
 * @device: filled in by the driver
 *
 * From here on @device->ops may be called, and pages come as soon as a graph
 * has the memory in a tier.
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL with a message that names what is wrong; -EOPNOTSUPP for
 * private memory on a kernel without it; -EBUSY when the addresses are taken;
 * -EEXIST when the name is; -ENOMEM.
 */
int hmt_device_memory_register(struct hmt_device_memory *device)
{
	struct hmt_device_pool *pool;
	int ret = hmt_device_check(device);

	if (ret)
		return ret;
	pool = hmt_device_pool_alloc(device);
	if (!pool)
		return -ENOMEM;
	/* Operations may be called before this returns. */
	device->pool = pool;
	ret = hmt_device_start(pool);
	if (ret) {
		device->pool = NULL;
		hmt_device_pool_free(pool);
	}
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_register);

static void hmt_device_pool_destroy(struct hmt_device_pool *pool)
{
	hmt_device_unmap(pool);
	hmt_memory_put(pool->memory);
	hmt_device_pool_free(pool);
}

/* Try to free what stayed behind; again later while there is some. */
static void hmt_device_retry(struct work_struct *work)
{
	struct hmt_device_pool *pool = container_of(to_delayed_work(work),
						    struct hmt_device_pool,
						    retry);

	hmt_device_give_up(pool, 0);
	if (!hmt_device_is_empty(pool, 0, pool->pages)) {
		queue_delayed_work(hmt_device_queue, &pool->retry, HZ);
		return;
	}
	pr_info("the last page of a device that is gone was freed\n");
	hmt_device_pool_destroy(pool);
	/* The module's exit waits for the queue. */
	module_put(THIS_MODULE);
}

static void hmt_device_leave_behind(struct hmt_device_pool *pool,
				    unsigned long left)
{
	pr_warn("device memory '%s': %lu pages are pinned and stay until they are unpinned\n",
		pool->device->name, left);
	__module_get(THIS_MODULE);
	down_write(&pool->gate);
	/* Memory that is dead is not copied later, either. */
	pool->lost |= pool->device->gone;
	pool->device = NULL;
	up_write(&pool->gate);
	INIT_DELAYED_WORK(&pool->retry, hmt_device_retry);
	queue_delayed_work(hmt_device_queue, &pool->retry, HZ);
}

static void hmt_device_shut(struct hmt_device_pool *pool, bool shut)
{
	unsigned long flags;

	if (shut)
		hmt_memory_close(pool->memory);
	else
		hmt_memory_open(pool->memory);
	spin_lock_irqsave(&pool->lock, flags);
	pool->shut = shut;
	spin_unlock_irqrestore(&pool->lock, flags);
}

/**
 * hmt_device_memory_unregister() - take the memory of a device away
 * @device: as registered
 *
 * What is on the device goes to system memory along the graph, for at most
 * @device->evacuate_ms, or until the caller is killed. What cannot be copied
 * by then is lost: its pages are poisoned, and who touches them gets SIGBUS.
 * What cannot be unmapped, because it is pinned, stays on the device. For
 * private memory that does not happen. The struct pages and the addresses of
 * such pages are kept until they are freed, and so is this helper's module.
 *
 * The copy operation is called until this returns, and never after.
 *
 * Context: process, may sleep.
 * Return: pages that stay behind. Unless it is 0, the driver must not use
 * coherent memory for anything else, nor switch it off.
 */
unsigned long hmt_device_memory_unregister(struct hmt_device_memory *device)
{
	struct hmt_device_pool *pool = device->pool;
	unsigned int timeout = device->evacuate_ms ?: HMT_DEVICE_EVACUATE_MS;
	unsigned long left, lost = 0;

	hmt_device_shut(pool, true);
	hmt_device_replicas_detach(pool);
	if (device->gone || hmt_device_empty(pool, 0, pool->pages, timeout))
		lost = hmt_device_give_up(pool, HMT_DEVICE_LAST_MS);
	hmt_memory_unregister(pool->memory);
	/* No move is under way any more that could have brought some. */
	if (!hmt_device_is_empty(pool, 0, pool->pages))
		lost += hmt_device_give_up(pool, HMT_DEVICE_LAST_MS);
	if (lost)
		pr_warn("device memory '%s': %lu pages could not be saved: who touches them gets SIGBUS\n",
			device->name, lost);
	device->pool = NULL;
	left = bitmap_weight(pool->used, pool->pages);
	if (left)
		hmt_device_leave_behind(pool, left);
	else
		hmt_device_pool_destroy(pool);
	return left;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_unregister);

/**
 * hmt_device_memory_evacuate() - get a device empty, so that it can be removed
 * @device: as registered
 * @timeout_ms: how long to try
 *
 * For removals that can be called off. Nothing comes in any more when this
 * succeeds; when it fails the memory is in use as before.
 *
 * Context: process, may sleep; a fatal signal ends it.
 * Return: 0, -EINTR, -ETIME when pages were left in the end, -ENOMEM.
 */
int hmt_device_memory_evacuate(struct hmt_device_memory *device,
			       unsigned int timeout_ms)
{
	struct hmt_device_pool *pool = device->pool;
	int ret;

	hmt_device_shut(pool, true);
	ret = hmt_device_empty(pool, 0, pool->pages, timeout_ms);
	if (ret)
		hmt_device_shut(pool, false);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_evacuate);

/*
 * What the driver's fault path asks.
 */

/**
 * hmt_device_memory_uid() - UID of the memory of a device
 * @device: as registered
 *
 * Context: any.
 * Return: UID.
 */
u32 hmt_device_memory_uid(const struct hmt_device_memory *device)
{
	return hmt_memory_uid(device->pool->memory);
}
EXPORT_SYMBOL_GPL(hmt_device_memory_uid);

/**
 * hmt_device_memory_owner() - owner of the pages of a device
 * @device: as registered
 *
 * Context: any.
 * Return: what &hmm_range.dev_private_owner and &migrate_vma.pgmap_owner take.
 */
void *hmt_device_memory_owner(const struct hmt_device_memory *device)
{
	return device->pool->pgmap.owner;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_owner);

/**
 * hmt_device_memory_holds() - is a page on the device, and where?
 * @device: as registered
 * @page: a page that cannot go away now
 * @offset: bytes from the start of the memory, if it is
 *
 * Context: any.
 * Return: whether it is.
 */
bool hmt_device_memory_holds(const struct hmt_device_memory *device,
			     const struct page *page, u64 *offset)
{
	if (!hmt_device_is_own(device->pool, page))
		return false;
	*offset = PFN_PHYS(page_to_pfn(page) - device->pool->first);
	return true;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_holds);

static int __init hmt_device_init(void)
{
	hmt_device_queue = alloc_workqueue("hmt_device", 0, 0);
	return hmt_device_queue ? 0 : -ENOMEM;
}
module_init(hmt_device_init);

static void __exit hmt_device_exit(void)
{
	destroy_workqueue(hmt_device_queue);
}
module_exit(hmt_device_exit);

MODULE_DESCRIPTION("HMT: memory of devices");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_LICENSE("GPL");
