/* SPDX-License-Identifier: GPL-2.0 */
/* All settings and counters of HMT at a point in time. */
#ifndef HMTCTL_FACTS_H
#define HMTCTL_FACTS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/command.h"

/**
 * struct facts - settings and counters, with raw numbers
 * @when: monotonic time in seconds
 * @page: bytes of a page
 * @status: the status line, "generation N" and the last refusal
 * @hmtd: state of hmtd, "" if not reported
 * @balancing: value of kernel.numa_balancing, 0 if the kernel has none
 * @memories: memories
 * @tiers: staged tiers
 * @workloads: settings of workloads
 * @stats: counters of workloads, in the same order
 * @edges: counters of edges
 * @waiting: workloads of which a provider reports nothing
 */
struct facts {
	double when;
	uint64_t page;
	char *status;
	char *hmtd;
	unsigned int balancing;
	struct json_object *memories;
	struct json_object *tiers;
	struct json_object *workloads;
	struct json_object *stats;
	struct json_object *edges;
	struct json_object *waiting;
};

/* Read everything; prints a message on failure and returns an enum result. */
int facts_read(const struct hmtctl *ctl, struct facts *facts);
void facts_release(struct facts *facts);

/* Return the object of @array whose member @key is @name; NULL if missing. */
struct json_object *json_find(struct json_object *array, const char *key,
			      const char *name);
/*
 * Check whether the pages that other processes may map are a share of the
 * workload that is worth a line. All processes map libraries of others.
 */
bool stats_has_shared(struct json_object *stats);

#define auto_facts	__attribute__((cleanup(facts_release)))

#endif
