// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: registration and removal on behalf of drivers.
 *
 * Pages are taken from HMT, or all memory is removed, in these steps:
 *   1. close: allocate no more pages
 *   2. evict: lock, unmap, copy to system memory along the graph, map there
 *   3. retry busy pages until the deadline or a fatal signal
 *   4. on removal, accesses to pages that cannot be copied get SIGBUS: private
 *      pages keep their struct pages until they are freed, and faults on them
 *      fail; coherent pages are mapped, and are replaced by poisoned pages of
 *      system memory. Pinned coherent pages stay until they are freed.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/hmt_internal.h>
#include <linux/ioport.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include "device.h"

#define HMT_DEVICE_ALIGN	SZ_2M

/* 64 TiB. Numbers of blocks and of list heads after these have 32 bits. */
#define HMT_DEVICE_SIZE_MAX	BIT_ULL(46)

/* Time to retry busy pages that are given up. */
#define HMT_DEVICE_LAST_MS	1000

static struct workqueue_struct *hmt_device_queue;

/* Queue work that the exit of the module waits for. */
void hmt_device_queue_work(struct work_struct *work)
{
	queue_work(hmt_device_queue, work);
}

static int hmt_device_check(const struct hmt_device_memory *device)
{
	const char *name = device->name ?: "";

	if (!device->ops || !device->ops->copy) {
		pr_err("device memory '%s' refused: operation 'copy' is missing\n",
		       name);
		return -EINVAL;
	}
	if (!device->ops->submit != !device->ops->wait) {
		pr_err("device memory '%s' refused: operation '%s' is missing\n",
		       name, device->ops->submit ? "wait" : "submit");
		return -EINVAL;
	}
	if (!hmt_device_room_is_valid(device)) {
		pr_err("device memory '%s' refused: operation 'lend' is missing\n",
		       name);
		return -EINVAL;
	}
	if (!device->size || device->size > HMT_DEVICE_SIZE_MAX ||
	    !IS_ALIGNED(device->size, HMT_DEVICE_ALIGN) ||
	    !IS_ALIGNED(device->base, HMT_DEVICE_ALIGN)) {
		pr_err("device memory '%s' refused: base %#llx and size %#llx must be multiples of 2 MiB, and the size between 2 MiB and %llu TiB\n",
		       name, device->base, device->size,
		       HMT_DEVICE_SIZE_MAX / SZ_1T);
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
	hmt_device_replicas_free(pool);
	hmt_device_room_free(pool);
	hmt_device_pages_free(&pool->pages);
	hmt_device_blocks_free(&pool->blocks);
	xa_destroy(&pool->windows.spaces);
	kfree(pool);
}

static struct hmt_device_pool *
hmt_device_pool_alloc(struct hmt_device_memory *device)
{
	struct hmt_device_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	pool->driver.device = device;
	pool->nr_pages = PFN_DOWN(device->size);
	init_rwsem(&pool->driver.gate);
	hmt_device_offsets_init(&pool->offsets);
	hmt_device_windows_init(&pool->windows);
	INIT_LIST_HEAD(&pool->views);
	INIT_LIST_HEAD(&pool->replicas.sets);
	pool->replicas.of = kvcalloc(DIV_ROUND_UP(pool->nr_pages,
						  BIT(HMT_REPLICA_BLOCK_SHIFT)),
				     sizeof(*pool->replicas.of), GFP_KERNEL);
	pool->replicas.used = vcalloc(BITS_TO_LONGS(pool->nr_pages),
				      sizeof(long));
	if (!hmt_device_pages_init(&pool->pages, pool->nr_pages) &&
	    !hmt_device_blocks_init(&pool->blocks, pool->nr_pages) &&
	    !hmt_device_room_init(pool) && pool->replicas.of &&
	    pool->replicas.used)
		return pool;
	hmt_device_pool_free(pool);
	return NULL;
}

/* Request the addresses of the device, or unused ones for private memory. */
static struct resource *
hmt_device_request(const struct hmt_device_memory *device)
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
	hmt_device_huge_exit(pool);
	memunmap_pages(&pool->pgmap);
	release_mem_region(pool->pgmap.range.start,
			   range_len(&pool->pgmap.range));
}

static int hmt_device_map(struct hmt_device_pool *pool, int nid)
{
	struct hmt_device_memory *device = pool->driver.device;
	struct resource *region = hmt_device_request(device);
	void *addr;

	if (IS_ERR(region)) {
		pr_err("device memory '%s': no room at %#llx for %llu bytes (error %ld): see /proc/iomem\n",
		       device->name, device->base, device->size,
		       PTR_ERR(region));
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
	hmt_device_huge_init(pool);
	addr = memremap_pages(&pool->pgmap, nid);
	if (!IS_ERR(addr))
		return 0;
	release_mem_region(pool->pgmap.range.start,
			   range_len(&pool->pgmap.range));
	return PTR_ERR(addr);
}

static int hmt_device_start(struct hmt_device_pool *pool)
{
	struct hmt_device_memory *device = pool->driver.device;
	struct hmt_memory_spec spec = {
		.name = device->name,
		.kind = device->kind,
		.nid = device->nid,
		.perf = device->perf,
		.device_perf = device->device_perf,
		.system_perf = device->system_perf,
		.ops = &pool->ops,
		.data = pool,
	};
	int ret;

	hmt_device_ops_init(pool);
	if (device->kind == HMT_KIND_DEVICE_PRIVATE &&
	    !spec.device_perf.read_latency)
		spec.device_perf = device->perf;
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
	/* Pages enter from here on, and operations may use the memory. */
	hmt_device_mms_attach(pool);
	hmt_memory_open(pool->memory);
	hmt_device_borrow(pool);
	return 0;
}

int __hmt_device_memory_register(struct hmt_device_memory *device,
				 struct module *module, u32 api_version)
{
	struct hmt_device_pool *pool;
	int ret;

	might_sleep();
	ret = hmt_api_check(module, api_version) ?:
	      hmt_device_check(device) ?: hmt_device_mms_check(device);
	if (ret)
		return ret;
	pool = hmt_device_pool_alloc(device);
	if (!pool)
		return -ENOMEM;
	pool->driver.module = module;
	ret = hmt_device_start(pool);
	if (ret)
		hmt_device_pool_free(pool);
	return ret;
}
EXPORT_SYMBOL_GPL(__hmt_device_memory_register);

static void hmt_device_pool_destroy(struct hmt_device_pool *pool)
{
	hmt_device_unmap(pool);
	hmt_memory_put(pool->memory);
	hmt_device_pool_free(pool);
}

/* Free the remaining pages, and the pool after the last one. */
static void hmt_device_reap(struct work_struct *work)
{
	struct hmt_device_pool *pool = container_of(to_delayed_work(work),
						    struct hmt_device_pool,
						    driver.reaper);
	struct hmt_device_memory *left;
	struct module *module;

	if (!hmt_device_is_private(pool))
		hmt_device_give_up(pool, 0);
	if (READ_ONCE(pool->pages.nr_used)) {
		queue_delayed_work(hmt_device_queue, &pool->driver.reaper, HZ);
		return;
	}
	pr_info("the last page of a device that is gone was freed\n");
	left = pool->driver.left;
	module = pool->driver.module;
	hmt_device_pool_destroy(pool);
	if (left) {
		left->ops->released(left);
		module_put(module);
	}
	/* The module's exit waits for the queue. */
	module_put(THIS_MODULE);
}

/* Keep the struct pages of used pages until these are freed. */
static void hmt_device_detach(struct hmt_device_pool *pool)
{
	struct hmt_device_driver *driver = &pool->driver;

	__module_get(THIS_MODULE);
	/* A module that is being unloaded cannot be called later. */
	if (!hmt_device_is_private(pool) && driver->device->ops->released &&
	    try_module_get(driver->module))
		driver->left = driver->device;
	down_write(&driver->gate);
	/* Do not copy from a dead device later either. */
	if (driver->device->gone || hmt_device_is_private(pool))
		WRITE_ONCE(driver->copy_disabled, true);
	driver->device = NULL;
	up_write(&driver->gate);
	INIT_DELAYED_WORK(&driver->reaper, hmt_device_reap);
	queue_delayed_work(hmt_device_queue, &driver->reaper, HZ);
}

static void hmt_device_set_closed(struct hmt_device_pool *pool, bool closed)
{
	unsigned long flags;

	if (closed)
		hmt_memory_close(pool->memory);
	else
		hmt_memory_open(pool->memory);
	spin_lock_irqsave(&pool->pages.lock, flags);
	pool->pages.closed = closed;
	spin_unlock_irqrestore(&pool->pages.lock, flags);
}

/*
 * Empty a closed pool, with @timeout_ms = 0 without copies; return the number of
 * pages whose contents are lost. Lost private pages stay used.
 */
static unsigned long hmt_device_empty(struct hmt_device_pool *pool,
				      unsigned int timeout_ms)
{
	int ret = 0;

	if (timeout_ms && !pool->driver.device->gone) {
		ret = hmt_device_evacuate(pool, 0, pool->nr_pages, timeout_ms);
		if (!ret)
			return 0;
	}
	if (!hmt_device_is_private(pool))
		return hmt_device_give_up(pool, HMT_DEVICE_LAST_MS);
	/* The task was killed, but data of other processes is at stake. */
	if (ret == -EINTR)
		hmt_device_evict_last(pool, HMT_DEVICE_LAST_MS);
	return READ_ONCE(pool->pages.nr_used);
}

unsigned long hmt_device_memory_unregister(struct hmt_device_memory *device)
{
	struct hmt_device_pool *pool = device->pool;
	unsigned int timeout = device->evacuate_ms ?: HMT_DEVICE_EVACUATE_MS;
	unsigned long lost, left, used;

	might_sleep();
	if (WARN_ON_ONCE(!pool))
		return 0;
	hmt_device_mms_detach(pool);
	hmt_device_offsets_exit(&pool->offsets);
	hmt_device_set_closed(pool, true);
	hmt_device_replicas_detach(pool);
	lost = hmt_device_empty(pool, timeout);
	hmt_memory_unregister(pool->memory);
	/* No move that could have added pages is in progress any more. */
	if (hmt_device_is_private(pool))
		lost = hmt_device_empty(pool, lost ? 0 : HMT_DEVICE_LAST_MS);
	else if (READ_ONCE(pool->pages.nr_used))
		lost += hmt_device_give_up(pool, HMT_DEVICE_LAST_MS);
	if (lost)
		pr_warn("device memory '%s': %lu pages could not be saved: accesses get SIGBUS\n",
			device->name, lost);
	used = READ_ONCE(pool->pages.nr_used);
	left = hmt_device_is_private(pool) ? 0 : used;
	if (left)
		pr_warn("device memory '%s': %lu pages are pinned and stay until they are unpinned\n",
			device->name, left);
	if (used)
		hmt_device_detach(pool);
	else
		hmt_device_pool_destroy(pool);
	return left;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_unregister);

int hmt_device_memory_evacuate(struct hmt_device_memory *device,
			       unsigned int timeout_ms)
{
	struct hmt_device_pool *pool = device->pool;
	int ret;

	might_sleep();
	if (!pool)
		return -ENODEV;
	hmt_device_set_closed(pool, true);
	ret = hmt_device_evacuate(pool, 0, pool->nr_pages, timeout_ms);
	if (ret)
		hmt_device_set_closed(pool, false);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_evacuate);

int hmt_device_memory_reopen(struct hmt_device_memory *device)
{
	struct hmt_device_pool *pool = device->pool;

	might_sleep();
	if (!pool)
		return -ENODEV;
	hmt_device_set_closed(pool, false);
	return 0;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_reopen);

/* For fault handlers of drivers. */

u32 hmt_device_memory_uid(const struct hmt_device_memory *device)
{
	const struct hmt_device_pool *pool = READ_ONCE(device->pool);

	return pool ? hmt_memory_uid(pool->memory) : HMT_UID_NONE;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_uid);

void *hmt_device_memory_owner(const struct hmt_device_memory *device)
{
	const struct hmt_device_pool *pool = READ_ONCE(device->pool);

	return pool ? pool->pgmap.owner : NULL;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_owner);

bool hmt_device_memory_holds(const struct hmt_device_memory *device,
			     const struct page *page, u64 *offset)
{
	const struct hmt_device_pool *pool = READ_ONCE(device->pool);

	if (!pool || !hmt_device_is_own(pool, page))
		return false;
	*offset = PFN_PHYS(page_to_pfn(page) - pool->first);
	return true;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_holds);

static int __init hmt_device_init(void)
{
	int ret = hmt_device_prefetch_init();

	if (ret)
		return ret;
	hmt_device_queue = alloc_workqueue("hmt_device", WQ_PERCPU, 0);
	if (hmt_device_queue)
		return 0;
	hmt_device_prefetch_exit();
	return -ENOMEM;
}
module_init(hmt_device_init);

static void __exit hmt_device_exit(void)
{
	destroy_workqueue(hmt_device_queue);
	hmt_device_prefetch_exit();
}
module_exit(hmt_device_exit);

MODULE_DESCRIPTION("HMT: memory of devices");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_IMPORT_HMT_INTERNAL();
MODULE_LICENSE("GPL");
