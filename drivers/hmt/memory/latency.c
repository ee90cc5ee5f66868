// SPDX-License-Identifier: GPL-2.0
/*
 * Latency of a node under its present load. Memory from which CPUs want more than its
 * bandwidth has accesses waiting, which no counter shows that all machines have: a chain
 * of loads, each of which needs the one before, is timed instead.
 */
#include <linux/compiler.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/hmt_internal.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/libnvdimm.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/time64.h>
#include <linux/topology.h>
#include <linux/workqueue.h>
#include "memory.h"

/* Loads of a chain, a power of two, and runs, the fastest of which counts. */
#define HMT_LATENCY_LOADS	32U
#define HMT_LATENCY_RUNS	2U
/* Distance of two lines that no CPU fetches together, bytes. */
#define HMT_LATENCY_STEP	128U
#define HMT_LATENCY_BYTES	(HMT_LATENCY_LOADS * HMT_LATENCY_STEP)

/* A measurement is that of the present load for this time, ns. */
#define HMT_LATENCY_AGE_NS	(10 * NSEC_PER_MSEC)

static_assert(HMT_LATENCY_BYTES <= PAGE_SIZE);

/* Other kernels have no such parameter. */
static unsigned int hmt_latency_given[4];
#if IS_ENABLED(CONFIG_KUNIT)
module_param_array_named(latency_ns, hmt_latency_given, uint, NULL, 0644);
MODULE_PARM_DESC(latency_ns, "tests: latencies of the first nodes under load in ns; 0: as measured");
#endif

/*
 * Load from each line once, in an order that no CPU foresees. @zero is 0, which the
 * compiler does not know: an address depends on the value before. Not inlined, so that
 * a model of memory finds it by name.
 */
static noinline u32 hmt_latency_chase(const u8 *data, u32 zero)
{
	u32 i, line = 0;

	for (i = 0; i < HMT_LATENCY_LOADS; i++)
		line = (line * 5 + 7 + (READ_ONCE(data[line * HMT_LATENCY_STEP]) &
					zero)) % HMT_LATENCY_LOADS;
	return line;
}

/* Return the time of a chain, ns. */
static u64 hmt_latency_time(u8 *data)
{
	u32 zero = 0;
	u64 ns;

	OPTIMIZER_HIDE_VAR(zero);
	/* Out of all caches. */
	arch_wb_cache_pmem(data, HMT_LATENCY_BYTES);
	arch_invalidate_pmem(data, HMT_LATENCY_BYTES);
	preempt_disable();
	/* The walk of the page table is no part of it. */
	READ_ONCE(data[HMT_LATENCY_STEP / 2]);
	ns = ktime_get_ns();
	zero = hmt_latency_chase(data, zero);
	OPTIMIZER_HIDE_VAR(zero);
	ns = ktime_get_ns() - ns;
	preempt_enable();
	return ns;
}

/* Measure node @nid from this CPU, ns; 0: it has no free page, or the CPU no way. */
static u32 hmt_latency_measure(int nid)
{
	u64 least = U64_MAX;
	struct page *page;
	unsigned int i;
	u8 *data;

	if (!IS_ENABLED(CONFIG_ARCH_HAS_PMEM_API))
		return 0;
	page = alloc_pages_node(nid, HMT_NODE_GFP, 0);
	if (!page)
		return 0;
	data = kmap_local_page(page);
	for (i = 0; i < HMT_LATENCY_RUNS; i++)
		least = min(least, hmt_latency_time(data));
	kunmap_local(data);
	__free_page(page);
	return min_t(u64, least / HMT_LATENCY_LOADS, U32_MAX);
}

/**
 * struct hmt_latency_work - a measurement from another CPU
 * @work: work
 * @nid: node that is measured
 * @ns: result
 */
struct hmt_latency_work {
	struct work_struct work;
	int nid;
	u32 ns;
};

static void hmt_latency_run(struct work_struct *work)
{
	struct hmt_latency_work *run =
		container_of(work, struct hmt_latency_work, work);

	run->ns = hmt_latency_measure(run->nid);
}

/* Measure node @nid from a CPU of node @from, ns; 0: not known. */
static u32 hmt_latency_from(int from, int nid)
{
	struct hmt_latency_work run = { .nid = nid };
	unsigned int cpu;

	if (nid < ARRAY_SIZE(hmt_latency_given) &&
	    READ_ONCE(hmt_latency_given[nid]))
		return READ_ONCE(hmt_latency_given[nid]);
	if (from == numa_node_id())
		return hmt_latency_measure(nid);
	INIT_WORK_ONSTACK(&run.work, hmt_latency_run);
	cpus_read_lock();
	cpu = cpumask_any_and(cpumask_of_node(from), cpu_online_mask);
	if (cpu < nr_cpu_ids && schedule_work_on(cpu, &run.work))
		flush_work(&run.work);
	cpus_read_unlock();
	destroy_work_on_stack(&run.work);
	return run.ns;
}

/*
 * Return the latency of a load of the CPUs of node @from from the memory @uid, a node, ns;
 * 0: not known. Workloads that ask at about the same time share a measurement, which
 * takes a page of the node for the time of some hundred loads. Context: process.
 */
u32 hmt_memory_loaded_latency(u32 uid, int from)
{
	struct hmt_memory *memory = hmt_memory_get(uid);
	u64 now = ktime_get_ns();
	u32 ns;

	if (!memory)
		return 0;
	ns = READ_ONCE(memory->loaded_latency);
	if (!ns || READ_ONCE(memory->loaded_from) != from ||
	    now - READ_ONCE(memory->loaded_at) > HMT_LATENCY_AGE_NS) {
		ns = hmt_latency_from(from, memory->nid);
		if (ns) {
			WRITE_ONCE(memory->loaded_latency, ns);
			WRITE_ONCE(memory->loaded_from, from);
			WRITE_ONCE(memory->loaded_at, now);
		}
	}
	hmt_memory_put(memory);
	return ns;
}
