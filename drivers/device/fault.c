// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: faults of devices. A page that a device touches moves to the
 * device or is replicated there, if a program permits that; then its
 * translation is entered, wherever the page is.
 *
 * Traps that this file knows:
 *   - hmm_range_fault() does not fault in the device's own private memory. A
 *     page that a child shares is found, but must not be written: it is faulted
 *     in like the memory of another device, which copies it.
 *   - hmm_range_fault() cannot wait for userfaultfd, and waits for file systems
 *     with the mmap lock held and deaf to signals; fixup_user_fault() can wait.
 *     A program may decide how long that takes, so nothing is held in the
 *     meantime that the removal of the device waits for. Only tasks of processes
 *     wait for userfaultfd: a worker may have to serve other processes next.
 *   - hmm_range_fault() finds the first page of a huge page of private memory,
 *     whichever page of it the range is.
 *   - A translation is entered under the lock of the view, and only if no
 *     notifier ran since the page was looked up.
 */
#include <linux/align.h>
#include <linux/hmm.h>
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/userfaultfd_k.h>
#include "device.h"

/* Time in ms for which a fault is tried while its page keeps changing. */
#define HMT_DEVICE_FAULT_MS	10000

/**
 * struct hmt_device_fault - a fault of a device
 * @state: state of the view
 * @addr: address of the page
 * @write: true if the device writes
 * @migrate: true if the page moves to the device without advice
 * @own: true if only a page on the device will do
 */
struct hmt_device_fault {
	struct hmt_device_mm_state *state;
	unsigned long addr;
	bool write;
	bool migrate;
	bool own;
};

/* Look up the page in the page tables of the CPU, and fault it in. */
static int hmt_device_fault_lookup(struct hmt_device_fault *fault,
				   struct hmm_range *range)
{
	struct mm_struct *mm = fault->state->mm;
	int ret;

	range->notifier_seq = mmu_interval_read_begin(range->notifier);
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	ret = hmm_range_fault(range);
	mmap_read_unlock(mm);
	return ret;
}

/* Enter a translation. Lock of the view held. */
static void hmt_device_fault_map(struct hmt_device_fault *fault,
				 const struct hmt_device_translation *new)
{
	struct hmt_device_mm *view = fault->state->view;

	lockdep_assert_held(&fault->state->lock);
	view->ops->map(view, fault->addr, new);
	if (!view->walker)
		hmt_device_report(view, HMT_EVIDENCE_TRANSLATION, new->addr,
				  new->addr + new->size, 1);
}

/*
 * Return the first page of a translation of @size bytes into own memory, @delta
 * bytes into which hmm_range_fault() found @page. A huge page of private memory
 * that is mapped as a whole is aligned as its translation is.
 */
static struct page *hmt_device_fault_first(struct page *page,
					   unsigned long delta,
					   unsigned long size)
{
	struct folio *folio = page_folio(page);

	if (size > PAGE_SIZE && folio_size(folio) == size)
		return &folio->page;
	return page - PFN_DOWN(delta);
}

/* Enter the translation of a page that hmm_range_fault() found. */
static void hmt_device_fault_map_page(struct hmt_device_fault *fault,
				      unsigned long pfn)
{
	struct hmt_device_pool *pool = fault->state->pool;
	unsigned long size = PAGE_SIZE << hmm_pfn_to_map_order(pfn);
	struct hmt_device_translation new = {
		.size = min(size, HMT_CHUNK_SIZE),
		.writable = pfn & HMM_PFN_WRITE,
	};
	struct page *page;

	new.addr = ALIGN_DOWN(fault->addr, new.size);
	page = hmm_pfn_to_page(pfn);
	if (hmt_device_is_own(pool, page)) {
		page = hmt_device_fault_first(page, fault->addr - new.addr,
					      new.size);
		new.offset = PFN_PHYS(page_to_pfn(page) - pool->first);
		hmt_device_note_used(pool, page_to_pfn(page) - pool->first);
		hmt_device_block_used(pool, page_to_pfn(page) - pool->first,
				      fault->state->space->owner, fault->addr);
	} else {
		new.page = page - PFN_DOWN(fault->addr - new.addr);
	}
	hmt_device_fault_map(fault, &new);
}

/*
 * Look up the page with @flags of HMM, and enter its translation. Return -EAGAIN
 * if it changed, or -ENOENT if @flags is 0 and it does not permit the access.
 */
static int hmt_device_fault_page(struct hmt_device_fault *fault,
				 unsigned long flags)
{
	unsigned long pfn = 0, needed = HMM_PFN_VALID |
					(fault->write ? HMM_PFN_WRITE : 0);
	struct hmt_device_mm_state *state = fault->state;
	struct hmm_range range = {
		.notifier = &state->notifier,
		.start = fault->addr,
		.end = fault->addr + PAGE_SIZE,
		.hmm_pfns = &pfn,
		.default_flags = flags,
		.dev_private_owner = state->pool->pgmap.owner,
	};
	int ret = hmt_device_fault_lookup(fault, &range);

	if (!ret && flags && (pfn & needed) != needed) {
		range.dev_private_owner = NULL;
		ret = hmt_device_fault_lookup(fault, &range);
	}
	if (ret)
		return ret == -EBUSY ? -EAGAIN : ret;
	if ((pfn & needed) != needed)
		return flags ? -EAGAIN : -ENOENT;
	if (fault->own && !hmt_device_is_own(state->pool, hmm_pfn_to_page(pfn)))
		return -ENOENT;
	guard(mutex)(&state->lock);
	if (mmu_interval_read_retry(&state->notifier, range.notifier_seq))
		return -EAGAIN;
	hmt_device_fault_map_page(fault, pfn);
	return 0;
}

/* Enter the translation of a replica; false if there is none. */
static bool hmt_device_fault_replica(struct hmt_device_fault *fault)
{
	struct hmt_device_mm_state *state = fault->state;
	struct hmt_device_translation new = {
		.addr = fault->addr,
		.size = PAGE_SIZE,
	};

	guard(mutex)(&state->lock);
	if (!hmt_device_replica_find(&state->replicas, fault->addr,
				     &new.offset))
		return false;
	hmt_device_fault_map(fault, &new);
	return true;
}

/* Check whether the fault may have to wait for userfaultfd or a file system. */
static bool hmt_device_fault_may_wait(struct hmt_device_fault *fault)
{
	struct mm_struct *mm = fault->state->mm;
	struct vm_area_struct *vma;
	bool wait = false;

	/* A task that is killed here does not get the lock later either. */
	if (mmap_read_lock_killable(mm))
		return false;
	vma = vma_lookup(mm, fault->addr);
	if (vma && userfaultfd_armed(vma))
		wait = !(current->flags & PF_KTHREAD);
	else if (vma && !(vma->vm_flags & (VM_IO | VM_PFNMAP)))
		wait = !vma_is_anonymous(vma);
	mmap_read_unlock(mm);
	return wait;
}

/* Fault the page in as a CPU does. */
static int hmt_device_fault_fixup(struct hmt_device_fault *fault)
{
	struct mm_struct *mm = fault->state->mm;
	bool unlocked = false;
	int ret;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	ret = fixup_user_fault(mm, fault->addr,
			       FAULT_FLAG_REMOTE |
				       (fault->write ? FAULT_FLAG_WRITE : 0),
			       &unlocked);
	mmap_read_unlock(mm);
	return ret;
}

/*
 * Let userfaultfd or a file system serve the fault. Releases the gate of the view.
 * Errors but the end of the task are left to hmm_range_fault().
 */
static int hmt_device_fault_serve(struct hmt_device_fault *fault)
{
	struct hmt_device_mm_state *state = fault->state;
	int ret;

	if (!hmt_device_fault_may_wait(fault))
		return 0;
	up_read(&state->gate);
	ret = hmt_device_fault_fixup(fault);
	down_read(&state->gate);
	if (!state->pool)
		return -ENODEV;
	return ret == -EINTR ? ret : 0;
}

/* Move the page and its neighbours to the device. */
static void hmt_device_fault_touch(struct hmt_device_fault *fault)
{
	struct hmt_device_mm_state *state = fault->state;
	nodemask_t allowed;

	hmt_device_mm_allowed(state, &allowed);
	hmt_device_touch(state, fault->addr, &allowed, fault->write,
			 fault->migrate);
}

/*
 * Enter the translation of a page that is on the device already: nothing moves,
 * and no other page is looked at. Return -ENOENT if it is not.
 */
static int hmt_device_fault_own(struct hmt_device_fault *fault)
{
	int ret;

	fault->own = true;
	ret = hmt_device_fault_page(fault, 0);
	fault->own = false;
	return ret;
}

/*
 * Try to enter a translation. A page that may be replicated is, another one
 * moves to the device on the @first attempt.
 */
static int hmt_device_fault_try(struct hmt_device_fault *fault, bool first)
{
	struct hmt_device_mm_state *state = fault->state;
	int ret;

	if (!fault->write &&
	    hmt_device_replicate(&state->replicas, fault->addr)) {
		if (hmt_device_fault_replica(fault))
			return 0;
	} else if (first) {
		ret = hmt_device_fault_own(fault);
		if (!ret)
			return 0;
		hmt_device_fault_touch(fault);
	}
	/* Faulting it in as a CPU does would bring private memory back. */
	ret = hmt_device_fault_page(fault, 0);
	if (ret != -ENOENT)
		return ret;
	ret = hmt_device_fault_serve(fault);
	return ret ?: hmt_device_fault_page(fault, HMM_PFN_REQ_FAULT |
					    (fault->write ? HMM_PFN_REQ_WRITE :
							    0));
}

/* Gate of the view and mm_users held. */
static int hmt_device_fault_handle(struct hmt_device_fault *fault)
{
	unsigned long end = jiffies + msecs_to_jiffies(HMT_DEVICE_FAULT_MS);
	int ret = hmt_device_fault_try(fault, true);

	while (ret == -EAGAIN) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, end))
			return -EBUSY;
		cond_resched();
		ret = hmt_device_fault_try(fault, false);
	}
	return ret;
}

int hmt_device_fault(struct hmt_device_mm *view, unsigned long addr,
		     unsigned int flags)
{
	struct hmt_device_mm_state *state = view->state;
	struct hmt_device_fault fault = {
		.state = state,
		.addr = addr & PAGE_MASK,
		.write = flags & HMT_DEVICE_WRITE,
		.migrate = flags & HMT_DEVICE_MIGRATE,
	};
	int ret = -ENODEV;

	might_sleep();
	if (flags & ~(HMT_DEVICE_WRITE | HMT_DEVICE_MIGRATE))
		return -EINVAL;
	if (WARN_ON_ONCE(!state))
		return -ENODEV;
	if (addr >= state->mm->task_size)
		return -EFAULT;
	if (!mmget_not_zero(state->mm))
		return -ESRCH;
	down_read(&state->gate);
	if (state->pool)
		ret = hmt_device_fault_handle(&fault);
	up_read(&state->gate);
	mmput(state->mm);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_device_fault);
