// SPDX-License-Identifier: GPL-2.0
/*
 * The MMU of the simulated accelerator accesses the address space of the
 * process that opened the device. It caches translations in its ATC; HMT enters
 * and drops them.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/highmem.h>
#include <linux/hmt_device.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "sim.h"

/* Number of attempts to use a translation before an access fails. */
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

static bool hmt_sim_physical;
module_param_named(counter_physical, hmt_sim_physical, bool, 0644);
MODULE_PARM_DESC(counter_physical, "access counters count memory of the device only, and report offsets in it");

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
					       unsigned long addr,
					       unsigned long size)
{
	if (size == PMD_SIZE)
		return &mmu->huge[(addr >> PMD_SHIFT) % HMT_SIM_ATC_HUGE];
	return &mmu->atc[(addr >> PAGE_SHIFT) % mmu->entries];
}

/* Return the translation of the page at @addr, or NULL. */
static const struct hmt_sim_entry *hmt_sim_mmu_find(struct hmt_sim_mmu *mmu,
						    unsigned long addr)
{
	const struct hmt_sim_entry *entry = hmt_sim_mmu_entry(mmu, addr,
							      PMD_SIZE);

	if (entry->valid && entry->addr == (addr & PMD_MASK))
		return entry;
	entry = hmt_sim_mmu_entry(mmu, addr, PAGE_SIZE);
	return entry->valid && entry->addr == addr ? entry : NULL;
}

/* Drop the translations of [@start, @end). */
static void hmt_sim_mmu_unmap(struct hmt_device_mm *view, unsigned long start,
			      unsigned long end)
{
	struct hmt_sim_mmu *mmu = container_of(view, struct hmt_sim_mmu, view);
	unsigned long since = jiffies;
	unsigned int i;

	while (jiffies_to_msecs(jiffies - since) <
	       READ_ONCE(mmu->sim->knobs.unmap_ms))
		msleep(20);
	guard(mutex)(&mmu->lock);
	for (i = 0; i < mmu->entries; i++)
		if (mmu->atc[i].addr >= start && mmu->atc[i].addr < end)
			mmu->atc[i].valid = false;
	for (i = 0; i < HMT_SIM_ATC_HUGE; i++)
		if (mmu->huge[i].addr < end &&
		    mmu->huge[i].addr + PMD_SIZE > start)
			mmu->huge[i].valid = false;
}

/* Enter the translation of a page, or of a huge page of the device. */
static void hmt_sim_mmu_map(struct hmt_device_mm *view, unsigned long addr,
			    const struct hmt_device_translation *translation)
{
	struct hmt_sim_mmu *mmu = container_of(view, struct hmt_sim_mmu, view);
	bool huge = !translation->page && translation->size == PMD_SIZE;
	unsigned long offset = huge ? 0 : addr - translation->addr;
	struct hmt_sim_entry entry = {
		.addr = translation->addr + offset,
		.valid = true,
		.writable = translation->writable,
	};

	if (translation->page)
		entry.page = translation->page + PFN_DOWN(offset);
	else
		entry.own = hmt_sim_at(mmu->sim, translation->offset + offset);
	guard(mutex)(&mmu->lock);
	*hmt_sim_mmu_entry(mmu, entry.addr, huge ? PMD_SIZE : PAGE_SIZE) = entry;
}

static const struct hmt_device_mm_ops hmt_sim_mmu_ops = {
	.map = hmt_sim_mmu_map,
	.unmap = hmt_sim_mmu_unmap,
};

static const struct hmt_device_mm_ops hmt_sim_mmu_no_ops = {
	.map = hmt_sim_mmu_map,
};

/*
 * Count an access at an address, or an offset in the memory of the device, and
 * report a granule that reached the threshold.
 */
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
	if (READ_ONCE(hmt_sim_physical))
		hmt_device_memory_report(&mmu->sim->memory,
					 HMT_EVIDENCE_COUNTER, granule, bytes,
					 counter->count);
	else
		hmt_device_report(&mmu->view, HMT_EVIDENCE_COUNTER, granule,
				  granule + bytes, counter->count);
	counter->count = 0;
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

static void hmt_sim_mmu_copy(void *data, void *memory, size_t bytes,
			     bool write)
{
	if (write)
		memcpy(memory, data, bytes);
	else
		memcpy(data, memory, bytes);
}

/* Carry out an access through its translation. */
static void hmt_sim_mmu_perform(struct hmt_sim_mmu *mmu,
				const struct hmt_sim_access *access,
				const struct hmt_sim_entry *entry)
{
	unsigned long offset = access->addr - entry->addr;
	void *memory;

	lockdep_assert_held(&mmu->lock);
	if (!READ_ONCE(hmt_sim_physical))
		hmt_sim_mmu_count(mmu, access->addr & PAGE_MASK);
	else if (entry->own)
		hmt_sim_mmu_count(mmu, entry->own + offset -
				       hmt_sim_at(mmu->sim, 0));
	if (entry->own) {
		hmt_sim_mmu_copy(access->data, entry->own + offset,
				 access->bytes, access->write);
	} else {
		atomic_inc(&mmu->sim->remote);
		memory = kmap_local_page(entry->page);
		hmt_sim_mmu_copy(access->data, memory + offset, access->bytes,
				 access->write);
		kunmap_local(memory);
	}
}

/*
 * Carry out an access whose translation is in the ATC. Return -EAGAIN if it is
 * not, or -ENODEV.
 */
static int hmt_sim_mmu_access_cached(struct hmt_sim_mmu *mmu,
				     const struct hmt_sim_access *access,
				     bool faulted)
{
	unsigned long base = access->addr & PAGE_MASK;
	const struct hmt_sim_entry *entry;

	guard(rwsem_read)(&mmu->sim->gate);
	if (mmu->sim->removed)
		return -ENODEV;
	guard(mutex)(&mmu->lock);
	entry = hmt_sim_mmu_find(mmu, base);
	if (!entry || entry->writable < access->write) {
		atomic_inc(&mmu->sim->translations);
		return -EAGAIN;
	}
	if (!faulted)
		atomic_inc(&mmu->sim->accesses);
	hmt_sim_mmu_perform(mmu, access, entry);
	return 0;
}

/* Request the translation that an access needs. */
static int hmt_sim_mmu_fault(struct hmt_sim_mmu *mmu,
			     const struct hmt_sim_access *access)
{
	unsigned int flags = (access->write ? HMT_DEVICE_WRITE : 0) |
			     (access->migrate ? HMT_DEVICE_MIGRATE : 0);
	int ret = hmt_device_fault(&mmu->view, access->addr, flags);

	if (!ret && mmu->view.walker)
		hmt_sim_mmu_walk(mmu, access->addr);
	return ret;
}

/* Carry out an access inside one page. */
static int hmt_sim_mmu_access_one(struct hmt_sim_mmu *mmu,
				  const struct hmt_sim_access *access)
{
	unsigned int tries;
	int ret = hmt_sim_mmu_access_cached(mmu, access, false);

	/* A translation may be dropped before it is used. */
	for (tries = 0; ret == -EAGAIN && tries < HMT_SIM_RETRIES; tries++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		ret = hmt_sim_mmu_fault(mmu, access) ?:
		      hmt_sim_mmu_access_cached(mmu, access, true);
		cond_resched();
	}
	return ret == -EAGAIN ? -EIO : ret;
}

/*
 * Read @bytes at @addr into @data, or write them. Return 0, -EFAULT, -EPERM,
 * -EINTR, -EIO, -EBUSY, -ESRCH or -ENODEV.
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

/* A prefetch that a computation waits for. */
struct hmt_sim_fetch {
	struct hmt_device_prefetch prefetch;
	struct completion done;
};

static void hmt_sim_mmu_fetched(struct hmt_device_prefetch *prefetch)
{
	complete(&container_of(prefetch, struct hmt_sim_fetch, prefetch)->done);
}

/*
 * Move a range to the device before it is used. The device reaches pages that do
 * not move in place. Return 0, -EINTR after a fatal signal, -ENODEV or -ENOMEM.
 */
int hmt_sim_mmu_prefetch(struct hmt_sim_mmu *mmu, unsigned long start,
			 unsigned long bytes)
{
	struct hmt_sim_fetch *fetch = kzalloc(sizeof(*fetch), GFP_KERNEL);
	int ret = 0;

	if (!fetch)
		return -ENOMEM;
	fetch->prefetch.view = &mmu->view;
	fetch->prefetch.start = start & PAGE_MASK;
	fetch->prefetch.end = PAGE_ALIGN(start + bytes);
	fetch->prefetch.done = hmt_sim_mmu_fetched;
	init_completion(&fetch->done);
	/* The computation reports a bad range. */
	if (!hmt_device_prefetch(&fetch->prefetch)) {
		if (wait_for_completion_killable(&fetch->done))
			ret = -EINTR;
		else if (fetch->prefetch.result == -ENODEV)
			ret = -ENODEV;
		/* Waits for hmt_sim_mmu_fetched() to return as well. */
		hmt_device_prefetch_cancel(&fetch->prefetch);
	}
	kfree(fetch);
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
	mmu->view.device = &sim->memory;
	mmu->view.ops = hmt_sim_omits("unmap") ? &hmt_sim_mmu_no_ops :
						 &hmt_sim_mmu_ops;
	mmu->view.walker = READ_ONCE(hmt_sim_walker);
	ret = hmt_device_mm_open(&mmu->view);
	if (!ret)
		return mmu;
	hmt_sim_put(sim);
	kvfree(mmu);
	return ERR_PTR(ret);
}

void hmt_sim_mmu_destroy(struct hmt_sim_mmu *mmu)
{
	hmt_device_mm_close(&mmu->view);
	hmt_sim_put(mmu->sim);
	kvfree(mmu);
}
