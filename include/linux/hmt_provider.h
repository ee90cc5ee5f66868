/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HMT: API for hotness providers. A provider is a module that knows which pages
 * were accessed: it registers a struct hmt_provider and reports accesses.
 * samples/hmt_sample_provider.c is a complete one.
 */
#ifndef _LINUX_HMT_PROVIDER_H
#define _LINUX_HMT_PROVIDER_H

#include <linux/device/driver.h>
#include <linux/hmt.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/types.h>

struct configfs_attribute;
struct hmt_mm;
struct hmt_session;

/**
 * struct hmt_provider_ops - operations of a provider
 * @start: a workload that names the provider goes live. An error fails the
 *	administrator's write with the same value. Optional.
 *	Runs in process context and may sleep.
 * @stop: the workload ends. No operation for @session runs or is called after
 *	it returned. Optional.
 *	Runs in process context and may sleep.
 * @collect: report the pages of @managed that were accessed since the previous
 *	call, with hmt_report_bitmap(). Mandatory for a provider that does not
 *	push. A thread of the session calls it once per sample and address
 *	space, and again while it calls hmt_session_leave(), with mm_users of
 *	the address space and no lock held. It should return soon once
 *	kthread_should_stop() is true; the engine waits for at most 2 s. The
 *	memory of a process that ends is freed only when it has returned. It
 *	must not wait for the mmap lock, which a process can hold for as long
 *	as it likes: hmt_walk() does not. An error is counted, and the engine
 *	continues; -EAGAIN and -ESRCH of hmt_walk() are to be returned and are
 *	no errors.
 *	Runs in process context and may sleep.
 * @flush: make accesses from now on visible to the next @collect, for example
 *	by a flush of the TLB or the ATC. Called after @collect. Optional.
 *	Runs as @collect does.
 *
 * @session is valid and unique from @start to @stop, so that it can identify
 * data of the provider. @managed is valid during the operation.
 */
struct hmt_provider_ops {
	int (*start)(struct hmt_session *session);
	void (*stop)(struct hmt_session *session);
	int (*collect)(struct hmt_session *session, struct hmt_mm *managed);
	void (*flush)(struct hmt_session *session, struct hmt_mm *managed);
};

/**
 * struct hmt_provider - source of hotness
 * @name: unique name for configurations, at most HMT_NAME_MAX characters of
 *	A-Z a-z 0-9 _ . -
 * @owner: module that is pinned while a live workload uses the provider
 * @ops: operations
 * @attrs: configfs attributes for providers/<name>/, terminated by NULL; or
 *	NULL
 * @push: the provider calls hmt_report_page() or hmt_report_range(); its
 *	sessions have queues
 * @device: the provider knows the accesses of devices; pages are promoted to
 *	memory that CPUs cannot address only in workloads with such a provider
 *
 * Filled in by the provider, which keeps it unchanged from
 * hmt_provider_register() to the return of hmt_provider_unregister().
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

/**
 * __hmt_provider_register() - register a provider
 * @provider: description; must stay until hmt_provider_unregister() returns
 * @module: calling module
 * @api_version: HMT_API_VERSION that @module was compiled with
 *
 * Called by hmt_provider_register() only.
 *
 * Context: process, may sleep.
 * Return: as hmt_provider_register().
 */
int __hmt_provider_register(struct hmt_provider *provider,
			    struct module *module, u32 api_version);

/**
 * hmt_provider_unregister() - unregister a provider
 * @provider: a registered provider
 *
 * Must be called when the module of the provider is unloaded. No session exists
 * then, because each one pins the module.
 *
 * Context: process, may sleep.
 */
void hmt_provider_unregister(struct hmt_provider *provider);

/**
 * hmt_provider_register() - register a provider
 * @provider: description; must stay until hmt_provider_unregister() returns
 *
 * Operations may be called before the function returns.
 *
 * Context: process, may sleep.
 * Return: 0; -EPROTO if the module was compiled with another major version of
 * the API; -EINVAL if the name or a mandatory operation is missing; -EEXIST if
 * the name is taken; -ENOMEM. A message explains -EPROTO and -EINVAL.
 */
static inline int hmt_provider_register(struct hmt_provider *provider)
{
	return __hmt_provider_register(provider, THIS_MODULE, HMT_API_VERSION);
}

/**
 * module_hmt_provider() - define init and exit of a module with one provider
 * @__provider: its &struct hmt_provider
 * @__name: its name without quotes, for the alias that loads the module when a
 *	workload names the provider
 */
#define module_hmt_provider(__provider, __name) \
	MODULE_ALIAS("hmt-provider-" #__name); \
	module_driver(__provider, hmt_provider_register, \
		      hmt_provider_unregister)

/* Arguments of operations. */

/**
 * hmt_mm_struct() - get the address space that a provider is called for
 * @managed: argument of a provider operation
 *
 * Context: any, in one of the provider's operations.
 * Return: the mm; mm_users is held for the duration of the operation.
 */
struct mm_struct *hmt_mm_struct(const struct hmt_mm *managed);

/**
 * hmt_mm_is_new() - check for the first sample of an address space
 * @managed: argument of a provider operation
 *
 * Accesses that a provider finds in the first sample were made before it was
 * called, or, in the first one of a survey, after it, and after pages have moved
 * for long, in much more time than others. It should start its records and
 * report nothing.
 *
 * Context: any, in one of the provider's operations.
 * Return: true if @managed was not sampled before, or not lately.
 */
bool hmt_mm_is_new(const struct hmt_mm *managed);

/**
 * hmt_session_has() - check whether the workload uses a provider
 * @session: a session
 * @name: name of a provider
 *
 * For providers that leave work to another provider that does it better.
 *
 * Context: any, in one of the provider's operations.
 * Return: true if the workload of @session uses the provider.
 */
bool hmt_session_has(const struct hmt_session *session, const char *name);

/**
 * hmt_session_from() - get the address at which a collect operation begins
 * @session: session of the collect operation
 *
 * Context: in the provider's collect operation.
 * Return: 0, or the address that the provider passed to hmt_session_leave().
 */
unsigned long hmt_session_from(const struct hmt_session *session);

/**
 * hmt_session_leave() - leave a part of an address space to another call
 * @session: session of the collect operation
 * @addr: first address that this call did not visit, above hmt_session_from()
 *
 * The collect operation returns soon, and the engine calls it again for the
 * addresses from @addr on in the same sample, after a rest if the workload has
 * used up its share of a CPU, or because another task held the mmap lock if the
 * operation returns -EAGAIN. A provider that visits many pages should return
 * after some 20 ms. The engine may leave out addresses up to the next multiple
 * of 1 GiB.
 *
 * Context: in the provider's collect operation.
 */
void hmt_session_leave(struct hmt_session *session, unsigned long addr);

/**
 * hmt_session_charge() - report what a collection costs the program
 * @session: session of the operation
 * @ns: time that the program will need in addition, because of what the
 *	operation did to its memory: an estimate
 *
 * While all pages are in their place, the engine keeps the cost of looking within
 * a share of a CPU. It knows the CPU time of the session's thread, but not what
 * follows: a translation that is walked again, an accessed bit that is set again,
 * a fault.
 *
 * Context: in the provider's collect or flush operation.
 */
void hmt_session_charge(struct hmt_session *session, u64 ns);

/**
 * hmt_session_survey() - get the part of a chunk that is to be sampled
 * @session: session of the operation
 * @addr: any address in the chunk
 *
 * While nothing changes, the engine samples a part of the pages only. Reports
 * about others have no effect, so that a provider that does not ask works as
 * well, but costs more than it has to. Records of the other pages, and bits of
 * upper levels of page tables, must stay as they are, unless they are recorded
 * anew when hmt_mm_is_new() is true the next time.
 *
 * Context: any, in one of the provider's operations.
 * Return: bit mask; bit n means the n-th eighth of the pages of the chunk, 64 pages
 * of 4 KiB. 0xff: no survey; 0: nothing in this chunk.
 */
u8 hmt_session_survey(const struct hmt_session *session, unsigned long addr);

/*
 * Reports. A hit is the evidence that a page was accessed in one sample. The
 * scores of one provider for a page in one sample add up to at most
 * HMT_SCORE_MAX, four hits.
 */
#define HMT_SCORE_HIT		64
#define HMT_SCORE_MAX		255

/**
 * hmt_report_bitmap() - report accesses in one chunk
 * @session: session of the collect operation
 * @managed: address space of the collect operation
 * @addr: any address in the chunk (2 MiB)
 * @accessed: HMT_CHUNK_PAGES bits; bit i is page i of the chunk, whatever @addr is
 *
 * Each set bit warms its page by the provider's share of the weights of all
 * providers of the workload.
 *
 * Context: in the provider's collect operation, with or without the mmap lock
 * held for reading; may sleep.
 * Return: 0, -ENOMEM, -ERANGE for an address outside of the address space or in
 * a chunk that has neither heat nor a page table, which is counted, or
 * -ECANCELED if the engine no longer waits. Errors have no other effect.
 */
int hmt_report_bitmap(struct hmt_session *session, struct hmt_mm *managed,
		      unsigned long addr, const unsigned long *accessed);

/**
 * hmt_report_range() - push: pages of a range were accessed
 * @provider: a registered provider that has @push set
 * @mm: address space; compared, never dereferenced: it may be gone
 * @start: first address
 * @end: end address (exclusive), at most 16 TiB from @start
 * @score: evidence for each page, 1 to HMT_SCORE_MAX; larger values count as
 *	HMT_SCORE_MAX. HMT_SCORE_HIT equals a bit in hmt_report_bitmap().
 *
 * The live workload that manages @mm accepts the report, if it uses the
 * provider, into a bounded queue of this CPU. An mm that is not alone in its
 * workload may hold as many slots of the queue as are free. Reports that do not
 * fit are counted in stats/providers. The engine reads the queue at its next
 * sample. Addresses that are not mapped then are counted and have no other
 * effect. A sample has a bounded number of steps for reports, of which one mm
 * gets half and the next ones half of the remainder; the rest of a report that
 * exceeds the share of its mm is dropped and counted.
 *
 * Context: any, NMI included, while @provider is registered. Takes no lock.
 * Return: 0 if a workload accepted the report, -ENOSPC if the queue, or the
 * share of @mm in it, is full, -ESRCH if no workload uses the provider for @mm,
 * or -EINVAL if the range is empty or too long or @score is 0.
 */
int hmt_report_range(const struct hmt_provider *provider,
		     const struct mm_struct *mm, unsigned long start,
		     unsigned long end, unsigned int score);

/**
 * hmt_report_page() - push: a page was accessed
 * @provider: a registered provider that has @push set
 * @mm: address space
 * @addr: any address of the page
 * @score: score, see hmt_report_range()
 *
 * Context: any, NMI included. Takes no lock.
 * Return: as hmt_report_range().
 */
int hmt_report_page(const struct hmt_provider *provider,
		    const struct mm_struct *mm, unsigned long addr,
		    unsigned int score);

/*
 * Rates of access by node. Heat cannot show them: a page that is accessed once
 * in each sample is as hot as one that is accessed a thousand times.
 */

/*
 * Parts that a provider covers in turn, if it does not cover all pages at once. The
 * engine averages over each of them as often.
 */
#define HMT_RATE_PARTS		4U

/**
 * hmt_session_wants_rates() - check whether to measure rates now
 * @session: session of the operation
 *
 * Context: in the provider's collect or flush operation.
 * Return: true in the last sample of a round, when the provider has collected
 * all of the address space.
 */
bool hmt_session_wants_rates(const struct hmt_session *session);

/**
 * hmt_session_rate_turn() - return the number of the measurement of rates
 * @session: session of the operation
 *
 * A provider that covers one of HMT_RATE_PARTS parts of the pages at a time takes the
 * next part with each number, because a few pages may have most of the accesses.
 *
 * Context: in the provider's collect or flush operation.
 * Return: number of measurements that were wanted so far, this one included; it
 * wraps around.
 */
unsigned int hmt_session_rate_turn(const struct hmt_session *session);

/**
 * hmt_report_rate() - report how often the pages of a node are accessed
 * @session: session of the operation
 * @nid: NUMA node of the pages
 * @rate: accesses of the address space per second. Only its ratio to that of
 *	other nodes counts, so that a provider may leave out a part of all.
 *
 * Several reports for a node add up. They have an effect only if
 * hmt_session_wants_rates() is true.
 *
 * Context: in the provider's collect or flush operation; may sleep.
 */
void hmt_report_rate(struct hmt_session *session, unsigned int nid, u64 rate);

/**
 * struct hmt_walk_ops - operations for each chunk of an address space
 * @enter: decide before each chunk whether to visit the 1 GiB around @addr;
 *	false skips the rest of it. @pudp is the live entry, @pud its value, a
 *	table. Optional.
 *	Runs with interrupts off and must not sleep.
 * @scan: visit a chunk that has a page table or a huge page. @pmdp is the live
 *	entry, @pmd its value (present). If pmd_leaf(@pmd) is false,
 *	pte_offset_kernel(&@pmd, addr) returns the live entries of the table,
 *	which cannot be freed but can change unless an operation on them is
 *	atomic. [@addr, @end) lies in one chunk and one VMA. Should take less
 *	than 100 us. Optional.
 *	Runs with interrupts off and must not sleep.
 * @done: called after @scan of the same chunk. An error ends the walk and is
 *	returned by hmt_walk(). Optional.
 *	Runs in process context with the mmap lock or the lock of the VMA held
 *	for reading, and may sleep.
 * @slice: called from time to time with the number of steps since the last
 *	call: chunks, holes and mappings that the walk visited or skipped. An
 *	error ends the walk and is returned by hmt_walk(). Optional.
 *	Context as @done.
 * @mmap_lock: hold the mmap lock, for a @scan or @done that calls functions which
 *	need it. Tasks that map memory then wait for a chunk.
 * @absent: visit huge pages in memory that CPUs cannot address as well. The @pmd
 *	of @scan is not present there, and no table. The entries of base pages in
 *	such memory are in tables, which are visited in any case.
 */
struct hmt_walk_ops {
	bool (*enter)(unsigned long addr, pud_t *pudp, pud_t pud, void *arg);
	void (*scan)(struct vm_area_struct *vma, unsigned long addr,
		     unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg);
	int (*done)(struct vm_area_struct *vma, unsigned long addr,
		    unsigned long end, void *arg);
	int (*slice)(unsigned int steps, void *arg);
	bool mmap_lock;
	bool absent;
};

/**
 * hmt_walk() - visit the mapped 2 MiB chunks of an address space
 * @mm: address space; the caller holds mm_users and not the mmap lock
 * @start: first address
 * @end: end (exclusive)
 * @ops: operations for each chunk
 * @arg: argument of the operations
 *
 * hugetlb, VM_IO, VM_PFNMAP and VM_MIXEDMAP mappings are skipped, and without
 * @ops->absent huge pages in memory that CPUs cannot address. The lock of the
 * VMA, or the mmap lock where the kernel does not export the former, is held for
 * reading for at most 64 MiB or 32 mappings at a time, and dropped after a chunk
 * if a task waits for it: the map may change between two chunks.
 *
 * Context: process, may sleep, takes the mmap lock of @mm for reading. A kernel
 * thread waits for it for at most 20 ms at a time.
 * Return: 0, or the value of @ops->done or @ops->slice that ended the walk; or
 * the reason for which the rest was not visited: -EAGAIN if another task holds
 * the mmap lock, kernel threads only; -ESRCH if no task uses @mm any more;
 * -EINTR if the kernel thread has to stop or the task was killed.
 */
int hmt_walk(struct mm_struct *mm, unsigned long start, unsigned long end,
	     const struct hmt_walk_ops *ops, void *arg);

/* Accesses of devices, reported by drivers that have a struct hmt_mirror. */

/**
 * struct hmt_mirror_listener - receiver of the reports of devices
 * @evidence: kind of reports to receive
 * @report: a device accessed [@start, @end) of @mm @count times. @mm must only
 *	be compared or passed to hmt_report_range().
 *	Runs in any context, interrupts included, and must not sleep.
 *
 * Filled in by the provider, which keeps it from hmt_mirror_listen() to the
 * return of hmt_mirror_unlisten().
 */
struct hmt_mirror_listener {
	enum hmt_evidence evidence;
	void (*report)(struct mm_struct *mm, unsigned long start,
		       unsigned long end, unsigned int count);
	/* private: */
	struct list_head list;
};

/**
 * hmt_mirror_listen() - subscribe to reports of devices
 * @listener: filled in by the caller; must exist until hmt_mirror_unlisten()
 *
 * Context: process, may sleep.
 */
void hmt_mirror_listen(struct hmt_mirror_listener *listener);

/**
 * hmt_mirror_unlisten() - unsubscribe from reports of devices
 * @listener: listener passed to hmt_mirror_listen()
 *
 * When this returns, the operation is not running and will not be called.
 *
 * Context: process, may sleep.
 */
void hmt_mirror_unlisten(struct hmt_mirror_listener *listener);

/**
 * hmt_mirror_forget() - make devices forget translations
 * @mm: address space
 * @start: first address
 * @end: end address (exclusive)
 *
 * Afterwards devices request the translation of each page that they access
 * again, and report it as HMT_EVIDENCE_TRANSLATION.
 *
 * Context: process, may sleep.
 * Return: number of devices that were called.
 */
unsigned int hmt_mirror_forget(struct mm_struct *mm, unsigned long start,
			       unsigned long end);

#endif /* _LINUX_HMT_PROVIDER_H */
