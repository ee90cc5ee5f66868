// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "command.h"
#include "heattrace.h"
#include "output.h"
#include "reheat.h"
#include "replay.h"
#include "report.h"
#include "units.h"
#include "words.h"

struct replay_values {
	char *policy;
	const char *workload;
	bool json;
};

#define PLACE(member) offsetof(struct replay_values, member)

static const struct option_spec options[] = {
	{ 'p', "policy", "SETTINGS", "settings to compare with the recorded ones",
	  OPT_WORDS, PLACE(policy), NULL },
	{ 'w', "workload", "NAME", "this workload, not the first in the trace",
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

static int bad_setting(const char *word)
{
	return fail(RESULT_USAGE,
		    "replay: --policy '%.60s': not low=N, high=N (per mille), promote=PAGES, demote=PAGES, decay=N (2 to 128) or limit:TIER=SIZE",
		    word);
}

/* "max" is no limit, as the kernel records it. */
static bool parse_pages(const char *text, uint64_t *pages)
{
	if (strcmp(text, "max"))
		return parse_number(text, 0, INT64_MAX, pages);
	*pages = INT64_MAX;
	return true;
}

/* "TIER=SIZE" */
static bool parse_limit(char *text, struct replay_policy *policy)
{
	char *size = strchr(text, '=');
	uint64_t bytes;

	if (!size || policy->nr_limits == TRACE_TIERS)
		return false;
	*size++ = '\0';
	if (!*text || strlen(text) >= TRACE_NAME || !parse_size(size, &bytes))
		return false;
	strcpy(policy->limits[policy->nr_limits].tier, text);
	policy->limits[policy->nr_limits++].pages = bytes / TRACE_PAGE;
	return true;
}

static bool parse_setting(char *word, struct replay_policy *policy)
{
	if (!strncmp(word, "limit:", 6))
		return parse_limit(word + 6, policy);
	if (!strncmp(word, "low=", 4))
		return parse_number(word + 4, 0, 999, &policy->low);
	if (!strncmp(word, "high=", 5))
		return parse_number(word + 5, 0, 999, &policy->high);
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

/* Heat in each tier, in per mille of all: what faster memory would serve. */
static char *shares(const struct replay_result *result)
{
	uint64_t sum = 0;
	char *text = NULL;
	size_t size;
	unsigned int i;
	FILE *out = must(open_memstream(&text, &size));

	for (i = 0; i < result->nr_tiers; i++)
		sum += result->heat[i];
	for (i = 0; i < result->nr_tiers; i++)
		fprintf(out, "%s%llu", i ? " " : "",
			sum ? (unsigned long long)(result->heat[i] * 1000 / sum)
			    : 0ULL);
	fclose(out);
	return must(text);
}

static struct json_object *describe(const char *policy,
				    const struct replay_result *result)
{
	struct json_object *object = json_object_new_object();
	auto_text char *heat = shares(result);

	json_object_object_add(object, "policy",
			       json_object_new_string(policy));
	json_object_object_add(object, "passes",
			       json_object_new_uint64(result->passes));
	json_object_object_add(object, "promoted",
			       json_object_new_uint64(result->promoted));
	json_object_object_add(object, "demoted",
			       json_object_new_uint64(result->demoted));
	json_object_object_add(object, "shares", json_object_new_string(heat));
	return object;
}

/* Feed both from one reading of the trace. */
static int feed(struct heat_trace *trace, struct replay *replays[2],
		size_t count)
{
	struct trace_pass pass = { };
	int result = RESULT_OK;
	const char *lacks;
	bool end = false;
	size_t i;

	while (!result && !end) {
		result = heat_trace_next(trace, &pass, &end);
		for (i = 0; i < count && !result && !end; i++) {
			lacks = replay_pass(replays[i], &pass);
			if (lacks)
				result = fail(RESULT_NO_OBJECT, "replay: %s",
					      lacks);
		}
	}
	trace_pass_release(&pass);
	return result;
}

static void print_results(const struct replay_values *values,
			  struct replay *replays[2], size_t count)
{
	auto_json struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_object_array_add(array,
				      describe(i ? values->policy : "recorded",
					       replay_result(replays[i])));
	if (values->json)
		print_json(array, false);
	else
		print_table(columns, array);
}

static int replay_all(struct heat_trace *trace,
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
	result = feed(trace, replays, count);
	if (!result && !replay_result(replays[0])->passes)
		result = fail(RESULT_NO_OBJECT, "replay: no whole pass in the trace");
	if (!result)
		print_results(values, replays, count);
	for (i = 0; i < count; i++)
		replay_free(replays[i]);
	return result;
}

static int run(const struct hmtctl *ctl, const void *arguments,
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
		result = fail(RESULT_USAGE, "replay: --workload '%.40s': too long a name",
			      values->workload);
	if (!result && values->workload)
		strcpy(trace.workload, values->workload);
	if (!result)
		result = heat_trace_open_file(&trace, operands[0]);
	if (!result)
		result = replay_all(&trace, values, &policy);
	heat_trace_close(&trace);
	return result;
}

const struct command cmd_replay = {
	.name = "replay",
	.operands = "TRACE [OPTION...]",
	.summary = "Try other settings on heat that was recorded.",
	.man = "hmtctl-replay",
	.options = options,
	.values_size = sizeof(struct replay_values),
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
