// SPDX-License-Identifier: GPL-2.0
/*
 * The MMU of the simulated accelerator: it sees the address space of the
 * process that opened the device, remembers translations in its ATC, and is
 * told by a notifier when they no longer hold.
 */
#include <linux/cpuset.h>
#include <linux/highmem.h>
#include <linux/hmm.h>
#include <linux/hmt.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/moduleparam.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/userfaultfd_k.h>
#include "sim.h"

/* How often a translation is looked up again before the device gives up. */
#define HMT_SIM_RETRIES		10000

static unsigned int hmt_sim_atc = 64;
module_param_named(atc, hmt_sim_atc, uint, 0644);
MODULE_PARM_DESC(atc, "translations that a device remembers, 1 to 4096");

static unsigned int hmt_sim_threshold = 16;
module_param_named(counter_threshold, hmt_sim_threshold, uint, 0644);
MODULE_PARM_DESC(counter_threshold, "accesses to a granule that a device reports, 0: it does not count");

static unsigned int hmt_sim_granule_kib = 64;
module_param_named(counter_kib, hmt_sim_granule_kib, uint, 0644);
MODULE_PARM_DESC(counter_kib, "granule of access counters in KiB, 4 to 2048");

static bool hmt_sim_walker;
module_param_named(walker, hmt_sim_walker, bool, 0644);
MODULE_PARM_DESC(walker, "a hardware walker answers devices: it sets accessed bits, and no driver learns of it");

static struct hmt_sim_entry *hmt_sim_mmu_entry(struct hmt_sim_mmu *mmu,
					       unsigned long addr)
{
	return &mmu->atc[(addr >> PAGE_SHIFT) % mmu->entries];
}

/* Forget translations of [@start, @end). */
static void hmt_sim_mmu_drop(struct hmt_sim_mmu *mmu, unsigned long start,
			     unsigned long end)
{
	unsigned int i;

	for (i = 0; i < mmu->entries; i++)
		if (mmu->atc[i].addr >= start && mmu->atc[i].addr < end) {
			mmu->atc[i].page = NULL;
			mmu->atc[i].copy = NULL;
		}
}

/* A provider wants to see which pages are asked for again. */
static void hmt_sim_mmu_forget(struct hmt_mirror *mirror, unsigned long start,
			       unsigned long end)
{
	struct hmt_sim_mmu *mmu = container_of(mirror, struct hmt_sim_mmu,
					       mirror);

	guard(mutex)(&mmu->lock);
	hmt_sim_mmu_drop(mmu, start, end);
}

/* Count an access; @mmu->lock is held. */
static void hmt_sim_mmu_count(struct hmt_sim_mmu *mmu, unsigned long addr)
{
	unsigned int threshold = READ_ONCE(hmt_sim_threshold);
	unsigned long bytes = clamp(READ_ONCE(hmt_sim_granule_kib), 4U, 2048U);
	unsigned long granule;
	struct hmt_sim_counter *counter;

	lockdep_assert_held(&mmu->lock);
	if (!threshold)
		return;
	bytes <<= 10;
	granule = rounddown(addr, bytes);
	counter = &mmu->counters[granule / bytes % HMT_SIM_COUNTERS];
	if (counter->granule != granule) {
		counter->granule = granule;
		counter->count = 0;
	}
	if (++counter->count < threshold)
		return;
	hmt_mirror_report(&mmu->mirror, HMT_EVIDENCE_COUNTER, granule,
			  granule + bytes, counter->count);
	counter->count = 0;
}

static bool hmt_sim_mmu_invalidate(struct mmu_interval_notifier *notifier,
				   const struct mmu_notifier_range *range,
				   unsigned long seq)
{
	struct hmt_sim_mmu *mmu = container_of(notifier, struct hmt_sim_mmu,
					       notifier);

	if (mmu_notifier_range_blockable(range))
		mutex_lock(&mmu->lock);
	else if (!mutex_trylock(&mmu->lock))
		return false;
	mmu_interval_set_seq(notifier, seq);
	hmt_sim_mmu_drop(mmu, range->start, range->end);
	hmt_device_replicas_drop(&mmu->replicas, range->start, range->end);
	mutex_unlock(&mmu->lock);
	return true;
}

static const struct mmu_interval_notifier_ops hmt_sim_mmu_notifier_ops = {
	.invalidate = hmt_sim_mmu_invalidate,
};

/* Ask the CPU's page tables, faulting the page in; no lock is held. */
static int hmt_sim_mmu_ask(struct hmt_sim_mmu *mmu, struct hmm_range *range)
{
	int ret;

	range->notifier_seq = mmu_interval_read_begin(&mmu->notifier);
	mmap_read_lock(mmu->mm);
	ret = hmm_range_fault(range);
	mmap_read_unlock(mmu->mm);
	return ret;
}

/*
 * The walker of an IOMMU sets the accessed bit. That of the CPU does it here in
 * its place: kernels of the device run in the process that asked for them.
 */
static void hmt_sim_mmu_walk(struct hmt_sim_mmu *mmu, unsigned long addr)
{
	u8 byte;

	if (current->mm == mmu->mm &&
	    copy_from_user(&byte, (const void __user *)addr, sizeof(byte)))
		pr_debug("nothing is mapped at %#lx any more\n", addr);
}

/* Write as the CPU does it: who protects the page is told, and answers or not. */
static int hmt_sim_mmu_fault(struct hmt_sim_mmu *mmu, unsigned long addr)
{
	bool unlocked = false;
	int ret;

	mmap_read_lock(mmu->mm);
	ret = fixup_user_fault(mmu->mm, addr, FAULT_FLAG_WRITE, &unlocked);
	mmap_read_unlock(mmu->mm);
	return ret;
}

static bool hmt_sim_mmu_is_protected(struct hmt_sim_mmu *mmu,
				     unsigned long addr)
{
	struct vm_area_struct *vma;
	bool protected;

	mmap_read_lock(mmu->mm);
	vma = vma_lookup(mmu->mm, addr);
	protected = vma && userfaultfd_wp(vma);
	mmap_read_unlock(mmu->mm);
	return protected;
}

/*
 * A page that userfaultfd protects is made writable; hmm_range_fault() cannot
 * wait for that. The device may be removed meanwhile: user space decides how long
 * it takes. @sim->gate is held, and let go for so long.
 */
static int hmt_sim_mmu_unprotect(struct hmt_sim_mmu *mmu, unsigned long addr)
{
	struct hmt_sim *sim = mmu->sim;
	int ret;

	if (!hmt_sim_mmu_is_protected(mmu, addr))
		return 0;
	up_read(&sim->gate);
	ret = hmt_sim_mmu_fault(mmu, addr);
	down_read(&sim->gate);
	return sim->removed ? -ENODEV : ret;
}

/* An access is translated; @mmu->lock is held. */
static void hmt_sim_mmu_fill(struct hmt_sim_mmu *mmu,
			     const struct hmt_sim_entry *entry)
{
	lockdep_assert_held(&mmu->lock);
	*hmt_sim_mmu_entry(mmu, entry->addr) = *entry;
	if (!READ_ONCE(hmt_sim_walker))
		hmt_mirror_report(&mmu->mirror, HMT_EVIDENCE_TRANSLATION,
				  entry->addr, entry->addr + PAGE_SIZE, 1);
}

/* Enter the copy of a page. Takes @mmu->lock; false: there is none. */
static bool hmt_sim_mmu_enter_copy(struct hmt_sim_mmu *mmu, unsigned long addr)
{
	struct hmt_sim_entry entry = { .addr = addr };
	u64 offset;

	if (READ_ONCE(hmt_sim_walker))
		hmt_sim_mmu_walk(mmu, addr);
	mutex_lock(&mmu->lock);
	if (!hmt_device_replica_find(&mmu->replicas, addr, &offset)) {
		mutex_unlock(&mmu->lock);
		return false;
	}
	entry.copy = hmt_sim_at(mmu->sim, offset);
	hmt_sim_mmu_fill(mmu, &entry);
	return true;
}

/* Enter a translation; -EAGAIN when it changed meanwhile. Takes @mmu->lock. */
static int hmt_sim_mmu_enter(struct hmt_sim_mmu *mmu, unsigned long addr,
			     bool write)
{
	struct hmt_sim_entry entry = { .addr = addr };
	unsigned long pfn = 0;
	struct hmm_range range = {
		.notifier = &mmu->notifier,
		.start = addr,
		.end = addr + PAGE_SIZE,
		.hmm_pfns = &pfn,
		.default_flags = HMM_PFN_REQ_FAULT |
				 (write ? HMM_PFN_REQ_WRITE : 0),
		.dev_private_owner =
			hmt_device_memory_owner(&mmu->sim->memory),
	};
	int ret = hmt_sim_mmu_ask(mmu, &range);

	/*
	 * Own private memory is only looked up. When it may not be written,
	 * because a child has it, too, it is faulted in like that of others.
	 */
	if (!ret && write && !(pfn & HMM_PFN_WRITE)) {
		range.dev_private_owner = NULL;
		ret = hmt_sim_mmu_ask(mmu, &range);
	}
	if (ret)
		return ret == -EBUSY ? -EAGAIN : ret;
	/* Before the lock: it may fault. */
	if (READ_ONCE(hmt_sim_walker))
		hmt_sim_mmu_walk(mmu, addr);
	mutex_lock(&mmu->lock);
	if (mmu_interval_read_retry(&mmu->notifier, range.notifier_seq)) {
		mutex_unlock(&mmu->lock);
		return -EAGAIN;
	}
	entry.page = hmm_pfn_to_page(pfn);
	entry.writable = pfn & HMM_PFN_WRITE;
	hmt_sim_mmu_fill(mmu, &entry);
	return 0;
}

/*
 * One attempt. What is read most of the time is copied, everything else moves,
 * if it is to, the @first time.
 */
static int hmt_sim_mmu_try(struct hmt_sim_mmu *mmu, unsigned long addr,
			   bool write, bool migrate, bool first)
{
	int ret = 0;

	if (!write && hmt_device_replicate(&mmu->replicas, addr)) {
		if (hmt_sim_mmu_enter_copy(mmu, addr))
			return 0;
	} else if (first) {
		hmt_device_memory_touched(&mmu->sim->memory, mmu->mm, addr,
					  &cpuset_current_mems_allowed,
					  migrate);
	}
	if (write)
		ret = hmt_sim_mmu_unprotect(mmu, addr);
	return ret ?: hmt_sim_mmu_enter(mmu, addr, write);
}

/* Have a translation of @addr; returns with @mmu->lock held when it is 0. */
static int hmt_sim_mmu_translate(struct hmt_sim_mmu *mmu, unsigned long addr,
				 bool write, bool migrate)
{
	const struct hmt_sim_entry *entry = hmt_sim_mmu_entry(mmu, addr);
	unsigned int tries;
	int ret;

	mutex_lock(&mmu->lock);
	if ((entry->page || entry->copy) && entry->addr == addr &&
	    entry->writable >= write) {
		atomic_inc(&mmu->sim->accesses);
		return 0;
	}
	atomic_inc(&mmu->sim->translations);
	mutex_unlock(&mmu->lock);
	for (tries = 0; tries < HMT_SIM_RETRIES; tries++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		ret = hmt_sim_mmu_try(mmu, addr, write, migrate, !tries);
		if (ret != -EAGAIN)
			return ret;
		cond_resched();
	}
	return -EIO;
}

static void hmt_sim_mmu_copy(void *data, void *memory, size_t bytes,
			     bool write)
{
	if (write)
		memcpy(memory, data, bytes);
	else
		memcpy(data, memory, bytes);
}

/* Where the device finds a page in its own memory; NULL: not there. */
static void *hmt_sim_mmu_own(struct hmt_sim_mmu *mmu,
			     const struct hmt_sim_entry *entry)
{
	u64 offset;

	if (entry->copy)
		return entry->copy;
	if (!hmt_device_memory_holds(&mmu->sim->memory, entry->page, &offset))
		return NULL;
	return hmt_sim_at(mmu->sim, offset);
}

/* The device reads or writes inside one page. */
static int hmt_sim_mmu_access_page(struct hmt_sim_mmu *mmu, unsigned long addr,
				   void *data, size_t bytes, bool write,
				   bool migrate)
{
	unsigned long base = addr & PAGE_MASK;
	const struct hmt_sim_entry *entry = hmt_sim_mmu_entry(mmu, base);
	void *memory;
	int ret = hmt_sim_mmu_translate(mmu, base, write, migrate);

	if (ret)
		return ret;
	hmt_sim_mmu_count(mmu, base);
	memory = hmt_sim_mmu_own(mmu, entry);
	if (memory) {
		hmt_sim_mmu_copy(data, memory + addr - base, bytes, write);
	} else {
		memory = kmap_local_page(entry->page);
		hmt_sim_mmu_copy(data, memory + addr - base, bytes, write);
		kunmap_local(memory);
	}
	mutex_unlock(&mmu->lock);
	return 0;
}

/*
 * The device reads memory at @addr into @data, or writes. @sim->gate is held, and
 * may be let go meanwhile. 0, -EFAULT, -EPERM, -EINTR, -EIO, -ENODEV.
 */
int hmt_sim_mmu_access(struct hmt_sim_mmu *mmu, unsigned long addr, void *data,
		       size_t bytes, bool write, bool migrate)
{
	int ret = 0;

	while (bytes && !ret) {
		size_t part = min_t(size_t, bytes,
				    PAGE_SIZE - offset_in_page(addr));

		ret = hmt_sim_mmu_access_page(mmu, addr, data, part, write,
					      migrate);
		addr += part;
		data += part;
		bytes -= part;
	}
	return ret;
}

/* While the device is there. */
static int hmt_sim_mmu_add_replicas(struct hmt_sim_mmu *mmu)
{
	int ret = -ENODEV;

	mmu->replicas.device = &mmu->sim->memory;
	mmu->replicas.notifier = &mmu->notifier;
	mmu->replicas.mirror = &mmu->mirror;
	down_read(&mmu->sim->gate);
	if (!mmu->sim->removed)
		ret = hmt_device_replicas_add(&mmu->replicas);
	up_read(&mmu->sim->gate);
	return ret;
}

/* The notifier comes last: what it calls is there then. */
static int hmt_sim_mmu_begin(struct hmt_sim_mmu *mmu)
{
	int ret;

	mmu->mirror.mm = mmu->mm;
	if (!hmt_sim_omits("forget"))
		mmu->mirror.forget = hmt_sim_mmu_forget;
	ret = hmt_mirror_add(&mmu->mirror);
	if (ret)
		return ret;
	ret = hmt_sim_mmu_add_replicas(mmu);
	if (ret)
		goto err_mirror;
	ret = mmu_interval_notifier_insert(&mmu->notifier, mmu->mm, 0,
					   ULONG_MAX & PAGE_MASK,
					   &hmt_sim_mmu_notifier_ops);
	if (!ret)
		return 0;
	hmt_device_replicas_remove(&mmu->replicas);
err_mirror:
	hmt_mirror_remove(&mmu->mirror);
	return ret;
}

struct hmt_sim_mmu *hmt_sim_mmu_create(struct hmt_sim *sim)
{
	unsigned int entries = clamp(READ_ONCE(hmt_sim_atc), 1U,
				     HMT_SIM_ATC_MAX);
	struct hmt_sim_mmu *mmu = kvzalloc(struct_size(mmu, atc, entries),
					   GFP_KERNEL);
	int ret;

	if (!mmu)
		return ERR_PTR(-ENOMEM);
	kref_get(&sim->users);
	mmu->sim = sim;
	mmu->mm = current->mm;
	mmu->entries = entries;
	mutex_init(&mmu->lock);
	mmgrab(mmu->mm);
	ret = hmt_sim_mmu_begin(mmu);
	if (!ret)
		return mmu;
	mmdrop(mmu->mm);
	hmt_sim_put(sim);
	kvfree(mmu);
	return ERR_PTR(ret);
}

void hmt_sim_mmu_destroy(struct hmt_sim_mmu *mmu)
{
	hmt_device_replicas_remove(&mmu->replicas);
	mmu_interval_notifier_remove(&mmu->notifier);
	hmt_mirror_remove(&mmu->mirror);
	mmdrop(mmu->mm);
	hmt_sim_put(mmu->sim);
	kvfree(mmu);
}
