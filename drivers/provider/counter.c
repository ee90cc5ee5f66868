// SPDX-License-Identifier: GPL-2.0
/*
 * The counter provider: heat from access counters of devices.
 *
 * A device counts accesses to granules of memory and reports, by an interrupt
 * or when its driver polls it, the granules that reached a threshold. It does
 * not know which page of a granule was accessed, so the count is spread over
 * all of them.
 *
 * Drivers may report in any context, so reporting takes no lock: the core
 * queues reports per CPU, and the statistics are per CPU as well.
 */
#include <linux/hmt_provider.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include "attrs.h"
#include "listeners.h"

#define HMT_COUNTER_ACCESSES_MAX	1000000

/* Accesses to a page that make one hit; read at each report. */
static unsigned int hmt_counter_accesses = 1;

/**
 * struct hmt_counter_cpu - statistics of a CPU
 * @taken: reports that a workload accepted
 * @refused: reports that no workload accepted, because none manages the process
 *	or the queue was full
 */
struct hmt_counter_cpu {
	u64 taken;
	u64 refused;
};

static DEFINE_PER_CPU(struct hmt_counter_cpu, hmt_counter_cpus);

/* Protects the listener. */
static DEFINE_MUTEX(hmt_counter_lock);

static struct hmt_provider hmt_counter;

/*
 * Return the score of each page of @bytes that were accessed @count times in
 * all.
 */
static unsigned int hmt_counter_score(unsigned long bytes, unsigned int count)
{
	u64 pages = max(bytes >> PAGE_SHIFT, 1UL);
	u64 hit = pages * READ_ONCE(hmt_counter_accesses);

	return min_t(u64, DIV64_U64_ROUND_UP((u64)count * HMT_SCORE_HIT, hit),
		     HMT_SCORE_MAX);
}

/* Called in any context. */
static void hmt_counter_report(struct mm_struct *mm, unsigned long start,
			       unsigned long end, unsigned int count)
{
	if (end > start &&
	    !hmt_report_range(&hmt_counter, mm, start, end,
			      hmt_counter_score(end - start, count)))
		this_cpu_inc(hmt_counter_cpus.taken);
	else
		this_cpu_inc(hmt_counter_cpus.refused);
}

static struct hmt_mirror_listener hmt_counter_listener = {
	.evidence = HMT_EVIDENCE_COUNTER,
	.report = hmt_counter_report,
};

static struct hmt_listeners hmt_counter_listeners = {
	.listener = { &hmt_counter_listener },
};

static int hmt_counter_start(struct hmt_session *session)
{
	guard(mutex)(&hmt_counter_lock);
	hmt_listeners_get(&hmt_counter_listeners);
	return 0;
}

static void hmt_counter_stop(struct hmt_session *session)
{
	guard(mutex)(&hmt_counter_lock);
	hmt_listeners_put(&hmt_counter_listeners);
}

static ssize_t hmt_counter_accesses_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(hmt_counter_accesses));
}

static ssize_t hmt_counter_accesses_store(struct config_item *item,
					  const char *page, size_t count)
{
	return hmt_attr_store(&hmt_counter_accesses, page,
			      HMT_COUNTER_ACCESSES_MAX) ?: count;
}
CONFIGFS_ATTR(hmt_counter_, accesses);

HMT_ATTR_SUM(hmt_counter_, taken, hmt_counter_cpus.taken);
HMT_ATTR_SUM(hmt_counter_, refused, hmt_counter_cpus.refused);

static struct configfs_attribute *hmt_counter_attrs[] = {
	&hmt_counter_attr_accesses,
	&hmt_counter_attr_taken,
	&hmt_counter_attr_refused,
	NULL
};

static const struct hmt_provider_ops hmt_counter_ops = {
	.start = hmt_counter_start,
	.stop = hmt_counter_stop,
};

static struct hmt_provider hmt_counter = {
	.name = "counter",
	.owner = THIS_MODULE,
	.ops = &hmt_counter_ops,
	.attrs = hmt_counter_attrs,
	.push = true,
	.device = true,
};
module_hmt_provider(hmt_counter, counter);

MODULE_DESCRIPTION("HMT: heat from access counters of devices");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_LICENSE("GPL");
