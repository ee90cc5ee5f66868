// SPDX-License-Identifier: GPL-2.0
/* Causes for which pages do not enter or leave a tier. */
#include <string.h>

#include "cli/output.h"
#include "util/cleanup.h"
#include "view/causes.h"

static bool is_staged_only(const struct subject *subject,
			   struct json_object *values)
{
	(void)values;
	return !subject->tier && subject->staged;
}

static bool is_removed(const struct subject *subject, struct json_object *values)
{
	(void)values;
	return subject->tier && !subject->staged;
}

/* Return the name of the memory that has this name or UID, NULL if missing. */
static struct json_object *find_named(const struct facts *facts,
				      const char *name)
{
	return json_find(facts->memories, "name", name) ?:
	       json_find(facts->memories, "uid", name);
}

/* Check for a staged memory that is not present, or of another live tier. */
static bool find_staged(const struct subject *subject, bool present,
			struct json_object *values)
{
	struct json_object *names = json_object_object_get(subject->staged,
							   "memories");
	struct json_object *memory;
	const char *name;
	size_t i;

	for (i = 0; names && i < json_object_array_length(names); i++) {
		name = json_object_get_string(json_object_array_get_idx(names,
									i));
		memory = find_named(subject->facts, name);
		cause_text(values, "memory", name);
		if (!present && !memory)
			return true;
		if (!present || !memory || !subject->tier ||
		    !strcmp(json_text(memory, "tier"), subject->tier->name))
			continue;
		cause_text(values, "live", json_text(memory, "tier"));
		return true;
	}
	return false;
}

static bool lacks_memory(const struct subject *subject,
			 struct json_object *values)
{
	return subject->staged && find_staged(subject, false, values);
}

static bool is_changed(const struct subject *subject, struct json_object *values)
{
	return subject->staged && find_staged(subject, true, values);
}

/* Add the free memory, if it is below @mark. */
static bool is_below(const struct subject *subject, uint64_t mark,
		     struct json_object *values)
{
	if (!subject->tier || subject->tier->free >= mark)
		return false;
	cause_size(values, "free", subject->tier->free);
	cause_size(values, "mark", mark);
	return true;
}

static bool is_short(const struct subject *subject, struct json_object *values)
{
	return subject->tier && subject->tier->targets &&
	       is_below(subject, subject->tier->low, values);
}

static bool is_at_end(const struct subject *subject, struct json_object *values)
{
	return subject->tier && !subject->tier->targets &&
	       is_below(subject, subject->tier->low, values);
}

static bool is_between(const struct subject *subject, struct json_object *values)
{
	return subject->tier && subject->tier->free >= subject->tier->low &&
	       is_below(subject, subject->tier->high, values);
}

/* Check that no target of the tier has more free than its low watermark. */
static bool has_full_targets(const struct subject *subject,
			     struct json_object *values)
{
	struct json_object *names = json_object_object_get(subject->staged,
							   "demotes_to");
	const struct graph_tier *target;
	size_t i, count = names ? json_object_array_length(names) : 0;

	if (!subject->tier || !count)
		return false;
	for (i = 0; i < count; i++) {
		target = graph_find(subject->graph,
				    json_object_get_string(json_object_array_get_idx(names, i)));
		if (target && target->free > target->low)
			return false;
	}
	cause_text(values, "targets",
		   json_object_get_string(json_object_array_get_idx(names, 0)));
	return true;
}

static bool is_unused(const struct subject *subject, struct json_object *values)
{
	struct json_object *line, *stats;
	size_t i;

	(void)values;
	for (i = 0; i < json_object_array_length(subject->facts->stats); i++) {
		stats = json_object_array_get_idx(subject->facts->stats, i);
		line = json_find(json_object_object_get(stats, "tiers"), "tier",
				 subject->tier ? subject->tier->name : "");
		if (line && json_number(line, "pages"))
			return false;
	}
	return subject->tier;
}

/* Add the failures of moves from and to the memories of the tier. */
static bool has_failures(const struct subject *subject, const char *key,
			 struct json_object *values)
{
	struct json_object *edge, *to;
	uint64_t worst = 0;
	size_t i;

	if (!subject->tier)
		return false;
	for (i = 0; i < json_object_array_length(subject->facts->edges); i++) {
		edge = json_object_array_get_idx(subject->facts->edges, i);
		to = json_find(subject->facts->memories, "name",
			       json_text(edge, "to"));
		if (strcmp(json_text(to, "tier"), subject->tier->name) ||
		    json_number(edge, key) <= worst)
			continue;
		worst = json_number(edge, key);
		cause_text(values, "from", json_text(edge, "from"));
		cause_text(values, "to", json_text(edge, "to"));
		cause_number(values, "n", worst);
	}
	return worst;
}

static bool found_no_room(const struct subject *subject,
			  struct json_object *values)
{
	return has_failures(subject, "failed_nomem", values);
}

static bool found_pinned(const struct subject *subject,
			 struct json_object *values)
{
	return has_failures(subject, "failed_pinned", values);
}

const struct cause tier_causes[] = {
	{
		.id = "staged",
		.holds = is_staged_only,
		.text = "tier '{tier}' is staged and not live",
		.remedy = "run 'hmtctl commit'",
	},
	{
		.id = "removed",
		.holds = is_removed,
		.text = "tier '{tier}' is live, and its directory was removed",
		.remedy = "run 'hmtctl commit' to end it",
	},
	{
		.id = "offline",
		.holds = lacks_memory,
		.text = "memory '{memory}' of tier '{tier}' is offline",
		.remedy = "bring it online (see 'hmtctl memory list')",
	},
	{
		.id = "changed",
		.holds = is_changed,
		.text =
			"memory '{memory}' is staged in tier '{tier}', and live in '{live}'",
		.remedy = "run 'hmtctl commit'",
	},
	{
		.id = "low",
		.holds = is_short,
		.text =
			"tier '{tier}' has {free} free, below its low watermark of {mark}: pages colder than the average leave, and others enter in exchange only",
		.remedy =
			"add memory to it, or lower the watermark with 'hmtctl tier set {tier} --low'",
	},
	{
		.id = "end",
		.holds = is_at_end,
		.text =
			"tier '{tier}' has {free} free, below its low watermark of {mark}, and no demotion target for its coldest pages",
		.remedy =
			"add memory to it, or a target with 'hmtctl tier set {tier} --demote-to'",
	},
	{
		.id = "high",
		.holds = is_between,
		.text =
			"tier '{tier}' has {free} free, below its high watermark of {mark}, so that promotion may soon fill it",
	},
	{
		.id = "targets",
		.holds = has_full_targets,
		.text =
			"no demotion target of tier '{tier}' has room; the first is '{targets}'",
		.remedy =
			"add memory to it, or another target with 'hmtctl tier set {tier} --demote-to'",
	},
	{
		.id = "unused",
		.holds = is_unused,
		.text = "no workload has pages in tier '{tier}'",
		.remedy = "create a workload with 'hmtctl workload create'",
	},
	{
		.id = "no-room",
		.holds = found_no_room,
		.text =
			"{n} pages on the way from '{from}' to '{to}' found no room",
		.remedy =
			"raise the low watermark with 'hmtctl tier set {tier} --low'",
	},
	{
		.id = "failed-pinned",
		.holds = found_pinned,
		.text = "{n} pages on the way from '{from}' to '{to}' were pinned",
		.remedy = "end the I/O or the registration that pins them",
	},
	{ }
};
