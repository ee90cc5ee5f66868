// SPDX-License-Identifier: GPL-2.0
/*
 * PMUs for tests, with the names of some that emulated machines lack: one that
 * is opened as AMD's IBS and samples addresses of a pattern, one that writes
 * traces as ARM's SPE, and those of a hybrid CPU of Intel, on which CPU 0 is a
 * performance core and the others are efficient cores.
 */
#include <linux/bits.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/perf_event.h>
#include <linux/ptrace.h>
#include <asm/irq_regs.h>

#define HMT_PMU_EVERY_NS	(200 * NSEC_PER_USEC)
/* Addresses in one batch. */
#define HMT_PMU_BURST		32
#define HMT_PMU_COUNT_OPS	BIT_ULL(19)
#define HMT_PMU_PERIOD_MASK	0xf

static unsigned long hmt_pmu_start;
module_param_named(start, hmt_pmu_start, ulong, 0644);
MODULE_PARM_DESC(start, "first address");

static unsigned long hmt_pmu_pages;
module_param_named(pages, hmt_pmu_pages, ulong, 0644);
MODULE_PARM_DESC(pages, "number of pages; 0: no samples");

static unsigned long hmt_pmu_step = 1;
module_param_named(step, hmt_pmu_step, ulong, 0644);
MODULE_PARM_DESC(step, "user space accesses one page of that many, and the kernel the next one");

static unsigned long hmt_pmu_bad_periods;
module_param_named(bad_periods, hmt_pmu_bad_periods, ulong, 0444);
MODULE_PARM_DESC(bad_periods, "starts of a counter with a period that is not a multiple of 16");

static bool hmt_pmu_hybrid;
module_param_named(hybrid, hmt_pmu_hybrid, bool, 0444);
MODULE_PARM_DESC(hybrid, "create the PMUs of a hybrid CPU as well");

static void hmt_pmu_sample(struct perf_event *event, struct pt_regs *regs)
{
	unsigned long pages = READ_ONCE(hmt_pmu_pages);
	unsigned long step = max(READ_ONCE(hmt_pmu_step), 1UL), page;
	struct perf_sample_data data = { };

	if (!pages || (event->attr.exclude_kernel && !user_mode(regs)))
		return;
	page = local64_read(&event->count) * step % roundup(pages, step);
	if (!user_mode(regs))
		page++;
	local64_inc(&event->count);
	data.addr = READ_ONCE(hmt_pmu_start) + page * PAGE_SIZE;
	event->overflow_handler(event, &data, regs);
}

static enum hrtimer_restart hmt_pmu_expire(struct hrtimer *timer)
{
	struct perf_event *event = container_of(timer, struct perf_event,
						hw.hrtimer);
	unsigned int i;

	for (i = 0; i < HMT_PMU_BURST && event->overflow_handler; i++)
		hmt_pmu_sample(event, get_irq_regs());
	hrtimer_forward_now(timer, ns_to_ktime(HMT_PMU_EVERY_NS));
	return HRTIMER_RESTART;
}

static void hmt_pmu_start_event(struct perf_event *event, int flags)
{
	if (event->hw.sample_period & HMT_PMU_PERIOD_MASK)
		WRITE_ONCE(hmt_pmu_bad_periods, hmt_pmu_bad_periods + 1);
	event->hw.state = 0;
	hrtimer_start(&event->hw.hrtimer, ns_to_ktime(HMT_PMU_EVERY_NS),
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static void hmt_pmu_stop_event(struct perf_event *event, int flags)
{
	hrtimer_cancel(&event->hw.hrtimer);
	event->hw.state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
}

static int hmt_pmu_add(struct perf_event *event, int flags)
{
	event->hw.state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
	if (flags & PERF_EF_START)
		hmt_pmu_start_event(event, flags);
	return 0;
}

static void hmt_pmu_read(struct perf_event *event)
{
}

static int hmt_pmu_init_event(struct perf_event *event)
{
	if (event->attr.type != event->pmu->type)
		return -ENOENT;
	hrtimer_init(&event->hw.hrtimer, CLOCK_MONOTONIC,
		     HRTIMER_MODE_REL_PINNED_HARD);
	event->hw.hrtimer.function = hmt_pmu_expire;
	return 0;
}

/* Refuse as perf_ibs_init() of the kernel does. */
static int hmt_pmu_init_ibs(struct perf_event *event)
{
	int ret = hmt_pmu_init_event(event);

	if (ret)
		return ret;
	if (event->attr.config & ~HMT_PMU_COUNT_OPS ||
	    event->hw.sample_period & HMT_PMU_PERIOD_MASK ||
	    !event->hw.sample_period)
		return -EINVAL;
	return 0;
}

/* Refuse as x86_pmu_event_init() of the kernel does on a hybrid CPU. */
static int hmt_pmu_init_loads(struct perf_event *event, bool supported,
			      u64 config)
{
	int ret = hmt_pmu_init_event(event);

	if (ret)
		return ret;
	if (!supported)
		return -ENOENT;
	return event->attr.config == config ? 0 : -EINVAL;
}

static int hmt_pmu_init_core(struct perf_event *event)
{
	return hmt_pmu_init_loads(event, event->cpu == 0, 0x1cd);
}

static int hmt_pmu_init_atom(struct perf_event *event)
{
	return hmt_pmu_init_loads(event, event->cpu != 0, 0x5d0);
}

#define HMT_PMU_KIND(_name)						\
static struct pmu hmt_pmu_##_name = {					\
	.module = THIS_MODULE,						\
	.task_ctx_nr = perf_invalid_context,				\
	.event_init = hmt_pmu_init_##_name,				\
	.add = hmt_pmu_add,						\
	.del = hmt_pmu_stop_event,					\
	.start = hmt_pmu_start_event,					\
	.stop = hmt_pmu_stop_event,					\
	.read = hmt_pmu_read,						\
}

HMT_PMU_KIND(core);
HMT_PMU_KIND(atom);

static struct pmu hmt_pmu_ibs = {
	.module = THIS_MODULE,
	.task_ctx_nr = perf_invalid_context,
	.capabilities = PERF_PMU_CAP_NO_EXCLUDE,
	.event_init = hmt_pmu_init_ibs,
	.add = hmt_pmu_add,
	.del = hmt_pmu_stop_event,
	.start = hmt_pmu_start_event,
	.stop = hmt_pmu_stop_event,
	.read = hmt_pmu_read,
};

static struct pmu hmt_pmu_spe = {
	.module = THIS_MODULE,
	.task_ctx_nr = perf_invalid_context,
	.capabilities = PERF_PMU_CAP_ITRACE,
	.event_init = hmt_pmu_init_event,
	.add = hmt_pmu_add,
	.del = hmt_pmu_stop_event,
	.start = hmt_pmu_start_event,
	.stop = hmt_pmu_stop_event,
	.read = hmt_pmu_read,
};

static int hmt_pmu_init_hybrid(void)
{
	int ret;

	if (!hmt_pmu_hybrid)
		return 0;
	/* The generic type, as the kernel does. */
	ret = perf_pmu_register(&hmt_pmu_core, "cpu_core", PERF_TYPE_RAW);
	if (ret)
		return ret;
	ret = perf_pmu_register(&hmt_pmu_atom, "cpu_atom", -1);
	if (ret)
		perf_pmu_unregister(&hmt_pmu_core);
	return ret;
}

static int __init hmt_pmu_init(void)
{
	int ret = perf_pmu_register(&hmt_pmu_ibs, "ibs_op", -1);

	if (ret)
		return ret;
	ret = perf_pmu_register(&hmt_pmu_spe, "arm_spe_0", -1);
	if (ret)
		goto err_ibs;
	ret = hmt_pmu_init_hybrid();
	if (ret)
		goto err_spe;
	return 0;

err_spe:
	perf_pmu_unregister(&hmt_pmu_spe);
err_ibs:
	perf_pmu_unregister(&hmt_pmu_ibs);
	return ret;
}
module_init(hmt_pmu_init);

static void __exit hmt_pmu_exit(void)
{
	if (hmt_pmu_hybrid) {
		perf_pmu_unregister(&hmt_pmu_atom);
		perf_pmu_unregister(&hmt_pmu_core);
	}
	perf_pmu_unregister(&hmt_pmu_spe);
	perf_pmu_unregister(&hmt_pmu_ibs);
}
module_exit(hmt_pmu_exit);

MODULE_DESCRIPTION("HMT: performance counters for tests");
MODULE_LICENSE("GPL");
