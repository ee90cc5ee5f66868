// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "cmd/passes.h"
#include "trace/heattrace.h"
#include "trace/reheat.h"
#include "trace/replay.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/limits.h"
#include "util/units.h"
#include "util/words.h"

struct replay_values {
	char *policy;
	const char *workload;
	bool json;
};

#define PLACE(member) offsetof(struct replay_values, member)

static const struct option_spec options[] = {
	{ 0, "policy", "SETTINGS", "settings to compare with the recorded ones",
	  OPT_WORDS, PLACE(policy), NULL },
	{ 0, "workload", "NAME", "use this workload, not the first in the trace",
	  OPT_TEXT, PLACE(workload), NULL },
	{ 'j', "json", NULL, "print JSON", OPT_FLAG, PLACE(json), NULL },
	{ }
};

static const struct column columns[] = {
	{ "POLICY", "policy", false },
	{ "PASSES", "passes", true },
	{ "PROMOTED", "promoted", true },
	{ "DEMOTED", "demoted", true },
	{ "HEAT-PERMILLE", "shares", false },
	{ }
};

static const struct column hits_columns[] = {
	{ "POLICY", "policy", false },
	{ "PROVIDER", "provider", false },
	{ "HITS-PERMILLE", "hits", false },
	{ }
};

static int bad_setting(const char *word)
{
	return fail(RESULT_USAGE,
		    "replay: --policy '%.60s': not low=N, high=N (per mille), promote=PAGES, demote=PAGES, decay=N ("
		    LIMIT_TEXT(REHEAT_DECAY_MIN) " to "
		    LIMIT_TEXT(REHEAT_DECAY_MAX) "), limit:TIER=SIZE or weight:PROVIDER=N (0 to "
		    LIMIT_TEXT(HMT_WEIGHT_MAX) ")",
		    word);
}

/* Parse a number of pages; "max" is no limit, as the kernel records it. */
static bool parse_pages(const char *text, uint64_t *pages)
{
	if (strcmp(text, "max"))
		return parse_number(text, 0, INT64_MAX, pages);
	*pages = INT64_MAX;
	return true;
}

/* Parse "TIER=SIZE". */
static bool parse_limit(char *text, struct replay_policy *policy)
{
	char *size = strchr(text, '=');
	uint64_t bytes;

	if (!size || policy->nr_limits == HMT_TIERS_MAX)
		return false;
	*size++ = '\0';
	if (!*text || strlen(text) > HMT_NAME_MAX || !parse_size(size, &bytes))
		return false;
	strcpy(policy->limits[policy->nr_limits].tier, text);
	policy->limits[policy->nr_limits++].pages = bytes / TRACE_PAGE;
	return true;
}

/* Parse "PROVIDER=N". */
static bool parse_weight(char *text, struct replay_policy *policy)
{
	char *number = strchr(text, '=');
	uint64_t weight;

	if (!number || policy->nr_weights == HMT_PROVIDERS_MAX)
		return false;
	*number++ = '\0';
	if (!*text || strlen(text) > HMT_NAME_MAX ||
	    !parse_number(number, 0, HMT_WEIGHT_MAX, &weight))
		return false;
	strcpy(policy->weights[policy->nr_weights].name, text);
	policy->weights[policy->nr_weights++].weight = weight;
	return true;
}

static bool parse_setting(char *word, struct replay_policy *policy)
{
	if (!strncmp(word, "limit:", 6))
		return parse_limit(word + 6, policy);
	if (!strncmp(word, "weight:", 7))
		return parse_weight(word + 7, policy);
	if (!strncmp(word, "low=", 4))
		return parse_number(word + 4, 0, WATERMARK_MAX, &policy->low);
	if (!strncmp(word, "high=", 5))
		return parse_number(word + 5, 0, WATERMARK_MAX, &policy->high);
	if (!strncmp(word, "promote=", 8))
		return parse_pages(word + 8, &policy->promote);
	if (!strncmp(word, "demote=", 7))
		return parse_pages(word + 7, &policy->demote);
	if (!strncmp(word, "decay=", 6))
		return parse_number(word + 6, REHEAT_DECAY_MIN,
				    REHEAT_DECAY_MAX, &policy->decay);
	return false;
}

static int parse_policy(const char *text, struct replay_policy *policy)
{
	auto_words char **words = words_split(text);
	size_t i;

	for (i = 0; words[i]; i++) {
		auto_text char *copy = must(strdup(words[i]));

		if (!parse_setting(copy, policy))
			return bad_setting(words[i]);
	}
	return RESULT_OK;
}

/* Return the share of each tier, in per mille; the caller frees it. */
static char *shares_text(const uint64_t *tiers, unsigned int count)
{
	uint64_t sum = 0;
	char *text = NULL;
	size_t size;
	unsigned int i;
	FILE *out = must(open_memstream(&text, &size));

	for (i = 0; i < count; i++)
		sum += tiers[i];
	for (i = 0; i < count; i++)
		fprintf(out, "%s%llu", i ? " " : "",
			sum ? (unsigned long long)(tiers[i] * 1000 / sum) :
			      0ULL);
	fclose(out);
	return must(text);
}

static void add_shares(struct json_object *object, const char *key,
		       const uint64_t *tiers, unsigned int count)
{
	auto_text char *text = shares_text(tiers, count);

	json_object_object_add(object, key, json_object_new_string(text));
}

/* Add the share of hits in each tier, by provider. */
static void add_hits(struct json_object *object,
		     const struct replay_result *result)
{
	struct json_object *hits = json_object_new_object();
	unsigned int i;

	for (i = 0; i < result->nr_providers; i++)
		add_shares(hits, result->providers[i], result->hits[i],
			   result->nr_tiers);
	json_object_object_add(object, "hits", hits);
}

static struct json_object *describe_replay(const char *policy,
					   const struct replay_result *result)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "policy",
			       json_object_new_string(policy));
	json_object_object_add(object, "passes",
			       json_object_new_uint64(result->passes));
	json_object_object_add(object, "promoted",
			       json_object_new_uint64(result->promoted));
	json_object_object_add(object, "demoted",
			       json_object_new_uint64(result->demoted));
	add_shares(object, "shares", result->heat, result->nr_tiers);
	if (result->nr_providers)
		add_hits(object, result);
	if (result->fused) {
		json_object_object_add(object, "fused",
				       json_object_new_uint64(result->fused));
		json_object_object_add(object, "unexplained",
				       json_object_new_uint64(result->unexplained));
	}
	return object;
}

/* Feed all replays while reading the trace once. */
static int feed_replays(struct heat_trace *trace, struct replay *replays[2],
			size_t count)
{
	struct trace_pass pass = { };
	struct passes passes;
	int result = RESULT_OK;
	const char *lacks;
	bool end = false;
	size_t i;

	passes_begin(&passes, "replay", trace, UINT64_MAX);
	while (!result && !end) {
		result = heat_trace_next(trace, &pass, &end);
		for (i = 0; i < count && !result && !end; i++) {
			lacks = replay_pass(replays[i], &pass);
			if (lacks) {
				passes_end(&passes);
				result = fail(RESULT_NO_OBJECT, "replay: %s",
					      lacks);
			}
		}
		passes_show(&passes);
	}
	passes_end(&passes);
	trace_pass_release(&pass);
	return result;
}

/* Return an object for each provider of each row. */
static struct json_object *hits_rows(struct json_object *rows)
{
	struct json_object *array = json_object_new_array();
	struct json_object *row, *line, *hits;
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++) {
		row = json_object_array_get_idx(rows, i);
		if (!json_object_object_get_ex(row, "hits", &hits))
			continue;
		json_object_object_foreach(hits, provider, share) {
			line = json_object_new_object();
			json_object_object_add(line, "policy",
					       json_object_new_string(json_text(row, "policy")));
			json_object_object_add(line, "provider",
					       json_object_new_string(provider));
			json_object_object_add(line, "hits",
					       json_object_get(share));
			json_object_array_add(array, line);
		}
	}
	return array;
}

static void print_replay_tables(struct json_object *rows)
{
	auto_json struct json_object *hits = hits_rows(rows);

	print_table(columns, rows);
	if (!json_object_array_length(hits))
		return;
	putchar('\n');
	print_table(hits_columns, hits);
}

/* Warn about heat that evidence does not explain, because events were lost. */
static void warn_unexplained(const struct replay_result *result)
{
	if (result->unexplained)
		fail(RESULT_OK,
		     "replay: %llu of %llu heats are not what the evidence makes: events were lost, or processes began anew",
		     (unsigned long long)result->unexplained,
		     (unsigned long long)result->fused);
}

static void print_replays(const struct replay_values *values,
			  struct replay *replays[2], size_t count)
{
	auto_json struct json_object *array = json_object_new_array();
	const char *policy;
	size_t i;

	for (i = 0; i < count; i++) {
		policy = i ? values->policy : "recorded";
		json_object_array_add(array,
				      describe_replay(policy,
						      replay_result(replays[i])));
	}
	if (values->json)
		print_array("policies", array);
	else
		print_replay_tables(array);
	warn_unexplained(replay_result(replays[count - 1]));
}

static int refuse_without_pass(const char *file, const char *workload)
{
	if (workload)
		return fail(RESULT_NO_OBJECT,
			    "replay: '%.200s' has no complete pass of workload '%s'; record more with 'hmtctl heat PID --passes 2 --record FILE'",
			    file, workload);
	return fail(RESULT_NO_OBJECT,
		    "replay: '%.200s' has no complete pass; record more with 'hmtctl heat PID --passes 2 --record FILE'",
		    file);
}

static int replay_all(struct heat_trace *trace, const char *file,
		      const struct replay_values *values,
		      const struct replay_policy *policy)
{
	static const struct replay_policy as_is = {
		.low = REPLAY_AS_IS, .high = REPLAY_AS_IS,
		.promote = REPLAY_AS_IS, .demote = REPLAY_AS_IS,
		.decay = REPLAY_AS_IS,
	};
	struct replay *replays[2] = { replay_new(&as_is), NULL };
	size_t count = 1, i;
	int result;

	if (values->policy)
		replays[count++] = replay_new(policy);
	result = feed_replays(trace, replays, count);
	if (!result && !replay_result(replays[0])->passes)
		result = refuse_without_pass(file, values->workload);
	if (!result)
		print_replays(values, replays, count);
	for (i = 0; i < count; i++)
		replay_free(replays[i]);
	return result;
}

static int cmd_replay_run(const struct hmtctl *ctl, const void *arguments,
			  char **operands)
{
	const struct replay_values *values = arguments;
	struct replay_policy policy = {
		.low = REPLAY_AS_IS, .high = REPLAY_AS_IS,
		.promote = REPLAY_AS_IS, .demote = REPLAY_AS_IS,
		.decay = REPLAY_AS_IS,
	};
	struct heat_trace trace = { };
	int result = parse_policy(values->policy, &policy);

	(void)ctl;
	if (!result && values->workload &&
	    strlen(values->workload) >= sizeof(trace.workload))
		result = fail(RESULT_USAGE, "replay: --workload '%.40s': the name is too long",
			      values->workload);
	if (!result && values->workload)
		strcpy(trace.workload, values->workload);
	if (!result)
		result = heat_trace_open_file(&trace, operands[0]);
	if (!result)
		result = replay_all(&trace, operands[0], values, &policy);
	heat_trace_report_lost(&trace, "replay");
	heat_trace_close(&trace);
	return result;
}

const struct command cmd_replay = {
	.name = "replay",
	.operands = "TRACE [OPTION...]",
	.summary = "Replay recorded heat with other settings.",
	.man = "hmtctl-replay",
	.options = options,
	.values_size = sizeof(struct replay_values),
	.min_operands = 1,
	.max_operands = 1,
	.run = cmd_replay_run,
};
