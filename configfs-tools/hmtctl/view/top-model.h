/* SPDX-License-Identifier: GPL-2.0 */
/* The content of "hmtctl top", without its form. */
#ifndef HMTCTL_TOP_MODEL_H
#define HMTCTL_TOP_MODEL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "hmtfs/facts.h"
#include "view/graph.h"

/* enum top_sort - order of workloads */
enum top_sort {
	TOP_BY_CPU,
	TOP_BY_MOVES,
	TOP_BY_SIZE,
	TOP_BY_NAME,
	TOP_SORTS,
};

/**
 * struct top_tier - a line of a tier
 * @tier: the tier
 * @heat: bytes of workloads by heat
 * @other: used bytes besides: of other programs, or of pages that cannot move
 */
struct top_tier {
	struct graph_tier tier;
	struct temperature heat;
	uint64_t other;
};

/**
 * struct top_workload - a line of a workload
 * @name: its name
 * @state: its state, "dry run" for one that is running without moving
 * @processes: number of its processes
 * @bytes: its memory
 * @top_permille: share of that in the fastest tier
 * @promoted: bytes promoted per second
 * @demoted: bytes demoted per second
 * @cpu_permille: CPU time of the engine, in thousandths of a CPU
 * @scan: part of the time for sampling, in per mille of the time between readings
 * @plan: the same for census and plans
 * @move: the same for moves
 * @interval_ms: length of a pass
 * @causes: number of its causes in &struct top_model.waits
 */
struct top_workload {
	const char *name;
	const char *state;
	uint64_t processes;
	uint64_t bytes;
	unsigned int top_permille;
	uint64_t promoted;
	uint64_t demoted;
	unsigned int cpu_permille;
	unsigned int scan;
	unsigned int plan;
	unsigned int move;
	uint64_t interval_ms;
	size_t causes;
};

/**
 * struct top_edge - a line of an edge
 * @from: name of a memory
 * @to: name of a memory
 * @direction: "promote" or "demote"
 * @bytes: bytes moved per second
 * @moved: pages moved in total
 * @failed: pages that could not be moved
 * @kernel: pages that kernel reclaim demoted
 */
struct top_edge {
	const char *from;
	const char *to;
	const char *direction;
	uint64_t bytes;
	uint64_t moved;
	uint64_t failed;
	uint64_t kernel;
};

/**
 * struct top_model - the content
 * @seconds: time between the two readings
 * @status: the status line
 * @hmtd: state of hmtd
 * @nr_tiers: entries in @tiers
 * @tiers: fastest first
 * @nr_workloads: entries in @workloads
 * @workloads: in the chosen order
 * @nr_edges: entries in @edges
 * @edges: those that move most come first
 * @waits: array of findings, see causes.h; each also has "workload"
 *
 * Texts belong to the facts that it is made of, which must live as long.
 */
struct top_model {
	double seconds;
	const char *status;
	const char *hmtd;
	size_t nr_tiers;
	struct top_tier tiers[HMT_TIERS_MAX];
	size_t nr_workloads;
	struct top_workload *workloads;
	size_t nr_edges;
	struct top_edge *edges;
	struct json_object *waits;
};

/*
 * Make the content of two readings. @only is the workload whose pages the bars
 * show, NULL for all.
 */
void top_model_make(struct top_model *model, const struct facts *before,
		    const struct facts *now, enum top_sort sort,
		    const char *only);
void top_model_release(struct top_model *model);
/* Return the content with raw numbers, which the caller puts. */
struct json_object *top_model_json(const struct top_model *model);
/* Return the name of an order. */
const char *top_sort_name(enum top_sort sort);

#endif
