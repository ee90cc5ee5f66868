// SPDX-License-Identifier: GPL-2.0
/* Causes for the place of a page. */
#include <string.h>

#include "cli/output.h"
#include "util/units.h"
#include "view/causes.h"

/* Lowest heat that no page has: the threshold that promotes none. */
#define NONE	(HMT_HEAT_MAX + 1)

/* Return a threshold of the tier at @offset from the tier of the page. */
static uint64_t threshold(const struct subject *subject, int offset,
			  const char *key, struct json_object *values)
{
	long place = subject->tier ? subject->tier - subject->graph->tiers +
				     offset : -1;
	struct json_object *line;

	if (place < 0 || place >= (long)subject->graph->count)
		return NONE;
	line = cause_tier_line(subject, subject->graph->tiers[place].name);
	cause_text(values, "other", subject->graph->tiers[place].name);
	return line ? json_number(line, key) : NONE;
}

/* Check for a workload that has no more in the tier than it is guaranteed. */
static bool is_guaranteed(const struct subject *subject,
			  struct json_object *values)
{
	uint64_t used, protect;

	if (!subject->tier)
		return false;
	used = cause_used(subject, subject->tier->name);
	protect = cause_guaranteed(subject, subject->stats, subject->tier->name);
	cause_size(values, "used", used);
	cause_size(values, "protect", protect);
	return protect && used <= protect;
}

static bool is_at_top(const struct subject *subject)
{
	return subject->tier && subject->tier == subject->graph->tiers;
}

static bool is_kept_at_top(const struct subject *subject,
			   struct json_object *values)
{
	return is_at_top(subject) && !is_guaranteed(subject, values);
}

/* Heat from which on a page belongs in a fast tier, if that has no load. */
#define HOT	(HMT_HEAT_LEVELS / 2)

/* Check for a hot page that a tier above does not take for its load. */
static bool is_kept_for_load(const struct subject *subject,
			     struct json_object *values)
{
	return !is_at_top(subject) && subject->page->heat >= HOT &&
	       cause_has_share(subject, values);
}

static bool is_kept(const struct subject *subject, struct json_object *values)
{
	uint64_t heat = threshold(subject, -1, "promote_min", values);

	if (is_at_top(subject) || is_kept_for_load(subject, values))
		return false;
	cause_number(values, "promote", heat);
	return heat < NONE;
}

static bool is_kept_for_margin(const struct subject *subject,
			       struct json_object *values)
{
	cause_number(values, "margin", json_number(subject->stats, "margin"));
	return !is_at_top(subject) && !is_kept_for_load(subject, values) &&
	       !is_kept(subject, values);
}

static bool is_promoted(const struct subject *subject,
			struct json_object *values)
{
	cause_number(values, "threshold",
		     threshold(subject, -1, "promote_min", values));
	return true;
}

static bool is_demoted(const struct subject *subject, struct json_object *values)
{
	cause_number(values, "threshold",
		     threshold(subject, 0, "demote_max", values));
	return true;
}

static bool is_bound(const struct subject *subject, struct json_object *values)
{
	const char *policy = subject->page->policy;

	cause_text(values, "policy", policy);
	return !strncmp(policy, "bind", 4) || !strncmp(policy, "interleave", 10) ||
	       !strncmp(policy, "weighted interleave", 19);
}

/* Check for a tier whose nodes the cpuset forbids, all of them. */
static bool is_confined(const struct subject *subject,
			struct json_object *values)
{
	struct json_object *memory;
	size_t i, tier;
	bool allowed;

	cause_text(values, "nodes", subject->page->nodes);
	for (tier = 0; *subject->page->nodes && tier < subject->graph->count;
	     tier++) {
		allowed = subject->graph->tiers[tier].blind;
		for (i = 0; i < json_object_array_length(subject->facts->memories);
		     i++) {
			memory = json_object_array_get_idx(subject->facts->memories,
							   i);
			if (!strcmp(json_text(memory, "tier"),
				    subject->graph->tiers[tier].name))
				allowed = allowed ||
					  json_signed(memory, "numa_node") < 0 ||
					  list_has(subject->page->nodes,
						   json_signed(memory,
							       "numa_node"));
		}
		cause_text(values, "other", subject->graph->tiers[tier].name);
		if (!allowed)
			return true;
	}
	return false;
}

static bool is_mlocked(const struct subject *subject, struct json_object *values)
{
	bool blind = false;
	size_t i;

	(void)values;
	for (i = 0; i < subject->graph->count; i++)
		blind = blind || subject->graph->tiers[i].blind;
	return subject->page->locked && blind;
}

const struct cause page_causes[] = {
	{
		.id = "absent",
		.text = "there is no page in memory at {page}",
		.remedy =
			"query an address that the program has used (see 'hmtctl heat PID')",
		.why = CAUSE_IS(HMT_WHY_NONE),
	},
	{
		.id = "unmanaged",
		.text =
			"page {page} is on '{memory}', and no live workload manages its process",
		.remedy =
			"create one with 'hmtctl workload create NAME --add-pid PID --start'",
		.why = CAUSE_IS(HMT_WHY_UNMANAGED),
	},
	{
		.id = "outside",
		.text =
			"page {page} is on '{memory}', which is in no tier of the live graph",
		.remedy =
			"add it to a tier with 'hmtctl tier set TIER --memories' and 'hmtctl commit'",
		.why = CAUSE_IS(HMT_WHY_OUTSIDE),
	},
	{
		.id = "page-new",
		.text =
			"page {page} is on '{memory}': its process is too young to tell warm from cold, or no pass has ended since the commit",
		.remedy =
			"wait for six samples (see samples_taken in 'hmtctl stat --json')",
		.why = CAUSE_IS(HMT_WHY_NEW),
	},
	{
		.id = "page-busy",
		.text =
			"page {page} on '{memory}' with heat {heat} is under writeback, or off the LRU for a moment",
		.remedy = "wait for the next pass",
		.why = CAUSE_IS(HMT_WHY_STUCK),
		.state = CAUSE_IS(HMT_STATE_BUSY),
	},
	{
		.id = "page-pinned",
		.text =
			"page {page} on '{memory}' with heat {heat} is pinned by the kernel or a device",
		.remedy = "end the I/O or the registration that pins it",
		.why = CAUSE_IS(HMT_WHY_STUCK),
		.state = CAUSE_IS(HMT_STATE_PINNED),
	},
	{
		.id = "page-huge",
		.text =
			"page {page} on '{memory}' with heat {heat} is part of a huge page, which moves as a whole, and only with hmtd, if no process outside its workload maps it",
		.remedy = "run 'systemctl start hmtd', and see 'hmtctl status'",
		.why = CAUSE_IS(HMT_WHY_STUCK),
		.state = CAUSE_IS(HMT_STATE_HUGE),
	},
	{
		.id = "page-file",
		.text =
			"page {page} on '{memory}' with heat {heat} belongs to a file or shared memory, and moves only with hmtd, if no process outside its workload maps it",
		.remedy = "run 'systemctl start hmtd', and see 'hmtctl status'",
		.why = CAUSE_IS(HMT_WHY_STUCK),
		.state = CAUSE_IS(HMT_STATE_FILE),
	},
	{
		.id = "page-excluded",
		.text =
			"page {page} on '{memory}' with heat {heat} is in a range that is excluded from moves",
		.remedy = "end it with 'hmtctl exclude --clear PID'",
		.why = CAUSE_IS(HMT_WHY_STUCK),
		.state = CAUSE_IS(HMT_STATE_EXCLUDED),
	},
	{
		.id = "page-mergeable",
		.text =
			"page {page} on '{memory}' with heat {heat} is in a mapping that KSM merges, and moves only with hmtd",
		.remedy = "run 'systemctl start hmtd'",
		.why = CAUSE_IS(HMT_WHY_STUCK),
		.state = CAUSE_IS(HMT_STATE_MERGEABLE),
	},
	{
		.id = "page-shared",
		.text =
			"page {page} on '{memory}' with heat {heat} is mapped by processes outside its workload, or may be mapped by others after fork",
		.remedy =
			"manage those processes in the same workload; a page of fork moves once the other process has exited or written it",
		.why = CAUSE_IS(HMT_WHY_STUCK),
		.state = CAUSE_IS(HMT_STATE_SHARED),
	},
	{
		.id = "page-hugetlb",
		.text =
			"page {page} on '{memory}' with heat {heat} is of hugetlb, which has a pool on each node",
		.remedy = "use transparent huge pages for memory that is to move",
		.why = CAUSE_IS(HMT_WHY_STUCK),
		.state = CAUSE_IS(HMT_STATE_HUGETLB),
	},
	{
		.id = "kept-at-top",
		.holds = is_kept_at_top,
		.text =
			"page {page} with heat {heat} stays on '{memory}' in tier '{tier}', the fastest, because no warmer page needs the room",
		.why = CAUSE_IS(HMT_WHY_KEPT),
	},
	{
		.id = "kept-guaranteed",
		.holds = is_guaranteed,
		.text =
			"page {page} with heat {heat} stays on '{memory}' in tier '{tier}': workload '{workload}' has {used} there, and is guaranteed {protect}, which neither others nor the watermark take",
		.remedy =
			"lower it with " RUN_SET "--protect'",
		.why = CAUSE_IS(HMT_WHY_KEPT),
	},
	{
		.id = "kept-by-load",
		.holds = is_kept_for_load,
		.text =
			"page {page} with heat {heat} stays on '{memory}' in tier '{tier}': a tier above is as slow under load, and keeps at most {share} % of the heat of workload '{workload}'",
		.remedy =
			"none is needed; " RUN_SET "--no-spread-load' brings it up",
		.why = CAUSE_IS(HMT_WHY_KEPT),
	},
	{
		.id = "kept",
		.holds = is_kept,
		.text =
			"page {page} with heat {heat} stays on '{memory}' in tier '{tier}': tier '{other}' takes pages from heat {promote} on",
		.remedy = "access it more often, or add memory to tier '{other}'",
		.why = CAUSE_IS(HMT_WHY_KEPT),
	},
	{
		.id = "kept-by-margin",
		.holds = is_kept_for_margin,
		.text =
			"page {page} with heat {heat} stays on '{memory}' in tier '{tier}': it is not warmer, by the margin of {margin}, than the coldest page of a faster tier",
		.why = CAUSE_IS(HMT_WHY_KEPT),
	},
	{
		.id = "page-promote",
		.holds = is_promoted,
		.text =
			"page {page} with heat {heat} on '{memory}' is warm enough for tier '{other}' (threshold {threshold}), and moves there as room and rate allow",
		.remedy = "see 'hmtctl explain {workload}' for the obstacles",
		.why = CAUSE_IS(HMT_WHY_PROMOTE),
	},
	{
		.id = "page-demote",
		.holds = is_demoted,
		.text =
			"page {page} with heat {heat} on '{memory}' is cold enough to leave tier '{tier}' (threshold {threshold}), as room and rate allow",
		.remedy = "see 'hmtctl explain {workload}' for the obstacles",
		.why = CAUSE_IS(HMT_WHY_DEMOTE),
	},
	{
		.id = "page-advised",
		.text =
			"page {page} with heat {heat} on '{memory}' has advice for a tier, which counts instead of its heat",
		.remedy =
			"end it with 'hmtctl prefer' or 'hmtctl avoid' and --clear",
		.why = CAUSE_IS(HMT_WHY_ADVISED),
	},
	{
		.id = "page-home",
		.text =
			"page {page} with heat {heat} fits tier '{tier}', and moves from '{memory}' to the memory nearest to the CPUs that run its process, as room and rate allow",
		.why = CAUSE_IS(HMT_WHY_HOME),
	},
	{
		.id = "page-bound",
		.holds = is_bound,
		.text =
			"the mapping of {page} has the memory policy {policy}, and HMT does not move its pages beyond the nodes of it",
		.remedy =
			"drop the policy (numactl, mbind(2)), or add the nodes of the tiers to it",
	},
	{
		.id = "page-cpuset",
		.holds = is_confined,
		.text =
			"the cpuset of the process of {page} allows nodes {nodes} only, none of tier '{other}'",
		.remedy = "add the nodes of the tier to cpuset.mems of its cgroup",
	},
	{
		.id = "page-mlocked",
		.holds = is_mlocked,
		.text =
			"page {page} is locked (mlock), so it cannot enter the memory of a device",
		.remedy = "unlock it, with munlock(2)",
	},
	{ }
};
