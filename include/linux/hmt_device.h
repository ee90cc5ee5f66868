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
 *	mandatory then, in place of @copy unless memory is short. @copies stays
 *	until @wait returns for the fence or a later one. HMT begins the copies of
 *	all parts of a move (at most 64 pages), and then waits once. Optional.
 *	Runs in process context and may sleep, but should not wait for the device.
 *	Return: 0, or a negative error if no copy was begun: all have failed, or,
 *	with -ENOMEM, HMT calls @copy for them.
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

/**
 * __hmt_device_memory_register() - register the memory of a device
 * @device: description; must stay until hmt_device_memory_unregister() returns
 * @module: calling module
 * @api_version: HMT_API_VERSION that @module was compiled with
 *
 * Called by hmt_device_memory_register() only.
 *
 * Context: process, may sleep.
 * Return: as hmt_device_memory_register().
 */
int __hmt_device_memory_register(struct hmt_device_memory *device,
				 struct module *module, u32 api_version);

/**
 * hmt_device_memory_unregister() - remove device memory
 * @device: registered memory
 *
 * Moves all pages to system memory along the graph, for at most
 * @device->evacuate_ms; after a fatal signal it tries once more, for at most
 * 1 s. Pages that cannot be copied in that time are lost: accesses get SIGBUS.
 * Lost private pages keep their struct pages, and the module hmt_device, until
 * the processes free them; no system memory is used for them. Lost coherent
 * pages are replaced by poisoned pages of system memory, which stay out of
 * service until the next boot. Coherent pages that cannot be unmapped because
 * they are pinned stay on the device. Their struct pages and addresses, and
 * hmt_device, are kept until they are freed.
 *
 * HMT may call the copy operation until this returns, and never afterwards.
 *
 * Context: process, may sleep.
 * Return: number of pages that stay on the device, always 0 for private memory.
 * Unless it is 0, the driver must neither reuse coherent memory nor switch it off
 * before its operation @released is called.
 */
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

/**
 * hmt_device_memory_evacuate() - evacuate device memory before removal
 * @device: registered memory
 * @timeout_ms: time limit in milliseconds
 *
 * For removals that can be cancelled. On success no page is allocated any more;
 * on failure the memory is in use as before.
 *
 * Context: process, may sleep; a fatal signal ends it.
 * Return: 0; -EINTR; -ETIME if pages are left at the deadline; -ENODEV if the
 * memory is not registered.
 */
int hmt_device_memory_evacuate(struct hmt_device_memory *device,
			       unsigned int timeout_ms);

/**
 * hmt_device_memory_reopen() - use device memory again after its evacuation
 * @device: registered memory that hmt_device_memory_evacuate() emptied
 *
 * For removals that are cancelled, and for devices that lose their memory while
 * they are suspended or reset: the memory has the same UID and counters as
 * before.
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV if the memory is not registered.
 */
int hmt_device_memory_reopen(struct hmt_device_memory *device);

/**
 * hmt_device_memory_uid() - return the UID of device memory
 * @device: registered memory
 *
 * Context: any.
 * Return: UID; HMT_UID_NONE if the memory is not registered.
 */
u32 hmt_device_memory_uid(const struct hmt_device_memory *device);

/* Memory that the driver uses itself. */

/**
 * hmt_device_memory_reserve() - reserve adjacent free pages for the driver
 * @device: registered memory
 * @size: size in bytes, a multiple of the page size
 * @offset: offset of the reserved pages, in bytes; unchanged after an error
 *
 * Moves no pages but may drop replicas. If no range is free, the driver can use
 * hmt_device_memory_take().
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL if @size is 0 or not a multiple of the page size;
 * -ENOSPC; -ENODEV if the memory is not registered.
 */
int hmt_device_memory_reserve(struct hmt_device_memory *device, u64 size,
			      u64 *offset);

/**
 * hmt_device_memory_take() - take pages back for use by the driver
 * @device: registered memory
 * @offset: offset of the first page, in bytes; a multiple of the page size
 * @size: size in bytes, a multiple of the page size
 * @timeout_ms: time limit in milliseconds
 *
 * Reserves the pages and moves their contents to system memory along the graph.
 * The capacity of the memory shrinks.
 *
 * Context: process, may sleep; a fatal signal ends it.
 * Return: 0; -EINVAL for an invalid range; -EBUSY if a part is already
 * reserved; -EINTR or -ETIME if nothing was taken; -ENODEV if the memory is not
 * registered.
 */
int hmt_device_memory_take(struct hmt_device_memory *device, u64 offset,
			   u64 size, unsigned int timeout_ms);

/**
 * hmt_device_memory_make_room() - take adjacent memory anywhere, the coldest first
 * @device: registered memory
 * @size: size in bytes, a multiple of the page size
 * @timeout_ms: time limit in milliseconds
 * @offset: offset of the memory, in bytes; unchanged after an error
 *
 * Reserves free memory if there is enough in one piece, as
 * hmt_device_memory_reserve() does. Else takes the range, of those that begin at
 * a multiple of 2 MiB (an eighth of @size apart if that is more), that the device
 * has not used for the longest time: faults of the device and reports of its
 * driver by offset count as use. Pages move to system memory along the graph. A
 * range that cannot be emptied in a quarter of the time is left, and the next
 * coldest is tried.
 *
 * An allocator of the driver, such as TTM or drm_buddy, calls it when it is short,
 * and gives the memory back with hmt_device_memory_give().
 *
 * Context: process, may sleep; a fatal signal ends it. Not from operations of the
 * memory.
 * Return: 0; -EINVAL if @size is 0 or not a multiple of the page size; -ENOSPC
 * if the driver has a part of each such range, or the memory is smaller; -EINTR
 * or -ETIME if nothing was taken; -ENOMEM; -ENODEV if the memory is not
 * registered.
 */
int hmt_device_memory_make_room(struct hmt_device_memory *device, u64 size,
				unsigned int timeout_ms, u64 *offset);

/**
 * hmt_device_memory_give() - give back pages that were taken or reserved
 * @device: registered memory
 * @offset: offset of the first page, in bytes; a multiple of the page size
 * @size: size in bytes, a multiple of the page size
 *
 * The range may be a part of one that was taken or reserved, or span several.
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL with a warning if the driver does not have all of the range,
 * which stays as it is; -ENODEV if the memory is not registered.
 */
int hmt_device_memory_give(struct hmt_device_memory *device, u64 offset,
			   u64 size);

/* Pages of the memory, for drivers with a fault path of their own. */

/**
 * hmt_device_memory_owner() - return the owner of the pages of device memory
 * @device: registered memory
 *
 * Context: any.
 * Return: owner for &hmm_range.dev_private_owner and &migrate_vma.pgmap_owner;
 * NULL if the memory is not registered.
 */
void *hmt_device_memory_owner(const struct hmt_device_memory *device);

/**
 * hmt_device_memory_holds() - check whether a page is on the device
 * @device: registered memory
 * @page: page that cannot be freed at the moment
 * @offset: offset of the page in the memory, in bytes, if it is on the device
 *
 * Context: any.
 * Return: true if the page is on the device.
 */
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

/**
 * hmt_device_mm_open() - let a device see the address space of this process
 * @view: filled in; must exist until hmt_device_mm_close() returns
 *
 * Operations may be called before the function returns. The device has no
 * translation yet; hmt_device_fault() enters them.
 *
 * Context: process, in a task of the address space; may sleep.
 * Return: 0; -EINVAL with a message if a member is missing; -ENODEV if the
 * memory is not registered or is being removed; -ESRCH in a kernel thread;
 * -EINTR after a fatal signal; -ENOMEM.
 */
int hmt_device_mm_open(struct hmt_device_mm *view);

/**
 * hmt_device_mm_close() - end the view that a device has of an address space
 * @view: open view, without a call of hmt_device_fault() in progress
 *
 * The memory of the device may be removed already. When this returns, no
 * operation is running and none will be called.
 *
 * Context: process, may sleep; the caller must not hold a lock that operations
 * of the view take.
 */
void hmt_device_mm_close(struct hmt_device_mm *view);

/* The device writes to the address; without it, it reads. */
#define HMT_DEVICE_WRITE	1
/* Move memory to the device even without advice of a program to follow it. */
#define HMT_DEVICE_MIGRATE	2

/**
 * hmt_device_fault() - serve a fault of a device
 * @view: open view
 * @addr: address that the device touched
 * @flags: HMT_DEVICE_WRITE, HMT_DEVICE_MIGRATE
 *
 * Moves the memory around @addr to the device, or replicates it there, if a
 * program permits that or the flag requests it, and unless CPUs use it as well.
 * Then enters the translation with the operation @map. It may be dropped again
 * before this returns, so that the device faults again.
 *
 * May run in a worker, and several times at once. It may wait for a file system
 * and, in a task of a process, for a program that serves the range with
 * userfaultfd(2); removing the memory does not wait for that. In a worker a fault
 * that userfaultfd(2) serves fails with -EFAULT.
 *
 * Context: process, may sleep; the caller must not hold a lock that operations
 * of the view take.
 * Return: 0; -EFAULT if nothing is mapped there; -EPERM if it cannot be written
 * or read; -ENODEV if the memory of the device was removed; -ESRCH if the
 * process is gone; -EINTR after a fatal signal; -EBUSY if the page changed all
 * the time for 10 s; -EINVAL for unknown flags.
 */
int hmt_device_fault(struct hmt_device_mm *view, unsigned long addr,
		     unsigned int flags);

/**
 * hmt_device_report() - report accesses of a device
 * @view: open view
 * @evidence: source of the report
 * @start: first address
 * @end: end address (exclusive)
 * @count: number of accesses, as far as the device can tell
 *
 * For drivers of devices with access counters. hmt_device_fault() reports
 * translations itself.
 *
 * Context: any; operations of the view included.
 */
void hmt_device_report(const struct hmt_device_mm *view,
		       enum hmt_evidence evidence, unsigned long start,
		       unsigned long end, unsigned int count);

/**
 * hmt_device_memory_report() - report accesses by offset in device memory
 * @device: registered memory
 * @evidence: source of the report, usually HMT_EVIDENCE_COUNTER
 * @offset: first byte
 * @size: size in bytes
 * @count: number of accesses, as far as the device can tell
 *
 * For access counters that know physical pages only. HMT finds the addresses at
 * which processes map the pages, of which the device has a view, and reports the
 * accesses as hmt_device_report() does, a moment later. At most 256 reports wait;
 * then the oldest gives way. A range outside of the memory is ignored.
 *
 * Context: any. The driver stops to report before it unregisters the memory.
 */
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

/**
 * hmt_mirror_add() - register a device's view of an mm
 * @mirror: filled in by the caller; must exist until hmt_mirror_remove()
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL with a message if a member is missing; -EEXIST if it was
 * added already; -ENOMEM.
 */
int hmt_mirror_add(struct hmt_mirror *mirror);

/**
 * hmt_mirror_remove() - unregister a device's view of an mm
 * @mirror: mirror that was added
 *
 * When this returns, the operation is not running and will not be called.
 *
 * Context: process, may sleep; the caller must not hold a lock that the
 * operation takes.
 */
void hmt_mirror_remove(struct hmt_mirror *mirror);

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

/**
 * hmt_migrate_range() - move the pages of a range to a memory
 * @migration: request; results are added to its statistics
 *
 * Continues at @migration->next. Pages that cannot move are counted and left as
 * they are. Stops early if a signal is pending. Neither the limits of a
 * workload nor the watermarks of tiers bound the request of a driver. Huge pages
 * that go to a device or come from one move as a whole if the kernel can, and are
 * split else; the attribute split of the edge counts the latter.
 *
 * If pages are off the LRU, asks all CPUs once to put them there, and waits for
 * at most 1 s; the rest is busy.
 *
 * Context: process, no lock held, may sleep. The caller holds mm_users.
 * Return: 0; -EINVAL for an invalid range or number of destinations; -ENODEV if
 * a destination does not exist; -EINTR if it stopped early, at
 * @migration->next; -ENOMEM; -EAGAIN and -ESRCH as of hmt_walk().
 */
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

/**
 * hmt_device_prefetch() - begin to move a range to a device that will use it
 * @prefetch: filled in; stays until its operation @done is called
 *
 * Returns at once; @done is called from a worker. Pages that cannot move, or for
 * which the device has no room, are counted in the results and stay, as are
 * addresses without a page. Neither advice nor bouncing are checked, because the
 * driver knows that the device will use the range.
 *
 * A prefetch must be done, or cancelled with hmt_device_prefetch_cancel(), before
 * its view is closed. The memory of the device may be removed earlier: then the
 * result is -ENODEV. A call of @done that has not returned yet keeps neither the
 * view nor the module of the driver: hmt_device_prefetch_cancel() waits for it, also
 * after the prefetch ended, if @done does not free the structure.
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL for a range that is not of whole pages of the address space,
 * or without @done: it is not called then.
 */
int hmt_device_prefetch(struct hmt_device_prefetch *prefetch);

/**
 * hmt_device_prefetch_cancel() - end a prefetch early
 * @prefetch: prefetch whose operation @done has not freed it
 *
 * The result is -ECANCELED unless it was done before. Returns after @done has
 * returned. Pages that moved stay on the device.
 *
 * Context: process, may sleep as long as 2 MiB move; not from @done.
 */
void hmt_device_prefetch_cancel(struct hmt_device_prefetch *prefetch);

/**
 * hmt_exclude_range() - exclude a range from moves
 * @mm: address space, mm_users held by the caller
 * @start: first address, a multiple of the page size
 * @end: end (exclusive), a multiple of the page size
 *
 * When this returns, no move of the range is under way and none begins:
 * neither the engine nor hmt_migrate_range() unmaps a page of it. The exclusion
 * is a property of addresses, whatever is mapped there now or later, and of one
 * address space: fork() begins without it, exec() drops it. Two events still
 * move a page: a CPU touches memory that it cannot address, or the memory of a
 * device goes away or is taken back by its driver.
 *
 * Exclusions are not counted: one hmt_include_range() ends the exclusions by
 * all callers.
 *
 * Context: process, no lock held, may sleep; takes the mmap lock for writing.
 * Return: 0; -EINVAL for a bad range; -ENOSPC if the address space would have
 * more than HMT_ADVISED_MAX ranges; -ENOMEM; -EINTR after a fatal signal.
 */
int hmt_exclude_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end);

/**
 * hmt_include_range() - allow moves of a range again
 * @mm: address space, mm_users held by the caller
 * @start: first address, a multiple of the page size
 * @end: end (exclusive), a multiple of the page size
 *
 * Context: process, no lock held, may sleep; takes the mmap lock for writing.
 * Return: 0 or an error as of hmt_exclude_range().
 */
int hmt_include_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end);

#endif /* _LINUX_HMT_DEVICE_H */
