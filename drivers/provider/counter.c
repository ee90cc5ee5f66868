// SPDX-License-Identifier: GPL-2.0
/*
 * The counter provider: heat from access counters of devices.
 *
 * A device counts accesses to granules of memory and tells, by an interrupt or
 * when its driver polls it, which of them reached a threshold. It cannot tell
 * which page of a granule was accessed: the count is spread over all of them.
 *
 * A driver may be in any context when it tells, so the way of a report has no
 * lock: the core takes it into the queue of the CPU, and what is counted here
 * is counted for each CPU.
 */
#include <linux/hmt.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include "attrs.h"

#define HMT_COUNTER_ACCESSES_MAX	1000000

/* Accesses to a page that are one hit; read at each report. */
static unsigned int hmt_counter_accesses = 1;

/**
 * struct hmt_counter_cpu - what devices told on a CPU
 * @taken: reports that a workload took
 * @refused: reports that none took: of processes that none manages, or when
 *	the queue was full
 */
struct hmt_counter_cpu {
	u64 taken;
	u64 refused;
};

static DEFINE_PER_CPU(struct hmt_counter_cpu, hmt_counter_cpus);

/* While there are users, we listen. */
static DEFINE_MUTEX(hmt_counter_lock);
static unsigned int hmt_counter_users;

static struct hmt_provider hmt_counter;

/* Evidence for each page of @bytes that were accessed @count times in all. */
static unsigned int hmt_counter_worth(unsigned long bytes, unsigned int count)
{
	u64 pages = max(bytes >> PAGE_SHIFT, 1UL);
	u64 hit = pages * READ_ONCE(hmt_counter_accesses);

	return min_t(u64, DIV64_U64_ROUND_UP((u64)count * HMT_SCORE_HIT, hit),
		     HMT_SCORE_MAX);
}

/* Any context. */
static void hmt_counter_report(struct mm_struct *mm, unsigned long start,
			       unsigned long end, unsigned int count)
{
	if (end > start &&
	    !hmt_report_range(&hmt_counter, mm, start, end,
			      hmt_counter_worth(end - start, count)))
		this_cpu_inc(hmt_counter_cpus.taken);
	else
		this_cpu_inc(hmt_counter_cpus.refused);
}

static struct hmt_mirror_listener hmt_counter_listener = {
	.evidence = HMT_EVIDENCE_COUNTER,
	.report = hmt_counter_report,
};

static int hmt_counter_start(struct hmt_session *session)
{
	guard(mutex)(&hmt_counter_lock);
	if (!hmt_counter_users++)
		hmt_mirror_listen(&hmt_counter_listener);
	return 0;
}

static void hmt_counter_stop(struct hmt_session *session)
{
	guard(mutex)(&hmt_counter_lock);
	if (!--hmt_counter_users)
		hmt_mirror_unlisten(&hmt_counter_listener);
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

/* One number of struct hmt_counter_cpu, over all CPUs. */
#define HMT_COUNTER_SUM(_name, _field)					\
static ssize_t hmt_counter_##_name##_show(struct config_item *item,	\
					  char *page)			\
{									\
	return hmt_attr_show_sum(page, &hmt_counter_cpus._field);	\
}									\
CONFIGFS_ATTR_RO(hmt_counter_, _name)

HMT_COUNTER_SUM(taken, taken);
HMT_COUNTER_SUM(refused, refused);

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
