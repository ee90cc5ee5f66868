// SPDX-License-Identifier: GPL-2.0
/*
 * The metrics, in the order of their names, and where their numbers come from.
 * A scrape reads each file once for each metric that is made of it, so numbers
 * of different metrics may be of different passes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "read.h"

#define CONFIG		"sys/kernel/config/hmt"
#define WORKLOADS	CONFIG "/workloads"
#define MEMORIES	"sys/class/hmt"

#define NS_PER_S	1000000000
#define MS_PER_S	1000

/* How the text of a file becomes the value of a metric. */
enum scale {
	SCALE_NONE,		/* a number as it is */
	SCALE_NS,		/* nanoseconds to seconds */
	SCALE_MS,		/* milliseconds to seconds */
	SCALE_PERMILLE,		/* per mille to a ratio */
};

struct source;

/* State of a visit: where, and what the visitor gets. */
struct visit {
	int root;
	const struct metric_visitor *visitor;
	const struct source *source;
	bool begun;
	char value[32];
};

/**
 * struct source - a metric and its samples
 * @metric: the metric
 * @dir: directory with one entry for each object that has the metric
 * @visit: visits the samples of an entry of @dir
 * @visit_all: visits all samples, if there is no @dir
 * @file: name of the file, or of several, for @visit
 * @scale: how its number becomes the value
 * @field: number of the field in its lines
 */
struct source {
	struct metric metric;
	const char *dir;
	union {
		void (*visit)(struct visit *visit, const char *name);
		void (*visit_all)(struct visit *visit);
	};
	const char *file;
	enum scale scale;
	unsigned int field;
};

/* Pass on a sample; the metric begins with its first one. */
static void visit_sample(struct visit *visit,
			 const struct metric_sample *sample)
{
	const struct metric_visitor *visitor = visit->visitor;

	if (!visit->begun)
		visitor->begin(&visit->source->metric, visitor->arg);
	visit->begun = true;
	visitor->sample(&visit->source->metric, sample, visitor->arg);
}

/* Return the value of a number, exact, valid until the next call. */
static const char *scaled(struct visit *visit, uint64_t number)
{
	static const struct {
		uint64_t unit;
		int digits;
	} scales[] = {
		[SCALE_NS] = { NS_PER_S, 9 },
		[SCALE_MS] = { MS_PER_S, 3 },
		[SCALE_PERMILLE] = { 1000, 3 },
	};
	enum scale scale = visit->source->scale;

	if (scale == SCALE_NONE)
		snprintf(visit->value, sizeof(visit->value), "%llu",
			 (unsigned long long)number);
	else
		snprintf(visit->value, sizeof(visit->value),
			 "%llu.%0*llu",
			 (unsigned long long)(number / scales[scale].unit),
			 scales[scale].digits,
			 (unsigned long long)(number % scales[scale].unit));
	return visit->value;
}

/* Visit the samples of each entry of a directory. */
static void visit_names(struct visit *visit, const char *dir)
{
	char **names = attribute_names(visit->root, dir), **name;

	for (name = names; name && *name; name++)
		visit->source->visit(visit, *name);
	attribute_names_free(names);
}

static bool read_of(struct visit *visit, const char *dir, const char *name,
		    const char *file, char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s/%s", dir, name, file);
	return attribute_read(visit->root, path, text, ATTRIBUTE_MAX + 1);
}

static bool read_number_of(struct visit *visit, const char *dir,
			   const char *name, const char *file,
			   uint64_t *number)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s/%s", dir, name, file);
	return attribute_number(visit->root, path, number);
}

/* hmt_loaded */
static void visit_loaded(struct visit *visit)
{
	char **names = attribute_names(visit->root, CONFIG);

	visit_sample(visit, &(struct metric_sample) {
		.value = names && *names ? "1" : "0",
	});
	attribute_names_free(names);
}

/* "generation 7" or "generation 7, refused: ..." */
static void visit_status(struct visit *visit)
{
	char text[ATTRIBUTE_MAX + 1];
	unsigned long long generation;

	if (!attribute_read(visit->root, CONFIG "/status", text,
			    sizeof(text)) ||
	    sscanf(text, "generation %llu", &generation) != 1)
		return;
	if (!strcmp(visit->source->file, "refused"))
		generation = strstr(text, ", refused:") ? 1 : 0;
	visit_sample(visit, &(struct metric_sample) {
		.value = scaled(visit, generation),
	});
}

/* Visit the states of an object, "a b c", of which @now is one. */
static void visit_states(struct visit *visit, const char *states,
			 const char *workload, const char *now)
{
	const char *metric = visit->source->metric.name;
	char list[128], *state, *rest;

	snprintf(list, sizeof(list), "%s", states);
	for (state = strtok_r(list, " ", &rest); state;
	     state = strtok_r(NULL, " ", &rest)) {
		struct metric_sample sample = {
			.label = { { metric, state } },
			.value = strcmp(state, now) ? "0" : "1",
		};

		if (workload) {
			sample.label[0].name = "workload";
			sample.label[0].value = workload;
			sample.label[1].name = metric;
			sample.label[1].value = state;
		}
		visit_sample(visit, &sample);
	}
}

static void visit_daemon(struct visit *visit)
{
	char text[ATTRIBUTE_MAX + 1];

	if (attribute_read(visit->root, CONFIG "/hmtd", text, sizeof(text)))
		visit_states(visit, visit->source->file, NULL, text);
}

static void visit_memory(struct visit *visit, const char *memory)
{
	char tier[ATTRIBUTE_MAX + 1], kind[ATTRIBUTE_MAX + 1];
	uint64_t number;

	if (!read_number_of(visit, MEMORIES, memory, visit->source->file,
			    &number) ||
	    !read_of(visit, MEMORIES, memory, "tier", tier) ||
	    !read_of(visit, MEMORIES, memory, "kind", kind))
		return;
	visit_sample(visit, &(struct metric_sample) {
		.label = { { "memory", memory }, { "kind", kind },
			   { "tier", strcmp(tier, "none") ? tier : "" } },
		.value = scaled(visit, number),
	});
}

/* Visit the edges from @memory. @file may name several: "pinned busy ...". */
static void visit_edges_from(struct visit *visit, const char *memory)
{
	bool reasons = !strncmp(visit->source->file, "failed", 6);
	char dir[256], list[128], file[64], *word, *rest, **names, **to;
	uint64_t number;

	snprintf(dir, sizeof(dir), MEMORIES "/%s/edges", memory);
	names = attribute_names(visit->root, dir);
	for (to = names; to && *to; to++) {
		snprintf(list, sizeof(list), "%s", reasons ?
			 "busy nomem pinned raced" : visit->source->file);
		for (word = strtok_r(list, " ", &rest); word;
		     word = strtok_r(NULL, " ", &rest)) {
			snprintf(file, sizeof(file), "%s%s",
				 reasons ? "failed_" : "", word);
			if (!read_number_of(visit, dir, *to, file, &number))
				continue;
			visit_sample(visit, &(struct metric_sample) {
				.label = { { "from", memory }, { "to", *to },
					   { reasons ? "reason" : NULL, word } },
				.value = scaled(visit, number),
			});
		}
	}
	attribute_names_free(names);
}

static void visit_workload(struct visit *visit, const char *workload)
{
	uint64_t number;

	if (read_number_of(visit, WORKLOADS, workload, visit->source->file,
			   &number))
		visit_sample(visit, &(struct metric_sample) {
			.label = { { "workload", workload } },
			.value = scaled(visit, number),
		});
}

static void visit_workload_state(struct visit *visit, const char *workload)
{
	char text[ATTRIBUTE_MAX + 1];

	if (read_of(visit, WORKLOADS, workload, "stats/state", text))
		visit_states(visit, visit->source->file, workload, text);
}

static void visit_workload_reason(struct visit *visit, const char *workload)
{
	char text[ATTRIBUTE_MAX + 1];

	if (read_of(visit, WORKLOADS, workload, "stats/reason", text) && *text)
		visit_sample(visit, &(struct metric_sample) {
			.label = { { "workload", workload },
				   { "reason", text } },
			.value = "1",
		});
}

static void visit_workload_class(struct visit *visit, const char *workload)
{
	static const char *const classes[] = {
		"excluded", "file", "huge", "hugetlb", "mergeable", "shared",
	};
	char file[64];
	uint64_t number;
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		snprintf(file, sizeof(file), "stats/skipped_%s", classes[i]);
		if (read_number_of(visit, WORKLOADS, workload, file, &number))
			visit_sample(visit, &(struct metric_sample) {
				.label = { { "workload", workload },
					   { "class", classes[i] } },
				.value = scaled(visit, number),
			});
	}
}

/* Visit the lines "<tier> <number> ..." of a file: a field of each. */
static void visit_workload_line(struct visit *visit, const char *workload)
{
	bool tiers = !strcmp(visit->source->file, "stats/tiers");
	char text[ATTRIBUTE_MAX + 1], *line, *lines, *word, *words, *end;
	unsigned int field;
	uint64_t number;

	if (!read_of(visit, WORKLOADS, workload, visit->source->file, text))
		return;
	for (line = strtok_r(text, "\n", &lines); line;
	     line = strtok_r(NULL, "\n", &lines)) {
		const char *name = strtok_r(line, " ", &words);

		word = NULL;
		for (field = 0; name && field < visit->source->field; field++)
			word = strtok_r(NULL, " ", &words);
		if (!word)
			continue;
		number = strtoull(word, &end, 10);
		if (*end)
			continue;
		visit_sample(visit, &(struct metric_sample) {
			.label = { { "workload", workload },
				   { tiers ? "tier" : "provider", name } },
			.value = scaled(visit, number),
		});
	}
}

#define PAGES(_type, _name, _help) \
	{ "hmt_" _name "_pages", METRIC_##_type, "pages", _help }
#define SECONDS(_type, _name, _help) \
	{ "hmt_" _name "_seconds", METRIC_##_type, "seconds", _help }
#define BYTES(_type, _name, _help) \
	{ "hmt_" _name "_bytes", METRIC_##_type, "bytes", _help }
#define RATIO(_name, _help) \
	{ "hmt_" _name "_ratio", METRIC_GAUGE, "ratio", _help }
#define COUNT(_type, _name, _help) \
	{ "hmt_" _name, METRIC_##_type, NULL, _help }

/* Sorted by name, as tests check. */
static const struct source sources[] = {
	{ COUNT(GAUGE, "commit_refused",
		"Whether the last commit was refused."),
	  NULL, { .visit_all = visit_status }, "refused", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "edge_failed",
		"Pages that could not be moved between two memories, by reason."),
	  MEMORIES, { visit_edges_from }, "failed", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "edge_kernel_demoted",
		"Pages that reclaim of the kernel demoted between two memories."),
	  MEMORIES, { visit_edges_from },
	  "kernel_demoted", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "edge_moved",
		"Pages that were moved between two memories."),
	  MEMORIES, { visit_edges_from }, "moved", SCALE_NONE, 0 },
	{ SECONDS(COUNTER, "edge_moving",
		"Time of moving pages between two memories."),
	  MEMORIES, { visit_edges_from }, "ns", SCALE_NS, 0 },
	{ PAGES(COUNTER, "edge_split_huge",
		"Huge pages that were split to move between two memories."),
	  MEMORIES, { visit_edges_from }, "split", SCALE_NONE, 0 },
	{ COUNT(GAUGE, "generation",
		"Number of the live graph; 0 before the first commit."),
	  NULL, { .visit_all = visit_status }, "generation", SCALE_NONE, 0 },
	{ COUNT(STATESET, "hmtd",
		"State of the daemon that moves huge pages and pages of files."),
	  NULL, { .visit_all = visit_daemon }, "absent ready late", SCALE_NONE, 0 },
	{ COUNT(GAUGE, "loaded", "Whether the modules of HMT are loaded."),
	  NULL, { .visit_all = visit_loaded }, NULL, SCALE_NONE, 0 },
	{ BYTES(GAUGE, "memory_available", "Free memory."),
	  MEMORIES, { visit_memory }, "available", SCALE_NONE, 0 },
	{ BYTES(GAUGE, "memory_size", "Size of a memory."),
	  MEMORIES, { visit_memory }, "size", SCALE_NONE, 0 },
	{ PAGES(GAUGE, "workload_blind",
		"Pages that HMT leaves where they are in the last pass, by class."),
	  WORKLOADS, { visit_workload_class }, NULL, SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_brought_home",
		"Hot pages moved to the memory nearest to the CPUs of the process."),
	  WORKLOADS, { visit_workload },
	  "stats/brought_home", SCALE_NONE, 0 },
	{ SECONDS(COUNTER, "workload_cpu",
		"CPU time of the engine and of threads that query providers."),
	  WORKLOADS, { visit_workload }, "stats/cpu_ns", SCALE_NS, 0 },
	{ PAGES(GAUGE, "workload_demand",
		"Hot pages without room in a faster tier in the last pass."),
	  WORKLOADS, { visit_workload }, "stats/demand", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_demoted", "Pages moved to a slower tier."),
	  WORKLOADS, { visit_workload }, "stats/demoted", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_expired",
		"Pages that hmtd did not move in time."),
	  WORKLOADS, { visit_workload }, "stats/expired", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_failed",
		"Pages that a batch could not move."),
	  WORKLOADS, { visit_workload }, "stats/failed", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_fault_kept",
		"Pages that stayed in hint faults though the kernel would move them."),
	  WORKLOADS, { visit_workload }, "stats/fault_kept", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_fault_promoted",
		"Pages whose move the kernel was asked for in hint faults."),
	  WORKLOADS, { visit_workload },
	  "stats/fault_promoted", SCALE_NONE, 0 },
	{ BYTES(GAUGE, "workload_heat", "Memory of the heat map."),
	  WORKLOADS, { visit_workload },
	  "stats/heat_bytes", SCALE_NONE, 0 },
	{ SECONDS(GAUGE, "workload_interval", "Length of the next pass."),
	  WORKLOADS, { visit_workload },
	  "stats/interval_ms", SCALE_MS, 0 },
	{ COUNT(COUNTER, "workload_locked_visits",
		"Visits cut short because another task held the mmap lock."),
	  WORKLOADS, { visit_workload },
	  "stats/skipped_locked", SCALE_NONE, 0 },
	{ SECONDS(COUNTER, "workload_moving", "Time of moving pages."),
	  WORKLOADS, { visit_workload }, "stats/move_ns", SCALE_NS, 0 },
	{ COUNT(COUNTER, "workload_passes", "Completed passes."),
	  WORKLOADS, { visit_workload }, "stats/passes", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_pinned",
		"Pages of verdicts that stay because they are pinned."),
	  WORKLOADS, { visit_workload },
	  "stats/skipped_pinned", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_planned",
		"Pages in plans, in a dry run too."),
	  WORKLOADS, { visit_workload }, "stats/planned", SCALE_NONE, 0 },
	{ SECONDS(COUNTER, "workload_planning",
		"Time of census, policy and plans."),
	  WORKLOADS, { visit_workload }, "stats/plan_ns", SCALE_NS, 0 },
	{ COUNT(GAUGE, "workload_processes",
		"Address spaces under management."),
	  WORKLOADS, { visit_workload },
	  "stats/processes", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_promoted", "Pages moved to a faster tier."),
	  WORKLOADS, { visit_workload }, "stats/promoted", SCALE_NONE, 0 },
	{ SECONDS(COUNTER, "workload_provider_cpu",
		"CPU time of the queries of a provider."),
	  WORKLOADS, { visit_workload_line },
	  "stats/providers", SCALE_NS, 6 },
	{ COUNT(COUNTER, "workload_provider_dropped_reports",
		"Reports of a provider that found no slot."),
	  WORKLOADS, { visit_workload_line },
	  "stats/providers", SCALE_NONE, 3 },
	{ COUNT(COUNTER, "workload_provider_errors",
		"Collections of a provider that failed."),
	  WORKLOADS, { visit_workload_line },
	  "stats/providers", SCALE_NONE, 5 },
	{ COUNT(COUNTER, "workload_provider_hits",
		"Pages that a provider warmed, once in each sample."),
	  WORKLOADS, { visit_workload_line },
	  "stats/providers", SCALE_NONE, 1 },
	{ COUNT(COUNTER, "workload_provider_stalls",
		"Samples without an answer of a provider in time."),
	  WORKLOADS, { visit_workload_line },
	  "stats/providers", SCALE_NONE, 7 },
	{ COUNT(INFO, "workload_reason",
		"Why a workload waits, is paused, or lacks processes."),
	  WORKLOADS, { visit_workload_reason }, NULL, SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_refused",
		"Pages whose cpuset or memory policy forbids the destination."),
	  WORKLOADS, { visit_workload },
	  "stats/skipped_policy", SCALE_NONE, 0 },
	{ PAGES(COUNTER, "workload_returned",
		"Pages that moved back within a minute."),
	  WORKLOADS, { visit_workload }, "stats/returned", SCALE_NONE, 0 },
	{ COUNT(COUNTER, "workload_samples", "Completed samples."),
	  WORKLOADS, { visit_workload },
	  "stats/samples_taken", SCALE_NONE, 0 },
	{ SECONDS(COUNTER, "workload_sampling", "Time of sampling."),
	  WORKLOADS, { visit_workload }, "stats/scan_ns", SCALE_NS, 0 },
	{ RATIO("workload_star",
		"Share of accesses below the top tier, an estimate."),
	  WORKLOADS, { visit_workload },
	  "stats/star_permille", SCALE_PERMILLE, 0 },
	{ COUNT(STATESET, "workload_state", "State of a workload."),
	  WORKLOADS, { visit_workload_state },
	  "stopped running paused waiting", SCALE_NONE, 0 },
	{ RATIO("workload_strr", "Share of resident pages below the top tier."),
	  WORKLOADS, { visit_workload },
	  "stats/strr_permille", SCALE_PERMILLE, 0 },
	{ PAGES(GAUGE, "workload_tier_hot",
		"Pages of a workload in a tier that are warmer than 0."),
	  WORKLOADS, { visit_workload_line },
	  "stats/tiers", SCALE_NONE, 2 },
	{ PAGES(GAUGE, "workload_tier_resident",
		"Pages of a workload in a tier."),
	  WORKLOADS, { visit_workload_line },
	  "stats/tiers", SCALE_NONE, 1 },
	{ PAGES(COUNTER, "workload_yielded",
		"Pages that left a tier for hot pages of other workloads."),
	  WORKLOADS, { visit_workload }, "stats/yielded", SCALE_NONE, 0 },
};

void metrics_visit(int root, const struct metric_visitor *visitor)
{
	size_t i;

	for (i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		struct visit visit = {
			.root = root,
			.visitor = visitor,
			.source = &sources[i],
		};

		if (visit.source->dir)
			visit_names(&visit, visit.source->dir);
		else
			visit.source->visit_all(&visit);
	}
}
