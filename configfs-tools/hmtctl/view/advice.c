// SPDX-License-Identifier: GPL-2.0
/* Advice about tiers and workloads: their size, and their gain. */
#include <string.h>

#include "cli/output.h"
#include "view/advice.h"

/* Shares, in per cent, from which advice is given. */
#define SMALL_PERCENT	10
#define LARGE_PERCENT	50
#define TOP_PERCENT	99
#define FLAT_PERCENT	95
#define BLIND_PERCENT	10

/* Sum the pages of all workloads in the tiers from @first to @end. */
static struct temperature sum_heat(const struct subject *subject, size_t first,
				   size_t end)
{
	struct temperature sum = { };
	size_t i;

	for (; first < end; first++)
		for (i = 0; i < json_object_array_length(subject->facts->stats);
		     i++)
			temperature_add(&sum,
					json_object_array_get_idx(subject->facts->stats, i),
					subject->graph->tiers[first].name);
	return sum;
}

static size_t number_of(const struct subject *subject)
{
	return subject->tier - subject->graph->tiers;
}

static bool is_too_small(const struct subject *subject,
			 struct json_object *values)
{
	struct temperature below = sum_heat(subject, number_of(subject) + 1,
					    subject->graph->count);
	uint64_t bytes = below.hot * subject->facts->page;

	cause_size(values, "hot", bytes);
	cause_size(values, "size", subject->tier->size);
	return !number_of(subject) &&
	       bytes > subject->tier->size / 100 * SMALL_PERCENT;
}

static bool is_too_large(const struct subject *subject,
			 struct json_object *values)
{
	size_t number = number_of(subject);
	struct temperature here = sum_heat(subject, number, number + 1);
	struct temperature below = sum_heat(subject, number + 1,
					    subject->graph->count);
	uint64_t idle = here.cold * subject->facts->page + subject->tier->free;

	cause_size(values, "idle", idle);
	cause_size(values, "size", subject->tier->size);
	return !number && subject->tier->targets && here.hot && !below.hot &&
	       idle > subject->tier->size / 100 * LARGE_PERCENT;
}

static uint64_t sum_tiers(const struct subject *subject)
{
	struct json_object *line;
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < subject->graph->count; i++) {
		line = cause_tier_line(subject, subject->graph->tiers[i].name);
		pages += line ? json_number(line, "pages") : 0;
	}
	return pages;
}

static bool is_all_fast(const struct subject *subject,
			struct json_object *values)
{
	struct json_object *line;
	uint64_t pages = sum_tiers(subject);

	if (!cause_is_running(subject) || !pages || subject->graph->count < 2)
		return false;
	line = cause_tier_line(subject, subject->graph->tiers[0].name);
	cause_text(values, "tier", subject->graph->tiers[0].name);
	cause_number(values, "percent", json_number(line, "pages") * 100 / pages);
	return json_number(line, "pages") * 100 / pages >= TOP_PERCENT;
}

/* Check for pages of one heat: no placement is better than another. */
static bool is_flat(const struct subject *subject, struct json_object *values)
{
	struct temperature sum = { };
	uint64_t all, most;
	size_t i;

	for (i = 0; i < subject->graph->count; i++)
		temperature_add(&sum, subject->stats,
				subject->graph->tiers[i].name);
	all = sum.hot + sum.warm + sum.cold;
	most = sum.hot > sum.warm ? sum.hot : sum.warm;
	if (!cause_is_running(subject) || !all)
		return false;
	cause_number(values, "percent", most * 100 / all);
	cause_text(values, "heat", sum.hot > sum.warm ? "hot" : "warm");
	return most * 100 / all >= FLAT_PERCENT;
}

static bool has_blind_pages(const struct subject *subject,
			    struct json_object *values)
{
	static const char *const counters[] = {
		"skipped_huge", "skipped_file", "skipped_mergeable",
		"skipped_shared", "skipped_hugetlb", "skipped_excluded", NULL
	};
	uint64_t blind = 0, pages = sum_tiers(subject);
	size_t i;

	for (i = 0; counters[i]; i++)
		blind += json_number(subject->stats, counters[i]);
	if (!cause_is_running(subject) || !pages)
		return false;
	cause_number(values, "n", blind);
	cause_number(values, "percent", blind * 100 / pages);
	return blind * 100 / pages >= BLIND_PERCENT;
}

static const struct cause tier_advice[] = {
	{
		.id = "too-small",
		.holds = is_too_small,
		.text =
			"tier '{tier}' has {size}, and {hot} of hot pages are in slower tiers",
		.remedy = "add about {hot} to it, or manage fewer programs",
	},
	{
		.id = "too-large",
		.holds = is_too_large,
		.text =
			"tier '{tier}' has {size}, of which {idle} are free or cold, and no slower tier has hot pages",
		.remedy = "the machine may run more programs, or do with less of it",
	},
	{ }
};

static const struct cause workload_advice[] = {
	{
		.id = "all-fast",
		.holds = is_all_fast,
		.text =
			"workload '{workload}' gains nothing: {percent} % of its memory is in tier '{tier}' already",
		.remedy = "stop it to save the CPU time, or add programs to it",
	},
	{
		.id = "flat",
		.holds = is_flat,
		.text =
			"workload '{workload}' gains little: {percent} % of its pages are equally {heat}",
		.remedy =
			"spread it with 'hmtctl run --tier' for bandwidth, or shorten its scan interval",
	},
	{
		.id = "blind-pages",
		.holds = has_blind_pages,
		.text =
			"{n} pages of workload '{workload}' ({percent} %) are of kinds that HMT does not move now",
		.remedy = "see 'hmtctl explain {workload}'",
	},
	{ }
};

void advice_find(const struct facts *facts, const struct graph *graph,
		 struct json_object *findings)
{
	struct subject subject = { .facts = facts, .graph = graph };
	size_t i;

	for (i = 0; i < graph->count; i++) {
		subject.tier = &graph->tiers[i];
		causes_find(tier_advice, &subject, findings);
	}
	subject.tier = NULL;
	for (i = 0; i < json_object_array_length(facts->stats); i++) {
		subject.stats = json_object_array_get_idx(facts->stats, i);
		subject.settings = json_find(facts->workloads, "name",
					     json_text(subject.stats, "name"));
		if (subject.settings)
			causes_find(workload_advice, &subject, findings);
	}
}
