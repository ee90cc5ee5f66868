/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HMT: Heterogeneous Memory Tiers. What plug-ins (hotness providers, movers,
 * memory drivers) see of the core. This is the only project header that they
 * include.
 */
#ifndef _LINUX_HMT_H
#define _LINUX_HMT_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/device/driver.h>
#include <linux/list.h>
#include <linux/mempolicy.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <uapi/linux/hmt.h>

struct configfs_attribute;
struct hmt_memory;
struct hmt_session;
struct hmt_mm;
struct mmu_interval_notifier;

/* Version of all modules; dkms.conf has the same. */
#define HMT_VERSION		"0.1"

/* Pages of the unit in which heat is kept and page tables are walked. */
#define HMT_CHUNK_SHIFT		21
#define HMT_CHUNK_SIZE		BIT(HMT_CHUNK_SHIFT)
#define HMT_CHUNK_PAGES		(HMT_CHUNK_SIZE >> PAGE_SHIFT)

/**
 * hmt_chunk_index() - place of a page in its chunk
 * @addr: address of the page
 *
 * Context: any.
 * Return: 0 to HMT_CHUNK_PAGES - 1.
 */
static inline unsigned int hmt_chunk_index(unsigned long addr)
{
	return (addr & (HMT_CHUNK_SIZE - 1)) >> PAGE_SHIFT;
}

/**
 * enum hmt_kind - what a memory is made of
 * @HMT_KIND_DRAM: ordinary memory, also any node nobody said more about
 * @HMT_KIND_HBM: high-bandwidth memory
 * @HMT_KIND_CXL: memory behind CXL
 * @HMT_KIND_PMEM: persistent memory used as a node
 * @HMT_KIND_DEVICE_PRIVATE: device memory that CPUs cannot address
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
 * enum hmt_origin - how a memory came to be
 * @HMT_ORIGIN_UNKNOWN: nobody said so far
 * @HMT_ORIGIN_CPUS: the memory of a node that has CPUs
 * @HMT_ORIGIN_FIRMWARE: a node without CPUs that firmware described
 * @HMT_ORIGIN_NVDIMM: a namespace of an NVDIMM, made a node by kmem
 * @HMT_ORIGIN_CXL: memory behind CXL, made a node by kmem
 * @HMT_ORIGIN_SOFT_RESERVED: what firmware set aside for a purpose (EFI
 *	"specific purpose", hmem), made a node by kmem
 * @HMT_ORIGIN_DRIVER: the memory of a device, registered by its driver
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

/* Room for the names of a memory's devices, with the NUL. */
#define HMT_DEVICES_MAX		96

/**
 * struct hmt_identity - what a memory is, beyond its size and speed
 * @origin: how it came to be
 * @kind: what it is made of; HMT_KINDS: this does not tell
 * @device: names of the dax devices behind it, separated by blanks
 * @region: names of what backs each of them: CXL region, namespace of an
 *	NVDIMM, platform device; separated by blanks
 */
struct hmt_identity {
	enum hmt_origin origin;
	enum hmt_kind kind;
	char device[HMT_DEVICES_MAX];
	char region[HMT_DEVICES_MAX];
};

/**
 * struct hmt_perf - performance as the nearest initiator sees it
 * @read_latency: nanoseconds, 0 unknown
 * @write_latency: nanoseconds, 0 unknown
 * @read_bandwidth: MB/s, 0 unknown
 * @write_bandwidth: MB/s, 0 unknown
 */
struct hmt_perf {
	u32 read_latency;
	u32 write_latency;
	u32 read_bandwidth;
	u32 write_bandwidth;
};

int hmt_memory_identify(u32 uid, const struct hmt_identity *identity);
int hmt_read_attribute(const char *path, char *text, size_t size);

/**
 * struct hmt_walk_ops - what to do at each 2 MiB of an address space
 * @enter: asked with interrupts off before each chunk whether to look into the
 *	1 GiB around @addr; false skips what is left of it. @pudp is the live
 *	entry, @pud its value, a table. Optional.
 * @scan: called with interrupts off (so page tables cannot be freed) for each
 *	chunk that has a page table or a huge page; must not sleep and should
 *	stay below 100 us. @pmdp is the live entry, @pmd its value (present);
 *	when pmd_leaf(@pmd) is false, pte_offset_kernel(&@pmd, addr) gives the
 *	live table entries. [@addr, @end) lies in one chunk and one VMA.
 *	Page-table entries may change under it except where the operation
 *	is atomic. Optional.
 * @done: called after @scan of the same chunk, interrupts on and the mmap
 *	lock held for reading; may sleep. A non-zero return ends the walk
 *	and is returned by hmt_walk(). Optional.
 */
struct hmt_walk_ops {
	bool (*enter)(unsigned long addr, pud_t *pudp, pud_t pud, void *arg);
	void (*scan)(struct vm_area_struct *vma, unsigned long addr,
		     unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg);
	int (*done)(struct vm_area_struct *vma, unsigned long addr,
		    unsigned long end, void *arg);
};

int hmt_walk(struct mm_struct *mm, unsigned long start, unsigned long end,
	     const struct hmt_walk_ops *ops, void *arg);

/**
 * struct hmt_provider_ops - a source of hotness
 * @start: a workload that names the provider goes live. May sleep. Non-zero
 *	refuses and is what the administrator's write returns. Optional.
 * @stop: the workload ends; no other call for @session comes after, nor is
 *	one under way. Process context. Optional.
 * @collect: pull: report what was accessed in @managed since the last call,
 *	with hmt_report_bitmap(). Mandatory for a provider that does not push.
 *	Called by a thread of the session once a sample, with mm_users of the
 *	space held and no lock. May sleep; should return soon once
 *	kthread_should_stop(). An error is counted and the engine goes on.
 *	After 2 s it goes on without an answer.
 * @flush: called after @collect, to make accesses from now on visible to the
 *	next one (TLB or ATC flush). Same context. Optional.
 */
struct hmt_provider_ops {
	int (*start)(struct hmt_session *session);
	void (*stop)(struct hmt_session *session);
	int (*collect)(struct hmt_session *session, struct hmt_mm *managed);
	void (*flush)(struct hmt_session *session, struct hmt_mm *managed);
};

/**
 * struct hmt_provider - a registered source of hotness
 * @name: unique, at most HMT_NAME_MAX characters; what configurations name
 * @owner: module pinned while a live workload uses the provider
 * @ops: operations, see &struct hmt_provider_ops
 * @attrs: NULL-terminated configfs attributes for providers/<name>/, or NULL
 * @push: it calls hmt_report_page() and hmt_report_range(); its sessions have
 *	queues
 * @device: it knows what devices access; pages go up to memory that CPUs cannot
 *	address only in workloads that name such a provider
 */
struct hmt_provider {
	const char *name;
	struct module *owner;
	const struct hmt_provider_ops *ops;
	struct configfs_attribute **attrs;
	bool push;
	bool device;
	/* private: */
	struct list_head list;
	void *dir;
};

int hmt_provider_register(struct hmt_provider *provider);
void hmt_provider_unregister(struct hmt_provider *provider);

/**
 * module_hmt_provider() - a module that is one provider
 * @__provider: its &struct hmt_provider
 * @__name: its name, without quotes; gives the alias by which it is loaded
 */
#define module_hmt_provider(__provider, __name) \
	MODULE_ALIAS("hmt-provider-" #__name); \
	module_driver(__provider, hmt_provider_register, \
		      hmt_provider_unregister)

struct mm_struct *hmt_mm_struct(const struct hmt_mm *managed);
bool hmt_mm_is_new(const struct hmt_mm *managed);
void hmt_session_set_data(struct hmt_session *session, void *data);
void *hmt_session_data(const struct hmt_session *session);
bool hmt_session_has(const struct hmt_session *session, const char *name);
int hmt_report_bitmap(struct hmt_session *session, struct hmt_mm *managed,
		      unsigned long addr, const unsigned long *accessed);

/*
 * Evidence that a page was accessed, as providers push it. A hit is worth what
 * a page that was seen accessed in a sample is; one provider's evidence for a
 * page in one sample ends at HMT_SCORE_MAX, some four hits.
 */
#define HMT_SCORE_HIT		64
#define HMT_SCORE_MAX		255

int hmt_report_range(const struct hmt_provider *provider,
		     const struct mm_struct *mm, unsigned long start,
		     unsigned long end, unsigned int score);
int hmt_report_page(const struct hmt_provider *provider,
		    const struct mm_struct *mm, unsigned long addr,
		    unsigned int score);

/**
 * struct hmt_copy_desc - one page to copy
 * @to: destination
 * @from: source
 * @failed: set by who copies: @to does not hold what @from does
 */
struct hmt_copy_desc {
	struct page *to;
	struct page *from;
	bool failed;
};

/**
 * struct hmt_sharing_stats - memory that CPUs and a device touch, counted
 * @returned: pages that came back from the device because CPUs touched them
 * @bounced: how often 64 KiB were found to go there and back all the time, or
 *	to be copied and written in turn
 * @held: touches of the device that moved or copied nothing because of that
 * @replicas: pages that are replicas now; they count as free
 * @replicas_made: replicas that were made
 * @dropped: those that were dropped before the original changed or went away
 * @displaced: those that were dropped for room
 */
struct hmt_sharing_stats {
	u64 returned;
	u64 bounced;
	u64 held;
	u64 replicas;
	u64 replicas_made;
	u64 dropped;
	u64 displaced;
};

/**
 * struct hmt_memory_ops - what only the owner of a memory can do
 * @capacity: pages in all. Any context.
 * @free: pages that may be taken now. Any context.
 * @unmovable: pages that the kernel may use for what cannot move; optional,
 *	none without it. Any context.
 * @alloc: fill in up to @nr free pages, each locked and with one reference, and
 *	return how many. Never waits for memory: a full memory is the policy's
 *	business. What is not used is unlocked and put. Process context.
 * @sharing: what came of touches of CPUs and of the device; optional. Any
 *	context.
 * @copy: copy pages into, out of or inside the memory and set @failed of
 *	those where that went wrong. Pages outside the memory are such that a
 *	CPU can address. Process context, may sleep, must end in bounded time.
 *
 * All others are mandatory. None is called any more when hmt_memory_unregister()
 * returned.
 */
struct hmt_memory_ops {
	u64 (*capacity)(const struct hmt_memory *memory);
	u64 (*free)(const struct hmt_memory *memory);
	u64 (*unmovable)(const struct hmt_memory *memory);
	unsigned int (*alloc)(const struct hmt_memory *memory,
			      struct page **pages, unsigned int nr);
	void (*sharing)(const struct hmt_memory *memory,
			struct hmt_sharing_stats *sharing);
	void (*copy)(const struct hmt_memory *memory,
		     struct hmt_copy_desc *copies, unsigned int nr);
};

u32 hmt_page_uid(const struct page *page);
void hmt_copy_pages(struct hmt_copy_desc *copies, unsigned int nr);

/**
 * struct hmt_memory_spec - memory of a device, as its owner describes it
 * @name: unique, at most HMT_NAME_MAX characters of A-Z a-z 0-9 _ . -
 * @kind: HMT_KIND_DEVICE_PRIVATE or HMT_KIND_DEVICE_COHERENT
 * @nid: node that it counts as for cpusets and memory policies; with memory
 * @perf: as the CPUs next to it, or the device, see it
 * @ops: operations, see &struct hmt_memory_ops
 * @data: for the owner, see hmt_memory_data()
 */
struct hmt_memory_spec {
	const char *name;
	enum hmt_kind kind;
	int nid;
	struct hmt_perf perf;
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
struct page *hmt_alloc_fallback_page(const struct hmt_memory *memory,
				     struct vm_area_struct *vma,
				     unsigned long addr);

/**
 * struct hmt_device_copy_desc - one page to copy into or out of a device
 * @offset: of the page in the memory of the device, bytes
 * @page: the other side, which a CPU can address
 * @to_device: direction
 * @failed: set by the driver when the destination does not hold what the
 *	source does
 */
struct hmt_device_copy_desc {
	u64 offset;
	struct page *page;
	bool to_device;
	bool failed;
};

struct hmt_device_memory;

/**
 * struct hmt_device_memory_ops - what only the driver of a device can do
 * @copy: carry out @nr copies and set @failed of those that went wrong. Is
 *	called while the pages are locked and unmapped, so it must end in
 *	bounded time, also when the device hangs. Process context, may sleep;
 *	must not touch memory of user space. Several calls may be under way at
 *	once. Mandatory.
 * @admit: may HMT put one more page into the memory now? Process context.
 *	Optional: without it, as long as there is a free one.
 */
struct hmt_device_memory_ops {
	void (*copy)(struct hmt_device_memory *device,
		     struct hmt_device_copy_desc *copies, unsigned int nr);
	bool (*admit)(struct hmt_device_memory *device);
};

/**
 * struct hmt_device_memory - memory of a device that is a tier
 * @name: of the memory, see &struct hmt_memory_spec
 * @kind: HMT_KIND_DEVICE_PRIVATE where CPUs cannot address it,
 *	HMT_KIND_DEVICE_COHERENT where they can, coherently. Memory that CPUs
 *	address without coherence is private.
 * @base: coherent: physical address, a multiple of 2 MiB
 * @size: bytes, a multiple of 2 MiB
 * @nid: node that it counts as; NUMA_NO_NODE: the first one with memory
 * @perf: see &struct hmt_memory_spec
 * @ops: operations
 * @evacuate_ms: how long hmt_device_memory_unregister() tries to save what is
 *	on the device; 0: HMT_DEVICE_EVACUATE_MS
 * @gone: set by the driver when the device no longer answers: nothing is
 *	copied any more, and what was on it is lost
 *
 * Filled in by the driver, which embeds it and keeps it until
 * hmt_device_memory_unregister() returned.
 */
struct hmt_device_memory {
	const char *name;
	enum hmt_kind kind;
	u64 base;
	u64 size;
	int nid;
	struct hmt_perf perf;
	const struct hmt_device_memory_ops *ops;
	unsigned int evacuate_ms;
	bool gone;
	/* private: */
	struct hmt_device_pool *pool;
};

#define HMT_DEVICE_EVACUATE_MS	10000

int hmt_device_memory_register(struct hmt_device_memory *device);
unsigned long hmt_device_memory_unregister(struct hmt_device_memory *device);
int hmt_device_memory_evacuate(struct hmt_device_memory *device,
			       unsigned int timeout_ms);
int hmt_device_memory_reserve(struct hmt_device_memory *device, u64 size,
			      u64 *offset);
int hmt_device_memory_take(struct hmt_device_memory *device, u64 offset,
			   u64 size, unsigned int timeout_ms);
void hmt_device_memory_give(struct hmt_device_memory *device, u64 offset,
			    u64 size);
u32 hmt_device_memory_uid(const struct hmt_device_memory *device);
void *hmt_device_memory_owner(const struct hmt_device_memory *device);
unsigned long hmt_device_memory_touched(struct hmt_device_memory *device,
					struct mm_struct *mm,
					unsigned long addr,
					const nodemask_t *allowed, bool always);
bool hmt_device_memory_holds(const struct hmt_device_memory *device,
			     const struct page *page, u64 *offset);

/**
 * enum hmt_evidence - how a device knows that memory was accessed
 * @HMT_EVIDENCE_TRANSLATION: it asked for a translation that it did not have
 * @HMT_EVIDENCE_COUNTER: a counter of accesses reached its threshold
 */
enum hmt_evidence {
	HMT_EVIDENCE_TRANSLATION,
	HMT_EVIDENCE_COUNTER
};

/**
 * struct hmt_mirror - the view that a device has of an address space
 * @mm: address space; mm_count held by the driver
 * @forget: drop the translations of [@start, @end) that the device remembers.
 *	Process context, may sleep; takes no mmap lock. Mandatory.
 *
 * Added by drivers of devices that report what they access.
 */
struct hmt_mirror {
	struct mm_struct *mm;
	void (*forget)(struct hmt_mirror *mirror, unsigned long start,
		       unsigned long end);
	/* private: */
	struct list_head list;
};

/**
 * struct hmt_mirror_listener - who wants to know what devices access
 * @evidence: what it wants to know
 * @report: [@start, @end) of @mm was accessed @count times. @mm is to be
 *	compared only. Any context.
 */
struct hmt_mirror_listener {
	enum hmt_evidence evidence;
	void (*report)(struct mm_struct *mm, unsigned long start,
		       unsigned long end, unsigned int count);
	/* private: */
	struct list_head list;
};

int hmt_mirror_add(struct hmt_mirror *mirror);
void hmt_mirror_remove(struct hmt_mirror *mirror);
unsigned int hmt_mirror_forget(struct mm_struct *mm, unsigned long start,
			       unsigned long end);
void hmt_mirror_report(const struct hmt_mirror *mirror,
		       enum hmt_evidence evidence, unsigned long start,
		       unsigned long end, unsigned int count);
void hmt_mirror_listen(struct hmt_mirror_listener *listener);
void hmt_mirror_unlisten(struct hmt_mirror_listener *listener);

/**
 * struct hmt_device_replicas - copies for reading that a device has of an
 *	address space
 * @device: as registered
 * @notifier: of the driver, for the address space. Each call of its operation
 *	sets the sequence, drops the translations of the range, and then calls
 *	hmt_device_replicas_drop() for it
 * @mirror: its @forget is called before copies go for another reason
 *
 * Filled in by the driver, which embeds it.
 */
struct hmt_device_replicas {
	struct hmt_device_memory *device;
	struct mmu_interval_notifier *notifier;
	struct hmt_mirror *mirror;
	/* private: */
	struct xarray pages;
	struct hmt_device_pool *pool;
	struct list_head list;
	atomic_t busy;
};

int hmt_device_replicas_add(struct hmt_device_replicas *replicas);
void hmt_device_replicas_remove(struct hmt_device_replicas *replicas);
bool hmt_device_replicate(struct hmt_device_replicas *replicas,
			  unsigned long addr);
bool hmt_device_replica_find(const struct hmt_device_replicas *replicas,
			     unsigned long addr, u64 *offset);
void hmt_device_replicas_drop(struct hmt_device_replicas *replicas,
			      unsigned long start, unsigned long end);

/**
 * struct hmt_move_stats - results of moving pages
 * @pages: base pages by &enum hmt_result
 * @ns: time that the moves took
 */
struct hmt_move_stats {
	u64 pages[HMT_RESULTS];
	u64 ns;
};

void hmt_move_account_driver(u32 from, u32 to,
			     const struct hmt_move_stats *stats);

/**
 * hmt_mempolicy_is_strict() - does a policy forbid nodes that it lacks?
 * @policy: policy of a task or VMA, or NULL
 *
 * Written by exclusion, so that modes of later kernels count as strict.
 *
 * Context: what protects @policy (task_lock or the mmap lock).
 * Return: true when only the nodes of @policy may be used.
 */
static inline bool hmt_mempolicy_is_strict(const struct mempolicy *policy)
{
	if (!policy)
		return false;
	switch (policy->mode) {
	case MPOL_DEFAULT:
	case MPOL_PREFERRED:
	case MPOL_PREFERRED_MANY:
	case MPOL_LOCAL:
		return false;
	default:
		return true;
	}
}

/**
 * hmt_mempolicy_restrict() - leave the nodes that a policy allows
 * @policy: policy of a task or VMA, or NULL
 * @nodes: nodes, those that a strict policy lacks are taken out
 *
 * Context: what protects @policy (task_lock or the mmap lock).
 */
static inline void hmt_mempolicy_restrict(const struct mempolicy *policy,
					  nodemask_t *nodes)
{
	if (hmt_mempolicy_is_strict(policy))
		nodes_and(*nodes, *nodes, policy->nodes);
}

/**
 * struct hmt_demotion - where kernel reclaim may put the pages of a node
 * @nid: node to try first; NUMA_NO_NODE: the pages stay or are reclaimed
 * @fallback: node that has room, to go on with when @nid has no free page;
 *	NUMA_NO_NODE: there is none, and @nid has room itself
 * @full: @nid has no free page now; it is worth being tried, as that makes its
 *	own pages sink
 */
struct hmt_demotion {
	int nid;
	int fallback;
	bool full;
};

bool hmt_demotion_of_node(int nid, struct hmt_demotion *demotion);
void hmt_count_kernel_demoted(int from, int to, unsigned int pages);
bool hmt_nodes_above(int nid, nodemask_t *nodes);
bool hmt_node_performance(int nid, struct hmt_perf *perf);

/* Most pages of a batch; bounds how long application threads may stall. */
#define HMT_BATCH_PAGES		64

/**
 * struct hmt_batch - pages of one address space to move along one edge
 * @mm: address space, mm_users held by the caller
 * @from: UID of the memory that the pages are expected on
 * @to: UID of the destination
 * @allowed: nodes that the process may use (cpuset and task policy); the
 *	memory of a device counts as that of its node
 * @nr: pages in @addr
 * @addr: page addresses, ascending
 * @stats: results, filled by the mover
 */
struct hmt_batch {
	struct mm_struct *mm;
	u32 from;
	u32 to;
	nodemask_t allowed;
	unsigned int nr;
	unsigned long addr[HMT_BATCH_PAGES];
	struct hmt_move_stats stats;
};

const struct hmt_memory_ops *
hmt_memory_operations(const struct hmt_memory *memory);
enum hmt_kind hmt_memory_kind(const struct hmt_memory *memory);
int hmt_memory_nid(const struct hmt_memory *memory);

/**
 * hmt_kind_is_device() - is it memory of a device, not of a NUMA node?
 * @kind: kind of a memory
 *
 * Context: any.
 * Return: true for memory of devices.
 */
static inline bool hmt_kind_is_device(enum hmt_kind kind)
{
	return kind == HMT_KIND_DEVICE_PRIVATE ||
	       kind == HMT_KIND_DEVICE_COHERENT;
}

/**
 * struct hmt_migration - a range that is to move
 * @mm: address space, mm_users held by the caller
 * @end: end (exclusive)
 * @allowed: nodes that the process may use
 * @nr_to: entries in @to
 * @to: destinations, all equally good; pages on any of them stay there
 * @next: address to continue at, at first the first address; a multiple of the
 *	page size as @end
 * @stats: results of the pages between the first address and @next
 */
struct hmt_migration {
	struct mm_struct *mm;
	unsigned long end;
	nodemask_t allowed;
	unsigned int nr_to;
	u32 to[HMT_TIER_MEMORIES_MAX];
	unsigned long next;
	struct hmt_move_stats stats;
};

int hmt_migrate_range(struct hmt_migration *migration);
int hmt_exclude_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end);
int hmt_include_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end);
bool hmt_is_excluded(const struct mm_struct *mm, unsigned long start,
		     unsigned long end);
void hmt_skip_excluded(const struct mm_struct *mm, unsigned long addr,
		       unsigned long *start, unsigned long *end);
bool hmt_is_following(const struct mm_struct *mm, unsigned long start,
		      unsigned long end);
bool hmt_is_read_mostly(const struct mm_struct *mm, unsigned long start,
			unsigned long end);

/**
 * struct hmt_neighbours - what comes back with a page that a CPU touched
 * @start: first address
 * @end: behind the last address, in the same chunk
 * @hot: pages of the chunk, by hmt_chunk_index(), that a device uses now
 */
struct hmt_neighbours {
	unsigned long start;
	unsigned long end;
	DECLARE_BITMAP(hot, HMT_CHUNK_PAGES);
};

void hmt_neighbours_of(const struct mm_struct *mm, u32 uid, unsigned long addr,
		       struct hmt_neighbours *around);

/**
 * struct hmt_best_request - who is to use the memory that is looked for
 * @nodes: nodes whose CPUs will access it
 * @nr_devices: entries in @devices
 * @devices: memories of the devices that will access it
 * @bytes: what must be free
 * @bandwidth: bandwidth counts first, else latency does
 */
struct hmt_best_request {
	nodemask_t nodes;
	unsigned int nr_devices;
	u32 devices[HMT_BEST_DEVICES_MAX];
	u64 bytes;
	bool bandwidth;
};

/**
 * struct hmt_best_result - the memory that was found, and why that one
 * @uid: UID
 * @reason: what made it better than @second
 * @second: UID of the next best, or HMT_UID_NONE
 * @no_room: better ones that lack room
 * @latency: read latency from where it is worst, ns
 * @bandwidth: read bandwidth from where it is worst, MB/s, 0 unknown
 * @free: bytes free in it
 */
struct hmt_best_result {
	u32 uid;
	enum hmt_best_reason reason;
	u32 second;
	unsigned int no_room;
	u32 latency;
	u32 bandwidth;
	u64 free;
};

int hmt_best_memory(const struct hmt_best_request *wish,
		    struct hmt_best_result *choice);

#endif /* _LINUX_HMT_H */
