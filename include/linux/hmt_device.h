/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HMT: API for drivers of devices with memory. A driver registers a struct
 * hmt_device_memory, and HMT moves pages to and from the device with the
 * driver's copy operation. samples/hmt_sample_device.c is a complete one.
 */
#ifndef _LINUX_HMT_DEVICE_H
#define _LINUX_HMT_DEVICE_H

#include <linux/hmt.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct hmt_device_memory;
struct hmt_device_mm_state;
struct hmt_device_pool;

/**
 * enum hmt_kind - technology of a memory
 * @HMT_KIND_DRAM: ordinary memory, and any node of unknown technology
 * @HMT_KIND_HBM: high-bandwidth memory
 * @HMT_KIND_CXL: memory behind CXL
 * @HMT_KIND_PMEM: persistent memory that is used as a node
 * @HMT_KIND_DEVICE_PRIVATE: device memory that CPUs cannot address coherently
 * @HMT_KIND_DEVICE_COHERENT: device memory that CPUs address coherently
 * @HMT_KINDS: number of kinds
 */
enum hmt_kind {
	HMT_KIND_DRAM,
	HMT_KIND_HBM,
	HMT_KIND_CXL,
	HMT_KIND_PMEM,
	HMT_KIND_DEVICE_PRIVATE,
	HMT_KIND_DEVICE_COHERENT,
	HMT_KINDS
};

/**
 * struct hmt_perf - performance of a memory for one initiator
 * @read_latency: ns, 0 if unknown
 * @write_latency: ns, 0 if unknown
 * @read_bandwidth: MB/s, 0 if unknown
 * @write_bandwidth: MB/s, 0 if unknown
 */
struct hmt_perf {
	u32 read_latency;
	u32 write_latency;
	u32 read_bandwidth;
	u32 write_bandwidth;
};

/**
 * struct hmt_device_copy_desc - one page to copy to or from a device
 * @offset: byte offset of the page in the memory of the device
 * @page: page on the other side, which CPUs can address; NULL if @peer is set
 * @peer: memory of another device that has the other side; NULL unless
 *	@reaches returned true for it. It stays registered until the copy ends.
 * @peer_offset: byte offset in the memory of @peer
 * @order: size of the page: 1 << @order adjacent base pages; 0 unless the driver
 *	set &hmt_device_memory.huge_copies
 * @to_device: direction of the copy: from @page or @peer to the device, or back
 * @failed: set by the driver if the destination does not hold the contents of
 *	the source
 */
struct hmt_device_copy_desc {
	u64 offset;
	struct page *page;
	struct hmt_device_memory *peer;
	u64 peer_offset;
	unsigned int order;
	bool to_device;
	bool failed;
};

/**
 * struct hmt_device_memory_ops - operations of a device memory
 * @copy: execute @nr copies, and set @failed of those that went wrong. The
 *	pages are locked and unmapped, so that threads wait for them: the
 *	operation must end in bounded time, even if the device hangs, and must
 *	not touch user memory. Several calls may run at once. Mandatory. Runs in
 *	process context and may sleep.
 * @submit: begin @nr copies, and set *@fence. HMT calls it and @wait, which is
 *	mandatory then, in place of @copy. @copies stays until @wait returns for
 *	the fence or a later one. HMT begins the copies of all parts of a move (at
 *	most 64 pages), and then waits once. Optional.
 *	Runs in process context and may sleep, but should not wait for the device.
 *	Return: 0, or a negative error if no copy was begun: all have failed.
 * @wait: wait until the copies of @fence have ended, and all that were submitted
 *	before; set @failed as @copy does. Several calls may run at once, also for
 *	fences that others have waited for. Must end in bounded time, even if the
 *	device hangs.
 *	Runs in process context and may sleep.
 * @reaches: check whether the device can copy to and from the memory of @peer,
 *	whose driver may be another one. Then pages move straight between the two,
 *	with &hmt_device_copy_desc.peer set; else through system memory. Optional.
 *	Runs in process context and may sleep.
 * @lend: HMT has less than 2 MiB of free memory: give it some with
 *	hmt_device_memory_give(), 2 MiB or more at once, and return true, or false
 *	if there is none. Then HMT asks again when pages are to move to the
 *	memory, 100 ms later at the earliest; if it has none at all, when the device
 *	touches memory. Optional.
 *	Runs in process context and may sleep; must not wait for moves, as
 *	hmt_device_memory_take() does, nor take an mmap lock.
 * @admit: decide whether one more page may enter the memory. Without it, pages
 *	enter as long as there are free ones. Optional.
 *	Runs in process context and may sleep.
 * @may_use: decide whether programs may move pages of @mm to the memory
 *	(HMT_MOVE). Without it, they may while the device has a view of @mm
 *	(&struct hmt_device_mm). Callers with CAP_SYS_NICE always may, and it is
 *	not called for moves that an engine or the driver decides on. Optional.
 *	Runs in process context with a reference on the users of @mm; may sleep,
 *	and must not take the mmap lock for writing.
 * @released: the last page of memory that was unregistered with pages left was
 *	freed: the driver may use the memory again. Called if
 *	hmt_device_memory_unregister() did not return 0, once, from any time in
 *	that function on; not called if the module of the driver was being
 *	unloaded then. The module stays until it returns. Optional.
 *	Runs in process context and may sleep.
 */
struct hmt_device_memory_ops {
	void (*copy)(struct hmt_device_memory *device,
		     struct hmt_device_copy_desc *copies, unsigned int nr);
	int (*submit)(struct hmt_device_memory *device,
		      struct hmt_device_copy_desc *copies, unsigned int nr,
		      u64 *fence);
	void (*wait)(struct hmt_device_memory *device, u64 fence);
	bool (*reaches)(struct hmt_device_memory *device,
			const struct hmt_device_memory *peer);
	bool (*lend)(struct hmt_device_memory *device);
	bool (*admit)(struct hmt_device_memory *device);
	bool (*may_use)(struct hmt_device_memory *device,
			struct mm_struct *mm);
	void (*released)(struct hmt_device_memory *device);
};

/**
 * struct hmt_device_memory - memory of a device
 * @name: unique name of the memory, at most HMT_NAME_MAX characters of
 *	A-Z a-z 0-9 _ . -
 * @kind: HMT_KIND_DEVICE_COHERENT if CPUs address the memory coherently, else
 *	HMT_KIND_DEVICE_PRIVATE
 * @base: physical address of coherent memory, a multiple of 2 MiB
 * @size: bytes, a multiple of 2 MiB
 * @nid: node with memory that the device memory counts as, for cpusets and
 *	memory policies; NUMA_NO_NODE selects the first one
 * @perf: performance for the nearest CPUs; of private memory, which CPUs cannot
 *	address, for the device
 * @device_perf: performance for the device itself; without a latency, @perf of
 *	private memory
 * @system_perf: performance that the device gets from the memory of @nid. It
 *	worsens with the distance of other nodes.
 * @ops: operations
 * @huge_copies: the operation @copy takes huge pages, see
 *	&hmt_device_copy_desc.order; without it, they are described as base pages
 * @lent: the driver has all of the memory at first, and lends parts of it to HMT:
 *	see @lend, which is mandatory then
 * @evacuate_ms: longest time in ms for hmt_device_memory_unregister() to save
 *	the pages on the device; 0 means HMT_DEVICE_EVACUATE_MS
 * @gone: set by the driver when the device no longer responds: nothing is
 *	copied any more, and the pages on the device are lost
 *
 * Zeroed and filled in by the driver, which embeds it in a struct of its own, and
 * keeps it from hmt_device_memory_register() to the return of
 * hmt_device_memory_unregister(), or of @released if that is called. A memory that
 * is registered again with the same name gets the same UID, and with it its
 * place in the live graph.
 */
struct hmt_device_memory {
	const char *name;
	enum hmt_kind kind;
	u64 base;
	u64 size;
	int nid;
	struct hmt_perf perf;
	struct hmt_perf device_perf;
	struct hmt_perf system_perf;
	const struct hmt_device_memory_ops *ops;
	bool huge_copies;
	bool lent;
	unsigned int evacuate_ms;
	bool gone;
	/* private: */
	struct hmt_device_pool *pool;
};

#define HMT_DEVICE_EVACUATE_MS	10000

int __hmt_device_memory_register(struct hmt_device_memory *device,
				 struct module *module, u32 api_version);
unsigned long hmt_device_memory_unregister(struct hmt_device_memory *device);

/**
 * hmt_device_memory_register() - register the memory of a device
 * @device: description; must stay until hmt_device_memory_unregister() returns
 *
 * Operations may be called before the function returns. Pages enter the memory
 * once the live graph has it in a tier, or when the driver moves them.
 *
 * Context: process, may sleep.
 * Return: 0; -EPROTO if the module was compiled with another major version of
 * the API; -EINVAL for a wrong description; -EOPNOTSUPP for private memory on a
 * kernel without it; -EBUSY if the addresses are in use; -EEXIST if the name
 * is, or @device is registered; -ENOMEM. A message explains -EPROTO and -EINVAL.
 */
static inline int hmt_device_memory_register(struct hmt_device_memory *device)
{
	return __hmt_device_memory_register(device, THIS_MODULE,
					    HMT_API_VERSION);
}

int hmt_device_memory_evacuate(struct hmt_device_memory *device,
			       unsigned int timeout_ms);
int hmt_device_memory_reopen(struct hmt_device_memory *device);
u32 hmt_device_memory_uid(const struct hmt_device_memory *device);

/* Memory that the driver uses itself. */

int hmt_device_memory_reserve(struct hmt_device_memory *device, u64 size,
			      u64 *offset);
int hmt_device_memory_take(struct hmt_device_memory *device, u64 offset,
			   u64 size, unsigned int timeout_ms);
int hmt_device_memory_make_room(struct hmt_device_memory *device, u64 size,
				unsigned int timeout_ms, u64 *offset);
int hmt_device_memory_give(struct hmt_device_memory *device, u64 offset,
			   u64 size);

/* Pages of the memory, for drivers with a fault path of their own. */

void *hmt_device_memory_owner(const struct hmt_device_memory *device);
bool hmt_device_memory_holds(const struct hmt_device_memory *device,
			     const struct page *page, u64 *offset);

/* The view that a device has of an address space. */

struct hmt_device_mm;

/**
 * struct hmt_device_translation - translation of a range for a device
 * @addr: first address, a multiple of @size
 * @size: size in bytes: PAGE_SIZE, or more for a huge page
 * @page: first page of the range, which is outside of the memory of the device;
 *	NULL if the device finds the range in its own memory
 * @offset: byte offset of the range in the memory of the device, if @page is
 *	NULL
 * @writable: the device may write; if not, it must fault again before it does
 */
struct hmt_device_translation {
	unsigned long addr;
	unsigned long size;
	struct page *page;
	u64 offset;
	bool writable;
};

/**
 * struct hmt_device_mm_ops - operations of a view
 * @map: enter @translation in the page tables of the device in place of any
 *	older one. @addr is the address that faulted. The translation is valid
 *	until @unmap is called for it. Mandatory.
 * @unmap: drop all translations of [@start, @end), and return when the device
 *	no longer uses them. Must end in bounded time, even if the device hangs,
 *	and must not take an mmap lock. Mandatory.
 *
 * Both run in process context with a lock held that excludes the other, and may
 * sleep, but must not allocate memory in a way that waits for reclaim, nor call
 * functions of HMT other than hmt_device_report().
 */
struct hmt_device_mm_ops {
	void (*map)(struct hmt_device_mm *view, unsigned long addr,
		    const struct hmt_device_translation *translation);
	void (*unmap)(struct hmt_device_mm *view, unsigned long start,
		      unsigned long end);
};

/**
 * struct hmt_device_mm - view that a device has of an address space
 * @device: registered memory of the device
 * @ops: operations
 * @walker: a hardware walker (ATS) serves most translations and sets accessed
 *	bits, so that faults are not reported as accesses
 *
 * Filled in by the driver, which embeds it, and keeps it from
 * hmt_device_mm_open() to the return of hmt_device_mm_close().
 */
struct hmt_device_mm {
	struct hmt_device_memory *device;
	const struct hmt_device_mm_ops *ops;
	bool walker;
	/* private: */
	struct hmt_device_mm_state *state;
};

int hmt_device_mm_open(struct hmt_device_mm *view);
void hmt_device_mm_close(struct hmt_device_mm *view);

/* The device writes to the address; without it, it reads. */
#define HMT_DEVICE_WRITE	1
/* Move memory to the device even without advice of a program to follow it. */
#define HMT_DEVICE_MIGRATE	2

int hmt_device_fault(struct hmt_device_mm *view, unsigned long addr,
		     unsigned int flags);
void hmt_device_report(const struct hmt_device_mm *view,
		       enum hmt_evidence evidence, unsigned long start,
		       unsigned long end, unsigned int count);

void hmt_device_memory_report(struct hmt_device_memory *device,
			      enum hmt_evidence evidence, u64 offset, u64 size,
			      unsigned int count);

/* Devices without such a view that cache translations. */

/**
 * struct hmt_mirror - a device's cache of the translations of an address space
 * @mm: address space; the driver holds mm_count
 * @forget: drop the cached translations of [@start, @end). Must take no mmap
 *	lock. Mandatory.
 *	Runs in process context and may sleep.
 *
 * Filled in by the driver, which keeps it from hmt_mirror_add() to the return
 * of hmt_mirror_remove(). A &struct hmt_device_mm contains one.
 */
struct hmt_mirror {
	struct mm_struct *mm;
	void (*forget)(struct hmt_mirror *mirror, unsigned long start,
		       unsigned long end);
	/* private: */
	struct list_head list;
};

int hmt_mirror_add(struct hmt_mirror *mirror);
void hmt_mirror_remove(struct hmt_mirror *mirror);
void hmt_mirror_report(const struct hmt_mirror *mirror,
		       enum hmt_evidence evidence, unsigned long start,
		       unsigned long end, unsigned int count);

/* Moves that the driver requests. */

/**
 * struct hmt_move_stats - results of moving pages
 * @pages: number of base pages, by &enum hmt_result
 * @ns: duration of the moves in ns
 */
struct hmt_move_stats {
	u64 pages[HMT_RESULTS];
	u64 ns;
};

/**
 * struct hmt_migration - range to move, and the results
 * @mm: address space; the caller holds mm_users
 * @end: end address (exclusive), a multiple of the page size
 * @allowed: nodes that the process may use
 * @nr_to: number of entries in @to
 * @to: UIDs of equally good destinations, at most HMT_TIER_MEMORIES_MAX; pages
 *	on any of them stay there
 * @next: address to continue at; initially the first address, a multiple of the
 *	page size
 * @stats: results of the pages between the first address and @next
 *
 * Zeroed and filled in by the caller up to @next.
 */
struct hmt_migration {
	struct mm_struct *mm;
	unsigned long end;
	nodemask_t allowed;
	unsigned int nr_to;
	const u32 *to;
	unsigned long next;
	struct hmt_move_stats stats;
};

int hmt_migrate_range(struct hmt_migration *migration);

/**
 * struct hmt_device_prefetch - range to move to a device, and the results
 * @view: open view
 * @start: first address, a multiple of the page size
 * @end: end address (exclusive), a multiple of the page size
 * @done: called once, from a worker or from hmt_device_prefetch_cancel(), when the
 *	results are known. May free the structure. Mandatory.
 * @result: 0; -ECANCELED; -ENODEV if the memory was removed; -ESRCH if the process
 *	is gone; other errors of hmt_migrate_range()
 * @stats: results of the pages, as far as it came
 *
 * Zeroed and filled in by the driver up to @done.
 */
struct hmt_device_prefetch {
	struct hmt_device_mm *view;
	unsigned long start;
	unsigned long end;
	void (*done)(struct hmt_device_prefetch *prefetch);
	int result;
	struct hmt_move_stats stats;
	/* private: */
	struct hmt_device_mm_state *state;
	struct work_struct work;
	bool stop;
};

int hmt_device_prefetch(struct hmt_device_prefetch *prefetch);
void hmt_device_prefetch_cancel(struct hmt_device_prefetch *prefetch);
int hmt_exclude_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end);
int hmt_include_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end);

#endif /* _LINUX_HMT_DEVICE_H */
