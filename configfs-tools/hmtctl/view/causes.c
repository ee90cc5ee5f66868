// SPDX-License-Identifier: GPL-2.0
/* Evaluation of tables of causes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/units.h"
#include "view/causes.h"

void cause_number(struct json_object *values, const char *key, uint64_t number)
{
	json_object_object_add(values, key, json_object_new_uint64(number));
}

void cause_text(struct json_object *values, const char *key, const char *text)
{
	json_object_object_add(values, key, json_object_new_string(text));
}

/* Key of the unit of a size, in the same object. */
#define SIZE_MARK	"_bytes"

void cause_size(struct json_object *values, const char *key, uint64_t bytes)
{
	char name[64];

	snprintf(name, sizeof(name), "%s" SIZE_MARK, key);
	cause_number(values, name, bytes);
}

/* Write the value @key of a sentence. */
static void write_value(FILE *out, struct json_object *values, const char *key)
{
	struct json_object *value;
	char name[64], text[UNITS_LEN];

	if (json_object_object_get_ex(values, key, &value)) {
		fputs(json_object_get_string(value) ?: "", out);
		return;
	}
	snprintf(name, sizeof(name), "%s" SIZE_MARK, key);
	human_size(json_number(values, name), text);
	fputs(text, out);
}

/* Return @text with its values; the caller frees it. */
static char *fill(const char *text, struct json_object *values)
{
	char *filled = NULL, key[32];
	size_t length = 0, used;
	FILE *out = must(open_memstream(&filled, &length));

	while (*text) {
		used = strcspn(text, "{");
		fwrite(text, 1, used, out);
		text += used;
		if (!*text)
			break;
		used = strcspn(++text, "}");
		snprintf(key, sizeof(key), "%.*s", (int)used, text);
		write_value(out, values, key);
		text += used + (text[used] == '}');
	}
	fclose(out);
	return must(filled);
}

static void add_sentence(struct json_object *finding, const char *key,
			 const char *text, struct json_object *values)
{
	auto_text char *filled = text ? fill(text, values) : NULL;

	json_object_object_add(finding, key, !filled ? NULL :
			       json_object_new_string(filled));
}

static void add_finding(const struct cause *cause, struct json_object *values,
			struct json_object *findings)
{
	struct json_object *finding = json_object_new_object();

	cause_text(finding, "cause", cause->id);
	add_sentence(finding, "text", cause->text, values);
	add_sentence(finding, "remedy", cause->remedy, values);
	json_object_object_add(finding, "values", json_object_get(values));
	json_object_array_add(findings, finding);
}

/* Values that every sentence may have. */
static void add_common(const struct subject *subject,
		       struct json_object *values)
{
	const char *tier = subject->tier ? subject->tier->name :
			   json_text(subject->staged, "name");

	if (subject->settings)
		cause_text(values, "workload",
			   json_text(subject->settings, "name"));
	if (*tier)
		cause_text(values, "tier", tier);
}

/* Check whether the page, if there is one, is of the cause. */
static bool fits_page(const struct cause *cause, const struct page_facts *page)
{
	return (!cause->why || (page && cause->why == CAUSE_IS(page->why))) &&
	       (!cause->state || (page && cause->state == CAUSE_IS(page->state)));
}

/* Values that every sentence about a page may have. */
static void add_page_values(const struct page_facts *page, struct json_object *values)
{
	cause_text(values, "page", page->address);
	cause_text(values, "memory", page->memory);
	cause_number(values, "heat", page->heat);
}

void causes_find(const struct cause *table, const struct subject *subject,
		 struct json_object *findings)
{
	for (; table->id; table++) {
		auto_json struct json_object *values = json_object_new_object();

		if (!fits_page(table, subject->page))
			continue;
		add_common(subject, values);
		if (subject->page)
			add_page_values(subject->page, values);
		if (table->counter) {
			/* Those of a stopped workload are of its last run. */
			if (!cause_is_running(subject) ||
			    !json_number(subject->stats, table->counter))
				continue;
			cause_number(values, "n", json_number(subject->stats,
							      table->counter));
		}
		if (!table->holds || table->holds(subject, values))
			add_finding(table, values, findings);
	}
}

bool cause_has_share(const struct subject *subject, struct json_object *values)
{
	uint64_t share = json_number(subject->stats, "load_permille");

	cause_number(values, "share", (share + 5) / 10);
	return share && share < 1000;
}

struct json_object *cause_tier_line(const struct subject *subject,
				    const char *tier)
{
	if (!subject->stats)
		return NULL;
	return json_find(json_object_object_get(subject->stats, "tiers"),
			 "tier", tier);
}

uint64_t cause_guaranteed(const struct subject *subject,
			  struct json_object *stats, const char *tier)
{
	struct json_object *line =
		json_find(json_object_object_get(stats, "guaranteed"), "tier",
			  tier);

	return line ? json_number(line, "pages") * subject->facts->page : 0;
}

uint64_t cause_used(const struct subject *subject, const char *tier)
{
	struct json_object *line = cause_tier_line(subject, tier);

	return line ? json_number(line, "pages") * subject->facts->page : 0;
}

bool cause_is_running(const struct subject *subject)
{
	return !strcmp(json_text(subject->stats, "state"), "running") &&
	       json_object_get_boolean(json_object_object_get(subject->settings,
							      "live"));
}

/* Return the pages of a histogram with at least, or at most possibly, @heat. */
static uint64_t pages_from(struct json_object *line, unsigned int heat,
			   bool most)
{
	struct json_object *pages = json_object_object_get(line, "pages");
	const unsigned int width = HMT_HEAT_LEVELS / 16;
	uint64_t sum = 0;
	size_t i;

	if (!json_object_is_type(pages, json_type_array))
		return 0;
	for (i = 0; i < json_object_array_length(pages); i++)
		if (i * width + (most ? width - 1 : 0) >= heat)
			sum += json_object_get_uint64(json_object_array_get_idx(pages, i));
	return sum;
}

uint64_t cause_promotable(const struct subject *subject, size_t tier, bool most)
{
	struct json_object *above, *line;
	uint64_t sum = 0;
	size_t i;

	above = cause_tier_line(subject, subject->graph->tiers[tier].name);
	if (!above)
		return 0;
	for (i = tier + 1; i < subject->graph->count; i++) {
		line = json_find(json_object_object_get(subject->stats, "histogram"),
				 "tier", subject->graph->tiers[i].name);
		if (line)
			sum += pages_from(line, json_number(above, "promote_min"),
					  most);
	}
	return sum;
}

void causes_of_workload(const struct facts *facts, const struct graph *graph,
			const char *name, struct json_object *findings)
{
	struct subject subject = {
		.facts = facts,
		.graph = graph,
		.settings = json_find(facts->workloads, "name", name),
		.stats = json_find(facts->stats, "name", name),
	};
	size_t i;

	if (!subject.settings || !subject.stats)
		return;
	causes_find(workload_causes, &subject, findings);
	if (!cause_is_running(&subject))
		return;
	for (i = 0; i < graph->count; i++) {
		subject.tier = &graph->tiers[i];
		causes_find(workload_tier_causes, &subject, findings);
	}
}

void causes_of_tier(const struct facts *facts, const struct graph *graph,
		    const char *name, struct json_object *findings)
{
	struct subject subject = {
		.facts = facts,
		.graph = graph,
		.tier = graph_find(graph, name),
		.staged = json_find(facts->tiers, "name", name),
	};
	size_t i;

	causes_find(tier_causes, &subject, findings);
	for (i = 0; i < json_object_array_length(facts->stats); i++) {
		subject.stats = json_object_array_get_idx(facts->stats, i);
		subject.settings = json_find(facts->workloads, "name",
					     json_text(subject.stats, "name"));
		if (subject.tier && subject.settings &&
		    cause_is_running(&subject))
			causes_find(workload_tier_causes, &subject, findings);
	}
}

void causes_of_page(const struct facts *facts, const struct graph *graph,
		    const char *workload, const struct page_facts *page,
		    struct json_object *findings)
{
	struct subject subject = {
		.facts = facts,
		.graph = graph,
		.settings = json_find(facts->workloads, "name", workload),
		.stats = json_find(facts->stats, "name", workload),
		.tier = graph_find(graph, page->tier),
		.page = page,
	};

	causes_find(page_causes, &subject, findings);
}
