// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "hmtfs/facts.h"
#include "util/cleanup.h"

/* Least share of a workload that pages of other processes are reported from. */
#define SHARED_PERCENT	1

void facts_release(struct facts *facts)
{
	free(facts->status);
	free(facts->hmtd);
	cleanup_json(&facts->memories);
	cleanup_json(&facts->tiers);
	cleanup_json(&facts->workloads);
	cleanup_json(&facts->stats);
	cleanup_json(&facts->edges);
	cleanup_json(&facts->waiting);
	*facts = (struct facts){ };
}

struct json_object *json_find(struct json_object *array, const char *key,
			      const char *name)
{
	struct json_object *object;
	size_t i;

	if (!json_object_is_type(array, json_type_array))
		return NULL;
	for (i = 0; i < json_object_array_length(array); i++) {
		object = json_object_array_get_idx(array, i);
		if (!strcmp(json_text(object, key) ?: "", name))
			return object;
	}
	return NULL;
}

bool stats_has_shared(struct json_object *stats)
{
	struct json_object *tiers = json_object_object_get(stats, "tiers");
	uint64_t shared = json_number(stats, "skipped_shared"), pages = 0;
	size_t i;

	for (i = 0; tiers && i < json_object_array_length(tiers); i++)
		pages += json_number(json_object_array_get_idx(tiers, i),
				     "pages");
	return shared && shared * 100 >= pages * SHARED_PERCENT;
}
