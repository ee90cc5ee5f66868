// SPDX-License-Identifier: GPL-2.0
/* Causes for which pages of a workload stay. */
#include <string.h>

#include "cli/output.h"
#include "util/cleanup.h"
#include "view/causes.h"

/* A process is left alone for that many samples. */
#define SETTLING_SAMPLES	6

static bool is_refused(const struct subject *subject, struct json_object *values)
{
	const char *reason = strstr(subject->facts->status, "refused: ");

	if (reason)
		cause_text(values, "reason", reason + strlen("refused: "));
	return reason;
}

static bool has_shared(const struct subject *subject, struct json_object *values)
{
	(void)values;
	return stats_has_shared(subject->stats);
}

static bool has_no_graph(const struct subject *subject,
			 struct json_object *values)
{
	(void)values;
	return !subject->graph->count;
}

static bool has_one_tier(const struct subject *subject,
			 struct json_object *values)
{
	if (subject->graph->count != 1)
		return false;
	cause_text(values, "tier", subject->graph->tiers[0].name);
	return true;
}

static bool flag(struct json_object *object, const char *key)
{
	return json_object_get_boolean(json_object_object_get(object, key));
}

static bool is_stopped(const struct subject *subject, struct json_object *values)
{
	(void)values;
	return !flag(subject->settings, "live");
}

/* Check the state of a live workload, whose reason is a value. */
static bool in_state(const struct subject *subject, struct json_object *values,
		     const char *state)
{
	const char *reason = json_text(subject->stats, "reason");

	cause_text(values, "reason", reason);
	return flag(subject->settings, "live") && *reason &&
	       !strcmp(json_text(subject->stats, "state"), state);
}

static bool is_waiting(const struct subject *subject, struct json_object *values)
{
	return in_state(subject, values, "waiting");
}

static bool is_partial(const struct subject *subject, struct json_object *values)
{
	return in_state(subject, values, "running");
}

static bool is_dry(const struct subject *subject, struct json_object *values)
{
	cause_number(values, "planned", json_number(subject->stats, "planned"));
	return flag(subject->settings, "dry_run");
}

static bool is_new(const struct subject *subject, struct json_object *values)
{
	uint64_t taken = json_number(subject->stats, "samples_taken");
	uint64_t each = json_number(subject->settings, "samples");
	uint64_t ms = json_number(subject->settings, "scan_interval_ms");

	if (!cause_is_running(subject) || taken >= SETTLING_SAMPLES)
		return false;
	cause_number(values, "samples", taken);
	cause_number(values, "settling", SETTLING_SAMPLES);
	cause_number(values, "seconds", ((SETTLING_SAMPLES - taken) * ms /
					 (each ?: 1) + 999) / 1000);
	return true;
}

static bool is_unserved(const struct subject *subject,
			struct json_object *values)
{
	struct json_object *waiting =
		json_find(subject->facts->waiting, "workload",
			  json_text(subject->settings, "name"));

	if (!waiting)
		return false;
	cause_text(values, "provider", json_text(waiting, "provider"));
	cause_text(values, "reason", json_text(waiting, "reason"));
	return true;
}

/* Return the sum of @key over the providers. */
static uint64_t sum_providers(const struct subject *subject, const char *key)
{
	struct json_object *lines = json_object_object_get(subject->stats,
							   "providers");
	uint64_t sum = 0;
	size_t i;

	for (i = 0; lines && i < json_object_array_length(lines); i++)
		sum += json_number(json_object_array_get_idx(lines, i), key);
	return sum;
}

static bool finds_nothing(const struct subject *subject,
			  struct json_object *values)
{
	cause_number(values, "passes", json_number(subject->stats, "passes"));
	return cause_is_running(subject) &&
	       json_number(subject->stats, "passes") &&
	       !sum_providers(subject, "hits");
}

static bool loses_reports(const struct subject *subject,
			  struct json_object *values)
{
	cause_number(values, "dropped", sum_providers(subject, "dropped"));
	cause_number(values, "stalled", sum_providers(subject, "stalled"));
	return cause_is_running(subject) &&
	       (sum_providers(subject, "dropped") ||
		sum_providers(subject, "stalled"));
}

static bool is_zero(const struct subject *subject, const char *key)
{
	struct json_object *rate = json_object_object_get(subject->settings,
							  key);

	return json_object_is_type(rate, json_type_int) &&
	       !json_object_get_int64(rate);
}

static bool promotes_nothing(const struct subject *subject,
			     struct json_object *values)
{
	(void)values;
	return is_zero(subject, "promote_mib_per_s");
}

static bool demotes_nothing(const struct subject *subject,
			    struct json_object *values)
{
	(void)values;
	return is_zero(subject, "demote_mib_per_s");
}

static bool balancing_is_on(const struct subject *subject,
			    struct json_object *values)
{
	cause_number(values, "balancing", subject->facts->balancing);
	/* NUMA_BALANCING_MEMORY_TIERING is 2, 1 is the one between sockets. */
	return subject->facts->balancing;
}

static bool hmtd_is(const struct subject *subject, const char *state)
{
	return !strcmp(subject->facts->hmtd, state);
}

static bool hmtd_is_ready(const struct subject *subject,
			  struct json_object *values)
{
	(void)values;
	return hmtd_is(subject, "ready");
}

static bool hmtd_is_late(const struct subject *subject,
			 struct json_object *values)
{
	(void)values;
	return hmtd_is(subject, "late");
}

static bool hmtd_is_absent(const struct subject *subject,
			   struct json_object *values)
{
	return !hmtd_is_ready(subject, values) && !hmtd_is_late(subject, values);
}

static bool has_load(const struct subject *subject, struct json_object *values)
{
	return cause_is_running(subject) && cause_has_share(subject, values);
}

static bool is_settled(const struct subject *subject, struct json_object *values)
{
	struct json_object *line;
	size_t i;

	if (!cause_is_running(subject) || subject->graph->count < 2 ||
	    json_number(subject->stats, "samples_taken") < SETTLING_SAMPLES ||
	    json_number(subject->stats, "demand") ||
	    !json_number(subject->stats, "passes"))
		return false;
	for (i = 0; i < subject->graph->count; i++) {
		line = cause_tier_line(subject, subject->graph->tiers[i].name);
		if (!line || json_number(line, "demote_max") ||
		    cause_promotable(subject, i, true))
			return false;
	}
	cause_number(values, "margin", json_number(subject->stats, "margin"));
	return true;
}

#define HMTD	"run 'systemctl start hmtd'"

const struct cause workload_causes[] = {
	{
		.id = "no-graph",
		.holds = has_no_graph,
		.text = "there is no live graph of tiers",
		.remedy =
			"run 'hmtctl setup', or 'hmtctl tier create' and 'hmtctl commit'",
	},
	{
		.id = "refused",
		.holds = is_refused,
		.text =
			"the last commit was refused: {reason}; an earlier graph stays in effect",
		.remedy = "correct the staged tiers, and run 'hmtctl commit'",
	},
	{
		.id = "one-tier",
		.holds = has_one_tier,
		.text =
			"the live graph has one tier, '{tier}', so there is no other place for pages",
		.remedy = "add a tier with 'hmtctl tier create'",
	},
	{
		.id = "stopped",
		.holds = is_stopped,
		.text = "workload '{workload}' is stopped: live is 0",
		.remedy = "run 'hmtctl workload start {workload}'",
	},
	{
		.id = "waiting",
		.holds = is_waiting,
		.text = "workload '{workload}' waits: {reason}",
		.remedy =
			"start its processes, or correct its cgroup or pids (" RUN_SET "--force')",
	},
	{
		.id = "lacks-processes",
		.holds = is_partial,
		.text =
			"workload '{workload}' does not manage all of its processes: {reason}",
		.remedy = "start them, or stop the other workload",
	},
	{
		.id = "dry-run",
		.holds = is_dry,
		.text =
			"workload '{workload}' plans only: dry_run is 1, with {planned} pages planned",
		.remedy = "run " RUN_SET "--no-plan-only'",
	},
	{
		.id = "new",
		.holds = is_new,
		.text =
			"workload '{workload}' took {samples} samples, and a process is left alone for its first {settling}",
		.remedy = "wait about {seconds} s",
	},
	{
		.id = "unserved",
		.holds = is_unserved,
		.text =
			"provider '{provider}' of workload '{workload}' reports no heat: {reason}",
	},
	{
		.id = "no-hits",
		.holds = finds_nothing,
		.text =
			"no provider of workload '{workload}' found an accessed page in {passes} passes",
		.remedy =
			"check that the program works, and add the provider 'accessed'",
	},
	{
		.id = "lost-reports",
		.holds = loses_reports,
		.text =
			"providers of workload '{workload}' lost {dropped} reports and missed {stalled} samples",
		.remedy =
			"report less often, or lower the number of samples (" RUN_SET "--samples')",
	},
	{
		.id = "promotes-nothing",
		.holds = promotes_nothing,
		.text =
			"workload '{workload}' promotes nothing: promote_mib_per_s is 0",
		.remedy = "run " RUN_SET "--promote-mib-per-s 1024'",
	},
	{
		.id = "demotes-nothing",
		.holds = demotes_nothing,
		.text =
			"workload '{workload}' demotes nothing: demote_mib_per_s is 0",
		.remedy = "run " RUN_SET "--demote-mib-per-s max'",
	},
	{
		.id = "load",
		.holds = has_load,
		.text =
			"a tier is as slow under load as the next one: workload '{workload}' keeps at most {share} % of its heat in it, and its hottest pages may be below",
		.remedy =
			"none is needed; " RUN_SET "--no-spread-load' keeps them together",
	},
	{
		.id = "balancing",
		.holds = balancing_is_on,
		.text =
			"kernel.numa_balancing is {balancing}, and moves the same pages by its own rules",
		.remedy = "run 'sysctl -w kernel.numa_balancing=0'",
	},
	{
		.id = "huge-without-hmtd",
		.holds = hmtd_is_absent,
		.counter = "skipped_huge",
		.text =
			"{n} pages of workload '{workload}' are in huge pages, and hmtd, which moves them, does not run",
		.remedy = HMTD,
	},
	{
		.id = "file-without-hmtd",
		.holds = hmtd_is_absent,
		.counter = "skipped_file",
		.text =
			"{n} pages of workload '{workload}' belong to files or shared memory, and hmtd, which moves them, does not run",
		.remedy = HMTD,
	},
	{
		.id = "mergeable-without-hmtd",
		.holds = hmtd_is_absent,
		.counter = "skipped_mergeable",
		.text =
			"{n} pages of workload '{workload}' are in mappings that KSM merges, and hmtd, which moves them, does not run",
		.remedy = HMTD,
	},
	{
		.id = "hmtd-late",
		.holds = hmtd_is_late,
		.text =
			"hmtd does not answer, so huge pages and pages of files stay",
		.remedy = "run 'systemctl restart hmtd'",
	},
	{
		.id = "huge",
		.holds = hmtd_is_ready,
		.counter = "skipped_huge",
		.text =
			"{n} pages of workload '{workload}' are in huge pages that stay, because other processes map them or they are pinned",
		.remedy = "manage those processes in the same workload",
	},
	{
		.id = "file",
		.holds = hmtd_is_ready,
		.counter = "skipped_file",
		.text =
			"{n} pages of workload '{workload}' of files or shared memory stay, because other processes map them or they are pinned",
		.remedy = "manage those processes in the same workload",
	},
	{
		.id = "mergeable",
		.holds = hmtd_is_ready,
		.counter = "skipped_mergeable",
		.text =
			"{n} pages of workload '{workload}' stay, because KSM merged them or they are pinned",
		.remedy = "exclude the program from KSM",
	},
	{
		.id = "expired",
		.counter = "expired",
		.text =
			"hmtd did not move {n} pages of workload '{workload}' in time",
		.remedy = "see 'journalctl -u hmtd'",
	},
	{
		.id = "hugetlb",
		.counter = "skipped_hugetlb",
		.text =
			"{n} pages of workload '{workload}' are of hugetlb and stay, because hugetlb has a pool on each node",
		.remedy = "use transparent huge pages for memory that is to move",
	},
	{
		.id = "shared",
		.holds = has_shared,
		.counter = "skipped_shared",
		.text =
			"{n} pages of workload '{workload}' stay, because processes outside it map them, or may map them after fork",
		.remedy =
			"manage those processes in the same workload; pages of fork move once the other process has exited or written them",
	},
	{
		.id = "excluded",
		.counter = "skipped_excluded",
		.text =
			"{n} pages of workload '{workload}' are in ranges that are excluded from moves",
		.remedy = "end it with 'hmtctl exclude --clear PID'",
	},
	{
		.id = "pinned",
		.counter = "skipped_pinned",
		.text =
			"{n} planned pages of workload '{workload}' were pinned by the kernel or a device",
		.remedy = "end the I/O or the registration that pins them",
	},
	{
		.id = "policy",
		.counter = "skipped_policy",
		.text =
			"{n} planned pages of workload '{workload}' stayed, because a cpuset or memory policy forbids the destination",
		.remedy =
			"add the nodes of the tiers to cpuset.mems, or drop the policy",
	},
	{
		.id = "locked",
		.counter = "skipped_locked",
		.text =
			"{n} visits of processes of workload '{workload}' were cut short, because the process held its mmap lock",
		.remedy = "map and unmap memory less often",
	},
	{
		.id = "demand",
		.counter = "demand",
		.text =
			"{n} hot pages of workload '{workload}' have no room in a faster tier",
		.remedy = "add memory to that tier, or limit a colder workload",
	},
	{
		.id = "settled",
		.holds = is_settled,
		.text =
			"workload '{workload}' is settled: no page is warmer, by the margin of {margin}, than the coldest page of a faster tier",
	},
	{ }
};
