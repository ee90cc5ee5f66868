// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "util/alloc.h"
#include "view/causes.h"
#include "view/top-model.h"

static const char *const sort_names[TOP_SORTS] = {
	[TOP_BY_CPU] = "cpu",
	[TOP_BY_MOVES] = "moves",
	[TOP_BY_SIZE] = "size",
	[TOP_BY_NAME] = "name",
};

const char *top_sort_name(enum top_sort sort)
{
	return sort_names[sort];
}

/**
 * struct change - a counter in two readings
 * @before: the object in the first one, NULL if it is new
 * @now: the object in the second one
 * @seconds: time between them
 */
struct change {
	struct json_object *before;
	struct json_object *now;
	double seconds;
};

/*
 * Return the increase of a counter per second. Counters start again from 0 with
 * their workload, and a new object has counters of an earlier time.
 */
static double per_second(const struct change *change, const char *key)
{
	uint64_t now = json_number(change->now, key);
	uint64_t before = change->before ? json_number(change->before, key) :
					   now;

	if (before > now)
		before = 0;
	return change->seconds > 0 ? (now - before) / change->seconds : 0;
}

/* Return the same for nanoseconds, in per mille of the time. */
static unsigned int permille(const struct change *change, const char *key)
{
	return (unsigned int)(per_second(change, key) / 1e6 + 0.5);
}

static uint64_t pages_of(struct json_object *stats, const char *tier)
{
	struct json_object *line;

	line = json_find(json_object_object_get(stats, "tiers"), "tier", tier);
	return line ? json_number(line, "pages") : 0;
}

static const char *state_of(struct json_object *stats,
			    struct json_object *settings)
{
	const char *state = json_text(stats, "state");

	if (!strcmp(state, "running") && settings &&
	    json_object_get_boolean(json_object_object_get(settings, "dry_run")))
		return "dry run";
	return *state ? state : "-";
}

static void make_workload(struct top_workload *workload,
			  const struct change *change,
			  const struct graph *graph, const struct facts *facts)
{
	struct json_object *stats = change->now;
	uint64_t pages = 0, top = 0;
	size_t i;

	for (i = 0; i < graph->count; i++) {
		pages += pages_of(stats, graph->tiers[i].name);
		top = i ? top : pages;
	}
	*workload = (struct top_workload){
		.name = json_text(stats, "name"),
		.state = state_of(stats, json_find(facts->workloads, "name",
						   json_text(stats, "name"))),
		.processes = json_number(stats, "processes"),
		.bytes = pages * facts->page,
		.top_permille = pages ? top * 1000 / pages : 0,
		.promoted = per_second(change, "promoted") * facts->page,
		.demoted = per_second(change, "demoted") * facts->page,
		.cpu_permille = permille(change, "cpu_ns"),
		.scan = permille(change, "scan_ns"),
		.plan = permille(change, "plan_ns"),
		.move = permille(change, "move_ns"),
		.interval_ms = json_number(stats, "interval_ms"),
	};
}

static int compare_names(const void *a, const void *b)
{
	const struct top_workload *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static int descending(uint64_t one, uint64_t other)
{
	return (one < other) - (one > other);
}

static int compare_cpu(const void *a, const void *b)
{
	const struct top_workload *one = a, *other = b;

	return descending(one->cpu_permille, other->cpu_permille) ?:
	       compare_names(a, b);
}

static int compare_moves(const void *a, const void *b)
{
	const struct top_workload *one = a, *other = b;

	return descending(one->promoted + one->demoted,
			  other->promoted + other->demoted) ?:
	       compare_names(a, b);
}

static int compare_sizes(const void *a, const void *b)
{
	const struct top_workload *one = a, *other = b;

	return descending(one->bytes, other->bytes) ?: compare_names(a, b);
}

static int (*const comparisons[TOP_SORTS])(const void *, const void *) = {
	[TOP_BY_CPU] = compare_cpu,
	[TOP_BY_MOVES] = compare_moves,
	[TOP_BY_SIZE] = compare_sizes,
	[TOP_BY_NAME] = compare_names,
};

/* Append the causes of the workload, and return their number. */
static size_t add_waits(struct top_model *model, const struct graph *graph,
			const struct facts *facts, const char *name)
{
	size_t first = json_object_array_length(model->waits), i, count;

	causes_of_workload(facts, graph, name, model->waits);
	count = json_object_array_length(model->waits);
	for (i = first; i < count; i++)
		cause_text(json_object_array_get_idx(model->waits, i),
			   "workload", name);
	return count - first;
}

static void make_workloads(struct top_model *model, const struct graph *graph,
			   const struct facts *before, const struct facts *now,
			   enum top_sort sort)
{
	struct change change = { .seconds = model->seconds };
	size_t i;

	model->nr_workloads = json_object_array_length(now->stats);
	model->workloads = must(calloc(model->nr_workloads + 1,
				       sizeof(*model->workloads)));
	for (i = 0; i < model->nr_workloads; i++) {
		change.now = json_object_array_get_idx(now->stats, i);
		change.before = json_find(before->stats, "name",
					  json_text(change.now, "name"));
		make_workload(&model->workloads[i], &change, graph, now);
	}
	qsort(model->workloads, model->nr_workloads, sizeof(*model->workloads),
	      comparisons[sort]);
	model->waits = json_object_new_array();
	for (i = 0; i < model->nr_workloads; i++)
		model->workloads[i].causes =
			add_waits(model, graph, now, model->workloads[i].name);
}

static void make_tier_lines(struct top_model *model, const struct graph *graph,
			    const struct facts *facts, const char *only)
{
	struct json_object *stats;
	struct top_tier *line;
	uint64_t known;
	size_t i, w;

	model->nr_tiers = graph->count;
	for (i = 0; i < graph->count; i++) {
		line = &model->tiers[i];
		*line = (struct top_tier){ .tier = graph->tiers[i] };
		for (w = 0; w < json_object_array_length(facts->stats); w++) {
			stats = json_object_array_get_idx(facts->stats, w);
			if (!only || !strcmp(json_text(stats, "name"), only))
				temperature_add(&line->heat, stats,
						line->tier.name);
		}
		line->heat.hot *= facts->page;
		line->heat.warm *= facts->page;
		line->heat.cold *= facts->page;
		known = line->heat.hot + line->heat.warm + line->heat.cold +
			line->tier.free;
		/* The census is older than the free memory. */
		line->other = known < line->tier.size ?
			      line->tier.size - known : 0;
	}
}

static struct json_object *edge_before(const struct facts *facts,
				       struct json_object *edge)
{
	struct json_object *other;
	size_t i;

	for (i = 0; i < json_object_array_length(facts->edges); i++) {
		other = json_object_array_get_idx(facts->edges, i);
		if (!strcmp(json_text(edge, "from"), json_text(other, "from")) &&
		    !strcmp(json_text(edge, "to"), json_text(other, "to")))
			return other;
	}
	return NULL;
}

static int compare_edges(const void *a, const void *b)
{
	const struct top_edge *one = a, *other = b;

	return descending(one->bytes, other->bytes) ?:
	       descending(one->moved, other->moved) ?:
	       strcmp(one->from, other->from) ?: strcmp(one->to, other->to);
}

static void make_edges(struct top_model *model, const struct facts *before,
		       const struct facts *now)
{
	struct change change = { .seconds = model->seconds };
	struct json_object *edge;
	size_t i;

	model->nr_edges = json_object_array_length(now->edges);
	model->edges = must(calloc(model->nr_edges + 1, sizeof(*model->edges)));
	for (i = 0; i < model->nr_edges; i++) {
		edge = json_object_array_get_idx(now->edges, i);
		change.now = edge;
		change.before = edge_before(before, edge);
		model->edges[i] = (struct top_edge){
			.from = json_text(edge, "from"),
			.to = json_text(edge, "to"),
			.direction = json_text(edge, "direction"),
			.bytes = per_second(&change, "bytes"),
			.moved = json_number(edge, "moved"),
			.failed = json_number(edge, "failed_pinned") +
				  json_number(edge, "failed_busy") +
				  json_number(edge, "failed_nomem") +
				  json_number(edge, "failed_raced"),
			.kernel = json_number(edge, "kernel_demoted"),
		};
	}
	qsort(model->edges, model->nr_edges, sizeof(*model->edges),
	      compare_edges);
}

void top_model_make(struct top_model *model, const struct facts *before,
		    const struct facts *now, enum top_sort sort,
		    const char *only)
{
	struct graph graph;

	graph_make(&graph, now);
	*model = (struct top_model){
		.seconds = now->when - before->when,
		.status = now->status,
		.hmtd = now->hmtd,
	};
	make_tier_lines(model, &graph, now, only);
	make_workloads(model, &graph, before, now, sort);
	make_edges(model, before, now);
}

void top_model_release(struct top_model *model)
{
	free(model->workloads);
	free(model->edges);
	json_object_put(model->waits);
	*model = (struct top_model){ };
}

static struct json_object *tier_json(const struct top_tier *line)
{
	struct json_object *json = json_object_new_object();

	cause_text(json, "name", line->tier.name);
	cause_number(json, "size", line->tier.size);
	cause_number(json, "free", line->tier.free);
	cause_number(json, "hot", line->heat.hot);
	cause_number(json, "warm", line->heat.warm);
	cause_number(json, "cold", line->heat.cold);
	cause_number(json, "other", line->other);
	return json;
}

static struct json_object *workload_json(const struct top_workload *line)
{
	struct json_object *json = json_object_new_object();

	cause_text(json, "name", line->name);
	cause_text(json, "state", line->state);
	cause_number(json, "processes", line->processes);
	cause_number(json, "bytes", line->bytes);
	cause_number(json, "top_permille", line->top_permille);
	cause_number(json, "promoted_bytes_per_s", line->promoted);
	cause_number(json, "demoted_bytes_per_s", line->demoted);
	cause_number(json, "cpu_permille", line->cpu_permille);
	cause_number(json, "scan_permille", line->scan);
	cause_number(json, "plan_permille", line->plan);
	cause_number(json, "move_permille", line->move);
	cause_number(json, "interval_ms", line->interval_ms);
	return json;
}

static struct json_object *edge_json(const struct top_edge *line)
{
	struct json_object *json = json_object_new_object();

	cause_text(json, "from", line->from);
	cause_text(json, "to", line->to);
	cause_text(json, "direction", line->direction);
	cause_number(json, "bytes_per_s", line->bytes);
	cause_number(json, "moved", line->moved);
	cause_number(json, "failed", line->failed);
	cause_number(json, "kernel_demoted", line->kernel);
	return json;
}

struct json_object *top_model_json(const struct top_model *model)
{
	struct json_object *json = json_object_new_object();
	struct json_object *tiers = json_object_new_array();
	struct json_object *workloads = json_object_new_array();
	struct json_object *edges = json_object_new_array();
	size_t i;

	for (i = 0; i < model->nr_tiers; i++)
		json_object_array_add(tiers, tier_json(&model->tiers[i]));
	for (i = 0; i < model->nr_workloads; i++)
		json_object_array_add(workloads,
				      workload_json(&model->workloads[i]));
	for (i = 0; i < model->nr_edges; i++)
		json_object_array_add(edges, edge_json(&model->edges[i]));
	json_object_object_add(json, "seconds",
			       json_object_new_double(model->seconds));
	cause_text(json, "status", model->status);
	cause_text(json, "hmtd", model->hmtd);
	json_object_object_add(json, "tiers", tiers);
	json_object_object_add(json, "workloads", workloads);
	json_object_object_add(json, "edges", edges);
	json_object_object_add(json, "waits", json_object_get(model->waits));
	return json;
}
