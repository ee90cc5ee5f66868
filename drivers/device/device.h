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

/* Aligned range that moves with a page that is touched, in bytes. */
#define HMT_DEVICE_WINDOW_PAGES	16
#define HMT_DEVICE_WINDOW	(HMT_DEVICE_WINDOW_PAGES * PAGE_SIZE)

/* Windows of a chunk. */
#define HMT_DEVICE_CHUNK_WINDOWS	(HMT_CHUNK_SIZE / HMT_DEVICE_WINDOW)

/* A fault moves up to HMT_DEVICE_WINDOW << HMT_DEVICE_ORDER_MAX bytes. */
#define HMT_DEVICE_ORDER_MAX	5

/**
 * struct hmt_device_window - history of a window of an address space
 * @since: time of the first turn, or of the begin of the hold, in jiffies
 * @left: arrivals of the pool when the device last used it, if @evicted
 * @turns: changes of direction since @since
 * @on_device: true if the last move was to the device
 * @held: true if the window stays in system memory
 * @evicted: true if it gave way to other memory
 * @whole: the last move was that of a huge page, which counts at its first window
 *
 * 12 bytes for 16 pages.
 */
struct hmt_device_window {
	u32 since;
	u32 left;
	u8 turns;
	u8 on_device : 1;
	u8 held : 1;
	u8 evicted : 1;
	u8 whole : 1;
};

static_assert(sizeof(struct hmt_device_window) == 12);

struct hmt_device_chunk {
	struct hmt_device_window windows[HMT_DEVICE_CHUNK_WINDOWS];
};

/* Faults of a device that are followed at a time, for each address space. */
#define HMT_DEVICE_STREAMS	4

/**
 * struct hmt_device_stream - faults at rising addresses
 * @start: range of the last fault
 * @next: its end (exclusive)
 * @last: page of the last fault
 * @order: size of the range: HMT_DEVICE_WINDOW << @order
 * @dense: page after page was touched, so that the device will touch all
 */
struct hmt_device_stream {
	unsigned long start;
	unsigned long next;
	unsigned long last;
	unsigned int order;
	bool dense;
};

/**
 * struct hmt_device_space - history of an address space on a device
 * @mm: address space; compared only
 * @views: views of the device; under hmt_device_views_lock
 * @chunks: &struct hmt_device_chunk by address >> HMT_CHUNK_SHIFT, of what the
 *	device touched and is mapped
 * @streams: recent faults
 * @turn: index of the stream that is forgotten next
 * @order_max: largest order of a stream; falls when memory moved in vain
 * @streak: faults since @order_max changed
 * @futile: evictions in a row after which nothing moved
 * @skip: faults for which nothing is evicted
 */
struct hmt_device_space {
	const struct mm_struct *mm;
	unsigned int views;
	struct xarray chunks;
	struct hmt_device_stream streams[HMT_DEVICE_STREAMS];
	unsigned int turn;
	unsigned int order_max;
	unsigned int streak;
	unsigned int futile;
	unsigned int skip;
};

/**
 * struct hmt_device_windows - history of all memory that the device touched
 * @lock: protects @sharing, @spaces and all below them. Chunks are added without
 *	it, by a holder of the gate of a view.
 * @sharing: counters
 * @spaces: &struct hmt_device_space by address of the mm
 */
struct hmt_device_windows {
	spinlock_t lock;
	struct hmt_sharing_stats sharing;
	struct xarray spaces;
};

/**
 * struct hmt_device_range - memory that moves with a page that is touched
 * @start: first address
 * @end: end (exclusive), in the same chunk
 * @fill_end: the pages from the touched one up to here are created on the device
 *	if none exist
 */
struct hmt_device_range {
	unsigned long start;
	unsigned long end;
	unsigned long fill_end;
};

/**
 * enum hmt_device_list - place of a block in the order of eviction
 * @HMT_DEVICE_UNLISTED: no page is used, or the block is a part of a huge page
 * @HMT_DEVICE_COLD: used for the first time lately: it leaves first
 * @HMT_DEVICE_WARM: used again, or arrived while there was room
 */
enum hmt_device_list {
	HMT_DEVICE_UNLISTED,
	HMT_DEVICE_COLD,
	HMT_DEVICE_WARM,
};

/**
 * struct hmt_device_block - 64 KiB of a device, the unit of eviction
 * @mm: address space of the last access; compared only
 * @addr: address of it
 * @prev: neighbours in the list, by index
 * @next: as @prev
 * @used: arrivals of the pool when the device used it; of a cold block when it
 *	did first
 * @list: list
 * @fresh: the device has not used it since it arrived
 * @weight: number of blocks: 1, or those of a huge page
 */
struct hmt_device_block {
	const struct mm_struct *mm;
	unsigned long addr;
	u32 prev;
	u32 next;
	u32 used;
	u8 list;
	bool fresh;
	u8 weight;
};

/**
 * struct hmt_device_blocks - order in which memory of the device is evicted
 * @evicting: held while blocks are evicted
 * @of: blocks, and a head for each list
 * @nr: number of blocks
 * @count: blocks of each list, by weight
 * @arrivals: blocks that the device used for the first time: a clock
 * @pressed: memory was evicted to make room, so that new blocks must prove that
 *	they are used again
 *
 * All but @evicting is protected by hmt_device_pages.lock.
 */
struct hmt_device_blocks {
	struct mutex evicting;
	struct hmt_device_block *of;
	u32 nr;
	unsigned long count[HMT_DEVICE_WARM + 1];
	u32 arrivals;
	bool pressed;
};

/**
 * struct hmt_device_replica - the original of a replica
 * @set: set that the replica is in
 * @addr: address of the original
 * @created: time of creation in jiffies
 */
struct hmt_device_replica {
	struct hmt_device_replicas *set;
	unsigned long addr;
	unsigned long created;
};

/**
 * struct hmt_device_replicas - replicas of an address space on a device
 * @notifier: interval notifier of the view
 * @mirror: mirror of the view; its @forget is called before replicas are
 *	dropped for another reason than a notifier
 * @pages: indices of replicas in the pool, by page of the original
 * @pool: pool that holds the replicas; NULL if none may be created. Under the
 *	lock of @pages.
 * @list: entry in &struct hmt_device_replica_pool.sets
 * @busy: number of tasks that use @pool
 */
struct hmt_device_replicas {
	struct mmu_interval_notifier *notifier;
	struct hmt_mirror *mirror;
	struct xarray pages;
	struct hmt_device_pool *pool;
	struct list_head list;
	atomic_t busy;
};

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

/* Pages whose originals are stored in one allocation, as a power of two. */
#define HMT_REPLICA_BLOCK_SHIFT	9

/**
 * struct hmt_device_replica_pool - replicas on the pages of a device
 * @sets: replicas of each address space
 * @closed: true if no set may be added
 * @closing: sets that are in no list any more and still have replicas
 * @of: originals by page, in blocks of 1 << HMT_REPLICA_BLOCK_SHIFT, valid
 *	where @used is set; a block is allocated for the first replica in it
 * @used: pages that hold replicas; these are used but have no references
 * @nr: number of bits in @used
 * @next: page from which the search for a replica to displace starts
 * @created: replicas that were created
 * @dropped: replicas that were dropped because the original changed or went
 * @displaced: replicas that were dropped to free their pages
 *
 * hmt_replicas_lock protects @sets, @closed and @closing; hmt_device_pages.lock protects
 * the other members. Blocks of @of are freed with the pool.
 */
struct hmt_device_replica_pool {
	struct list_head sets;
	bool closed;
	unsigned int closing;
	struct hmt_device_replica **of;
	unsigned long *used;
	unsigned long nr;
	unsigned long next;
	u64 created;
	u64 dropped;
	u64 displaced;
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

/* window.c */
void hmt_device_windows_init(struct hmt_device_windows *windows);
struct hmt_device_space *hmt_device_space_get(struct hmt_device_pool *pool,
					      const struct mm_struct *mm);
void hmt_device_space_put(struct hmt_device_pool *pool,
			  struct hmt_device_space *space);
void hmt_device_space_unmapped(struct hmt_device_pool *pool,
			       struct hmt_device_space *space,
			       unsigned long start, unsigned long end);
void hmt_device_space_remember(struct hmt_device_space *space,
			       unsigned long addr);
void hmt_device_note_turn(struct hmt_device_pool *pool,
			  const struct mm_struct *mm, unsigned long start,
			  unsigned long end, bool to_device);
void hmt_device_note_whole(struct hmt_device_pool *pool,
			   const struct mm_struct *mm, unsigned long chunk,
			   bool to_device);
void hmt_device_note_returned(struct hmt_device_pool *pool,
			      const struct mm_struct *mm, unsigned long start,
			      unsigned long end, unsigned long pages);
void hmt_device_note_evicted(struct hmt_device_pool *pool,
			     const struct hmt_device_block *block);
void hmt_device_note_wasted(struct hmt_device_pool *pool,
			    const struct mm_struct *mm);
bool hmt_device_when_left(struct hmt_device_pool *pool,
			  const struct mm_struct *mm, unsigned long addr,
			  u32 *when);
bool hmt_device_holds_window(struct hmt_device_pool *pool,
			     const struct mm_struct *mm, unsigned long window);
bool hmt_device_holds_whole(struct hmt_device_pool *pool,
			    const struct mm_struct *mm, unsigned long chunk);
void hmt_device_plan_range(struct hmt_device_pool *pool,
			   struct hmt_device_space *space, unsigned long addr,
			   struct hmt_device_range *range);
void hmt_device_count(struct hmt_device_pool *pool, u64 *counter, u64 pages);

/* block.c */
int hmt_device_blocks_init(struct hmt_device_blocks *blocks, unsigned long nr);
void hmt_device_blocks_free(struct hmt_device_blocks *blocks);
void hmt_device_block_arrived(struct hmt_device_pool *pool, unsigned long index,
			      unsigned long nr);
void hmt_device_block_freed(struct hmt_device_pool *pool, unsigned long index,
			    unsigned long nr);
void hmt_device_block_split(struct hmt_device_pool *pool, unsigned long index);
void hmt_device_block_used(struct hmt_device_pool *pool, unsigned long index,
			   const struct mm_struct *mm, unsigned long addr);
bool hmt_device_block_next(struct hmt_device_pool *pool, unsigned long *index,
			   struct hmt_device_block *block);
void hmt_device_block_keep(struct hmt_device_pool *pool, unsigned long index);

/* evict.c */
bool hmt_device_make_room(struct hmt_device_pool *pool,
			  const struct mm_struct *mm,
			  const struct hmt_device_range *range, u64 pages,
			  u64 low);

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

/* replica.c */
void hmt_device_replicas_init(struct hmt_device_replicas *replicas,
			      struct mmu_interval_notifier *notifier,
			      struct hmt_mirror *mirror);
void hmt_device_replicas_add(struct hmt_device_replicas *replicas,
			     struct hmt_device_pool *pool);
void hmt_device_replicas_remove(struct hmt_device_replicas *replicas);
bool hmt_device_replica_find(const struct hmt_device_replicas *replicas,
			     unsigned long addr, u64 *offset);
void hmt_device_replicas_drop(struct hmt_device_replicas *replicas,
			      unsigned long start, unsigned long end);
struct hmt_device_pool *
hmt_device_replicas_enter(struct hmt_device_replicas *set);
void hmt_device_replicas_leave(struct hmt_device_replicas *set);
bool hmt_device_replicas_displace(struct hmt_device_pool *pool,
				  unsigned long age);
void hmt_device_replicas_evict(struct hmt_device_pool *pool,
			       unsigned long index, unsigned long end);
void hmt_device_replicas_detach(struct hmt_device_pool *pool);
void hmt_device_replicas_free(struct hmt_device_pool *pool);

/* replicate.c */
bool hmt_device_replicate(struct hmt_device_replicas *replicas,
			  unsigned long addr);

#endif /* _HMT_DEVICE_H */
