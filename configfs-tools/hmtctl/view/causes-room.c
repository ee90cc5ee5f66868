// SPDX-License-Identifier: GPL-2.0
/* Causes for which pages of a workload do not enter a tier, of each tier. */
#include <string.h>

#include "cli/output.h"
#include "view/causes.h"

/* Bytes below a limit at which it counts as reached: a batch. */
#define LIMIT_SLACK		(64 * 4096)

/* Get the size of the tier in @setting of the workload, if it has one. */
static bool has_size(const struct subject *subject, const char *setting,
		     uint64_t *size)
{
	struct json_object *sizes = json_object_object_get(subject->settings,
							   setting);
	struct json_object *found = NULL;

	if (!json_object_is_type(sizes, json_type_object) ||
	    !json_object_object_get_ex(sizes, subject->tier->name, &found))
		return false;
	*size = json_object_get_uint64(found);
	return true;
}

static bool is_limited(const struct subject *subject, struct json_object *values)
{
	uint64_t used = cause_used(subject, subject->tier->name);
	uint64_t limit;

	if (!has_size(subject, "limits", &limit) || used + LIMIT_SLACK < limit)
		return false;
	cause_size(values, "used", used);
	cause_size(values, "limit", limit);
	return true;
}

/* Check for less than protect: the tier has no more, or workloads share it. */
static bool is_guaranteed_less(const struct subject *subject,
			       struct json_object *values)
{
	const char *tier = subject->tier->name;
	uint64_t part = cause_guaranteed(subject, subject->stats, tier);
	uint64_t protect;

	if (!has_size(subject, "protect", &protect) ||
	    !cause_tier_line(subject, tier) || part + LIMIT_SLACK >= protect)
		return false;
	cause_size(values, "protect", protect);
	cause_size(values, "part", part);
	return true;
}

/* Check for hot pages without room where others are guaranteed memory. */
static bool is_kept_for_others(const struct subject *subject,
			       struct json_object *values)
{
	const char *tier = subject->tier->name;
	uint64_t own = cause_guaranteed(subject, subject->stats, tier);
	struct json_object *stats;
	uint64_t others = 0;
	size_t i;

	for (i = 0; i < json_object_array_length(subject->facts->stats); i++) {
		stats = json_object_array_get_idx(subject->facts->stats, i);
		if (stats != subject->stats &&
		    !strcmp(json_text(stats, "state"), "running"))
			others += cause_guaranteed(subject, stats, tier);
	}
	if (!others || !json_number(subject->stats, "demand") ||
	    cause_used(subject, tier) + LIMIT_SLACK < own)
		return false;
	cause_size(values, "others", others);
	cause_size(values, "size", subject->tier->size);
	return true;
}

/* Return the index of the tier in the graph. */
static size_t tier_number(const struct subject *subject)
{
	return subject->tier - subject->graph->tiers;
}

static bool lacks_room(const struct subject *subject, struct json_object *values)
{
	uint64_t pages = cause_promotable(subject, tier_number(subject), false);

	if (subject->tier->free > subject->tier->low || !pages)
		return false;
	cause_number(values, "pages", pages);
	cause_size(values, "free", subject->tier->free);
	cause_size(values, "low", subject->tier->low);
	return true;
}

/* Check for more promotable pages than one pass may promote. */
static bool is_rated(const struct subject *subject, struct json_object *values)
{
	uint64_t rate = json_number(subject->settings, "promote_mib_per_s");
	uint64_t bytes = cause_promotable(subject, tier_number(subject),
					  false) * subject->facts->page;
	uint64_t ms = json_number(subject->stats, "interval_ms");

	if (!rate || bytes <= rate * 1048576 * ms / 1000)
		return false;
	cause_size(values, "waiting", bytes);
	cause_number(values, "rate", rate);
	cause_number(values, "seconds", bytes / 1048576 / rate + 1);
	return true;
}

static bool is_blind_for(const struct subject *subject,
			 struct json_object *values)
{
	struct json_object *providers =
		json_object_object_get(subject->settings, "providers");

	(void)values;
	return subject->tier->blind &&
	       json_object_is_type(providers, json_type_object) &&
	       !json_object_object_get_ex(providers, "counter", NULL) &&
	       !json_object_object_get_ex(providers, "ats", NULL) &&
	       !json_object_object_get_ex(providers, "report", NULL);
}

const struct cause workload_tier_causes[] = {
	{
		.id = "limit",
		.holds = is_limited,
		.text =
			"workload '{workload}' has {used} in tier '{tier}', and its limit there is {limit}",
		.remedy = "raise it with " RUN_SET "--limits'",
	},
	{
		.id = "guaranteed-less",
		.holds = is_guaranteed_less,
		.text =
			"workload '{workload}' is guaranteed {part} of tier '{tier}' in place of {protect}: the tier has no more, or all workloads together are guaranteed more than it has for them",
		.remedy = "lower protect of the workloads, or add memory to the tier",
	},
	{
		.id = "guaranteed-to-others",
		.holds = is_kept_for_others,
		.text =
			"other workloads are guaranteed {others} of tier '{tier}', which has {size}, and hot pages of workload '{workload}' have no room",
		.remedy =
			"lower protect of the others, or set it with " RUN_SET "--protect'",
	},
	{
		.id = "room",
		.holds = lacks_room,
		.text =
			"{pages} pages of workload '{workload}' are warm enough for tier '{tier}', which has {free} free, and promotion leaves its low watermark of {low}",
		.remedy = "add memory to it, or limit colder workloads",
	},
	{
		.id = "rate",
		.holds = is_rated,
		.text =
			"{waiting} of workload '{workload}' wait for tier '{tier}', {seconds} s at promote_mib_per_s {rate}",
		.remedy = "raise it with " RUN_SET "--promote-mib-per-s'",
	},
	{
		.id = "blind",
		.holds = is_blind_for,
		.text =
			"tier '{tier}' is memory that CPUs cannot address, and no provider of workload '{workload}' knows accesses of devices",
		.remedy =
			"add one of counter, ats and report with " RUN_SET "--providers'",
	},
	{ }
};
