// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/dot.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "hmtfs/configfs.h"
#include "hmtfs/sysfs.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/words.h"

struct list_values {
	bool memories;
	bool tiers;
	bool workloads;
	bool edges;
	bool human;
	bool json;
	bool table;
	bool dot;
};

#define PLACE(member) offsetof(struct list_values, member)

/* Number of options that choose classes, before those of their form. */
#define CHOICES	5

static const struct option_spec options[] = {
	{ 'M', "memories", NULL, "memories that exist", OPT_FLAG,
	  PLACE(memories), NULL },
	{ 'T', "tiers", NULL, "tiers as they are staged", OPT_FLAG,
	  PLACE(tiers), NULL },
	{ 'W', "workloads", NULL, "workloads", OPT_FLAG, PLACE(workloads),
	  NULL },
	{ 'E', "edges", NULL, "edges of the live graph with their counters",
	  OPT_FLAG, PLACE(edges), NULL },
	{ 0, "dot", NULL, "the live graph for Graphviz", OPT_FLAG, PLACE(dot),
	  NULL },
	/* list and show below tier and workload have these: */
	[CHOICES] = { 'u', "human", NULL, "sizes, times and rates with units",
	  OPT_FLAG, PLACE(human), NULL },
	{ 'j', "json", NULL, "print JSON, which is the default", OPT_FLAG,
	  PLACE(json), NULL },
	{ 0, "table", NULL, "print tables instead of JSON", OPT_FLAG,
	  PLACE(table), NULL },
	{ }
};

static const struct column memory_columns[] = {
	{ "MEMORY", "name", false },
	{ "UID", "uid", true },
	{ "KIND", "kind", false },
	{ "SIZE", "size", true },
	{ "AVAILABLE", "available", true },
	{ "TIER", "tier", false },
	{ "READ", "read_latency", true },
	{ "WRITE", "write_latency", true },
	{ "READ-RATE", "read_bandwidth", true },
	{ "DAX", "dax_device", false },
	{ "UNMOVABLE", "unmovable_permille", true },
	{ "DEMOTES-TO", "demotes_to", false },
	{ }
};

static const struct column tier_columns[] = {
	{ "TIER", "name", false },
	{ "MEMORIES", "memories", false },
	{ "LOW", "low_watermark", true },
	{ "HIGH", "high_watermark", true },
	{ "DEMOTES-TO", "demotes_to", false },
	{ }
};

static const struct column workload_columns[] = {
	{ "WORKLOAD", "name", false },
	{ "LIVE", "live", false },
	{ "DRY-RUN", "dry_run", false },
	{ "INTERVAL", "scan_interval_ms", true },
	{ "SAMPLES", "samples", true },
	{ "PROMOTE", "promote_mib_per_s", true },
	{ "DEMOTE", "demote_mib_per_s", true },
	{ "PROVIDERS", "providers", false },
	{ "LIMITS", "limits", false },
	{ "CGROUP", "cgroup", false },
	{ "PIDS", "pids", false },
	{ }
};

static const struct column edge_columns[] = {
	{ "FROM", "from", false },
	{ "TO", "to", false },
	{ "DIRECTION", "direction", false },
	{ "ORDER", "order", true },
	{ "MOVED", "moved", true },
	{ "BYTES", "bytes", true },
	{ "TIME", "ns", true },
	{ "PINNED", "failed_pinned", true },
	{ "BUSY", "failed_busy", true },
	{ "NOMEM", "failed_nomem", true },
	{ "RACED", "failed_raced", true },
	{ }
};

static int read_tiers(const struct hmtctl *ctl, bool human,
		      struct json_object **array)
{
	return objects_read(ctl, &class_tier, human, array);
}

static int read_workloads(const struct hmtctl *ctl, bool human,
			  struct json_object **array)
{
	return objects_read(ctl, &class_workload, human, array);
}

/**
 * struct class - class of objects that can be listed
 * @key: key in JSON, if several classes are listed
 * @chosen: offset of its option
 * @read: read all objects
 * @columns: columns of its table
 */
static const struct class {
	const char *key;
	size_t chosen;
	int (*read)(const struct hmtctl *ctl, bool human,
		    struct json_object **array);
	const struct column *columns;
} classes[] = {
	{ "memories", PLACE(memories), sysfs_memories, memory_columns },
	{ "tiers", PLACE(tiers), read_tiers, tier_columns },
	{ "workloads", PLACE(workloads), read_workloads, workload_columns },
	{ "edges", PLACE(edges), sysfs_edges, edge_columns },
	{ }
};

static bool is_chosen(const struct list_values *values,
		      const struct class *class)
{
	return *(const bool *)((const char *)values + class->chosen);
}

static bool object_matches(struct json_object *object, const char *name)
{
	return !strcmp(json_text(object, "name"), name) ||
	       !strcmp(json_text(object, "from"), name) ||
	       !strcmp(json_text(object, "to"), name);
}

/*
 * Remove objects that none of @names names; set @found for each name of an
 * object.
 */
static void filter_objects(struct json_object *array, char **names, bool *found)
{
	size_t i = json_object_array_length(array);
	struct json_object *object;
	bool keep;
	int n;

	while (i--) {
		object = json_object_array_get_idx(array, i);
		keep = false;
		for (n = 0; names[n]; n++) {
			if (!object_matches(object, names[n]))
				continue;
			found[n] = true;
			keep = true;
		}
		if (!keep)
			json_object_array_del_idx(array, i, 1);
	}
}

static int check_found(char **names, const bool *found)
{
	int result = RESULT_OK;
	int n;

	for (n = 0; names[n]; n++)
		if (!found[n])
			result = fail(RESULT_NO_OBJECT,
				      "'%.80s': nothing listed has this name (see 'hmtctl list')",
				      names[n]);
	return result;
}

static int gather_lists(const struct hmtctl *ctl,
			const struct list_values *values,
			struct json_object *into, char **names, bool *found)
{
	bool human = values->human || values->table;
	struct json_object *array;
	const struct class *class;
	int result = RESULT_OK;
	int got;

	for (class = classes; class->key; class++) {
		if (!is_chosen(values, class))
			continue;
		array = NULL;
		got = class->read(ctl, human, &array);
		if (!array)
			return got;
		result |= got;
		if (*names)
			filter_objects(array, names, found);
		json_object_object_add(into, class->key, array);
	}
	return result;
}

static void print_list_tables(struct json_object *all)
{
	const struct class *class;
	struct json_object *array;
	bool first = true;

	for (class = classes; class->key; class++) {
		if (!json_object_object_get_ex(all, class->key, &array))
			continue;
		if (!first)
			putchar('\n');
		first = false;
		print_table(class->columns, array);
	}
}

static void print_lists(const struct list_values *values,
			struct json_object *all)
{
	if (values->table)
		print_list_tables(all);
	else
		print_result(all, false);
}

static int list_dot(const struct hmtctl *ctl)
{
	auto_json struct json_object *memories = NULL;
	auto_json struct json_object *edges = NULL;
	int result = sysfs_memories(ctl, false, &memories);

	if (!result)
		result = sysfs_edges(ctl, false, &edges);
	if (!result)
		print_dot(memories, edges);
	return result;
}

static void choose_defaults(struct list_values *values)
{
	if (values->memories || values->tiers || values->workloads ||
	    values->edges)
		return;
	values->memories = true;
	values->tiers = true;
	values->workloads = true;
}

/* List the chosen classes, or those objects that have one of @names. */
static int list_objects(const struct hmtctl *ctl,
			const struct list_values *values, char **names)
{
	auto_json struct json_object *all = json_object_new_object();
	bool *found;
	int result;

	if (values->json + values->table + values->dot > 1)
		return fail(RESULT_USAGE, "list: only one of --json, --table and --dot");
	found = must(calloc(words_count(names) + 1, sizeof(*found)));
	result = gather_lists(ctl, values, all, names, found);
	if (result == RESULT_OK || result == RESULT_REFUSED) {
		if (json_object_object_length(all))
			print_lists(values, all);
		if (!result)
			result = check_found(names, found);
	}
	free(found);
	return result;
}

static int cmd_list_run(const struct hmtctl *ctl, const void *arguments,
			char **operands)
{
	struct list_values values = *(const struct list_values *)arguments;

	if (values.dot && *operands)
		return fail(RESULT_USAGE, "list: --dot draws the whole graph, without names");
	if (values.dot && !values.json && !values.table)
		return list_dot(ctl);
	choose_defaults(&values);
	return list_objects(ctl, &values, operands);
}

static int cmd_tier_list_run(const struct hmtctl *ctl, const void *arguments,
			     char **operands)
{
	struct list_values values = *(const struct list_values *)arguments;

	values.tiers = true;
	return list_objects(ctl, &values, operands);
}

static int cmd_workload_list_run(const struct hmtctl *ctl,
				 const void *arguments, char **operands)
{
	struct list_values values = *(const struct list_values *)arguments;

	values.workloads = true;
	return list_objects(ctl, &values, operands);
}

const struct command cmd_list = {
	.name = "list",
	.operands = "[OPTION...] [NAME...]",
	.summary = "List memories, tiers, workloads and edges.",
	.man = "hmtctl-list",
	.options = options,
	.values_size = sizeof(struct list_values),
	.max_operands = -1,
	.run = cmd_list_run,
};

const struct command cmd_tier_list = {
	.name = "list",
	.operands = "[OPTION...] [NAME...]",
	.summary = "List tiers.",
	.man = "hmtctl-list",
	.options = &options[CHOICES],
	.values_size = sizeof(struct list_values),
	.max_operands = -1,
	.run = cmd_tier_list_run,
};

const struct command cmd_tier_show = {
	.name = "show",
	.operands = "[OPTION...] NAME...",
	.summary = "Show tiers by name.",
	.man = "hmtctl-list",
	.options = &options[CHOICES],
	.values_size = sizeof(struct list_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = cmd_tier_list_run,
};

const struct command cmd_workload_list = {
	.name = "list",
	.operands = "[OPTION...] [NAME...]",
	.summary = "List workloads.",
	.man = "hmtctl-list",
	.options = &options[CHOICES],
	.values_size = sizeof(struct list_values),
	.max_operands = -1,
	.run = cmd_workload_list_run,
};

const struct command cmd_workload_show = {
	.name = "show",
	.operands = "[OPTION...] NAME...",
	.summary = "Show workloads by name.",
	.man = "hmtctl-list",
	.options = &options[CHOICES],
	.values_size = sizeof(struct list_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = cmd_workload_list_run,
};
