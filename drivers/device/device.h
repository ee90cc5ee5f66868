/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Device memory: the state that the parts of hmt_device.ko share.
 *
 * Locks, and the locks that may be taken while they are held:
 *
 *   lock                        kind       file         protects
 *   hmt_device_mm_state.gate    rwsem      mm.c         pool of a view
 *     hmt_device_views_lock     mutex      mm.c         views of all pools
 *       hmt_replicas_lock       mutex      replica.c    see below
 *     mmap lock                 rwsem                   an address space
 *       hmt_device_driver.gate  rwsem      move.c       driver's operations
 *         hmt_device_mm_state.lock
 *                               mutex      mm.c         translations of a device
 *           locks of the driver
 *   hmt_device_pages.reserving  mutex      pages.c      reserved pages
 *     hmt_device_pages.lock
 *   hmt_replicas_lock           mutex      replica.c    sets of all pools
 *     hmt_device_mm_state.lock  mutex      mm.c
 *       hmt_device_replicas.pages
 *                               spinlock   replica.c    replicas of a set
 *         hmt_device_pages.lock spinlock,  pages.c      page states, replicas
 *                               irqsave                 of a pool
 *         hmt_device_windows.lock
 *                               spinlock   window.c     spaces and their windows
 *   hmt_device_blocks.evicting  mutex      evict.c      choice of victims
 *     mmap lock (tried)
 *     hmt_device_driver.gate
 *     hmt_device_windows.lock
 *     hmt_device_pages.lock                block.c      order of blocks as well
 *
 *   hmt_device_offsets.lock     spinlock,  offset.c     reports by offset
 *                               irqsave
 *
 * No lock is taken under hmt_device_pages.lock, because the kernel calls
 * folio_free() in any context. hmt_device_blocks.evicting is taken under the
 * gate of a view.
 */
#ifndef _HMT_DEVICE_H
#define _HMT_DEVICE_H

#include <linux/atomic.h>
#include <linux/hmt_internal.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include "block.h"
#include "replica.h"
#include "window.h"

/**
 * struct hmt_device_mm_state - state of a view that HMT owns
 * @users: references of the view, and of the removal that detaches it
 * @view: the view of the driver
 * @mm: address space; mm_count held
 * @pid: process that opened the view
 * @gate: held for reading while a fault uses @pool
 * @pool: memory of the device; NULL after it was removed. Written under
 *	@gate and hmt_device_views_lock.
 * @link: entry in &struct hmt_device_pool.views
 * @lock: held while translations are entered and dropped; protects @allowed
 * @allowed: nodes that the process may use
 * @allowed_until: time in jiffies until which @allowed is used
 * @notifier: drops translations
 * @mirror: receives requests of providers to drop translations
 * @replicas: replicas of the address space
 * @space: history of the address space on the device; NULL if @pool is
 */
struct hmt_device_mm_state {
	struct kref users;
	struct hmt_device_mm *view;
	struct mm_struct *mm;
	struct pid *pid;
	struct rw_semaphore gate;
	struct hmt_device_pool *pool;
	struct list_head link;
	struct mutex lock;
	nodemask_t allowed;
	unsigned long allowed_until;
	struct mmu_interval_notifier notifier;
	struct hmt_mirror mirror;
	struct hmt_device_replicas replicas;
	struct hmt_device_space *space;
};

/* Reports by offset that wait; a power of two. */
#define HMT_DEVICE_OFFSETS	256

/**
 * struct hmt_device_offset - accesses that a device reported by offset
 * @index: first page
 * @end: end (exclusive)
 * @evidence: source of the report
 * @count: number of accesses
 */
struct hmt_device_offset {
	unsigned long index;
	unsigned long end;
	enum hmt_evidence evidence;
	unsigned int count;
};

/**
 * struct hmt_device_offsets - reports by offset that wait for a worker
 * @lock: protects the members below
 * @first: number of the oldest report
 * @end: number of the next one
 * @ring: reports, by number modulo HMT_DEVICE_OFFSETS
 * @work: reports them by address
 */
struct hmt_device_offsets {
	spinlock_t lock;
	unsigned int first;
	unsigned int end;
	struct hmt_device_offset ring[HMT_DEVICE_OFFSETS];
	struct work_struct work;
};

/**
 * struct hmt_device_pages - allocator of the pages of a device
 * @lock: protects all members but @reserving
 * @reserving: held while pages are reserved and released
 * @nr: number of pages
 * @free: pages that may be allocated: neither used nor reserved
 * @blocks: blocks that have free pages
 * @used: pages that are allocated
 * @reserved: pages that the driver keeps; may be used until they are evicted
 * @nr_free: number of bits in @free
 * @nr_used: number of bits in @used
 * @nr_reserved: number of bits in @reserved
 * @next: page from which the search for a free page starts
 * @closed: true if no page may be allocated
 */
struct hmt_device_pages {
	spinlock_t lock;
	struct mutex reserving;
	unsigned long nr;
	unsigned long *free;
	unsigned long *blocks;
	unsigned long *used;
	unsigned long *reserved;
	unsigned long nr_free;
	unsigned long nr_used;
	unsigned long nr_reserved;
	unsigned long next;
	bool closed;
};

/**
 * struct hmt_device_driver - connection of a pool to its driver
 * @gate: held for reading while pages are copied, for writing to detach
 * @device: memory of the driver; NULL after it detached. Under @gate.
 * @copy_disabled: true if pages can no longer be copied
 * @module: module of the driver
 * @left: memory of the driver, to which its operation released() is due
 * @reaper: frees the pool of a detached device after its last page was freed
 * @refused_until: time in jiffies until which the driver is not asked to lend
 *	memory, or 0
 */
struct hmt_device_driver {
	struct rw_semaphore gate;
	struct hmt_device_memory *device;
	bool copy_disabled;
	struct module *module;
	struct hmt_device_memory *left;
	struct delayed_work reaper;
	unsigned long refused_until;
};

#define HMT_DEVICE_NO_INDEX	ULONG_MAX

/**
 * struct hmt_device_splitter - splits a huge page that a CPU touches and that
 *	does not return as a whole
 * @work: work item
 * @index: first page of the huge page; others wait for their turn
 * @stuck: first page of one that could not be split, or HMT_DEVICE_NO_INDEX
 * @huge: the memory has huge pages
 */
struct hmt_device_splitter {
	struct work_struct work;
	unsigned long index;
	unsigned long stuck;
	bool huge;
};

/**
 * struct hmt_device_pool - memory of a device
 * @pgmap: struct pages
 * @memory: memory of the core
 * @ops: its operations
 * @first: PFN of the first page
 * @nr_pages: number of pages
 * @driver: connection to the driver
 * @pages: allocator
 * @replicas: replicas of pages of system memory
 * @blocks: order of eviction
 * @windows: history of memory that the device touched
 * @splitter: splits huge pages
 * @offsets: accesses that the device reported by offset
 * @used_at: time in jiffies, 32 bits of it, at which the device used each 2 MiB
 * @views: &struct hmt_device_mm_state of each address space that the device
 *	sees; under hmt_device_views_lock
 */
struct hmt_device_pool {
	struct dev_pagemap pgmap;
	struct hmt_memory *memory;
	struct hmt_memory_ops ops;
	unsigned long first;
	unsigned long nr_pages;
	struct hmt_device_driver driver;
	struct hmt_device_pages pages;
	struct hmt_device_replica_pool replicas;
	struct hmt_device_blocks blocks;
	struct hmt_device_windows windows;
	struct hmt_device_splitter splitter;
	struct hmt_device_offsets offsets;
	u32 *used_at;
	struct list_head views;
};

/* memory.c: operations of the struct pages of all pools, and of the memories. */
extern const struct dev_pagemap_ops hmt_device_pagemap_ops;
void hmt_device_ops_init(struct hmt_device_pool *pool);

/* The block of @index must exist. */
static inline struct hmt_device_replica *
hmt_device_replica_at(const struct hmt_device_pool *pool, unsigned long index)
{
	return &pool->replicas.of[index >> HMT_REPLICA_BLOCK_SHIFT]
		[index & (BIT(HMT_REPLICA_BLOCK_SHIFT) - 1)];
}

static inline bool hmt_device_is_own(const struct hmt_device_pool *pool,
				     const struct page *page)
{
	return is_zone_device_page(page) && page_pgmap(page) == &pool->pgmap;
}

static inline struct hmt_device_pool *
hmt_device_pool_of(const struct page *page)
{
	return container_of(page_pgmap(page), struct hmt_device_pool, pgmap);
}

/* Return the pool of a page of any device, or NULL for a page of another kind. */
static inline const struct hmt_device_pool *
hmt_device_peer_of(const struct page *page)
{
	return is_zone_device_page(page) &&
	       page_pgmap(page)->ops == &hmt_device_pagemap_ops ?
		       hmt_device_pool_of(page) : NULL;
}

/* CPUs cannot address private memory. */
static inline bool hmt_device_is_private(const struct hmt_device_pool *pool)
{
	return pool->pgmap.type == MEMORY_DEVICE_PRIVATE;
}

/* pages.c */
int hmt_device_pages_init(struct hmt_device_pages *pages, unsigned long nr);
void hmt_device_pages_free(struct hmt_device_pages *pages);
unsigned long hmt_device_alloc_index(struct hmt_device_pool *pool);
unsigned long hmt_device_alloc_huge_index(struct hmt_device_pool *pool);
void hmt_device_free_indices(struct hmt_device_pool *pool, unsigned long index,
			     unsigned long nr);
unsigned long hmt_device_next_used(struct hmt_device_pool *pool,
				   unsigned long index, unsigned long end);
bool hmt_device_is_empty(struct hmt_device_pool *pool, unsigned long index,
			 unsigned long end);
bool hmt_device_reserve_range(struct hmt_device_pool *pool, unsigned long index,
			      unsigned long end);
bool hmt_device_unreserve_range(struct hmt_device_pool *pool,
				unsigned long index, unsigned long end);
unsigned long hmt_device_reserve_free(struct hmt_device_pool *pool,
				      unsigned long nr);

/* memory.c */
u64 hmt_device_nr_free(const struct hmt_memory *memory);
bool hmt_device_admits(const struct hmt_device_pool *pool);

/* device.c */
void hmt_device_queue_work(struct work_struct *work);

/* copy.c */
void hmt_device_copy_pages(struct hmt_device_pool *pool,
			   struct hmt_copy_desc *copies, unsigned int nr);
void *hmt_device_copy_begin(const struct hmt_memory *memory,
			    struct hmt_copy_desc *copies, unsigned int nr,
			    void *before);
void hmt_device_copy_end(const struct hmt_memory *memory, void *job);
bool hmt_device_reaches(const struct hmt_memory *memory, struct page *page);

/* move.c */
bool hmt_device_is_migrated(struct page *page);
vm_fault_t hmt_device_migrate_to_ram(struct vm_fault *vmf);
int hmt_device_evacuate(struct hmt_device_pool *pool, unsigned long index,
			unsigned long end, unsigned int timeout_ms);
void hmt_device_evict_last(struct hmt_device_pool *pool,
			   unsigned int timeout_ms);
unsigned long hmt_device_give_up(struct hmt_device_pool *pool,
				 unsigned int timeout_ms);

/* huge.c */
struct mm_struct *hmt_device_find_mm(const struct hmt_device_pool *pool,
				     unsigned long index, unsigned int skip,
				     unsigned long *addr);
struct mm_struct *hmt_device_find_page(const struct hmt_device_pool *pool,
				       unsigned long index, unsigned int skip,
				       unsigned long *addr);
bool hmt_device_find_addr(const struct hmt_device_pool *pool,
			  unsigned long index, const struct mm_struct *mm,
			  unsigned long *addr);
struct page *hmt_device_alloc_huge(const struct hmt_memory *memory);
void hmt_device_huge_init(struct hmt_device_pool *pool);
void hmt_device_huge_exit(struct hmt_device_pool *pool);
vm_fault_t hmt_device_huge_to_ram(struct vm_fault *vmf);
unsigned long hmt_device_evict_huge(struct hmt_device_pool *pool,
				    unsigned long index, unsigned long start,
				    unsigned long end);

unsigned int hmt_device_evict_pages(struct hmt_device_pool *pool,
				    unsigned long index, unsigned int nr);

/* touch.c */
void hmt_device_sharing(const struct hmt_memory *memory,
			struct hmt_sharing_stats *sharing);
void hmt_device_touch(struct hmt_device_mm_state *state, unsigned long addr,
		      const nodemask_t *allowed, bool write, bool always);

/* mm.c */
int hmt_device_mms_check(const struct hmt_device_memory *device);
void hmt_device_mms_attach(struct hmt_device_pool *pool);
void hmt_device_mms_detach(struct hmt_device_pool *pool);
bool hmt_device_mms_have(const struct hmt_device_pool *pool,
			 const struct mm_struct *mm);
void hmt_device_mm_allowed(struct hmt_device_mm_state *state,
			   nodemask_t *allowed);

void hmt_device_mm_hold(struct hmt_device_mm_state *state);
void hmt_device_mm_put(struct hmt_device_mm_state *state);

/* offset.c */
void hmt_device_offsets_init(struct hmt_device_offsets *offsets);
void hmt_device_offsets_exit(struct hmt_device_offsets *offsets);

/* prefetch.c */
int hmt_device_prefetch_init(void);
void hmt_device_prefetch_exit(void);

/* room.c */
void hmt_device_note_used(struct hmt_device_pool *pool, unsigned long index);
void hmt_device_borrow(struct hmt_device_pool *pool);
bool hmt_device_room_is_valid(const struct hmt_device_memory *device);
int hmt_device_room_init(struct hmt_device_pool *pool);
void hmt_device_room_free(struct hmt_device_pool *pool);

#endif /* _HMT_DEVICE_H */
