// SPDX-License-Identifier: GPL-2.0
/*
 * The hintfault provider: heat from the hint faults of NUMA balancing, and the
 * answers of HMT to them.
 *
 * The kernel marks pages of slow memory in turn, and notes the time in each. The
 * first access faults: the time since then is the inverse of the rate of access,
 * for each page and by one observation. In the fault the kernel asks
 * mpol_misplaced() for the node that the page should move to, and moves it there
 * at once: huge pages, and pages of files and those that processes share as well.
 *
 * The kernel has no hook here. A return probe sees the question and replaces the
 * result for managed processes. If the probe misses a call, the answer of the
 * kernel stands. The probe exists while a live workload uses the provider.
 */
#include <linux/cpumask.h>
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/kstrtox.h>
#include <linux/math.h>
#include <linux/mempolicy.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/percpu.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include "attrs.h"

#define HMT_HINTFAULT_SWITCH	"/proc/sys/kernel/numa_balancing"
/* Bit of the switch: the kernel marks slow memory and notes the time. */
#define HMT_HINTFAULT_TIERING	2
/* Time between two looks at the switch, which has no notifier. */
#define HMT_HINTFAULT_LOOK	HZ
/* Concurrent calls, which do not sleep. */
#define HMT_HINTFAULT_MAX	64

/**
 * struct hmt_hintfault_cpu - statistics of a CPU
 * @faults: faults of managed processes
 * @unmanaged: faults of other processes
 * @answers: part of @faults by &enum hmt_hint_answer
 */
struct hmt_hintfault_cpu {
	u64 faults;
	u64 unmanaged;
	u64 answers[HMT_HINT_ANSWERS];
};

static DEFINE_PER_CPU(struct hmt_hintfault_cpu, hmt_hintfault_cpus);

/* Serialises start and stop; protects the number of sessions. */
static DEFINE_MUTEX(hmt_hintfault_lock);
static unsigned int hmt_hintfault_users;
/* Calls that earlier registrations of the probe missed. */
static unsigned long hmt_hintfault_missed;
/* The switch as of the last look. */
static unsigned int hmt_hintfault_mode;

static struct hmt_provider hmt_hintfault;

static_assert(__same_type(mpol_misplaced, HMT_MISPLACED_TYPE));

static bool hmt_hintfault_is_on(void)
{
	return READ_ONCE(hmt_hintfault_mode) & HMT_HINTFAULT_TIERING;
}

static const struct vm_area_struct *hmt_hintfault_vma(struct pt_regs *regs)
{
	const void *argument = (void *)regs_get_kernel_argument(regs, 1);

	return HMT_MISPLACED_HAS_FAULT ?
		       ((const struct vm_fault *)argument)->vma :
		       argument;
}

/*
 * Return the time since the page was marked, in ms, or -1. The kernel notes it in
 * pages of slow memory only, which a node with CPUs is not, and the CPU in
 * others.
 */
static int hmt_hintfault_latency(struct folio *folio)
{
	unsigned int marked;

	if (node_state(folio_nid(folio), N_CPU))
		return -1;
	marked = folio_last_cpupid(folio) << PAGE_ACCESS_TIME_BUCKETS;
	return (jiffies_to_msecs(jiffies) - marked) & PAGE_ACCESS_TIME_MASK;
}

/*
 * Check whether a memory policy, other than the default, may place the page: of
 * the mapping, of shared memory, or of the task. Another task may be the one that
 * faults, as a debugger.
 */
static bool hmt_hintfault_is_bound(const struct vm_area_struct *vma)
{
	return vma_policy(vma) || (vma->vm_ops && vma->vm_ops->get_policy) ||
	       current->mm != vma->vm_mm || current->mempolicy;
}

/*
 * Return the index in its folio of the page that is mapped at @addr. A folio of a
 * file may be mapped at any address, and in part, so the index does not follow
 * from the address. Older kernels ask for huge pages and base pages only.
 */
static unsigned long hmt_hintfault_index(struct pt_regs *regs,
					 struct folio *folio,
					 unsigned long addr)
{
	const struct vm_fault *fault =
		(void *)regs_get_kernel_argument(regs, 1);

	if (!HMT_MISPLACED_HAS_FAULT || !fault->pte)
		return (addr >> PAGE_SHIFT) & (folio_nr_pages(folio) - 1);
	return pte_pfn(fault->orig_pte) - folio_pfn(folio);
}

static void hmt_hintfault_describe(struct hmt_hint *hint, struct pt_regs *regs)
{
	/* On older kernels a page, which need not be the first one. */
	struct page *page = (void *)regs_get_kernel_argument(regs, 0);
	const struct vm_area_struct *vma = hmt_hintfault_vma(regs);
	unsigned long addr = regs_get_kernel_argument(regs, 2) & PAGE_MASK;
	struct folio *folio = page_folio(page);
	unsigned long before = hmt_hintfault_index(regs, folio, addr);
	unsigned long after = folio_nr_pages(folio) - before;

	/* The kernel moves the folio as a whole; the VMA may map a part of it. */
	*hint = (struct hmt_hint) {
		.mm = vma->vm_mm,
		.addr = addr - min(before << PAGE_SHIFT, addr - vma->vm_start),
		.end = addr + min(after << PAGE_SHIFT, vma->vm_end - addr),
		.pages = folio_nr_pages(folio),
		.nid = folio_nid(folio),
		.latency = hmt_hintfault_latency(folio),
		.bound = hmt_hintfault_is_bound(vma),
	};
}

/* Return 0 to probe the return of a fault of a managed process, else 1. */
static int hmt_hintfault_entry(struct kretprobe_instance *instance,
			       struct pt_regs *regs)
{
	struct hmt_hint *hint = (void *)instance->data;

	if (!hmt_hintfault_is_on())
		return 1;
	hmt_hintfault_describe(hint, regs);
	if (!hmt_hint_report(&hmt_hintfault, hint)) {
		this_cpu_inc(hmt_hintfault_cpus.unmanaged);
		return 1;
	}
	this_cpu_inc(hmt_hintfault_cpus.faults);
	return 0;
}

static int hmt_hintfault_return(struct kretprobe_instance *instance,
				struct pt_regs *regs)
{
	const struct hmt_hint *hint = (void *)instance->data;
	int nid = regs_return_value(regs);
	enum hmt_hint_answer answer = hmt_hint_decide(hint, &nid);

	this_cpu_inc(hmt_hintfault_cpus.answers[answer]);
	if (answer != HMT_HINT_KERNEL)
		regs_set_return_value(regs, nid);
	return 0;
}

/* int mpol_misplaced(folio, fault, addr); on older kernels (page, vma, addr) */
static struct kretprobe hmt_hintfault_probe;

/* A probe that was unregistered cannot be registered again as it is. */
static int hmt_hintfault_register(void)
{
	hmt_hintfault_probe = (struct kretprobe) {
		.kp.symbol_name = "mpol_misplaced",
		.entry_handler = hmt_hintfault_entry,
		.handler = hmt_hintfault_return,
		.data_size = sizeof(struct hmt_hint),
		.maxactive = HMT_HINTFAULT_MAX + 2 * num_possible_cpus(),
	};
	return register_kretprobe(&hmt_hintfault_probe);
}

static void hmt_hintfault_look(struct work_struct *work);
static DECLARE_DELAYED_WORK(hmt_hintfault_work, hmt_hintfault_look);

static void hmt_hintfault_look(struct work_struct *work)
{
	unsigned int mode = 0;
	char text[16];

	if (hmt_read_attribute(HMT_HINTFAULT_SWITCH, text, sizeof(text)) ||
	    kstrtouint(text, 10, &mode))
		mode = 0;
	WRITE_ONCE(hmt_hintfault_mode, mode);
	schedule_delayed_work(&hmt_hintfault_work, HMT_HINTFAULT_LOOK);
}

/* Log a hint if there will be no faults. */
static void hmt_hintfault_advise(void)
{
	flush_delayed_work(&hmt_hintfault_work);
	if (!hmt_hintfault_is_on())
		pr_info("the kernel marks no pages of slow memory yet: echo %d > %s\n",
			HMT_HINTFAULT_TIERING, HMT_HINTFAULT_SWITCH);
}

static int hmt_hintfault_begin(void)
{
	int ret;

	lockdep_assert_held(&hmt_hintfault_lock);
	ret = hmt_hintfault_register();
	if (ret) {
		pr_err("this kernel does not let hint faults be answered: return probe on mpol_misplaced: %d\n",
		       ret);
		/* -ENOENT would mean that the provider does not exist. */
		return -EOPNOTSUPP;
	}
	schedule_delayed_work(&hmt_hintfault_work, 0);
	hmt_hintfault_advise();
	return 0;
}

static void hmt_hintfault_end(void)
{
	lockdep_assert_held(&hmt_hintfault_lock);
	/* Waits for handlers; no call that is under way is answered any more. */
	unregister_kretprobe(&hmt_hintfault_probe);
	cancel_delayed_work_sync(&hmt_hintfault_work);
	hmt_hintfault_missed += hmt_hintfault_probe.nmissed;
	hmt_hintfault_probe.nmissed = 0;
}

static int hmt_hintfault_start(struct hmt_session *session)
{
	int ret = 0;

	guard(mutex)(&hmt_hintfault_lock);
	if (!hmt_hintfault_users)
		ret = hmt_hintfault_begin();
	if (!ret)
		hmt_hintfault_users++;
	return ret;
}

static void hmt_hintfault_stop(struct hmt_session *session)
{
	guard(mutex)(&hmt_hintfault_lock);
	if (!--hmt_hintfault_users)
		hmt_hintfault_end();
}

static ssize_t hmt_hintfault_missed_show(struct config_item *item, char *page)
{
	ssize_t len;

	guard(mutex)(&hmt_hintfault_lock);
	len = sysfs_emit(page, "%lu\n",
			 hmt_hintfault_missed + hmt_hintfault_probe.nmissed);
	return len;
}
CONFIGFS_ATTR_RO(hmt_hintfault_, missed);

HMT_ATTR_SUM(hmt_hintfault_, faults, hmt_hintfault_cpus.faults);
HMT_ATTR_SUM(hmt_hintfault_, unmanaged, hmt_hintfault_cpus.unmanaged);
HMT_ATTR_SUM(hmt_hintfault_, moved,
	     hmt_hintfault_cpus.answers[HMT_HINT_MOVED]);
HMT_ATTR_SUM(hmt_hintfault_, kept,
	     hmt_hintfault_cpus.answers[HMT_HINT_KEPT]);
HMT_ATTR_SUM(hmt_hintfault_, unanswered,
	     hmt_hintfault_cpus.answers[HMT_HINT_KERNEL]);

static struct configfs_attribute *hmt_hintfault_attrs[] = {
	&hmt_hintfault_attr_faults,
	&hmt_hintfault_attr_moved,
	&hmt_hintfault_attr_kept,
	&hmt_hintfault_attr_unanswered,
	&hmt_hintfault_attr_unmanaged,
	&hmt_hintfault_attr_missed,
	NULL
};

static const struct hmt_provider_ops hmt_hintfault_ops = {
	.start = hmt_hintfault_start,
	.stop = hmt_hintfault_stop,
};

static struct hmt_provider hmt_hintfault = {
	.name = HMT_HINT_PROVIDER,
	.owner = THIS_MODULE,
	.ops = &hmt_hintfault_ops,
	.attrs = hmt_hintfault_attrs,
	.push = true,
};
module_hmt_provider(hmt_hintfault, hintfault);

MODULE_DESCRIPTION("HMT: heat from hint faults, and answers to them");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_IMPORT_HMT_INTERNAL();
MODULE_LICENSE("GPL");
