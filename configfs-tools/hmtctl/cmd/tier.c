// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cli/errors.h"
#include "cmd/commands.h"
#include "hmtfs/change.h"
#include "hmtfs/configfs.h"
#include "hmtfs/links.h"
#include "hmtfs/settings.h"
#include "hmtfs/sysfs.h"
#include "util/cleanup.h"
#include "util/limits.h"
#include "util/words.h"

struct tier_values {
	char *memories;
	char *demote_to;
	char *weights;
	const char *low;
	const char *high;
	bool commit;
};

#define PLACE(member) offsetof(struct tier_values, member)
#define COMMIT_OPTION \
	{ 0, "commit", NULL, "commit the graph afterwards", OPT_FLAG, \
	  PLACE(commit), NULL }

static const struct option_spec set_options[] = {
	{ 'm', "memories", "LIST", "names or UIDs of its memories", OPT_WORDS,
	  PLACE(memories), NULL },
	{ 'd', "demote-to", "LIST", "tiers that it demotes to, first choice first",
	  OPT_WORDS, PLACE(demote_to), NULL },
	{ 0, "weights", "LIST", "distribution of pages among these tiers, 1 to "
	  LIMIT_TEXT(HMT_WEIGHT_MAX) " each",
	  OPT_WORDS, PLACE(weights), NULL },
	{ 0, "low", "N", "low watermark in per mille, 0 to "
	  LIMIT_TEXT(WATERMARK_MAX), OPT_TEXT, PLACE(low), NULL },
	{ 0, "high", "N", "high watermark in per mille, 0 to "
	  LIMIT_TEXT(WATERMARK_MAX), OPT_TEXT, PLACE(high), NULL },
	COMMIT_OPTION,
	{ }
};

static const struct option_spec remove_options[] = {
	COMMIT_OPTION,
	{ }
};

static bool memories_valid(const struct setting *setting, const char *text)
{
	auto_words char **words = words_split(text);

	return words_count(words) <= setting->max;
}

static const struct remedy memories_remedies[] = {
	{ EINVAL, "not a list of memories, or one is named twice" },
	{ E2BIG, "a tier has at most "
		 LIMIT_TEXT(HMT_TIER_MEMORIES_MAX)
		 " memories with names of 4094 characters together" },
	{ }
};

static bool weights_valid(const struct setting *setting, const char *text)
{
	auto_words char **words = words_split(text);
	int i;

	for (i = 0; words[i]; i++)
		if (!number_valid(setting, words[i]))
			return false;
	return i <= HMT_TARGETS_MAX;
}

static const struct remedy weights_remedies[] = {
	{ ERANGE, "not numbers from 1 to " LIMIT_TEXT(HMT_WEIGHT_MAX) },
	{ EINVAL, "not numbers from 1 to " LIMIT_TEXT(HMT_WEIGHT_MAX) },
	{ E2BIG, "more than the targets that a tier can have" },
	{ }
};

static const struct remedy watermark_remedies[] = {
	{ ERANGE, "not a number from 0 to " LIMIT_TEXT(WATERMARK_MAX) },
	{ EINVAL, "not a number from 0 to " LIMIT_TEXT(WATERMARK_MAX) },
	{ }
};

static const struct setting settings[] = {
	{ "memories", PLACE(memories), memories_valid,
	  0, HMT_TIER_MEMORIES_MAX,
	  "at most " LIMIT_TEXT(HMT_TIER_MEMORIES_MAX) " memories",
	  memories_remedies },
	{ "weights", PLACE(weights), weights_valid, 1, HMT_WEIGHT_MAX,
	  "at most " LIMIT_TEXT(HMT_TARGETS_MAX) " numbers from 1 to "
	  LIMIT_TEXT(HMT_WEIGHT_MAX), weights_remedies },
	{ "low_watermark", PLACE(low), number_valid,
	  0, WATERMARK_MAX, "a number from 0 to " LIMIT_TEXT(WATERMARK_MAX),
	  watermark_remedies },
	{ "high_watermark", PLACE(high), number_valid,
	  0, WATERMARK_MAX, "a number from 0 to " LIMIT_TEXT(WATERMARK_MAX),
	  watermark_remedies },
	{ }
};

static int refuse_memory(const struct hmtctl *ctl, const char *name,
			 const char *memory)
{
	if (sysfs_is_offline(ctl, memory))
		return fail(RESULT_NO_OBJECT,
			    "tier '%s': memories '%.80s': is offline (see 'hmtctl memory list' and lsmem)",
			    name, memory);
	return fail(RESULT_NO_OBJECT,
		    "tier '%s': memories '%.80s': no such memory (see 'hmtctl list --memories')",
		    name, memory);
}

static int check_memories(const struct hmtctl *ctl, const char *name,
			  const char *memories)
{
	auto_words char **words = words_split(memories);
	int i;

	for (i = 0; words[i]; i++)
		if (!sysfs_has_memory(ctl, words[i]))
			return refuse_memory(ctl, name, words[i]);
	return RESULT_OK;
}

static int check_targets(const struct hmtctl *ctl, const char *name,
			 const char *targets)
{
	auto_words char **wanted = words_split(targets);
	auto_words char **tiers = NULL;
	int result;
	int i;

	if (words_count(wanted) > HMT_TARGETS_MAX)
		return fail(RESULT_USAGE, "tier '%s': demote-to '%.80s': not at most %d tiers",
			    name, targets, HMT_TARGETS_MAX);
	result = object_list(ctl, &class_tier, &tiers);
	for (i = 0; !result && wanted[i]; i++) {
		if (!strcmp(wanted[i], name))
			return fail(RESULT_USAGE,
				    "tier '%s': demote-to '%s': a tier cannot demote to itself",
				    name, name);
		if (!words_contain(tiers, wanted[i]))
			return fail(RESULT_NO_OBJECT,
				    "tier '%s': demote-to '%.80s': no such tier (make it first with 'hmtctl tier create')",
				    name, wanted[i]);
	}
	return result;
}

static int write_targets(const struct object *tier, const char *targets)
{
	static const struct remedy remedies[] = {
		{ EPERM, "the kernel refuses this link" },
		{ ENOENT, "no such tier" },
		{ }
	};
	auto_words char **words = words_split(targets);
	int err = links_replace(tier, words);

	if (!err)
		return RESULT_OK;
	return fail(RESULT_REFUSED, "tier '%s': demote-to '%.80s': %s",
		    tier->name, targets, explain(-err, remedies));
}

/* Check all values before anything is changed. */
static int check_tier_values(const struct hmtctl *ctl, const char *name,
			     const struct tier_values *values)
{
	int result = settings_check(&class_tier, name, settings, values);

	if (!result && values->memories)
		result = check_memories(ctl, name, values->memories);
	if (!result && values->demote_to)
		result = check_targets(ctl, name, values->demote_to);
	return result;
}

/*
 * Write the links first: on failure they restore themselves, and
 * settings_write() restores the settings. A signal after the last of them undoes
 * all; it comes too late for a commit.
 */
static int write_tier(const struct object *tier,
		      const struct tier_values *values)
{
	struct links old = { .dir = -1 };
	char **before = NULL;
	int result = RESULT_OK;

	links_open(tier, &old);
	if (values->demote_to)
		result = write_targets(tier, values->demote_to);
	if (!result) {
		result = settings_write(tier, settings, values, &before);
		if (!result && change_check()) {
			result = fail(RESULT_REFUSED, "tier '%s': %s",
				      tier->name, explain(EINTR, NULL));
			settings_undo(tier, settings, before);
		}
		if (result && values->demote_to)
			links_restore(tier, &old);
	}
	settings_release(settings, before);
	links_close(&old);
	change_insist();
	return result;
}

static int commit_if(const struct hmtctl *ctl, bool wanted)
{
	return wanted ? hmt_commit(ctl) : RESULT_OK;
}

static int create_tier(const struct hmtctl *ctl,
		       const struct tier_values *values, const char *name)
{
	auto_object struct object tier = OBJECT_NONE;
	int result = object_create(ctl, &class_tier, name, &tier);

	if (result)
		return result;
	result = check_tier_values(ctl, name, values);
	if (!result)
		result = write_tier(&tier, values);
	if (result) {
		change_insist();
		links_replace(&tier, (char *[]){ NULL });
		object_remove(&tier);
		return result;
	}
	return commit_if(ctl, values->commit);
}

static int set_tier(const struct hmtctl *ctl, const struct tier_values *values,
		    const char *name)
{
	auto_object struct object tier = OBJECT_NONE;
	int result = object_open(ctl, &class_tier, name, &tier);

	if (!result)
		result = check_tier_values(ctl, name, values);
	if (!result)
		result = write_tier(&tier, values);
	return result ? result : commit_if(ctl, values->commit);
}

typedef int (*change_tier_fn)(const struct hmtctl *ctl,
			      const struct tier_values *values,
			      const char *name);

static int change_tier(const struct hmtctl *ctl, const void *values,
		       const char *name, change_tier_fn act)
{
	struct change change;
	int result = change_begin(ctl, &change);

	if (result)
		return result;
	return change_end(&change, act(ctl, values, name));
}

static int cmd_tier_create_run(const struct hmtctl *ctl, const void *values,
			       char **operands)
{
	return change_tier(ctl, values, operands[0], create_tier);
}

static int cmd_tier_set_run(const struct hmtctl *ctl, const void *values,
			    char **operands)
{
	return change_tier(ctl, values, operands[0], set_tier);
}

static int leads_to(const struct hmtctl *ctl, const char *from,
		    const char *name, bool *leads)
{
	auto_object struct object tier = OBJECT_NONE;
	auto_words char **targets = NULL;
	int result = object_open(ctl, &class_tier, from, &tier);

	if (result)
		return result;
	targets = links_targets(&tier);
	*leads = words_contain(targets, name);
	return RESULT_OK;
}

static int check_unused(const struct hmtctl *ctl, const char *name)
{
	auto_words char **tiers = NULL;
	int result = object_list(ctl, &class_tier, &tiers);
	bool leads = false;
	int i;

	for (i = 0; !result && tiers[i]; i++) {
		if (!strcmp(tiers[i], name))
			continue;
		result = leads_to(ctl, tiers[i], name, &leads);
		if (!result && leads)
			return fail(RESULT_REFUSED,
				    "tier '%s': tier '%s' demotes to it; give that one other targets first ('hmtctl tier set %s --demote-to ...')",
				    name, tiers[i], tiers[i]);
	}
	return result;
}

static int drop_tier(struct object *tier)
{
	struct links old = { .dir = -1 };
	int err = links_open(tier, &old);

	/* A tier that has no links yet has no directory on a fake root. */
	if (err == -ENOENT)
		err = 0;
	if (!err)
		err = links_replace(tier, (char *[]){ NULL });
	if (!err)
		err = object_remove(tier);
	if (err && old.targets)
		links_restore(tier, &old);
	links_close(&old);
	if (!err)
		return RESULT_OK;
	return fail(RESULT_REFUSED, "tier '%s': %s", tier->name,
		    explain(-err, NULL));
}

static int remove_tier(const struct hmtctl *ctl,
		       const struct tier_values *values, const char *name)
{
	auto_object struct object tier = OBJECT_NONE;
	int result = object_open(ctl, &class_tier, name, &tier);

	if (!result)
		result = check_unused(ctl, name);
	if (!result)
		result = drop_tier(&tier);
	change_insist();
	return result ? result : commit_if(ctl, values->commit);
}

static int cmd_tier_remove_run(const struct hmtctl *ctl, const void *values,
			       char **operands)
{
	return change_tier(ctl, values, operands[0], remove_tier);
}

static const struct command tier_create = {
	.name = "create",
	.operands = "NAME [OPTION...]",
	.summary = "Stage a new tier.",
	.man = "hmtctl-tier",
	.options = set_options,
	.values_size = sizeof(struct tier_values),
	.min_operands = 1,
	.max_operands = 1,
	.run = cmd_tier_create_run,
};

static const struct command tier_set = {
	.name = "set",
	.operands = "NAME [OPTION...]",
	.summary = "Change a staged tier.",
	.man = "hmtctl-tier",
	.options = set_options,
	.values_size = sizeof(struct tier_values),
	.min_operands = 1,
	.max_operands = 1,
	.run = cmd_tier_set_run,
};

static const struct command tier_remove = {
	.name = "remove",
	.operands = "NAME [OPTION...]",
	.summary = "Remove a staged tier and its demotion links.",
	.man = "hmtctl-tier",
	.options = remove_options,
	.values_size = sizeof(struct tier_values),
	.min_operands = 1,
	.max_operands = 1,
	.run = cmd_tier_remove_run,
};

const struct command cmd_tier = {
	.name = "tier",
	.operands = "COMMAND NAME [OPTION...]",
	.summary = "Stage tiers: their memories and demotion targets.",
	.man = "hmtctl-tier",
	.subcommands = (const struct command *const []) {
		&tier_create, &tier_set, &tier_remove,
		&cmd_tier_list, &cmd_tier_show, NULL
	},
};
