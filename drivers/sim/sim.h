/* SPDX-License-Identifier: GPL-2.0 */
/* The simulated accelerator: declarations for all its parts. */
#ifndef _HMT_SIM_H
#define _HMT_SIM_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/hmt_device.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct attribute_group;
struct dentry;
struct workqueue_struct;

/* Maximum number of devices. */
#define HMT_SIM_MAX	8

/**
 * struct hmt_sim_knobs - simulated failures, set in debugfs
 * @fail_alloc: true to refuse all pages
 * @fail_copies: number of copies to fail next
 * @lose_interrupts: number of jobs to end without an interrupt next
 * @hang: true to stop the copy engine until it is reset
 * @unmap_ms: time that the device takes to drop translations, in ms
 */
struct hmt_sim_knobs {
	bool fail_alloc;
	u32 fail_copies;
	u32 lose_interrupts;
	bool hang;
	u32 unmap_ms;
};

/**
 * struct hmt_sim - one accelerator
 * @memory: memory that HMT manages
 * @vram: kernel address of the memory
 * @bandwidth: bandwidth of the copy engine in MB/s, 0: not limited
 * @engine: queue of the copy engine, which executes one job at a time
 * @idle_at: end of the transfer of its last job; used by the engine only
 * @knobs: simulated failures
 * @timeouts: number of resets of the engine
 * @copies: copies of a page or huge page
 * @jobs: jobs of the engine
 * @waits: times that a job, or several at once, were waited for
 * @peer_copies: copies to or from the memory of another device
 * @lock: protects @pending and @fence
 * @pending: jobs that were submitted and not waited for, in that order
 * @fence: fence of the last job that was submitted
 * @waiting: held while jobs are waited for
 * @accesses: accesses that found a translation in the ATC
 * @translations: requests for translations
 * @remote: accesses to memory outside of the device
 * @misc: /dev/<name>
 * @dir: directory in debugfs
 * @own: file in @dir, for memory that the driver uses itself
 * @reserved: offset of the last reserved range, in bytes
 * @lendable: bytes that the driver lends to HMT, from the begin of the memory
 * @lent: bytes that it has lent
 * @users: references of the driver and of open files
 * @gate: held for reading while the device accesses memory
 * @removed: true if the device was removed; under @gate
 * @name: name
 */
struct hmt_sim {
	struct hmt_device_memory memory;
	void *vram;
	u32 bandwidth;
	struct workqueue_struct *engine;
	ktime_t idle_at;
	struct hmt_sim_knobs knobs;
	u32 timeouts;
	atomic_t copies;
	atomic_t jobs;
	atomic_t waits;
	atomic_t peer_copies;
	spinlock_t lock;
	struct list_head pending;
	u64 fence;
	struct mutex waiting;
	atomic_t accesses;
	atomic_t translations;
	atomic_t remote;
	struct miscdevice misc;
	struct dentry *dir;
	struct dentry *own;
	u64 reserved;
	u64 lendable;
	u64 lent;
	struct kref users;
	struct rw_semaphore gate;
	bool removed;
	char name[16];
};

/* sim.c */
struct hmt_sim *to_hmt_sim(struct hmt_device_memory *memory);
void *hmt_sim_at(struct hmt_sim *sim, u64 offset);
bool hmt_sim_omits(const char *operation);
void hmt_sim_put(struct hmt_sim *sim);

/* sim_bus.c: plugging in and unplugging */
extern const struct attribute_group *hmt_sim_bus_groups[];

int hmt_sim_bus_init(unsigned int count);
void hmt_sim_bus_exit(void);

/* sim_engine.c: asynchronous copying */
int hmt_sim_engine_init(struct hmt_sim *sim);
void hmt_sim_engine_exit(struct hmt_sim *sim);
void hmt_sim_engine_copy(struct hmt_sim *sim,
			 struct hmt_device_copy_desc *copies, unsigned int nr);
int hmt_sim_engine_submit(struct hmt_sim *sim,
			  struct hmt_device_copy_desc *copies, unsigned int nr,
			  u64 *fence);
void hmt_sim_engine_wait(struct hmt_sim *sim, u64 fence);

/* sim_own.c: memory that the driver uses itself */
void hmt_sim_own_init(struct hmt_sim *sim);
void hmt_sim_own_exit(struct hmt_sim *sim);

/* Maximum number of ATC entries; a module parameter sets the number in use. */
#define HMT_SIM_ATC_MAX		4096

/**
 * struct hmt_sim_entry - a translation in the ATC
 * @addr: address
 * @page: page of system memory, or NULL
 * @own: page of the device's own memory, if @page is NULL
 * @valid: false if the entry is empty
 * @writable: true if the page may be written
 */
struct hmt_sim_entry {
	unsigned long addr;
	struct page *page;
	void *own;
	bool valid;
	bool writable;
};

/* Number of ATC entries for huge pages. */
#define HMT_SIM_ATC_HUGE	8

/* Number of access counters; granules may share one, as in hardware. */
#define HMT_SIM_COUNTERS	256

struct hmt_sim_counter {
	unsigned long granule;
	u32 count;
};

/**
 * struct hmt_sim_mmu - the device's view of an address space
 * @sim: device
 * @view: view of HMT
 * @mm: address space, to be compared only
 * @counters: access counters by granule
 * @lock: protects @atc and @counters; held while the device accesses memory, so
 *	that invalidation waits for accesses in progress
 * @huge: translations of huge pages, direct-mapped
 * @entries: number of entries in @atc
 * @atc: translations, direct-mapped
 */
struct hmt_sim_mmu {
	struct hmt_sim *sim;
	struct hmt_device_mm view;
	struct mm_struct *mm;
	struct hmt_sim_counter counters[HMT_SIM_COUNTERS];
	struct mutex lock;
	struct hmt_sim_entry huge[HMT_SIM_ATC_HUGE];
	unsigned int entries;
	struct hmt_sim_entry atc[];
};

/* sim_mmu.c */
struct hmt_sim_mmu *hmt_sim_mmu_create(struct hmt_sim *sim);
void hmt_sim_mmu_destroy(struct hmt_sim_mmu *mmu);
int hmt_sim_mmu_access(struct hmt_sim_mmu *mmu, unsigned long addr, void *data,
		       size_t bytes, bool write, bool migrate);
int hmt_sim_mmu_prefetch(struct hmt_sim_mmu *mmu, unsigned long start,
			 unsigned long bytes);

/* sim_kernel.c: the character device and its computations */
extern const struct file_operations hmt_sim_fops;

#endif /* _HMT_SIM_H */
