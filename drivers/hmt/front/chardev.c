// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/hmt: copies requests in, checks their form, calls, and copies results
 * out.
 */
#include <linux/compat.h>
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/hmt_internal.h>
#include <linux/miscdevice.h>
#include <linux/moduleparam.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/uaccess.h>
#include "hmt.h"
#include "lib/lib.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "page/page.h"
#include "heat/heat.h"
#include "move/move.h"
#include "bounds.h"
#include "permission.h"
#include "front.h"
#include "query.h"
#include "serve.h"

/* Any request; the first member of each is its size. */
union hmt_request {
	__u32 size;
	struct hmt_query query;
	struct hmt_move move;
	struct hmt_advise advise;
	struct hmt_heat_report report;
	struct hmt_best best;
	struct hmt_serve serve;
};

/**
 * struct hmt_ioctl - one request
 * @size: size of its first version in bytes
 * @run: handler; fills in results on partial failure as well. A return value
 *	above 0 is returned to the caller without results.
 */
struct hmt_ioctl {
	size_t size;
	long (*run)(union hmt_request *request);
};

/*
 * Return success for a call that is partly done, because progress is kept; the
 * next call reports the signal or error.
 */
static long hmt_partial_result(long ret, u64 next, u64 start)
{
	return next > start ? 0 : ret;
}

static int hmt_put_pages(unsigned long addr, const struct hmt_page_info *info,
			 unsigned int pages, void *arg)
{
	const struct hmt_query *query = arg;
	struct hmt_page_info __user *to = u64_to_user_ptr(query->pages);

	to += (addr - query->start) >> PAGE_SHIFT;
	return copy_to_user(to, info, pages * sizeof(*info)) ? -EFAULT : 0;
}

static long hmt_ioctl_query(union hmt_request *request)
{
	struct hmt_query *query = &request->query;
	struct hmt_query_request range = { .put = hmt_put_pages,
					   .arg = query };
	struct hmt_process target;
	long ret;

	if (query->flags & ~HMT_PIDFD || query->reserved || query->reserved2[0] ||
	    query->reserved2[1])
		return -EINVAL;
	ret = hmt_process_get(&target, query->pid, query->flags);
	if (ret)
		return ret;
	ret = hmt_range_check(target.mm, query->start, query->length);
	if (!ret) {
		range.mm = target.mm;
		range.next = query->start;
		range.end = query->start + query->length;
		ret = hmt_query_run(&range);
		query->next = range.next;
		ret = hmt_partial_result(ret, query->next, query->start);
	}
	hmt_process_put(&target);
	return ret;
}

/*
 * Resolve the memories that a request names by UID or tier of @graph, to which
 * they may belong. @graph is NULL if none is live.
 */
static int hmt_move_resolve(const struct hmt_move *move,
			    const struct hmt_graph *graph,
			    struct hmt_migration *migration)
{
	int tier;

	if (move->uid != HMT_UID_NONE) {
		migration->to = &move->uid;
		migration->nr_to = 1;
		return hmt_memory_node(move->uid) == NUMA_NO_NODE ? -ENODEV : 0;
	}
	if (!graph)
		return -ENXIO;
	tier = hmt_graph_find(graph, move->tier);
	if (tier < 0)
		return tier;
	migration->to = graph->tiers[tier].memories;
	migration->nr_to = graph->tiers[tier].nr_memories;
	return 0;
}

static_assert(HMT_RESULTS <= HMT_RESULTS_MAX);

static void hmt_move_fill(struct hmt_move *move,
			  const struct hmt_migration *migration)
{
	move->next = migration->next;
	memset(move->pages, 0, sizeof(move->pages));
	memcpy(move->pages, migration->stats.pages,
	       sizeof(migration->stats.pages));
}

/* Check for the name of a tier or an empty one, without trailing garbage. */
static bool hmt_tier_is_well_formed(const char tier[HMT_NAME_MAX + 1])
{
	size_t length = strnlen(tier, HMT_NAME_MAX + 1);

	return length <= HMT_NAME_MAX &&
	       !memchr_inv(tier + length, 0, HMT_NAME_MAX + 1 - length);
}

static bool hmt_move_is_well_formed(const struct hmt_move *move)
{
	if (move->flags & ~HMT_PIDFD ||
	    memchr_inv(move->reserved, 0, sizeof(move->reserved)))
		return false;
	/* Either a tier or a UID is set, not both. */
	return hmt_tier_is_well_formed(move->tier) &&
	       !*move->tier == (move->uid != HMT_UID_NONE);
}

static long hmt_move_target(struct hmt_move *move,
			    const struct hmt_graph *graph,
			    struct hmt_migration *migration,
			    const struct hmt_process *target)
{
	long ret = hmt_range_check(target->mm, move->start, move->length);
	struct hmt_bounds bounds;

	if (ret)
		return ret;
	migration->mm = target->mm;
	migration->allowed = target->allowed;
	migration->next = move->start;
	migration->end = move->start + move->length;
	ret = hmt_bounds_init(&bounds, graph, migration);
	if (ret)
		return ret;
	ret = hmt_migrate_bounded(migration, &bounds.move);
	hmt_move_fill(move, migration);
	return hmt_partial_result(ret, move->next, move->start);
}

static long hmt_ioctl_move(union hmt_request *request)
{
	struct hmt_migration migration = { };
	struct hmt_process target;
	struct hmt_graph *graph;
	long ret;

	if (!hmt_move_is_well_formed(&request->move))
		return -EINVAL;
	ret = hmt_process_get(&target, request->move.pid, request->move.flags);
	if (ret)
		return ret;
	/* Names and limits are of one graph, whatever is committed next. */
	graph = hmt_graph_get();
	ret = hmt_move_resolve(&request->move, graph, &migration);
	if (!ret)
		ret = hmt_move_target(&request->move, graph, &migration,
				      &target);
	hmt_graph_put(graph);
	hmt_process_put(&target);
	return ret;
}

static bool hmt_advise_is_well_formed(const struct hmt_advise *advise)
{
	bool tier = *advise->tier;

	if (advise->flags & ~HMT_PIDFD || advise->reserved2 ||
	    memchr_inv(advise->reserved, 0, sizeof(advise->reserved)) ||
	    !hmt_tier_is_well_formed(advise->tier))
		return false;
	if (advise->advice == HMT_ADVICE_PREFER)
		return tier && advise->share && advise->share <= HMT_SHARE_MAX;
	if (advise->share)
		return false;
	if (advise->advice == HMT_ADVICE_AVOID)
		return tier;
	return advise->advice == HMT_ADVICE_NEUTRAL ||
	       (!tier && advise->advice <= HMT_ADVICE_READ_WRITE);
}

static long hmt_advise_find_tier(const char *name)
{
	struct hmt_graph *graph = hmt_graph_get();
	int tier;

	if (!graph)
		return -ENXIO;
	tier = hmt_graph_find(graph, name);
	hmt_graph_put(graph);
	return min(tier, 0);
}

static long hmt_advise_about_tier(const struct hmt_advise *advise,
				  struct mm_struct *mm, u64 end)
{
	u16 share = advise->advice == HMT_ADVICE_PREFER ? advise->share :
							  HMT_SHARE_AVOID;
	long ret;

	if (advise->advice == HMT_ADVICE_NEUTRAL)
		return hmt_unadvise_tier(mm, advise->tier, advise->start, end);
	ret = hmt_advise_find_tier(advise->tier);
	return ret ?: hmt_advise_tier(mm, advise->tier, share, advise->start,
				      end);
}

/*
 * Advise devices about [@start, @end). They forget their translations, so that
 * they fault on pages that they have seen already as well.
 */
static long hmt_advise_devices(struct mm_struct *mm, enum hmt_treatment treatment,
			       u64 start, u64 end)
{
	long ret = hmt_advise_range(mm, treatment, start, end);

	if (!ret)
		hmt_mirror_forget(mm, start, end);
	return ret;
}

static long hmt_advise_target(const struct hmt_advise *advise,
			      const struct hmt_process *target)
{
	struct mm_struct *mm = target->mm;
	u64 start = advise->start, end = start + advise->length;

	if (!start && !end)
		end = mm->task_size;
	switch (advise->advice) {
	case HMT_ADVICE_EXCLUDE:
		return hmt_exclude_range(mm, start, end);
	case HMT_ADVICE_INCLUDE:
		return hmt_include_range(mm, start, end);
	case HMT_ADVICE_FOLLOW:
		return hmt_advise_devices(mm, HMT_TREAT_FOLLOWING, start, end);
	case HMT_ADVICE_UNFOLLOW:
		return hmt_unadvise_range(mm, HMT_TREAT_FOLLOWING, start, end);
	case HMT_ADVICE_READ_MOSTLY:
		return hmt_advise_devices(mm, HMT_TREAT_READ_MOSTLY, start,
					  end);
	case HMT_ADVICE_READ_WRITE:
		return hmt_unadvise_range(mm, HMT_TREAT_READ_MOSTLY, start,
					  end);
	default:
		return hmt_advise_about_tier(advise, mm, end);
	}
}

static long hmt_ioctl_advise(union hmt_request *request)
{
	const struct hmt_advise *advise = &request->advise;
	struct hmt_process target;
	long ret;

	if (!hmt_advise_is_well_formed(advise))
		return -EINVAL;
	ret = hmt_process_get(&target, advise->pid, advise->flags);
	if (ret)
		return ret;
	ret = hmt_advise_target(advise, &target);
	hmt_process_put(&target);
	return ret;
}

static long hmt_report_ranges(struct hmt_heat_report *report,
			      const struct hmt_process *target)
{
	const struct hmt_heat_range __user *user =
		u64_to_user_ptr(report->ranges);
	enum hmt_userheat from = report->flags & HMT_REPORT_DAMON ?
				 HMT_USERHEAT_DAMON : HMT_USERHEAT_REPORT;
	struct hmt_heat_range range;
	long ret;

	for (; report->done < report->count; report->done++) {
		if (signal_pending(current))
			return -EINTR;
		if (copy_from_user(&range, &user[report->done], sizeof(range)))
			return -EFAULT;
		ret = hmt_userheat_report(from, target->mm, &range);
		if (ret == -ENOSPC)
			report->dropped++;
		/* EINVAL is about the request as a whole. */
		else if (ret)
			return ret == -EINVAL ? -ERANGE : ret;
		cond_resched();
	}
	return 0;
}

static long hmt_ioctl_report(union hmt_request *request)
{
	struct hmt_heat_report *report = &request->report;
	struct hmt_process target;
	long ret;

	if (report->flags & ~(HMT_REPORT_DAMON | HMT_PIDFD) || !report->count ||
	    report->count > HMT_REPORT_MAX ||
	    memchr_inv(report->reserved, 0, sizeof(report->reserved)))
		return -EINVAL;
	ret = hmt_process_get(&target, report->pid, report->flags);
	if (ret)
		return ret;
	report->done = 0;
	report->dropped = 0;
	ret = hmt_report_ranges(report, &target);
	hmt_process_put(&target);
	return hmt_partial_result(ret, report->done, 0);
}

static void hmt_nodes_of(const struct cpumask *cpus, nodemask_t *nodes)
{
	int cpu;

	for_each_cpu_and(cpu, cpus, cpu_possible_mask)
		node_set(cpu_to_node(cpu), *nodes);
}

/*
 * Copy CPU masks as sched_setaffinity(2) does: a short mask is zero-extended,
 * excess bytes are ignored.
 */
static long hmt_best_get_cpus(const struct hmt_best *best,
			      struct hmt_best_request *criteria)
{
	cpumask_var_t cpus;
	long ret = 0;

	if (!best->cpus_size) {
		if (!best->nr_devices)
			hmt_nodes_of(current->cpus_ptr, &criteria->nodes);
		return best->cpus ? -EINVAL : 0;
	}
	if (best->cpus_size > HMT_BEST_CPUS_MAX)
		return -EINVAL;
	if (!zalloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	if (copy_from_user(cpumask_bits(cpus), u64_to_user_ptr(best->cpus),
			   min_t(size_t, best->cpus_size, cpumask_size())))
		ret = -EFAULT;
	else
		hmt_nodes_of(cpus, &criteria->nodes);
	free_cpumask_var(cpus);
	return ret ?: nodes_empty(criteria->nodes) ? -EINVAL : 0;
}

static long hmt_best_fill(const struct hmt_best *best,
			  struct hmt_best_request *criteria)
{
	if (best->flags & ~HMT_BEST_BANDWIDTH ||
	    best->nr_devices > HMT_BEST_DEVICES_MAX ||
	    (best->devices && !best->nr_devices) ||
	    memchr_inv(best->reserved, 0, sizeof(best->reserved)))
		return -EINVAL;
	criteria->bandwidth = best->flags & HMT_BEST_BANDWIDTH;
	criteria->bytes = best->bytes;
	criteria->nr_devices = best->nr_devices;
	if (copy_from_user(criteria->devices, u64_to_user_ptr(best->devices),
			   best->nr_devices * sizeof(criteria->devices[0])))
		return -EFAULT;
	return hmt_best_get_cpus(best, criteria);
}

static long hmt_ioctl_best(union hmt_request *request)
{
	struct hmt_best *best = &request->best;
	struct hmt_best_result choice;
	struct hmt_best_request criteria = {};
	long ret = hmt_best_fill(best, &criteria);

	ret = ret ?: hmt_best_memory(&criteria, &choice);
	if (ret)
		return ret;
	best->uid = choice.uid;
	best->reason = choice.reason;
	best->second = choice.second;
	best->no_room = choice.no_room;
	best->latency_ns = choice.latency;
	best->bandwidth = choice.bandwidth;
	best->free = choice.free;
	return 0;
}

static long hmt_ioctl_serve(union hmt_request *request)
{
	const struct hmt_serve *serve = &request->serve;

	if (serve->flags || memchr_inv(serve->reserved, 0,
				       sizeof(serve->reserved)))
		return -EINVAL;
	return hmt_serve_open();
}

static const struct hmt_ioctl hmt_ioctls[] = {
	[_IOC_NR(HMT_QUERY)] = { sizeof(struct hmt_query), hmt_ioctl_query },
	[_IOC_NR(HMT_MOVE)] = { sizeof(struct hmt_move), hmt_ioctl_move },
	[_IOC_NR(HMT_ADVISE)] = { sizeof(struct hmt_advise), hmt_ioctl_advise },
	[_IOC_NR(HMT_REPORT)] = { sizeof(struct hmt_heat_report),
				  hmt_ioctl_report },
	[_IOC_NR(HMT_BEST)] = { sizeof(struct hmt_best), hmt_ioctl_best },
	[_IOC_NR(HMT_SERVE)] = { sizeof(struct hmt_serve), hmt_ioctl_serve },
};

static const struct hmt_ioctl *hmt_ioctl_find(unsigned int command)
{
	unsigned int nr = _IOC_NR(command);

	if (command != _IO(HMT_IOC, nr) || nr >= ARRAY_SIZE(hmt_ioctls))
		return NULL;
	nr = array_index_nospec(nr, ARRAY_SIZE(hmt_ioctls));
	return hmt_ioctls[nr].run ? &hmt_ioctls[nr] : NULL;
}

static long hmt_chardev_ioctl(struct file *file, unsigned int command,
			      unsigned long arg)
{
	const struct hmt_ioctl *ioctl = hmt_ioctl_find(command);
	void __user *user = (void __user *)arg;
	union hmt_request request = { };
	u32 size;
	long ret;

	if (!ioctl)
		return -ENOTTY;
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < ioctl->size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&request, ioctl->size, user, size);
	if (ret)
		return ret;
	ret = ioctl->run(&request);
	if (!ret && copy_to_user(user, &request, ioctl->size))
		ret = -EFAULT;
	return ret;
}

static const struct file_operations hmt_chardev_ops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = hmt_chardev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/*
 * Open to all users by default, because each request is checked against the
 * process that it is about.
 */
static struct miscdevice hmt_chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hmt",
	.fops = &hmt_chardev_ops,
};

static ushort hmt_chardev_mode = 0666;
module_param_named(device_mode, hmt_chardev_mode, ushort, 0444);
MODULE_PARM_DESC(device_mode, "mode of /dev/hmt, 0666 or, for root until a udev rule sets a group, 0660");

int hmt_chardev_init(void)
{
	if (hmt_chardev_mode & ~0666) {
		pr_err("device_mode %#ho: only bits of 0666 have a meaning: use 0666 or 0660\n",
		       hmt_chardev_mode);
		return -EINVAL;
	}
	hmt_chardev.mode = hmt_chardev_mode;
	return misc_register(&hmt_chardev);
}

/* There are no open files, because each one holds a reference on the module. */
void hmt_chardev_exit(void)
{
	misc_deregister(&hmt_chardev);
}
