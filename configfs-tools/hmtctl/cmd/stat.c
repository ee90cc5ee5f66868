// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "hmtfs/configfs.h"
#include "hmtfs/served.h"
#include "hmtfs/sysfs.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/units.h"
#include "util/words.h"

#define DEFAULT_SECONDS "1"

struct stat_values {
	const char *watch;
	const char *count;
	bool json;
};

#define PLACE(member) offsetof(struct stat_values, member)

static const struct option_spec options[] = {
	{ 'w', "watch", "SECONDS", "repeat every SECONDS, default 1", OPT_MAYBE,
	  PLACE(watch), DEFAULT_SECONDS },
	{ 0, "count", "N", "stop after N reports", OPT_TEXT, PLACE(count),
	  NULL },
	{ 'j', "json", NULL, "print JSON, one line per report with --watch",
	  OPT_FLAG, PLACE(json), NULL },
	{ }
};

static const struct column workload_columns[] = {
	{ "WORKLOAD", "name", false },
	{ "STATE", "state", false },
	{ "PROCESSES", "processes", true },
	{ "PASSES", "passes", true },
	{ "PROMOTED", "promoted", true },
	{ "/S", "promoted_per_s", true },
	{ "DEMOTED", "demoted", true },
	{ "/S", "demoted_per_s", true },
	{ "FAILED", "failed", true },
	{ "HUGE", "skipped_huge", true },
	{ "HUGETLB", "skipped_hugetlb", true },
	{ "FILE", "skipped_file", true },
	{ "SHARED", "skipped_shared", true },
	{ "PINNED", "skipped_pinned", true },
	{ "POLICY", "skipped_policy", true },
	{ }
};

static const struct column tier_columns[] = {
	{ "WORKLOAD", "workload", false },
	{ "TIER", "tier", false },
	{ "PAGES", "pages", true },
	{ "HOT", "hot", true },
	{ "PROMOTE-MIN", "promote_min", true },
	{ "DEMOTE-MAX", "demote_max", true },
	{ }
};

static const struct column edge_columns[] = {
	{ "FROM", "from", false },
	{ "TO", "to", false },
	{ "MOVED", "moved", true },
	{ "/S", "moved_per_s", true },
	{ "FAILED", "failed", true },
	{ }
};

/**
 * struct reading - all counters at a point in time
 * @when: monotonic time in seconds
 * @workloads: their stats
 * @edges: their counters
 * @waiting: workloads of which a provider reports nothing
 */
struct reading {
	double when;
	struct json_object *workloads;
	struct json_object *edges;
	struct json_object *waiting;
};

static void wait_seconds(double seconds)
{
	struct timespec time = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - floor(seconds)) * 1e9),
	};

	while (nanosleep(&time, &time))
		;
}

static void sum_failures(struct json_object *edges)
{
	static const char *const failures[] = {
		"failed_pinned", "failed_busy", "failed_nomem", "failed_raced",
		NULL
	};
	struct json_object *edge;
	uint64_t sum;
	size_t i;
	int f;

	for (i = 0; i < json_object_array_length(edges); i++) {
		edge = json_object_array_get_idx(edges, i);
		for (sum = 0, f = 0; failures[f]; f++)
			sum += json_number(edge, failures[f]);
		json_object_object_add(edge, "failed",
				       json_object_new_uint64(sum));
	}
}

static void keep_named(struct json_object *workloads, char **names)
{
	size_t i = json_object_array_length(workloads);
	struct json_object *workload;

	while (*names && i--) {
		workload = json_object_array_get_idx(workloads, i);
		if (!words_contain(names, json_text(workload, "name")))
			json_object_array_del_idx(workloads, i, 1);
	}
}

static void reading_release(struct reading *reading)
{
	cleanup_json(&reading->workloads);
	cleanup_json(&reading->edges);
	cleanup_json(&reading->waiting);
}

static int reading_take(const struct hmtctl *ctl, char **names,
			struct reading *reading)
{
	int result;

	*reading = (struct reading){ .when = seconds_now() };
	result = stats_read(ctl, false, &reading->workloads);
	if (!result)
		result = sysfs_edges(ctl, false, &reading->edges);
	if (result) {
		reading_release(reading);
		return result;
	}
	keep_named(reading->workloads, names);
	sum_failures(reading->edges);
	reading->waiting = served_waiting(ctl, reading->workloads);
	return RESULT_OK;
}

static bool is_same_object(struct json_object *a, struct json_object *b)
{
	/* A workload has a name, an edge has two ends. */
	return !strcmp(json_text(a, "name"), json_text(b, "name")) &&
	       !strcmp(json_text(a, "from"), json_text(b, "from")) &&
	       !strcmp(json_text(a, "to"), json_text(b, "to"));
}

/* Return the object of @array that corresponds to @object, NULL if missing. */
static struct json_object *counterpart(struct json_object *array,
				       struct json_object *object)
{
	struct json_object *other;
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++) {
		other = json_object_array_get_idx(array, i);
		if (is_same_object(object, other))
			return other;
	}
	return NULL;
}

/* Add @key "_per_s"; counters restart from 0 with a workload. */
static void add_rate(struct json_object *object, struct json_object *before,
		     const char *key, double seconds)
{
	uint64_t value = json_number(object, key);
	uint64_t old = before ? json_number(before, key) : value;
	char name[32];

	if (!json_object_object_get_ex(object, key, NULL))
		return;
	if (old > value)
		old = 0;
	snprintf(name, sizeof(name), "%s_per_s", key);
	json_object_object_add(object, name,
			       json_object_new_int64(llround((value - old) /
							     seconds)));
}

static void add_rates(struct json_object *array, struct json_object *before,
		      const char *const *keys, double seconds)
{
	struct json_object *object;
	size_t i;
	int k;

	for (i = 0; i < json_object_array_length(array); i++) {
		object = json_object_array_get_idx(array, i);
		for (k = 0; keys[k]; k++)
			add_rate(object, counterpart(before, object), keys[k],
				 seconds);
	}
}

static void add_reading_rates(struct reading *reading,
			      const struct reading *before)
{
	static const char *const workload_keys[] = {
		"promoted", "demoted", NULL
	};
	static const char *const edge_keys[] = { "moved", NULL };
	double seconds = reading->when - before->when;

	add_rates(reading->workloads, before->workloads, workload_keys,
		  seconds);
	add_rates(reading->edges, before->edges, edge_keys, seconds);
}

/* Return the tiers of all workloads in one array, which the caller puts. */
static struct json_object *tiers_of(struct json_object *workloads)
{
	struct json_object *all = json_object_new_array();
	struct json_object *workload;
	struct json_object *tiers;
	struct json_object *tier;
	size_t i;
	size_t t;

	for (i = 0; i < json_object_array_length(workloads); i++) {
		workload = json_object_array_get_idx(workloads, i);
		if (!json_object_object_get_ex(workload, "tiers", &tiers))
			continue;
		for (t = 0; t < json_object_array_length(tiers); t++) {
			tier = json_object_array_get_idx(tiers, t);
			json_object_object_add(tier, "workload",
					       json_object_new_string(json_text(workload,
										"name")));
			json_object_array_add(all, json_object_get(tier));
		}
	}
	return all;
}

static void print_reading_tables(const struct reading *reading)
{
	auto_json struct json_object *tiers = tiers_of(reading->workloads);

	print_table(workload_columns, reading->workloads);
	putchar('\n');
	print_table(tier_columns, tiers);
	putchar('\n');
	print_table(edge_columns, reading->edges);
	served_print(reading->waiting);
}

static void print_reading(const struct reading *reading, bool compact)
{
	auto_json struct json_object *all = json_object_new_object();

	json_object_object_add(all, "workloads",
			       json_object_get(reading->workloads));
	json_object_object_add(all, "edges", json_object_get(reading->edges));
	json_object_object_add(all, "waiting",
			       json_object_get(reading->waiting));
	print_result(all, compact);
}

static void print_report(const struct stat_values *values,
			 const struct reading *reading, bool first)
{
	bool live = values->watch && isatty(STDOUT_FILENO);

	if (values->json) {
		print_reading(reading, values->watch);
		return;
	}
	/* Overwrite the last report on a terminal. */
	if (live)
		fputs("\033[H\033[J", stdout);
	else if (!first)
		putchar('\n');
	print_reading_tables(reading);
}

static int check_names(const struct hmtctl *ctl, char **names)
{
	int result = RESULT_OK;

	for (; *names && !result; names++) {
		auto_object struct object workload = OBJECT_NONE;

		result = object_open(ctl, &class_workload, *names, &workload);
	}
	return result;
}

/* Print @count reports, or reports forever if it is 0. */
static int report_readings(const struct hmtctl *ctl,
			   const struct stat_values *values,
			   char **names, double seconds, uint64_t count)
{
	struct reading before;
	struct reading reading;
	uint64_t done = 0;
	int result;

	result = reading_take(ctl, names, &before);
	if (result)
		return result;
	while (!result && (!count || done < count)) {
		wait_seconds(seconds);
		result = reading_take(ctl, names, &reading);
		if (result)
			break;
		add_reading_rates(&reading, &before);
		reading_release(&before);
		before = reading;
		print_report(values, &reading, !done++);
		if (fflush(stdout))
			break;
	}
	reading_release(&before);
	return result;
}

static int cmd_stat_run(const struct hmtctl *ctl, const void *arguments,
			char **operands)
{
	const struct stat_values *values = arguments;
	const char *period = values->watch ? values->watch : DEFAULT_SECONDS;
	uint64_t count = values->watch ? 0 : 1;
	double seconds;
	int result;

	if (!parse_seconds(period, &seconds))
		return fail(RESULT_USAGE,
			    "stat: --watch '%.40s': not a number of seconds from 0.05 to 86400",
			    period);
	if (values->count && !parse_number(values->count, 1, UINT64_MAX, &count))
		return fail(RESULT_USAGE, "stat: --count '%.40s': not a number from 1",
			    values->count);
	result = check_names(ctl, operands);
	return result ? result : report_readings(ctl, values, operands, seconds,
						 count);
}

const struct command cmd_stat = {
	.name = "stat",
	.operands = "[OPTION...] [NAME...]",
	.summary = "Show the activity of HMT: pages per tier, promotions, edges.",
	.man = "hmtctl-stat",
	.options = options,
	.values_size = sizeof(struct stat_values),
	.max_operands = -1,
	.run = cmd_stat_run,
};
