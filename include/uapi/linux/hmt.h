/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * HMT: names, limits and the layout of unified memory IDs, shared by the
 * kernel and the tools.
 */
#ifndef _UAPI_LINUX_HMT_H
#define _UAPI_LINUX_HMT_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * A UID names a memory. NUMA node N is UID N; device memory has bit 31 set
 * and a number that is not used again before the module is reloaded.
 */
#define HMT_UID_DEVICE		(1U << 31)
#define HMT_UID_NONE		(~0U)

/* Longest name of a tier, workload, memory or provider, without the NUL. */
#define HMT_NAME_MAX		31

#define HMT_TIERS_MAX		16
/* Number of nodes that kernels are configured for at most. */
#define HMT_TIER_MEMORIES_MAX	1024
/* Orders of demotion targets are 0 to HMT_TARGETS_MAX - 1. */
#define HMT_TARGETS_MAX		16
#define HMT_PROVIDERS_MAX	8
#define HMT_WEIGHT_MAX		100

/* Heat of a page: 0 is cold, HMT_HEAT_MAX means accessed in every sample. */
#define HMT_HEAT_MAX		255
#define HMT_HEAT_LEVELS		(HMT_HEAT_MAX + 1)

/*
 * /dev/hmt. Every request begins with its size, so that it can grow: an older
 * kernel accepts a longer request if the additional bytes are zero (else
 * E2BIG), and fills the fields that it knows. Reserved fields and flags that
 * are not named here must be zero (else EINVAL). Addresses and lengths are
 * multiples of the page size.
 *
 * @pid is a process or thread, 0 the caller; with HMT_PIDFD in @flags it is a
 * pidfd, see pidfd_open(2), which never becomes another process. Access to
 * another process requires the permission that move_pages(2) requires (else
 * EPERM): ptrace access to read. ESRCH: no such process, or one that is exiting;
 * EBADF: not a pidfd; EINVAL: a kernel thread.
 *
 * A request for a range stores in @next the address at which it stopped. A
 * signal stops it before the end; it returns EINTR if it did nothing before.
 */
#define HMT_DEVICE		"/dev/hmt"
#define HMT_IOC			0xBD

/* Flag of requests with a @pid: it is a pidfd. */
#define HMT_PIDFD		(1U << 31)

/**
 * enum hmt_page_state - state of a page with respect to moves
 * @HMT_STATE_ABSENT: there is no page, or none in memory
 * @HMT_STATE_MOVABLE: nothing is known that prevents a move
 * @HMT_STATE_BUSY: under writeback, or off the LRU: a page that was mapped a
 *	moment ago, or that reclaim looks at
 * @HMT_STATE_PINNED: held by the kernel or a device
 * @HMT_STATE_HUGE: part of a huge page
 * @HMT_STATE_FILE: page of a file or of shared memory
 * @HMT_STATE_EXCLUDED: page in a range that is excluded from movement
 * @HMT_STATE_MERGEABLE: anonymous, in a mapping that KSM merges
 * @HMT_STATE_SHARED: other processes may map it as well, so that it stays:
 *	anonymous; or, of a process that a workload manages, a page of a file or
 *	of shared memory that a process outside the workload maps, or one that
 *	excludes it
 * @HMT_STATE_HUGETLB: part of a page of hugetlb
 */
enum hmt_page_state {
	HMT_STATE_ABSENT,
	HMT_STATE_MOVABLE,
	HMT_STATE_BUSY,
	HMT_STATE_PINNED,
	HMT_STATE_HUGE,
	HMT_STATE_FILE,
	HMT_STATE_EXCLUDED,
	HMT_STATE_MERGEABLE,
	HMT_STATE_SHARED,
	HMT_STATE_HUGETLB,
};

/**
 * enum hmt_why - reason for the place of a page
 * @HMT_WHY_NONE: there is no page
 * @HMT_WHY_UNMANAGED: no live workload manages the process
 * @HMT_WHY_OUTSIDE: its memory is in no tier of the graph
 * @HMT_WHY_NEW: the process is too young to tell warm from cold, or no pass has
 *	ended since the graph was committed
 * @HMT_WHY_STUCK: its state prevents a move
 * @HMT_WHY_KEPT: its heat fits its tier
 * @HMT_WHY_PROMOTE: it is warm enough for a higher tier and moves there as room
 *	and rate allow
 * @HMT_WHY_DEMOTE: it is cold enough for a lower tier and moves there as room
 *	and rate allow
 * @HMT_WHY_ADVISED: advice names its tier (HMT_ADVISE): it stays there, or
 *	moves there as room and rate allow
 * @HMT_WHY_HOME: its heat fits its tier, and it moves to the memory of that tier,
 *	or of one of the same level, that is nearest to the CPUs that run the
 *	process, as room and rate allow
 */
enum hmt_why {
	HMT_WHY_NONE,
	HMT_WHY_UNMANAGED,
	HMT_WHY_OUTSIDE,
	HMT_WHY_NEW,
	HMT_WHY_STUCK,
	HMT_WHY_KEPT,
	HMT_WHY_PROMOTE,
	HMT_WHY_DEMOTE,
	HMT_WHY_ADVISED,
	HMT_WHY_HOME,
};

/*
 * Set if CPUs did not write the page through this mapping since the mapping was
 * made, or since the kernel last cleaned the page, as writeback of a file does.
 * Without the flag, time and author of the write are unknown: a page of private
 * memory is never clean again after the first write. A huge page counts as one
 * page.
 */
#define HMT_INFO_CLEAN		1

/**
 * struct hmt_page_info - one page, as HMT_QUERY reports it
 * @uid: memory of the page; HMT_UID_NONE: there is no page
 * @state: &enum hmt_page_state
 * @heat: 0 to HMT_HEAT_MAX; 0 in processes that are not managed
 * @why: &enum hmt_why
 * @flags: HMT_INFO_CLEAN or zero
 */
struct hmt_page_info {
	__u32 uid;
	__u8 state;
	__u8 heat;
	__u8 why;
	__u8 flags;
};

/**
 * struct hmt_query - HMT_QUERY: memory, state and heat of each page of a range
 * @size: size of this struct, bytes
 * @flags: HMT_PIDFD or zero
 * @pid: process of the pages
 * @reserved: zero
 * @start: first address
 * @length: bytes
 * @pages: address of an array of &struct hmt_page_info, one entry per page
 * @next: out: address at which the call stopped
 * @reserved2: zero
 */
struct hmt_query {
	__u32 size;
	__u32 flags;
	__s32 pid;
	__u32 reserved;
	__aligned_u64 start;
	__aligned_u64 length;
	__aligned_u64 pages;
	__aligned_u64 next;
	__aligned_u64 reserved2[2];
};

/**
 * enum hmt_result - result of moving a page
 * @HMT_RESULT_MOVED: it is on the destination now
 * @HMT_RESULT_PINNED: the kernel or a device holds it
 * @HMT_RESULT_BUSY: it was locked, under writeback, off the LRU or otherwise in
 *	use
 * @HMT_RESULT_NOMEM: the destination had no free page, or no more than the low
 *	watermark of its tier leaves free
 * @HMT_RESULT_RACED: it was unmapped, or changed during the move
 * @HMT_RESULT_POLICY: cpuset or memory policy forbids the destination, or
 *	mlock(2) the memory of a device
 * @HMT_RESULT_THERE: it was on the destination already
 * @HMT_RESULT_ABSENT: there is no page in memory at the address
 * @HMT_RESULT_HUGE: it is part of a huge page, or of a page of hugetlb
 * @HMT_RESULT_FILE: it is a page of a file or of shared memory
 * @HMT_RESULT_EXCLUDED: it is in an excluded range
 * @HMT_RESULT_MERGEABLE: it is in a mapping that KSM merges (MADV_MERGEABLE)
 * @HMT_RESULT_SHARED: it is anonymous, and other processes may map it as well
 * @HMT_RESULT_LIMIT: the workload of the process would exceed its limit for the
 *	tier of the destination
 * @HMT_RESULTS: number of results
 *
 * A page has one result. Movers report the first HMT_PLAN_RESULTS; the others
 * apply to pages of a range that no mover tried.
 */
enum hmt_result {
	HMT_RESULT_MOVED,
	HMT_RESULT_PINNED,
	HMT_RESULT_BUSY,
	HMT_RESULT_NOMEM,
	HMT_RESULT_RACED,
	HMT_RESULT_POLICY,
	HMT_RESULT_THERE,
	HMT_RESULT_ABSENT,
	HMT_RESULT_HUGE,
	HMT_RESULT_FILE,
	HMT_RESULT_EXCLUDED,
	HMT_RESULT_MERGEABLE,
	HMT_RESULT_SHARED,
	HMT_RESULT_LIMIT,
	HMT_RESULTS,
};

/* Results that are valid for a page of a plan: those below this one. */
#define HMT_PLAN_RESULTS	(HMT_RESULT_POLICY + 1)

/* Counters of struct hmt_move; HMT_RESULTS may grow up to this. */
#define HMT_RESULTS_MAX		24

/**
 * struct hmt_move - HMT_MOVE: move the pages of a range
 * @size: size of this struct, bytes
 * @flags: HMT_PIDFD or zero
 * @pid: process whose pages move
 * @uid: memory to move to; HMT_UID_NONE: to @tier
 * @start: first address
 * @length: bytes
 * @tier: name of a tier of the live graph; empty unless @uid is HMT_UID_NONE
 * @next: out: address at which the call stopped
 * @pages: out: pages between @start and @next by &enum hmt_result; entries from
 *	HMT_RESULTS on are zero, and a newer kernel may fill them
 * @reserved: zero
 *
 * Only pages that no other process maps move, whatever the privileges of the
 * caller. Without CAP_SYS_NICE, pages enter the memory of a device only if its
 * driver gives access to the process (for a tier with other memories, they enter
 * those), and a tier only within its low watermark and the limit of the workload
 * of the process.
 *
 * ENODEV: no such memory; ENOENT: no such tier; ENXIO: there is no graph; EPERM:
 * the caller may not move pages of the process, or these pages to any
 * destination.
 */
struct hmt_move {
	__u32 size;
	__u32 flags;
	__s32 pid;
	__u32 uid;
	__aligned_u64 start;
	__aligned_u64 length;
	char tier[HMT_NAME_MAX + 1];
	__aligned_u64 next;
	__aligned_u64 pages[HMT_RESULTS_MAX];
	__aligned_u64 reserved[2];
};

/* Most ranges of a process with the same advice. */
#define HMT_ADVISED_MAX		1024

/**
 * enum hmt_advice - advice of HMT_ADVISE for a range
 * @HMT_ADVICE_EXCLUDE: HMT neither unmaps nor moves its pages
 * @HMT_ADVICE_INCLUDE: end HMT_ADVICE_EXCLUDE
 * @HMT_ADVICE_FOLLOW: pages move to the memory of a device each time the device
 *	touches them, except excluded and read-mostly pages and those that CPUs
 *	also touch all the time. Devices forget translations that they have
 * @HMT_ADVICE_UNFOLLOW: pages move to a device only at the request of its
 *	driver
 * @HMT_ADVICE_PREFER: a share of the pages belongs in a tier, regardless of
 *	heat. Live workloads move them there as room and rate allow, before
 *	others and in place of colder ones, and leave them there. Hot pages make
 *	room until pages with advice have half of the tier. Shares of several
 *	tiers add up; the remaining pages move by their heat. Replaces
 *	earlier advice for the same tier
 * @HMT_ADVICE_AVOID: the pages do not belong in a tier. They leave it for the
 *	first of its targets that they do not avoid. Otherwise, pages below the
 *	tier stay where they are, and pages above it move by their heat, but not
 *	there. Takes precedence over a preference
 * @HMT_ADVICE_NEUTRAL: end HMT_ADVICE_PREFER and HMT_ADVICE_AVOID for a tier
 * @HMT_ADVICE_READ_MOSTLY: a device that reads the pages may hold replicas
 *	instead of moving them to its memory. Only anonymous memory that CPUs
 *	cannot write to is replicated: mapped without PROT_WRITE, or protected
 *	with userfaultfd(2). Replicas are dropped before a CPU can write
 * @HMT_ADVICE_READ_WRITE: end HMT_ADVICE_READ_MOSTLY
 */
enum hmt_advice {
	HMT_ADVICE_EXCLUDE,
	HMT_ADVICE_INCLUDE,
	HMT_ADVICE_FOLLOW,
	HMT_ADVICE_UNFOLLOW,
	HMT_ADVICE_PREFER,
	HMT_ADVICE_AVOID,
	HMT_ADVICE_NEUTRAL,
	HMT_ADVICE_READ_MOSTLY,
	HMT_ADVICE_READ_WRITE,
};

/* Shares are in per mille. */
#define HMT_SHARE_MAX		1000

/**
 * struct hmt_advise - HMT_ADVISE: set or remove advice for a range
 * @size: size of this struct, bytes
 * @flags: HMT_PIDFD or zero
 * @pid: process of the range
 * @advice: &enum hmt_advice
 * @start: first address
 * @length: bytes; 0 with @start 0: the whole address space
 * @tier: PREFER and AVOID: name of a tier of the live graph; NEUTRAL: name of a
 *	tier, or empty for all tiers; else empty
 * @share: PREFER: per mille of the pages, 1 to HMT_SHARE_MAX; else zero
 * @reserved2: zero
 * @reserved: zero
 *
 * Advice is for addresses, whether or not they are mapped, until it is removed,
 * and for one address space: fork() begins without it, exec() and unloading HMT
 * drop it. No move of an excluded range is under way when the call returns.
 * Moves by the kernel itself are not prevented. A page of memory that CPUs
 * cannot address still returns if a CPU touches it, and a page on a device
 * leaves it if the device goes away or its driver takes the memory back.
 *
 * ENOSPC: the process would have more than HMT_ADVISED_MAX ranges, where
 * adjacent ranges count as one. After ENOSPC, ENOMEM and EINTR nothing has
 * changed. An address space has at most 16 different pairs of a tier and a
 * share; after ENOSPC or ENOMEM, earlier advice for the tier may remain in
 * effect. ENOENT: no such tier; ENXIO: there is no graph. Advice for a tier
 * that was removed takes effect again if a tier of that name returns.
 */
struct hmt_advise {
	__u32 size;
	__u32 flags;
	__s32 pid;
	__u32 advice;
	__aligned_u64 start;
	__aligned_u64 length;
	char tier[HMT_NAME_MAX + 1];
	__u32 share;
	__u32 reserved2;
	__aligned_u64 reserved[4];
};

/* Flag of struct hmt_best: rank by bandwidth before latency. */
#define HMT_BEST_BANDWIDTH	(1U << 0)

/* Most devices, and most bytes of the set of CPUs, of HMT_BEST. */
#define HMT_BEST_DEVICES_MAX	64
#define HMT_BEST_CPUS_MAX	1024

/**
 * enum hmt_best_reason - reason for the choice of a memory
 * @HMT_BEST_ONLY: it is the only one with room that all can use
 * @HMT_BEST_BY_LATENCY: its slowest access from the set is the fastest
 * @HMT_BEST_BY_BANDWIDTH: its lowest bandwidth from the set is the highest
 * @HMT_BEST_BY_ROOM: it is as fast as the next best, and more of it is free
 * @HMT_BEST_BY_KIND: its kind comes first, in the order HBM, DRAM, CXL,
 *	persistent memory, memory of other devices; kind and distance decide if
 *	the latency of a memory is not measured
 * @HMT_BEST_BY_DISTANCE: the farthest of the set is nearest
 */
enum hmt_best_reason {
	HMT_BEST_ONLY,
	HMT_BEST_BY_LATENCY,
	HMT_BEST_BY_BANDWIDTH,
	HMT_BEST_BY_ROOM,
	HMT_BEST_BY_KIND,
	HMT_BEST_BY_DISTANCE,
};

/**
 * struct hmt_best - HMT_BEST: best memory for a set of CPUs and devices
 * @size: size of this struct, bytes
 * @flags: HMT_BEST_BANDWIDTH or zero
 * @cpus: address of a set of CPUs as for sched_setaffinity(2); 0 with
 *	@cpus_size 0: none if there are devices, else those that the caller may
 *	run on
 * @devices: address of an array of UIDs, the memories of the devices
 * @cpus_size: bytes at @cpus, at most HMT_BEST_CPUS_MAX
 * @nr_devices: entries at @devices, at most HMT_BEST_DEVICES_MAX
 * @bytes: minimum of free memory
 * @uid: out: the best memory
 * @reason: out: &enum hmt_best_reason
 * @second: out: UID of the next best; HMT_UID_NONE: there is none
 * @no_room: out: number of better memories that lack room
 * @latency_ns: out: worst read latency from the set; 4294967295: unknown, not
 *	measured
 * @bandwidth: out: worst read bandwidth from the set, MB/s; 0: unknown
 * @free: out: free bytes of the best memory
 * @reserved: zero
 *
 * ENODEV: no such device; ENOSPC: no memory has that much room.
 */
struct hmt_best {
	__u32 size;
	__u32 flags;
	__aligned_u64 cpus;
	__aligned_u64 devices;
	__u32 cpus_size;
	__u32 nr_devices;
	__aligned_u64 bytes;
	__u32 uid;
	__u32 reason;
	__u32 second;
	__u32 no_room;
	__u32 latency_ns;
	__u32 bandwidth;
	__aligned_u64 free;
	__aligned_u64 reserved[2];
};

/* Most ranges of one HMT_REPORT. */
#define HMT_REPORT_MAX		4096

/* Evidence of one access, and the most that counts for a page in one sample. */
#define HMT_REPORT_SCORE_HIT	64
#define HMT_REPORT_SCORE_MAX	255

/* DAMON found the accesses: for the provider "damon" instead of "report". */
#define HMT_REPORT_DAMON	1

/**
 * struct hmt_heat_range - pages that were accessed
 * @start: first address
 * @length: bytes
 * @score: evidence for each page, 1 to HMT_REPORT_SCORE_MAX
 * @reserved: zero
 */
struct hmt_heat_range {
	__aligned_u64 start;
	__aligned_u64 length;
	__u32 score;
	__u32 reserved;
};

/**
 * struct hmt_heat_report - HMT_REPORT: accesses that a program observed
 * @size: size of this struct, bytes
 * @flags: HMT_REPORT_DAMON and HMT_PIDFD, or zero
 * @pid: process of the pages
 * @count: entries at @ranges, 1 to HMT_REPORT_MAX
 * @ranges: address of an array of &struct hmt_heat_range
 * @done: out: number of ranges that were read
 * @dropped: out: number of those that found the queue, or the share of @pid in
 *	it, full
 * @reserved: zero
 *
 * Workloads that name the provider "report", or "damon", read the report in
 * their next sample. A range that is longer than the longest that a provider
 * may push, or not mapped by then, has no effect. An invalid range is an error
 * if it is the first one of the call; else the call stops in front of it.
 * ERANGE: the first range is invalid; ENXIO: no live workload that manages the
 * process names the provider.
 */
struct hmt_heat_report {
	__u32 size;
	__u32 flags;
	__s32 pid;
	__u32 count;
	__aligned_u64 ranges;
	__u32 done;
	__u32 dropped;
	__aligned_u64 reserved[2];
};

/**
 * struct hmt_serve - HMT_SERVE: execute plans that the module itself cannot
 * @size: size of this struct, bytes
 * @flags: zero
 * @reserved: zero
 *
 * Returns a descriptor. read(2) returns as many whole &struct hmt_remote_plan
 * as wait and fit; poll(2) reports whether any wait. write(2) takes whole
 * &struct hmt_remote_result. If the descriptor is closed, plans without a
 * result are returned by the next descriptor, unless that comes too late.
 * EPERM: the caller lacks CAP_SYS_NICE; EBUSY: another descriptor is open.
 */
struct hmt_serve {
	__u32 size;
	__u32 flags;
	__aligned_u64 reserved[2];
};

/* Most addresses in a plan. */
#define HMT_REMOTE_PAGES	64

/*
 * Flag of a plan: its pages have several mappings, all in processes of the
 * workload. They move with MPOL_MF_MOVE_ALL, at once after HMT_CHECK, which looks
 * whether all mappers permit it.
 */
#define HMT_PLAN_ALL		(1U << 0)

/**
 * struct hmt_remote_plan - pages of one process to move with move_pages(2)
 * @id: plan ID
 * @pid: number of the process in the namespace of the reader, or of one of its
 *	threads if the main thread has exited
 * @node: destination
 * @count: entries in @addresses
 * @flags: HMT_PLAN_ALL or zero
 * @addresses: addresses of pages; for a huge page, of its first base page
 *
 * @pid may be another process by the time the plan is read. HMT_CHECK reports
 * that right before the move.
 */
struct hmt_remote_plan {
	__aligned_u64 id;
	__s32 pid;
	__u32 node;
	__u32 count;
	__u32 flags;
	__aligned_u64 addresses[HMT_REMOTE_PAGES];
};

/**
 * struct hmt_remote_result - result of a plan
 * @id: plan ID
 * @ns: time that the moves took
 * @count: number of addresses in the plan
 * @reserved: zero
 * @results: &enum hmt_result of each address, below HMT_PLAN_RESULTS
 *
 * ENOENT: no such plan was read and not answered yet; EINVAL: @count differs
 * from the count of the plan, or a result is not below HMT_PLAN_RESULTS.
 */
struct hmt_remote_result {
	__aligned_u64 id;
	__aligned_u64 ns;
	__u32 count;
	__u32 reserved;
	__u8 results[HMT_REMOTE_PAGES];
};

#define HMT_QUERY		_IO(HMT_IOC, 0)
#define HMT_MOVE		_IO(HMT_IOC, 1)
#define HMT_ADVISE		_IO(HMT_IOC, 2)
#define HMT_REPORT		_IO(HMT_IOC, 3)
#define HMT_BEST		_IO(HMT_IOC, 4)
#define HMT_SERVE		_IO(HMT_IOC, 5)

/*
 * On the descriptor of HMT_SERVE: check whether a plan that was read may be
 * executed. The argument is the address of its __u64 id. ESRCH: do not move,
 * because the process exited or became another program, the plan was cancelled,
 * or a process that maps pages of a plan with HMT_PLAN_ALL does not permit it;
 * ENOENT: no such plan; ENOMEM: no memory for the check, do not move.
 */
#define HMT_CHECK		_IO(HMT_IOC, 6)

#endif /* _UAPI_LINUX_HMT_H */
