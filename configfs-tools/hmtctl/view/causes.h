/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Causes for which pages stay where they are, found in settings and counters.
 * Each is an entry of a table: a condition, and a sentence with the object, the
 * value and the remedy.
 */
#ifndef HMTCTL_CAUSES_H
#define HMTCTL_CAUSES_H

#include <json-c/json.h>
#include <linux/hmt.h>
#include <stdbool.h>

#include "hmtfs/facts.h"
#include "view/graph.h"

/**
 * struct page_facts - a page, as HMT_QUERY reports it, and its mapping
 * @address: its address, as text
 * @memory: name of its memory
 * @tier: name of its tier, "" for none
 * @state: &enum hmt_page_state
 * @why: &enum hmt_why
 * @heat: its heat
 * @policy: memory policy of the mapping, as in numa_maps; "" if unknown
 * @nodes: list of the nodes that the cpuset allows; "" if unknown
 * @locked: the mapping is locked (mlock)
 */
struct page_facts {
	char address[32];
	char memory[HMT_NAME_MAX + 1];
	char tier[HMT_NAME_MAX + 1];
	unsigned int state;
	unsigned int why;
	unsigned int heat;
	char policy[128];
	char nodes[256];
	bool locked;
};

/**
 * struct subject - the object that is explained
 * @facts: settings and counters
 * @graph: the live graph
 * @settings: settings of the workload, NULL for none
 * @stats: its counters
 * @tier: a tier, NULL for none
 * @staged: the same as staged, NULL for none
 * @page: a page, NULL for none
 */
struct subject {
	const struct facts *facts;
	const struct graph *graph;
	struct json_object *settings;
	struct json_object *stats;
	const struct graph_tier *tier;
	struct json_object *staged;
	const struct page_facts *page;
};

/**
 * struct cause - an entry of a table
 * @id: its name in JSON; NULL ends a table
 * @holds: check whether it is present, and add the values of its sentence; NULL
 *	if @counter decides
 * @counter: counter of the workload that is above 0 then, {n}
 * @text: the sentence, with values in braces: "workload '{workload}' ..."
 * @remedy: the action, NULL for none
 * @why: CAUSE_IS() of the decision about the page, 0 for any
 * @state: CAUSE_IS() of the state of the page, 0 for any
 */
struct cause {
	const char *id;
	bool (*holds)(const struct subject *subject,
		      struct json_object *values);
	const char *counter;
	const char *text;
	const char *remedy;
	unsigned int why;
	unsigned int state;
};

/* A value of @why or @state. */
#define CAUSE_IS(value)	((value) + 1)

/* Causes that hold without pages of a tier, for each of its tiers, of a tier. */
extern const struct cause workload_causes[];
extern const struct cause workload_tier_causes[];
extern const struct cause tier_causes[];
extern const struct cause page_causes[];

/*
 * Append an object for each cause of @table that holds to @findings: cause, text,
 * remedy and the values.
 */
void causes_find(const struct cause *table, const struct subject *subject,
		 struct json_object *findings);
/* Append the causes of a workload. */
void causes_of_workload(const struct facts *facts, const struct graph *graph,
			const char *name, struct json_object *findings);
/* Append the causes of a tier, live or staged. */
void causes_of_tier(const struct facts *facts, const struct graph *graph,
		    const char *name, struct json_object *findings);
/* Append the causes of a page; @workload is "" if none manages it. */
void causes_of_page(const struct facts *facts, const struct graph *graph,
		    const char *workload, const struct page_facts *page,
		    struct json_object *findings);

/* Add a value of a sentence. */
void cause_number(struct json_object *values, const char *key, uint64_t number);
void cause_text(struct json_object *values, const char *key, const char *text);
/* Add bytes: as number, and with a unit in the sentence. */
void cause_size(struct json_object *values, const char *key, uint64_t bytes);

/* Begin of a remedy; ends in "'". */
#define RUN_SET	"'hmtctl workload set {workload} "

/* Check for a tier that may have a share of the heat only; add it in per cent. */
bool cause_has_share(const struct subject *subject, struct json_object *values);
/* Return the counters of the workload in @tier, NULL if there are none. */
struct json_object *cause_tier_line(const struct subject *subject,
				    const char *tier);
/* Return the bytes that a workload, with counters @stats, is guaranteed in @tier. */
uint64_t cause_guaranteed(const struct subject *subject,
			  struct json_object *stats, const char *tier);
/* Return the bytes of the workload in @tier. */
uint64_t cause_used(const struct subject *subject, const char *tier);
/*
 * Return the number of pages of the workload that are warm enough for the tier
 * and not in it, or above it; @most also counts pages that may be.
 */
uint64_t cause_promotable(const struct subject *subject, size_t tier, bool most);
/* Check whether the workload is live and takes passes. */
bool cause_is_running(const struct subject *subject);

#endif
