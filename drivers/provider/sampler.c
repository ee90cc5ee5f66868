// SPDX-License-Identifier: GPL-2.0
/*
 * The sampler provider: heat from addresses that a performance counter records.
 *
 * One counter per CPU serves all workloads; the core refuses addresses of other
 * processes at once. Two measures limit the cost. The handler does nothing once
 * the budget of a time window is spent, and after each window the period is
 * adapted so that the counter does not take samples that the handler would
 * ignore.
 */
#include <asm/arch.h>
#include <linux/configfs.h>
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/hmt_provider.h>
#include <linux/kstrtox.h>
#include <linux/mutex.h>
#include <linux/math.h>
#include <linux/percpu.h>
#include <linux/perf_event.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include "attrs.h"

#define HMT_SAMPLER_WINDOW_NS	(100 * NSEC_PER_MSEC)
/* Cost of a sample before the handler is called: the interrupt. */
#define HMT_SAMPLER_ENTRY_NS	1000
#define HMT_SAMPLER_PERIOD_MAX	BIT(30)
#define HMT_SAMPLER_AUTO	"auto"
/* AMD's IBS requires periods that are multiples of 16. */
#define HMT_SAMPLER_COARSE	16
#define HMT_SAMPLER_PMU_LEN	32
/* PMU of the efficient cores of Intel's hybrid CPUs. */
#define HMT_SAMPLER_ATOM	"cpu_atom"
#define HMT_SAMPLER_KINDS	2

/**
 * struct hmt_sampler_event - type of counter
 * @name: name in the attribute "event"
 * @pmu: name of a PMU whose type is assigned when it registers, else empty
 * @type: type as in struct perf_event_attr, like the next two
 * @config: event
 * @config1: additional configuration
 * @precise: precise_ip: required precision of the address, 0 to 3
 * @coarse: true if the counter requires coarse periods and cannot exclude the
 *	kernel
 */
struct hmt_sampler_event {
	const char *name;
	char pmu[HMT_SAMPLER_PMU_LEN];
	u32 type;
	u64 config;
	u64 config1;
	u32 precise;
	bool coarse;
};

/*
 * Ordered by preference of "auto". Events of the same name are the same event on
 * CPUs of different kinds: on hybrid CPUs of Intel the generic types are the PMU
 * of performance cores, and the kernel refuses them on the others.
 */
static const struct hmt_sampler_event hmt_sampler_events[] = {
	/*
	 * Intel's PEBS: loads with a latency of 30 cycles or more. From Sapphire
	 * Rapids on it requires the event mem-loads-aux only for
	 * PERF_SAMPLE_DATA_SRC, which is not requested.
	 */
	{ "mem-loads", "", PERF_TYPE_RAW, 0x1cd, 30, 2 },
	{ "mem-loads", HMT_SAMPLER_ATOM, 0, 0x5d0, 30, 2 },
	/*
	 * AMD's IBS: every n-th micro-op; those that access memory have
	 * addresses.
	 */
	{ "ibs-op", "ibs_op", 0, BIT(19), 0, 0 },
	{ "cache-misses", "", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES,
	  0, 2 },
	{ "cache-misses", HMT_SAMPLER_ATOM, 0, 0x412e, 0, 2 },
	{ "page-faults", "", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS,
	  0, 0 },
	{ "minor-faults", "", PERF_TYPE_SOFTWARE,
	  PERF_COUNT_SW_PAGE_FAULTS_MIN, 0, 0 },
	{ "major-faults", "", PERF_TYPE_SOFTWARE,
	  PERF_COUNT_SW_PAGE_FAULTS_MAJ, 0, 0 },
	/* Intel's PEBS: stores, on Skylake and later. */
	{ "mem-stores", "", PERF_TYPE_RAW, 0x82d0, 0, 2 },
	{ "mem-stores", HMT_SAMPLER_ATOM, 0, 0x6d0, 0, 2 },
	/*
	 * ARM's SPE: always fails, with a reason. See hmt_sampler_is_trace().
	 */
	{ "spe", "arm_spe_0", 0, 0, 0, 0 },
};

/**
 * struct hmt_sampler_cpu - counter of a CPU
 * @event: counter, NULL if there is none
 * @window: start of the time window in ns; used by the handler only
 * @spent: time spent in the window in ns; used by the handler only
 * @total: time spent in all windows in ns
 * @period: current period, in events per sample
 * @seen: @total when the period was last adapted
 * @taken: samples that a workload accepted
 * @throttled: samples that were ignored because the budget was spent
 */
struct hmt_sampler_cpu {
	struct perf_event *event;
	u64 window;
	u64 spent;
	u64 total;
	u64 period;
	u64 seen;
	u64 taken;
	u64 throttled;
};

static DEFINE_PER_CPU(struct hmt_sampler_cpu, hmt_sampler_cpus);

/*
 * Protects the configuration and the number of users. While there are users,
 * only the work accesses the counters.
 */
static DEFINE_MUTEX(hmt_sampler_lock);
static unsigned int hmt_sampler_users;
static char hmt_sampler_name[64] = HMT_SAMPLER_AUTO;
static u64 hmt_sampler_period = 1009;
/* The event, once for each kind of CPU, without those that no CPU has. */
static struct hmt_sampler_event hmt_sampler_kinds[HMT_SAMPLER_KINDS];
static unsigned int hmt_sampler_nr_kinds;

/* Read at each sample. */
static unsigned int hmt_sampler_budget = 1;
static unsigned int hmt_sampler_score = HMT_SCORE_HIT;

static struct hmt_provider hmt_sampler;

static u64 hmt_sampler_allowance(void)
{
	return HMT_SAMPLER_WINDOW_NS / 100 * READ_ONCE(hmt_sampler_budget);
}

/* Check whether the budget of this window has time left. */
static bool hmt_sampler_may_work(struct hmt_sampler_cpu *cpu, u64 now)
{
	if (now - cpu->window >= HMT_SAMPLER_WINDOW_NS) {
		cpu->window = now;
		cpu->spent = 0;
	}
	return cpu->spent < hmt_sampler_allowance();
}

static const struct hmt_sampler_event *
hmt_sampler_kind(const struct perf_event *event)
{
	return event->overflow_handler_context;
}

/* Ignore addresses that the kernel accesses, except for page faults. */
static bool hmt_sampler_counts(const struct perf_event *event,
			       const struct mm_struct *mm, u64 address,
			       struct pt_regs *regs)
{
	return mm && address && address < TASK_SIZE_MAX &&
	       (!hmt_sampler_kind(event)->coarse || user_mode(regs));
}

/*
 * Handle a sample. May be an NMI; does not nest because a CPU has one counter.
 */
static void hmt_sampler_overflow(struct perf_event *event,
				 struct perf_sample_data *data,
				 struct pt_regs *regs)
{
	struct hmt_sampler_cpu *cpu = this_cpu_ptr(&hmt_sampler_cpus);
	u64 now = ktime_get_mono_fast_ns(), ns = HMT_SAMPLER_ENTRY_NS;
	struct mm_struct *mm = current->mm;

	if (!hmt_sampler_may_work(cpu, now)) {
		WRITE_ONCE(cpu->throttled, cpu->throttled + 1);
	} else {
		if (hmt_sampler_counts(event, mm, data->addr, regs) &&
		    !hmt_report_page(&hmt_sampler, mm, data->addr,
				     READ_ONCE(hmt_sampler_score)))
			WRITE_ONCE(cpu->taken, cpu->taken + 1);
		ns += ktime_get_mono_fast_ns() - now;
	}
	cpu->spent += ns;
	WRITE_ONCE(cpu->total, cpu->total + ns);
}

/* Return the configured period, rounded if the counter requires it. */
static u64 hmt_sampler_least(const struct hmt_sampler_event *kind)
{
	return kind->coarse ? round_up(hmt_sampler_period, HMT_SAMPLER_COARSE) :
			      hmt_sampler_period;
}

static struct perf_event *hmt_sampler_create(struct hmt_sampler_event *kind,
					     int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = kind->type,
		.config = kind->config,
		.config1 = kind->config1,
		.precise_ip = kind->precise,
		.sample_type = PERF_SAMPLE_ADDR,
		.sample_period = hmt_sampler_least(kind),
		/*
		 * One interrupt per sample, because the window accounts for
		 * each.
		 */
		.wakeup_events = 1,
		.exclude_kernel = kind->type != PERF_TYPE_SOFTWARE &&
				  !kind->coarse,
		.exclude_hv = !kind->coarse,
	};

	return perf_event_create_kernel_counter(&attr, cpu, NULL,
						hmt_sampler_overflow, kind);
}

/*
 * Create the counter of a CPU of any kind, if it supports the event.
 *
 * Not called by a hotplug callback, because the creation of a software event
 * takes the lock of CPU hotplug.
 */
static void hmt_sampler_open(unsigned int number)
{
	struct hmt_sampler_cpu *cpu = per_cpu_ptr(&hmt_sampler_cpus, number);
	struct perf_event *event;
	unsigned int i;

	for (i = 0; i < hmt_sampler_nr_kinds; i++) {
		event = hmt_sampler_create(&hmt_sampler_kinds[i], number);
		if (IS_ERR(event))
			continue;
		cpu->period = hmt_sampler_least(&hmt_sampler_kinds[i]);
		cpu->event = event;
		return;
	}
}

static void hmt_sampler_close(struct hmt_sampler_cpu *cpu)
{
	if (cpu->event)
		perf_event_release_kernel(cpu->event);
	cpu->event = NULL;
}

/* Sample less above the budget, more below a quarter of it. */
static void hmt_sampler_adapt(struct hmt_sampler_cpu *cpu)
{
	u64 total = READ_ONCE(cpu->total), spent = total - cpu->seen;
	u64 period = cpu->period;

	cpu->seen = total;
	if (spent > hmt_sampler_allowance())
		period = min_t(u64, 2 * period, HMT_SAMPLER_PERIOD_MAX);
	else if (spent < hmt_sampler_allowance() / 4)
		period = max(period / 2,
			     hmt_sampler_least(hmt_sampler_kind(cpu->event)));
	if (period != cpu->period &&
	    !perf_event_period(cpu->event, period))
		cpu->period = period;
}

/*
 * A counter becomes unusable when its CPU goes offline, even if that returns.
 */
static void hmt_sampler_tend(unsigned int number)
{
	struct hmt_sampler_cpu *cpu = per_cpu_ptr(&hmt_sampler_cpus, number);

	if (cpu->event && (!cpu_online(number) ||
			   cpu->event->state < PERF_EVENT_STATE_INACTIVE))
		hmt_sampler_close(cpu);
	if (!cpu->event && cpu_online(number))
		hmt_sampler_open(number);
	if (cpu->event)
		hmt_sampler_adapt(cpu);
}

static void hmt_sampler_tend_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(hmt_sampler_work, hmt_sampler_tend_all);

static void hmt_sampler_tend_all(struct work_struct *work)
{
	unsigned int number;

	for_each_possible_cpu(number)
		hmt_sampler_tend(number);
	schedule_delayed_work(&hmt_sampler_work,
			      nsecs_to_jiffies(HMT_SAMPLER_WINDOW_NS));
}

/*
 * Look up the type of a PMU by name. PMUs are devices of a bus that the kernel
 * does not export; the PMU of software events always exists and leads to it.
 */
static int hmt_sampler_number(const char *name, u32 *type)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.disabled = 1,
	};
	struct perf_event *any;
	struct device *device;

	any = perf_event_create_kernel_counter(&attr, raw_smp_processor_id(),
					       NULL, NULL, NULL);
	if (IS_ERR(any))
		return PTR_ERR(any);
	device = bus_find_device_by_name(any->pmu->dev->bus, NULL, name);
	perf_event_release_kernel(any);
	if (!device)
		return -ENODEV;
	*type = ((struct pmu *)dev_get_drvdata(device))->type;
	put_device(device);
	return 0;
}

/*
 * A PMU that writes to a buffer that only user space can map calls no handler.
 */
static bool hmt_sampler_is_trace(const struct perf_event *event)
{
	return event->pmu->capabilities & PERF_PMU_CAP_ITRACE;
}

/* Check for a counter of the CPU that counts, and has no address in its samples. */
static bool hmt_sampler_lacks_address(const struct hmt_sampler_event *kind)
{
	return !HMT_COUNTERS_HAVE_ADDRESSES && !*kind->pmu &&
	       kind->type != PERF_TYPE_SOFTWARE;
}

static int hmt_sampler_try_cpu(struct hmt_sampler_event *kind, int cpu)
{
	struct perf_event *event;
	bool is_trace;

	event = hmt_sampler_create(kind, cpu);
	if (IS_ERR(event))
		return PTR_ERR(event);
	is_trace = hmt_sampler_is_trace(event);
	perf_event_release_kernel(event);
	return is_trace ? -ENOSTR : 0;
}

/* Try all CPUs, because -ENOENT may mean that this one is of another kind. */
static int hmt_sampler_try_period(struct hmt_sampler_event *kind)
{
	int ret = -ENOENT;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		ret = hmt_sampler_try_cpu(kind, cpu);
		if (ret != -ENOENT)
			break;
	}
	return ret;
}

/* Check whether a CPU of this machine supports an event, and add it. */
static int hmt_sampler_try(const struct hmt_sampler_event *event)
{
	struct hmt_sampler_event *kind;
	int ret = 0;

	if (WARN_ON_ONCE(hmt_sampler_nr_kinds == HMT_SAMPLER_KINDS))
		return -ENOSPC;
	kind = &hmt_sampler_kinds[hmt_sampler_nr_kinds];
	*kind = *event;
	if (hmt_sampler_lacks_address(kind))
		return -EOPNOTSUPP;
	if (*kind->pmu)
		ret = hmt_sampler_number(kind->pmu, &kind->type);
	if (ret)
		return ret;
	ret = hmt_sampler_try_period(kind);
	if (ret == -EINVAL) {
		kind->coarse = true;
		ret = hmt_sampler_try_period(kind);
	}
	if (!ret)
		hmt_sampler_nr_kinds++;
	return ret;
}

/*
 * Parse "<type>:<config>[:<config1>[:<precise>]]", as in sysfs and perf; the
 * type may be the name of a PMU.
 */
static int hmt_sampler_parse(const char *text, struct hmt_sampler_event *kind)
{
	const char *config = strchr(text, ':');
	char end, *pmu = kind->pmu;
	int count;

	*kind = (struct hmt_sampler_event) { .precise = 2 };
	if (!config || config == text ||
	    config - text >= sizeof(kind->pmu))
		return -EINVAL;
	memcpy(pmu, text, config - text);
	if (!kstrtou32(pmu, 10, &kind->type))
		*pmu = '\0';
	count = sscanf(config, ":%llx:%llx:%u%c", &kind->config,
		       &kind->config1, &kind->precise, &end);
	return count >= 1 && count <= 3 && kind->precise <= 3 ? 0 : -EINVAL;
}

static const struct hmt_sampler_event *hmt_sampler_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hmt_sampler_events); i++)
		if (!strcmp(hmt_sampler_events[i].name, name))
			return &hmt_sampler_events[i];
	return NULL;
}

/*
 * Select the event @first of the table, and those of its name that follow. Return
 * the error of @first if no CPU supports any.
 */
static int hmt_sampler_try_known(const struct hmt_sampler_event *first)
{
	const struct hmt_sampler_event *event = first;
	const struct hmt_sampler_event *end =
		hmt_sampler_events + ARRAY_SIZE(hmt_sampler_events);
	int ret = 0, error;

	for (; event < end && !strcmp(event->name, first->name); event++) {
		error = hmt_sampler_try(event);
		if (event == first)
			ret = error;
	}
	return hmt_sampler_nr_kinds ? 0 : ret;
}

static int hmt_sampler_choose(void)
{
	const struct hmt_sampler_event *known;
	struct hmt_sampler_event event;
	unsigned int i;

	hmt_sampler_nr_kinds = 0;
	if (!strcmp(hmt_sampler_name, HMT_SAMPLER_AUTO)) {
		for (i = 0; i < ARRAY_SIZE(hmt_sampler_events); i++)
			if (!hmt_sampler_try_known(&hmt_sampler_events[i]))
				return 0;
		return -EOPNOTSUPP;
	}
	known = hmt_sampler_find(hmt_sampler_name);
	if (known)
		return hmt_sampler_try_known(known);
	return hmt_sampler_parse(hmt_sampler_name, &event) ?:
	       hmt_sampler_try(&event);
}

static int hmt_sampler_begin(void)
{
	unsigned int number;
	int ret;

	lockdep_assert_held(&hmt_sampler_lock);
	ret = hmt_sampler_choose();
	if (ret) {
		/* -ENOENT would mean that the provider does not exist. */
		pr_err("no counter '%s' with addresses here (error %d): %s\n",
		       hmt_sampler_name, ret, ret == -ENOSTR ?
		       "it writes a trace; use 'perf script' and 'hmtctl report'" :
		       "write another event to providers/sampler/event");
		return -EOPNOTSUPP;
	}
	for_each_online_cpu(number)
		hmt_sampler_open(number);
	schedule_delayed_work(&hmt_sampler_work,
			      nsecs_to_jiffies(HMT_SAMPLER_WINDOW_NS));
	return 0;
}

static void hmt_sampler_end(void)
{
	unsigned int number;

	lockdep_assert_held(&hmt_sampler_lock);
	cancel_delayed_work_sync(&hmt_sampler_work);
	for_each_possible_cpu(number)
		hmt_sampler_close(per_cpu_ptr(&hmt_sampler_cpus, number));
	/*
	 * A handler that interrupted the release of its counter may still run.
	 */
	synchronize_rcu();
}

static int hmt_sampler_start(struct hmt_session *session)
{
	int ret = 0;

	guard(mutex)(&hmt_sampler_lock);
	if (!hmt_sampler_users)
		ret = hmt_sampler_begin();
	if (!ret)
		hmt_sampler_users++;
	return ret;
}

static void hmt_sampler_stop(struct hmt_session *session)
{
	guard(mutex)(&hmt_sampler_lock);
	if (!--hmt_sampler_users)
		hmt_sampler_end();
}

static ssize_t hmt_sampler_event_show(struct config_item *item, char *page)
{
	ssize_t len;

	guard(mutex)(&hmt_sampler_lock);
	len = sysfs_emit(page, "%s\n", hmt_sampler_name);
	return len;
}

static ssize_t hmt_sampler_event_store(struct config_item *item,
				       const char *page, size_t count)
{
	char name[sizeof(hmt_sampler_name)];
	struct hmt_sampler_event kind;
	int ret = 0;

	if (strscpy(name, page, sizeof(name)) < 0)
		return -EINVAL;
	strim(name);
	if (strcmp(name, HMT_SAMPLER_AUTO) && !hmt_sampler_find(name) &&
	    hmt_sampler_parse(name, &kind))
		return -EINVAL;
	guard(mutex)(&hmt_sampler_lock);
	if (hmt_sampler_users)
		ret = -EBUSY;
	else
		strscpy(hmt_sampler_name, name, sizeof(hmt_sampler_name));
	return ret ?: count;
}
CONFIGFS_ATTR(hmt_sampler_, event);

static ssize_t hmt_sampler_period_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%llu\n", READ_ONCE(hmt_sampler_period));
}

static ssize_t hmt_sampler_period_store(struct config_item *item,
					const char *page, size_t count)
{
	u64 value;
	int ret = kstrtou64(page, 10, &value);

	if (ret)
		return ret;
	if (!value || value > HMT_SAMPLER_PERIOD_MAX)
		return -ERANGE;
	guard(mutex)(&hmt_sampler_lock);
	if (hmt_sampler_users)
		ret = -EBUSY;
	else
		WRITE_ONCE(hmt_sampler_period, value);
	return ret ?: count;
}
CONFIGFS_ATTR(hmt_sampler_, period);

static ssize_t hmt_sampler_budget_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(hmt_sampler_budget));
}

static ssize_t hmt_sampler_budget_store(struct config_item *item,
					const char *page, size_t count)
{
	return hmt_attr_store(&hmt_sampler_budget, page, 50) ?: count;
}
CONFIGFS_ATTR(hmt_sampler_, budget);

static ssize_t hmt_sampler_score_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(hmt_sampler_score));
}

static ssize_t hmt_sampler_score_store(struct config_item *item,
				       const char *page, size_t count)
{
	return hmt_attr_store(&hmt_sampler_score, page, HMT_SCORE_MAX) ?:
	       count;
}
CONFIGFS_ATTR(hmt_sampler_, score);

HMT_ATTR_SUM(hmt_sampler_, taken, hmt_sampler_cpus.taken);
HMT_ATTR_SUM(hmt_sampler_, throttled, hmt_sampler_cpus.throttled);
HMT_ATTR_SUM(hmt_sampler_, cost_ns, hmt_sampler_cpus.total);

static struct configfs_attribute *hmt_sampler_attrs[] = {
	&hmt_sampler_attr_event,
	&hmt_sampler_attr_period,
	&hmt_sampler_attr_budget,
	&hmt_sampler_attr_score,
	&hmt_sampler_attr_taken,
	&hmt_sampler_attr_throttled,
	&hmt_sampler_attr_cost_ns,
	NULL
};

static const struct hmt_provider_ops hmt_sampler_ops = {
	.start = hmt_sampler_start,
	.stop = hmt_sampler_stop,
};

static struct hmt_provider hmt_sampler = {
	.name = "sampler",
	.owner = THIS_MODULE,
	.ops = &hmt_sampler_ops,
	.attrs = hmt_sampler_attrs,
	.push = true,
};
module_hmt_provider(hmt_sampler, sampler);

MODULE_DESCRIPTION("HMT: heat from performance counters");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_LICENSE("GPL");
