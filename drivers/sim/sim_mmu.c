// SPDX-License-Identifier: GPL-2.0
/*
 * The MMU of the simulated accelerator accesses the address space of the
 * process that opened the device. It caches translations in its ATC; a notifier
 * invalidates them.
 */
#include <linux/cpuset.h>
#include <linux/highmem.h>
#include <linux/hmm.h>
#include <linux/hmt_device.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/moduleparam.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/userfaultfd_k.h>
#include "sim.h"

/* Number of attempts to get a translation before an access fails. */
#define HMT_SIM_RETRIES		10000

static unsigned int hmt_sim_atc = 64;
module_param_named(atc, hmt_sim_atc, uint, 0644);
MODULE_PARM_DESC(atc, "translations that the ATC of a device holds, 1 to 4096");

static unsigned int hmt_sim_threshold = 16;
module_param_named(counter_threshold, hmt_sim_threshold, uint, 0644);
MODULE_PARM_DESC(counter_threshold, "accesses to a granule after which a device reports it, 0: no counters");

static unsigned int hmt_sim_granule_kib = 64;
module_param_named(counter_kib, hmt_sim_granule_kib, uint, 0644);
MODULE_PARM_DESC(counter_kib, "granule of access counters in KiB, 4 to 2048");

static bool hmt_sim_walker;
module_param_named(walker, hmt_sim_walker, bool, 0644);
MODULE_PARM_DESC(walker, "a hardware walker translates for devices: it sets accessed bits and the driver is not notified");

/**
 * struct hmt_sim_access - access of the device inside one page
 * @addr: address
 * @data: data to write, or buffer for data to read
 * @bytes: size in bytes
 * @write: true to write, false to read
 * @migrate: true to move the page to the device first
 */
struct hmt_sim_access {
	unsigned long addr;
	void *data;
	size_t bytes;
	bool write;
	bool migrate;
};

static struct hmt_sim_entry *hmt_sim_mmu_entry(struct hmt_sim_mmu *mmu,
					       unsigned long addr)
{
	return &mmu->atc[(addr >> PAGE_SHIFT) % mmu->entries];
}

/* Drop the translations of [@start, @end). */
static void hmt_sim_mmu_drop(struct hmt_sim_mmu *mmu, unsigned long start,
			     unsigned long end)
{
	unsigned int i;

	for (i = 0; i < mmu->entries; i++)
		if (mmu->atc[i].addr >= start && mmu->atc[i].addr < end) {
			mmu->atc[i].page = NULL;
			mmu->atc[i].replica = NULL;
		}
}

/* Drop translations for a provider, which observes the requests that follow. */
static void hmt_sim_mmu_forget(struct hmt_mirror *mirror, unsigned long start,
			       unsigned long end)
{
	struct hmt_sim_mmu *mmu = container_of(mirror, struct hmt_sim_mmu,
					       mirror);

	guard(mutex)(&mmu->lock);
	hmt_sim_mmu_drop(mmu, start, end);
}

/* Count an access and report a granule that reached the threshold. */
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

/* Look up a page in the CPU's page tables, and fault it in. */
static int hmt_sim_mmu_lookup(struct hmt_sim_mmu *mmu, struct hmm_range *range)
{
	int ret;

	range->notifier_seq = mmu_interval_read_begin(&mmu->notifier);
	if (mmap_read_lock_killable(mmu->mm))
		return -EINTR;
	ret = hmm_range_fault(range);
	mmap_read_unlock(mmu->mm);
	return ret;
}

/*
 * Set the accessed bit, as the walker of an IOMMU does. The access of a CPU
 * does it here, because computations run in the process that requested them.
 */
static void hmt_sim_mmu_walk(struct hmt_sim_mmu *mmu, unsigned long addr)
{
	u8 byte;

	if (current->mm == mmu->mm &&
	    copy_from_user(&byte, (const void __user *)addr, sizeof(byte)))
		pr_debug("nothing is mapped at %#lx any more\n", addr);
}

/* Fault in a page for writing like a CPU, so that userfaultfd is notified. */
static int hmt_sim_mmu_fault(struct hmt_sim_mmu *mmu, unsigned long addr)
{
	bool unlocked = false;
	int ret;

	if (mmap_read_lock_killable(mmu->mm))
		return -EINTR;
	ret = fixup_user_fault(mmu->mm, addr, FAULT_FLAG_WRITE, &unlocked);
	mmap_read_unlock(mmu->mm);
	return ret;
}

static bool hmt_sim_mmu_is_protected(struct hmt_sim_mmu *mmu,
				     unsigned long addr)
{
	struct vm_area_struct *vma;
	bool protected;

	/* A task that is killed here does not get the lock below either. */
	if (mmap_read_lock_killable(mmu->mm))
		return false;
	vma = vma_lookup(mmu->mm, addr);
	protected = vma && userfaultfd_wp(vma);
	mmap_read_unlock(mmu->mm);
	return protected;
}

/*
 * Make a page writable that userfaultfd protects; hmm_range_fault() cannot wait
 * for that. User space decides how long this takes, so release @sim->gate,
 * which the caller holds, to let the device be removed in the meantime.
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

static void hmt_sim_mmu_copy(void *data, void *memory, size_t bytes,
			     bool write)
{
	if (write)
		memcpy(memory, data, bytes);
	else
		memcpy(data, memory, bytes);
}

/* Return the device's own memory that an entry maps; NULL: system memory. */
static void *hmt_sim_mmu_own(struct hmt_sim_mmu *mmu,
			     const struct hmt_sim_entry *entry)
{
	u64 offset;

	if (entry->replica)
		return entry->replica;
	if (!hmt_device_memory_holds(&mmu->sim->memory, entry->page, &offset))
		return NULL;
	return hmt_sim_at(mmu->sim, offset);
}

/* Carry out an access through its translation. */
static void hmt_sim_mmu_perform(struct hmt_sim_mmu *mmu,
				const struct hmt_sim_access *access,
				const struct hmt_sim_entry *entry)
{
	unsigned int offset = offset_in_page(access->addr);
	void *memory = hmt_sim_mmu_own(mmu, entry);

	lockdep_assert_held(&mmu->lock);
	hmt_sim_mmu_count(mmu, entry->addr);
	if (memory) {
		hmt_sim_mmu_copy(access->data, memory + offset, access->bytes,
				 access->write);
	} else {
		memory = kmap_local_page(entry->page);
		hmt_sim_mmu_copy(access->data, memory + offset, access->bytes,
				 access->write);
		kunmap_local(memory);
	}
}

/* Enter a translation and carry out the access that needs it. */
static void hmt_sim_mmu_fill(struct hmt_sim_mmu *mmu,
			     const struct hmt_sim_access *access,
			     const struct hmt_sim_entry *entry)
{
	lockdep_assert_held(&mmu->lock);
	*hmt_sim_mmu_entry(mmu, entry->addr) = *entry;
	if (!READ_ONCE(hmt_sim_walker))
		hmt_mirror_report(&mmu->mirror, HMT_EVIDENCE_TRANSLATION,
				  entry->addr, entry->addr + PAGE_SIZE, 1);
	hmt_sim_mmu_perform(mmu, access, entry);
}

/* Carry out an access whose translation is in the ATC; false: it is not. */
static bool hmt_sim_mmu_access_cached(struct hmt_sim_mmu *mmu,
				      const struct hmt_sim_access *access)
{
	unsigned long base = access->addr & PAGE_MASK;
	const struct hmt_sim_entry *entry = hmt_sim_mmu_entry(mmu, base);

	guard(mutex)(&mmu->lock);
	if ((!entry->page && !entry->replica) || entry->addr != base ||
	    entry->writable < access->write) {
		atomic_inc(&mmu->sim->translations);
		return false;
	}
	atomic_inc(&mmu->sim->accesses);
	hmt_sim_mmu_perform(mmu, access, entry);
	return true;
}

/* Carry out an access to the replica of a page; false: there is none. */
static bool hmt_sim_mmu_access_replica(struct hmt_sim_mmu *mmu,
				       const struct hmt_sim_access *access)
{
	struct hmt_sim_entry entry = { .addr = access->addr & PAGE_MASK };
	u64 offset;

	if (READ_ONCE(hmt_sim_walker))
		hmt_sim_mmu_walk(mmu, entry.addr);
	guard(mutex)(&mmu->lock);
	if (!hmt_device_replica_find(&mmu->replicas, entry.addr, &offset))
		return false;
	entry.replica = hmt_sim_at(mmu->sim, offset);
	hmt_sim_mmu_fill(mmu, access, &entry);
	return true;
}

/*
 * Look up a page and carry out an access to it. Return 0, -EAGAIN if the
 * translation changed in the meantime, or another error.
 */
static int hmt_sim_mmu_access_page(struct hmt_sim_mmu *mmu,
				   const struct hmt_sim_access *access)
{
	struct hmt_sim_entry entry = { .addr = access->addr & PAGE_MASK };
	unsigned long pfn = 0;
	struct hmm_range range = {
		.notifier = &mmu->notifier,
		.start = entry.addr,
		.end = entry.addr + PAGE_SIZE,
		.hmm_pfns = &pfn,
		.default_flags = HMM_PFN_REQ_FAULT |
				 (access->write ? HMM_PFN_REQ_WRITE : 0),
		.dev_private_owner =
			hmt_device_memory_owner(&mmu->sim->memory),
	};
	int ret = hmt_sim_mmu_lookup(mmu, &range);

	/*
	 * hmm_range_fault() does not fault in the device's own private memory.
	 * If a child shares the page, so that it cannot be written, fault it in
	 * like the memory of another device.
	 */
	if (!ret && access->write && !(pfn & HMM_PFN_WRITE)) {
		range.dev_private_owner = NULL;
		ret = hmt_sim_mmu_lookup(mmu, &range);
	}
	if (ret)
		return ret == -EBUSY ? -EAGAIN : ret;
	/* Walk before the lock is taken, because the walk may fault. */
	if (READ_ONCE(hmt_sim_walker))
		hmt_sim_mmu_walk(mmu, entry.addr);
	guard(mutex)(&mmu->lock);
	if (mmu_interval_read_retry(&mmu->notifier, range.notifier_seq))
		return -EAGAIN;
	entry.page = hmm_pfn_to_page(pfn);
	entry.writable = pfn & HMM_PFN_WRITE;
	hmt_sim_mmu_fill(mmu, access, &entry);
	return 0;
}

/*
 * Try to carry out an access whose translation is not in the ATC. Pages that
 * may be replicated are, others move to the device on the @first attempt.
 */
static int hmt_sim_mmu_try(struct hmt_sim_mmu *mmu,
			   const struct hmt_sim_access *access, bool first)
{
	unsigned long base = access->addr & PAGE_MASK;
	int ret = 0;

	if (!access->write && hmt_device_replicate(&mmu->replicas, base)) {
		if (hmt_sim_mmu_access_replica(mmu, access))
			return 0;
	} else if (first) {
		hmt_device_memory_touched(&mmu->sim->memory, mmu->mm, base,
					  &cpuset_current_mems_allowed,
					  access->migrate);
	}
	if (access->write)
		ret = hmt_sim_mmu_unprotect(mmu, base);
	return ret ?: hmt_sim_mmu_access_page(mmu, access);
}

/* Carry out an access inside one page. */
static int hmt_sim_mmu_access_one(struct hmt_sim_mmu *mmu,
				  const struct hmt_sim_access *access)
{
	unsigned int tries;
	int ret;

	if (hmt_sim_mmu_access_cached(mmu, access))
		return 0;
	for (tries = 0; tries < HMT_SIM_RETRIES; tries++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		ret = hmt_sim_mmu_try(mmu, access, !tries);
		if (ret != -EAGAIN)
			return ret;
		cond_resched();
	}
	return -EIO;
}

/*
 * Read @bytes at @addr into @data, or write them. The caller holds @sim->gate,
 * which may be released in the meantime. Return 0, -EFAULT, -EPERM, -EINTR,
 * -EIO or -ENODEV.
 */
int hmt_sim_mmu_access(struct hmt_sim_mmu *mmu, unsigned long addr, void *data,
		       size_t bytes, bool write, bool migrate)
{
	struct hmt_sim_access access = {
		.addr = addr,
		.data = data,
		.write = write,
		.migrate = migrate,
	};
	int ret = 0;

	lockdep_assert_held_read(&mmu->sim->gate);
	while (bytes && !ret) {
		access.bytes = min_t(size_t, bytes,
				     PAGE_SIZE - offset_in_page(access.addr));
		ret = hmt_sim_mmu_access_one(mmu, &access);
		access.addr += access.bytes;
		access.data += access.bytes;
		bytes -= access.bytes;
	}
	return ret;
}

/* Fails if the device was removed. */
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

/* Insert the notifier last, because it uses the mirror and the replicas. */
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
	if (!ret) {
		spin_lock(&sim->views_lock);
		list_add(&mmu->link, &sim->views);
		spin_unlock(&sim->views_lock);
		return mmu;
	}
	mmdrop(mmu->mm);
	hmt_sim_put(sim);
	kvfree(mmu);
	return ERR_PTR(ret);
}

void hmt_sim_mmu_destroy(struct hmt_sim_mmu *mmu)
{
	spin_lock(&mmu->sim->views_lock);
	list_del(&mmu->link);
	spin_unlock(&mmu->sim->views_lock);
	hmt_device_replicas_remove(&mmu->replicas);
	mmu_interval_notifier_remove(&mmu->notifier);
	hmt_mirror_remove(&mmu->mirror);
	mmdrop(mmu->mm);
	hmt_sim_put(mmu->sim);
	kvfree(mmu);
}

/* Check whether a file of the device is open for @mm. */
bool hmt_sim_mmu_exists(struct hmt_sim *sim, const struct mm_struct *mm)
{
	struct hmt_sim_mmu *mmu;
	bool found = false;

	spin_lock(&sim->views_lock);
	list_for_each_entry(mmu, &sim->views, link)
		found |= mmu->mm == mm;
	spin_unlock(&sim->views_lock);
	return found;
}
