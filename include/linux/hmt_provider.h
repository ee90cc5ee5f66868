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

int __hmt_provider_register(struct hmt_provider *provider,
			    struct module *module, u32 api_version);
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

struct mm_struct *hmt_mm_struct(const struct hmt_mm *managed);
bool hmt_mm_is_new(const struct hmt_mm *managed);
bool hmt_session_has(const struct hmt_session *session, const char *name);
unsigned long hmt_session_from(const struct hmt_session *session);
void hmt_session_leave(struct hmt_session *session, unsigned long addr);

/*
 * Reports. A hit is the evidence that a page was accessed in one sample. The
 * scores of one provider for a page in one sample add up to at most
 * HMT_SCORE_MAX, four hits.
 */
#define HMT_SCORE_HIT		64
#define HMT_SCORE_MAX		255

int hmt_report_bitmap(struct hmt_session *session, struct hmt_mm *managed,
		      unsigned long addr, const unsigned long *accessed);
int hmt_report_range(const struct hmt_provider *provider,
		     const struct mm_struct *mm, unsigned long start,
		     unsigned long end, unsigned int score);
int hmt_report_page(const struct hmt_provider *provider,
		    const struct mm_struct *mm, unsigned long addr,
		    unsigned int score);

/*
 * Rates of access by node. Heat cannot show them: a page that is accessed once
 * in each sample is as hot as one that is accessed a thousand times.
 */
bool hmt_session_wants_rates(const struct hmt_session *session);
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
 */
struct hmt_walk_ops {
	bool (*enter)(unsigned long addr, pud_t *pudp, pud_t pud, void *arg);
	void (*scan)(struct vm_area_struct *vma, unsigned long addr,
		     unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg);
	int (*done)(struct vm_area_struct *vma, unsigned long addr,
		    unsigned long end, void *arg);
	int (*slice)(unsigned int steps, void *arg);
	bool mmap_lock;
};

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

void hmt_mirror_listen(struct hmt_mirror_listener *listener);
void hmt_mirror_unlisten(struct hmt_mirror_listener *listener);
unsigned int hmt_mirror_forget(struct mm_struct *mm, unsigned long start,
			       unsigned long end);

#endif /* _LINUX_HMT_PROVIDER_H */
