/* SPDX-License-Identifier: GPL-2.0 */
/* The simulated accelerator: what its parts share. */
#ifndef _HMT_SIM_H
#define _HMT_SIM_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/hmt.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>

struct attribute_group;
struct dentry;
struct workqueue_struct;

/* Devices at most. */
#define HMT_SIM_MAX	8

/**
 * struct hmt_sim_knobs - how the device fails, in debugfs
 * @fail_alloc: it admits no page
 * @fail_copies: so many of the next copies go wrong
 * @lose_interrupts: so many of the next copies end without an interrupt
 * @hang: the copy engine does nothing until it is reset
 */
struct hmt_sim_knobs {
	bool fail_alloc;
	u32 fail_copies;
	u32 lose_interrupts;
	bool hang;
};

/**
 * struct hmt_sim - one accelerator
 * @memory: what HMT manages
 * @vram: the memory itself, as this simulation reaches it
 * @bandwidth: bandwidth of the copy engine, MB/s, 0: as fast as it gets
 * @engine: the copy engine does one thing after the other
 * @knobs: failures
 * @timeouts: how often the engine had to be reset
 * @accesses: accesses that found a translation in the ATC
 * @translations: translations that were asked for
 * @misc: /dev/<name>
 * @dir: in debugfs
 * @own: file in it, for what the driver does with the memory
 * @reserved: offset of what it reserved last
 * @users: the driver, and who has it open
 * @gate: held for reading while it computes
 * @removed: it is gone; under @gate
 * @name: name
 */
struct hmt_sim {
	struct hmt_device_memory memory;
	void *vram;
	u32 bandwidth;
	struct workqueue_struct *engine;
	struct hmt_sim_knobs knobs;
	u32 timeouts;
	atomic_t accesses;
	atomic_t translations;
	struct miscdevice misc;
	struct dentry *dir;
	struct dentry *own;
	u64 reserved;
	struct kref users;
	struct rw_semaphore gate;
	bool removed;
	char name[16];
};

/* sim.c */
void *hmt_sim_at(struct hmt_sim *sim, u64 offset);
bool hmt_sim_omits(const char *operation);
void hmt_sim_put(struct hmt_sim *sim);

/* sim_bus.c: devices are plugged in and unplugged. */
extern const struct attribute_group *hmt_sim_bus_groups[];

int hmt_sim_bus_init(unsigned int count);
void hmt_sim_bus_exit(void);

/* sim_engine.c: copying, asynchronously. */
int hmt_sim_engine_init(struct hmt_sim *sim);
void hmt_sim_engine_exit(struct hmt_sim *sim);
void hmt_sim_engine_copy(struct hmt_sim *sim,
			 struct hmt_device_copy_desc *copies, unsigned int nr);

/* sim_own.c: using the memory for itself. */
void hmt_sim_own_init(struct hmt_sim *sim);
void hmt_sim_own_exit(struct hmt_sim *sim);

/* Entries of the ATC at most; the module parameter says how many are used. */
#define HMT_SIM_ATC_MAX		4096

/**
 * struct hmt_sim_entry - a translation that the device remembers
 * @addr: what of
 * @page: the page; NULL: none
 * @copy: in place of @page: its copy in the device's own memory
 * @writable: it may be written
 */
struct hmt_sim_entry {
	unsigned long addr;
	struct page *page;
	void *copy;
	bool writable;
};

/* Counters of accesses; two granules may share one, as in hardware. */
#define HMT_SIM_COUNTERS	256

struct hmt_sim_counter {
	unsigned long granule;
	u32 count;
};

/**
 * struct hmt_sim_mmu - the device's view of one address space
 * @sim: the device
 * @mm: the address space; mm_count held
 * @notifier: tells what changes in it
 * @mirror: lets providers know what the device accesses
 * @replicas: copies for reading in the device's memory
 * @counters: accesses by granule
 * @lock: of @atc and @counters; held while the device accesses memory, so that
 *	an invalidation waits for accesses that are under way
 * @entries: how many fit into @atc
 * @atc: translations, direct-mapped
 */
struct hmt_sim_mmu {
	struct hmt_sim *sim;
	struct mm_struct *mm;
	struct mmu_interval_notifier notifier;
	struct hmt_mirror mirror;
	struct hmt_device_replicas replicas;
	struct hmt_sim_counter counters[HMT_SIM_COUNTERS];
	struct mutex lock;
	unsigned int entries;
	struct hmt_sim_entry atc[];
};

/* sim_mmu.c */
struct hmt_sim_mmu *hmt_sim_mmu_create(struct hmt_sim *sim);
void hmt_sim_mmu_destroy(struct hmt_sim_mmu *mmu);
int hmt_sim_mmu_access(struct hmt_sim_mmu *mmu, unsigned long addr, void *data,
		       size_t bytes, bool write, bool migrate);

/* sim_kernel.c: the character device, and what the device computes. */
extern const struct file_operations hmt_sim_fops;

#endif /* _HMT_SIM_H */
