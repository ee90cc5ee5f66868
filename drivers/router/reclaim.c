// SPDX-License-Identifier: GPL-2.0
/*
 * Make kernel reclaim demote along the graph.
 *
 * Reclaim has no hook for this. Return probes replace the results of the two
 * functions that return its demotion targets, for nodes in the graph. A third
 * probe counts demoted pages and changes nothing. If a probe misses a call, the
 * kernel's own target is used.
 */
#include <linux/cpumask.h>
#include <linux/hmt_internal.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/memory-tiers.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/ptrace.h>
#include "router.h"

/* Concurrent calls of the two functions, which do not sleep. */
#define HMT_LOOKUPS_MAX		64
/* Concurrent calls of migrate_pages(). */
#define HMT_DEMOTIONS_MAX	512

/* Arguments of next_demotion_node(). */
struct hmt_next_args {
	int nid;
	const nodemask_t *allowed;
};

static_assert(HMT_DEMOTION_HAS_MASK ?
	      __same_type(next_demotion_node, int(int, const nodemask_t *)) :
	      __same_type(next_demotion_node, int(int)));

static int hmt_next_entry(struct kretprobe_instance *instance,
			  struct pt_regs *regs)
{
	struct hmt_next_args *args = (void *)instance->data;

	args->nid = regs_get_kernel_argument(regs, 0);
	args->allowed = HMT_DEMOTION_HAS_MASK ?
			(void *)regs_get_kernel_argument(regs, 1) : NULL;
	return 0;
}

static bool hmt_next_is_allowed(const struct hmt_next_args *args, int nid)
{
	return nid != NUMA_NO_NODE &&
	       (!args->allowed || node_isset(nid, *args->allowed));
}

/*
 * The allowed nodes are those of hmt_mask_probe that the cpuset of the pages
 * contains. They belong to the caller, which waits for this.
 */
static int hmt_next_target(const struct hmt_next_args *args,
			   const struct hmt_demotion *demotion)
{
	if (hmt_next_is_allowed(args, demotion->nid))
		return demotion->nid;
	/* Without a mask the fallback is in the mask of the allocation. */
	if (args->allowed && hmt_next_is_allowed(args, demotion->fallback))
		return demotion->fallback;
	return NUMA_NO_NODE;
}

static int hmt_next_return(struct kretprobe_instance *instance,
			   struct pt_regs *regs)
{
	const struct hmt_next_args *args = (void *)instance->data;
	struct hmt_demotion demotion;

	if (hmt_demotion_of_node(args->nid, &demotion))
		regs_set_return_value(regs, hmt_next_target(args, &demotion));
	return 0;
}

/*
 * int next_demotion_node(int node, const nodemask_t *allowed_mask), without a
 * mask on older kernels
 */
static struct kretprobe hmt_next_probe = {
	.kp.symbol_name = "next_demotion_node",
	.entry_handler = hmt_next_entry,
	.handler = hmt_next_return,
	.data_size = sizeof(struct hmt_next_args),
};

/* Arguments of node_get_allowed_targets(). */
struct hmt_mask_args {
	int nid;
	nodemask_t *targets;
};

static_assert(__same_type(node_get_allowed_targets,
			  void(pg_data_t *, nodemask_t *)));

static int hmt_mask_entry(struct kretprobe_instance *instance,
			  struct pt_regs *regs)
{
	struct hmt_mask_args *args = (void *)instance->data;
	pg_data_t *pgdat = (void *)regs_get_kernel_argument(regs, 0);

	args->nid = pgdat->node_id;
	args->targets = (void *)regs_get_kernel_argument(regs, 1);
	return 0;
}

static void hmt_mask_fill(const struct hmt_demotion *demotion,
			  nodemask_t *targets)
{
	nodes_clear(*targets);
	if (demotion->nid != NUMA_NO_NODE)
		node_set(demotion->nid, *targets);
	if (demotion->fallback != NUMA_NO_NODE)
		node_set(demotion->fallback, *targets);
}

static int hmt_mask_return(struct kretprobe_instance *instance,
			   struct pt_regs *regs)
{
	const struct hmt_mask_args *args = (void *)instance->data;
	struct hmt_demotion demotion;

	if (hmt_demotion_of_node(args->nid, &demotion))
		hmt_mask_fill(&demotion, args->targets);
	return 0;
}

/* void node_get_allowed_targets(pg_data_t *pgdat, nodemask_t *targets) */
static struct kretprobe hmt_mask_probe = {
	.kp.symbol_name = "node_get_allowed_targets",
	.entry_handler = hmt_mask_entry,
	.handler = hmt_mask_return,
	.data_size = sizeof(struct hmt_mask_args),
};

/* Batch that is being demoted along an edge. */
struct hmt_demoting {
	int from;
	int to;
	const unsigned int *succeeded;
};

static_assert(__same_type(migrate_pages,
			  int(struct list_head *, new_folio_t, free_folio_t,
			      unsigned long, enum migrate_mode,
			      HMT_MIGRATE_REASON, unsigned int *)));

/* Return 0 to probe the return of a demotion along an edge, else 1. */
static int hmt_demote_begin(struct kretprobe_instance *instance,
			    struct pt_regs *regs)
{
	struct hmt_demoting *demoting = (void *)instance->data;
	struct list_head *folios = (void *)regs_get_kernel_argument(regs, 0);
	struct hmt_demotion demotion;

	if ((int)regs_get_kernel_argument(regs, 5) != MR_DEMOTION ||
	    list_empty(folios))
		return 1;
	demoting->from = folio_nid(list_first_entry(folios, struct folio, lru));
	demoting->succeeded = (void *)regs_get_kernel_argument(regs, 6);
	if (!hmt_demotion_of_node(demoting->from, &demotion) ||
	    demotion.nid == NUMA_NO_NODE || !demoting->succeeded)
		return 1;
	demoting->to = demotion.full ? demotion.fallback : demotion.nid;
	return 0;
}

/* *succeeded is a variable of the caller, which waits for this. */
static int hmt_demote_end(struct kretprobe_instance *instance,
			  struct pt_regs *regs)
{
	const struct hmt_demoting *demoting = (void *)instance->data;

	hmt_count_kernel_demoted(demoting->from, demoting->to,
				 *demoting->succeeded);
	return 0;
}

/*
 * int migrate_pages(struct list_head *from, new_folio_t get_new_folio,
 *		     free_folio_t put_new_folio, unsigned long private,
 *		     enum migrate_mode mode, enum migrate_reason reason,
 *		     unsigned int *ret_succeeded)
 */
static struct kretprobe hmt_demote_probe = {
	.kp.symbol_name = "migrate_pages",
	.entry_handler = hmt_demote_begin,
	.handler = hmt_demote_end,
	.data_size = sizeof(struct hmt_demoting),
	.maxactive = HMT_DEMOTIONS_MAX,
};

static struct kretprobe *hmt_probes[] = {
	&hmt_next_probe,
	&hmt_mask_probe,
	&hmt_demote_probe,
};

int hmt_reclaim_init(void)
{
	int ret;

	hmt_next_probe.maxactive = HMT_LOOKUPS_MAX + 2 * num_possible_cpus();
	hmt_mask_probe.maxactive = hmt_next_probe.maxactive;
	ret = register_kretprobes(hmt_probes, ARRAY_SIZE(hmt_probes));
	if (ret)
		pr_err("this kernel does not let reclaim be steered: return probes on %s, %s and %s: %d\n",
		       hmt_next_probe.kp.symbol_name,
		       hmt_mask_probe.kp.symbol_name,
		       hmt_demote_probe.kp.symbol_name, ret);
	return ret;
}

void hmt_reclaim_exit(void)
{
	unsigned int i;

	unregister_kretprobes(hmt_probes, ARRAY_SIZE(hmt_probes));
	for (i = 0; i < ARRAY_SIZE(hmt_probes); i++)
		if (hmt_probes[i]->nmissed)
			pr_info("%s: missed %d calls, more than %d at a time\n",
				hmt_probes[i]->kp.symbol_name,
				hmt_probes[i]->nmissed,
				hmt_probes[i]->maxactive);
}
