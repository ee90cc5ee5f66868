/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HMT: interface between hmt.ko and its own modules: hmt_device, hmt_dax,
 * hmt_router and hmt_hintfault. It can change at any time and is not installed.
 */
#ifndef _LINUX_HMT_INTERNAL_H
#define _LINUX_HMT_INTERNAL_H

#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/hmt_device.h>
#include <linux/hmt_provider.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/pagemap.h>
#include <linux/topology.h>
#include <linux/types.h>

struct hmt_memory;
struct pid;
struct vm_area_struct;

/*
 * Symbols of this interface are in a namespace that modules outside this tree
 * do not import. Only these macros name it, because kernels differ in whether a
 * namespace is a string.
 */
#define EXPORT_SYMBOL_HMT_INTERNAL(sym)	\
	EXPORT_SYMBOL_NS_GPL(sym, HMT_NAMESPACE("HMT_INTERNAL", HMT_INTERNAL))
#define MODULE_IMPORT_HMT_INTERNAL()	\
	MODULE_IMPORT_NS(HMT_NAMESPACE("HMT_INTERNAL", HMT_INTERNAL))

int hmt_api_check(struct module *module, u32 version);

/* Identity of memories that are nodes, reported by hmt_dax. */

/*
 * Check whether a node has CPUs, online or not: memory next to CPUs remains of
 * the same kind while they are offline.
 */
static inline bool hmt_node_has_cpus(int nid)
{
	int cpu;

	for_each_present_cpu(cpu)
		if (cpu_to_node(cpu) == nid)
			return true;
	return false;
}

/**
 * enum hmt_origin - origin of a memory
 * @HMT_ORIGIN_UNKNOWN: not known yet
 * @HMT_ORIGIN_CPUS: memory of a node that has CPUs, online or not
 * @HMT_ORIGIN_FIRMWARE: node without CPUs that firmware described
 * @HMT_ORIGIN_NVDIMM: namespace of an NVDIMM that kmem made a node
 * @HMT_ORIGIN_CXL: memory behind CXL that kmem made a node
 * @HMT_ORIGIN_SOFT_RESERVED: memory that firmware reserved for a purpose (EFI
 *	"specific purpose", hmem) and kmem made a node
 * @HMT_ORIGIN_DRIVER: device memory that its driver registered
 * @HMT_ORIGINS: number of origins
 */
enum hmt_origin {
	HMT_ORIGIN_UNKNOWN,
	HMT_ORIGIN_CPUS,
	HMT_ORIGIN_FIRMWARE,
	HMT_ORIGIN_NVDIMM,
	HMT_ORIGIN_CXL,
	HMT_ORIGIN_SOFT_RESERVED,
	HMT_ORIGIN_DRIVER,
	HMT_ORIGINS
};

/* Size of the names of a memory's devices, including the NUL. */
#define HMT_DEVICES_MAX		96

/**
 * struct hmt_identity - identity of a memory, besides its size and speed
 * @origin: origin
 * @kind: technology of most of it; HMT_KINDS if this source does not know it
 * @bytes: sizes of the parts of each kind; those of unknown kind at HMT_KINDS
 * @device: names of the dax devices behind the memory, separated by blanks
 * @region: names of the CXL region, the namespace of an NVDIMM or the platform
 *	device behind each of them, separated by blanks
 * @perf: performance for the nearest CPUs, reported by the bus of the devices; used
 *	if the node itself has none. 0 if unknown
 */
struct hmt_identity {
	enum hmt_origin origin;
	enum hmt_kind kind;
	u64 bytes[HMT_KINDS + 1];
	char device[HMT_DEVICES_MAX];
	char region[HMT_DEVICES_MAX];
	struct hmt_perf perf;
};

int hmt_memory_identify(u32 uid, const struct hmt_identity *identity);
int hmt_read_attribute(const char *path, char *text, size_t size);

/* Memories that are not nodes, for hmt_device. */

/**
 * struct hmt_copy_desc - one page to copy
 * @to: destination
 * @from: source
 * @order: size of the page: 1 << @order base pages. Copiers of nodes take base
 *	pages only, those of devices huge pages as well
 * @failed: set by the copier if @to does not hold the contents of @from
 */
struct hmt_copy_desc {
	struct page *to;
	struct page *from;
	unsigned int order;
	bool failed;
};

/**
 * struct hmt_sharing_stats - counters of memory that CPUs and a device touch
 * @returned: pages that returned from the device because CPUs touched them
 * @bounced: times that 64 KiB were found to move back and forth, or to be
 *	replicated and written in turn
 * @held: touches of the device that moved or replicated nothing as a result
 * @replicas: pages that are replicas now; they count as free
 * @replicas_made: replicas made
 * @dropped: replicas dropped before the original changed or was freed
 * @displaced: replicas dropped to free memory
 * @created: pages that were created on the device because it was the first to
 *	write to them
 * @evicted: pages that moved to system memory to make room for what the device
 *	touched
 */
struct hmt_sharing_stats {
	u64 returned;
	u64 bounced;
	u64 held;
	u64 replicas;
	u64 replicas_made;
	u64 dropped;
	u64 displaced;
	u64 created;
	u64 evicted;
};

/**
 * struct hmt_memory_ops - operations of the owner of a memory
 * @nr_pages: return the number of pages. Any context.
 * @nr_free: return the number of pages that can be allocated. Any context.
 * @nr_unmovable: return the number of pages that the kernel may use for
 *	allocations that cannot move. Optional; 0 without it. Any context.
 * @alloc: fill in up to @nr free pages, each locked and with one reference, and
 *	return their number. Must not wait for memory, because the policy makes
 *	room. The caller unlocks and puts unused pages. Process context.
 * @alloc_huge: allocate a free huge page, as @alloc does, or return NULL.
 *	Optional: without it the memory has base pages only. Process context.
 * @may_use: decide whether unprivileged programs may move pages of an address
 *	space to the memory. Optional; without it they may not. Process context,
 *	may sleep.
 * @sharing: fill in counters of touches by CPUs and by the device. Optional.
 *	Any context.
 * @copy: copy pages to, from or inside the memory, and set @failed of those
 *	that went wrong. CPUs can address pages outside the memory, but for those
 *	that the memory @reaches. Must end in bounded time. Process context, may
 *	sleep.
 * @copy_begin: begin copies as @copy makes them, and return a job for @copy_end,
 *	which ends those of @before as well, a job of the same caller or NULL.
 *	Returns @before if the copies are made, or failed. @copies must stay until
 *	then. Optional, for memory whose copies overlap with other work. Process
 *	context, may sleep.
 * @copy_end: wait for the copies of a job and all before it, and set @failed.
 *	Ends in bounded time. Process context, may sleep.
 * @reaches: check whether @copy can copy to and from @page, which is in the
 *	memory of another device. The caller keeps both memories registered.
 *	Optional; without it, pages go through system memory. Process context.
 *
 * All others are mandatory. No operation is called after
 * hmt_memory_unregister() returned.
 */
struct hmt_memory_ops {
	u64 (*nr_pages)(const struct hmt_memory *memory);
	u64 (*nr_free)(const struct hmt_memory *memory);
	u64 (*nr_unmovable)(const struct hmt_memory *memory);
	unsigned int (*alloc)(const struct hmt_memory *memory,
			      struct page **pages, unsigned int nr);
	struct page *(*alloc_huge)(const struct hmt_memory *memory);
	bool (*may_use)(const struct hmt_memory *memory, struct mm_struct *mm);
	void (*sharing)(const struct hmt_memory *memory,
			struct hmt_sharing_stats *sharing);
	void (*copy)(const struct hmt_memory *memory,
		     struct hmt_copy_desc *copies, unsigned int nr);
	void *(*copy_begin)(const struct hmt_memory *memory,
			    struct hmt_copy_desc *copies, unsigned int nr,
			    void *before);
	void (*copy_end)(const struct hmt_memory *memory, void *job);
	bool (*reaches)(const struct hmt_memory *memory, struct page *page);
};

/* Free a page of &hmt_memory_ops.alloc, or a fallback page, that is not used. */
static inline void hmt_free_unused_page(struct page *page)
{
	unlock_page(page);
	put_page(page);
}

/**
 * struct hmt_memory_spec - description of a device memory by its owner
 * @name: unique name, at most HMT_NAME_MAX characters of A-Z a-z 0-9 _ . -
 * @kind: HMT_KIND_DEVICE_PRIVATE or HMT_KIND_DEVICE_COHERENT
 * @nid: node with memory that the memory counts as, for cpusets and memory
 *	policies
 * @perf: performance for the nearest CPUs, or for the device
 * @device_perf: performance for the device
 * @system_perf: performance of the memory of @nid for the device
 * @ops: operations
 * @data: private data of the owner, see hmt_memory_data()
 */
struct hmt_memory_spec {
	const char *name;
	enum hmt_kind kind;
	int nid;
	struct hmt_perf perf;
	struct hmt_perf device_perf;
	struct hmt_perf system_perf;
	const struct hmt_memory_ops *ops;
	void *data;
};

struct hmt_memory *hmt_memory_register(const struct hmt_memory_spec *spec);
void hmt_memory_open(struct hmt_memory *memory);
void hmt_memory_close(struct hmt_memory *memory);
void hmt_memory_unregister(struct hmt_memory *memory);
void hmt_memory_put(struct hmt_memory *memory);
u32 hmt_memory_uid(const struct hmt_memory *memory);
void *hmt_memory_data(const struct hmt_memory *memory);
u32 hmt_page_uid(const struct page *page);
void hmt_copy_pages(struct hmt_copy_desc *copies, unsigned int nr);
struct page *hmt_alloc_fallback_page(const struct hmt_memory *memory,
				     struct vm_area_struct *vma,
				     unsigned long addr, bool huge);

/*
 * Maximum number of pages of a batch; bounds how long threads stall. A chunk has a
 * whole number of batches.
 */
#define HMT_BATCH_MAX		64
#if HMT_BATCH_MAX << PAGE_SHIFT <= 1 << HMT_CHUNK_SHIFT
#define HMT_BATCH_PAGES		HMT_BATCH_MAX
#else
#define HMT_BATCH_PAGES		((int)HMT_CHUNK_PAGES)
#endif

/*
 * Whether huge pages move as a whole: the kernel can, and one is a chunk. Larger
 * ones stay, unless a device takes parts of them, for which the kernel splits them.
 */
#define HMT_MOVES_WHOLE		(HMT_MIGRATE_WHOLE && PMD_SHIFT == HMT_CHUNK_SHIFT)

/**
 * enum hmt_fill_size - size of pages that are created on a device
 * @HMT_FILL_BASE: base pages
 * @HMT_FILL_ADVISED: a huge page where the program asked for them
 *	(MADV_HUGEPAGE)
 * @HMT_FILL_HUGE: a huge page, unless the program forbids them
 *
 * The settings of the administrator for huge pages hold for both.
 */
enum hmt_fill_size {
	HMT_FILL_BASE,
	HMT_FILL_ADVISED,
	HMT_FILL_HUGE,
};

/**
 * struct hmt_touched - memory that a device touched, and that goes to it
 * @migration: range and destination, which is one memory; results of its moves
 * @low: pages of the destination that stay free, as of its tier
 * @room: largest number of pages of the process that may enter the tier, at the
 *	time of hmt_touched_begin()
 * @whole: a huge page that can move as a whole does, although the range has a
 *	part of it only
 * @fill: first page to create on the device if it does not exist
 * @fill_end: end (exclusive) of these pages; @fill: none
 * @fill_size: try a huge page around @fill, if nothing of it exists
 * @created: number of created pages
 */
struct hmt_touched {
	struct hmt_migration migration;
	u64 low;
	u64 room;
	bool whole;
	unsigned long fill;
	unsigned long fill_end;
	enum hmt_fill_size fill_size;
	unsigned int created;
};

/**
 * struct hmt_displacement - memory of a process, for which another one has a use
 * @memory: UID of the memory
 * @owner: address space of the process; compared only
 * @owner_has: its pages on the memory
 * @needs: address space of the other process; compared only
 * @needs_has: its pages on the memory
 * @total: pages of the memory
 * @sharing: number of processes that have a part of it or want one
 */
struct hmt_displacement {
	u32 memory;
	const struct mm_struct *owner;
	u64 owner_has;
	const struct mm_struct *needs;
	u64 needs_has;
	u64 total;
	unsigned int sharing;
};

void hmt_touched_begin(struct hmt_touched *touched, u64 pages);
void hmt_touched_move(struct hmt_touched *touched);
bool hmt_touched_displaces(const struct hmt_displacement *displacement);
void hmt_move_account_driver(u32 from, u32 to,
			     const struct hmt_move_stats *stats);

/* Processes that a device works for, for hmt_device. */

int hmt_mmap_read_lock(struct mm_struct *mm);
void hmt_process_allows(struct pid *pid, nodemask_t *allowed);

/* Advice of programs for ranges, and heat of neighbours, for hmt_device. */

bool hmt_is_excluded(const struct mm_struct *mm, unsigned long start,
		     unsigned long end);
void hmt_skip_excluded(const struct mm_struct *mm, unsigned long addr,
		       unsigned long *start, unsigned long *end);
bool hmt_follow_part(const struct mm_struct *mm, unsigned long addr,
		     bool always, unsigned long *start, unsigned long *end);
bool hmt_is_read_mostly(const struct mm_struct *mm, unsigned long start,
			unsigned long end);

/**
 * struct hmt_neighbours - pages that return with a page that a CPU touched
 * @start: first address
 * @end: end address (exclusive), in the same chunk
 * @hot: pages of the chunk that a device uses now, by hmt_chunk_index()
 */
struct hmt_neighbours {
	unsigned long start;
	unsigned long end;
	DECLARE_BITMAP(hot, HMT_CHUNK_PAGES);
};

void hmt_neighbours_of(const struct mm_struct *mm, u32 uid, unsigned long addr,
		       struct hmt_neighbours *around);

/* Kernel reclaim, for hmt_router. */

/**
 * struct hmt_demotion - destination of kernel reclaim for the pages of a node
 * @nid: node to try first; NUMA_NO_NODE: the pages stay or are reclaimed
 * @fallback: node with free memory for the case that @nid has no free page;
 *	NUMA_NO_NODE: none, and @nid has free memory
 * @full: @nid has no free page now; an allocation from it is tried
 *	nevertheless, because it makes the kernel demote pages of @nid
 */
struct hmt_demotion {
	int nid;
	int fallback;
	bool full;
};

/* Switch of the administrator for demotion by the kernel. */
#define HMT_RECLAIM_SWITCH	"/sys/kernel/mm/numa/demotion_enabled"

void hmt_reclaim_set_routed(bool routed);
bool hmt_reclaim_demotes(void);
bool hmt_demotion_of_node(int nid, struct hmt_demotion *demotion);
void hmt_count_kernel_demoted(int from, int to, unsigned int pages);
bool hmt_nodes_above(int nid, nodemask_t *nodes);
bool hmt_node_performance(int nid, struct hmt_perf *perf);

/* Hint faults of NUMA balancing, for hmt_hintfault. */

/* Name of the provider that reports them. */
#define HMT_HINT_PROVIDER	"hintfault"

/**
 * struct hmt_hint - page that a task touched and that the kernel had marked
 * @mm: address space, mm_users held by the caller
 * @addr: first address at which the mapping that faulted has a part of it
 * @end: end (exclusive) of that part
 * @pages: number of its base pages, mapped or not
 * @nid: node that it is on
 * @latency: time from the mark to the fault, ms; below 0: not known
 * @bound: a memory policy may place it: it moves where the kernel wants, or
 *	stays
 */
struct hmt_hint {
	struct mm_struct *mm;
	unsigned long addr;
	unsigned long end;
	unsigned int pages;
	int nid;
	int latency;
	bool bound;
};

/**
 * enum hmt_hint_answer - kinds of answers to a hint fault
 * @HMT_HINT_KERNEL: the answer of the kernel stands
 * @HMT_HINT_KEPT: the page stays
 * @HMT_HINT_MOVED: the page moves to the node that HMT chose
 * @HMT_HINT_ANSWERS: number of answers
 */
enum hmt_hint_answer {
	HMT_HINT_KERNEL,
	HMT_HINT_KEPT,
	HMT_HINT_MOVED,
	HMT_HINT_ANSWERS
};

bool hmt_hint_report(const struct hmt_provider *provider,
		     const struct hmt_hint *hint);
enum hmt_hint_answer hmt_hint_decide(const struct hmt_hint *hint, int *nid);

#endif /* _LINUX_HMT_INTERNAL_H */
