// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/errors.h"
#include "cmd/commands.h"
#include "hmtfs/change.h"
#include "hmtfs/configfs.h"
#include "hmtfs/settings.h"
#include "hmtfs/sysfs.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/limits.h"
#include "util/units.h"
#include "util/words.h"

struct workload_values {
	char *pids;
	char *more_pids;
	const char *cgroup;
	char *providers;
	const char *interval;
	const char *interval_min;
	const char *interval_max;
	const char *samples;
	const char *promote;
	const char *demote;
	char *limits;
	char *protect;
	const char *plan_only;
	const char *in_fault;
	const char *spread;
	bool start;
	bool force;
};

#define INTERVAL_RANGE \
	LIMIT_TEXT(SCAN_INTERVAL_MIN_MS) " to " LIMIT_TEXT(SCAN_INTERVAL_MAX_MS)

#define PLACE(member) offsetof(struct workload_values, member)

static const struct option_spec set_options[] = {
	{ 'p', "add-pid", "PID", "add a process (repeat for more)", OPT_WORDS,
	  PLACE(more_pids), NULL },
	{ 0, "pids", "LIST", "its processes, in place of the present ones",
	  OPT_WORDS, PLACE(pids), NULL },
	{ 'c', "cgroup", "PATH", "cgroup v2, from the root of the hierarchy",
	  OPT_TEXT, PLACE(cgroup), NULL },
	{ 0, "providers", "LIST", "hotness providers, \"NAME[:WEIGHT] ...\"",
	  OPT_WORDS, PLACE(providers), NULL },
	{ 'i', "interval", "MS", "length of a round, " INTERVAL_RANGE,
	  OPT_TEXT, PLACE(interval), NULL },
	{ 0, "interval-min", "MS", "shortest interval, 0 for none",
	  OPT_TEXT, PLACE(interval_min), NULL },
	{ 0, "interval-max", "MS", "longest interval, 0 for none",
	  OPT_TEXT, PLACE(interval_max), NULL },
	{ 's', "samples", "N", "samples in a round, 1 to " LIMIT_TEXT(SAMPLES_MAX),
	  OPT_TEXT, PLACE(samples), NULL },
	{ 0, "promote-mib-per-s", "N", "limit of promotion in MiB/s, or max",
	  OPT_TEXT, PLACE(promote), NULL },
	{ 0, "demote-mib-per-s", "N", "limit of demotion in MiB/s, or max", OPT_TEXT,
	  PLACE(demote), NULL },
	{ 0, "limits", "LIST", "limits of tiers, \"TIER=SIZE ...\"",
	  OPT_WORDS, PLACE(limits), NULL },
	{ 0, "protect", "LIST", "guaranteed memory, \"TIER=SIZE ...\"",
	  OPT_WORDS, PLACE(protect), NULL },
	{ 0, "plan-only", NULL, "from now on decide and count, move nothing",
	  OPT_CONST, PLACE(plan_only), "1" },
	{ 0, "no-plan-only", NULL, "from now on move", OPT_CONST,
	  PLACE(plan_only), "0" },
	{ 0, "promote-in-fault", NULL, "promote in hint faults (hintfault)",
	  OPT_CONST, PLACE(in_fault), "1" },
	{ 0, "no-promote-in-fault", NULL, "leave hint faults to the kernel",
	  OPT_CONST, PLACE(in_fault), "0" },
	{ 0, "spread-load", NULL, "spread hot pages where a tier is slow under load",
	  OPT_CONST, PLACE(spread), "1" },
	{ 0, "no-spread-load", NULL, "keep hot pages together whatever the load",
	  OPT_CONST, PLACE(spread), "0" },
	{ 0, "start", NULL, "start it afterwards", OPT_FLAG, PLACE(start),
	  NULL },
	{ }
};

static const struct option_spec remove_options[] = {
	{ 'f', "force", NULL, "stop it first", OPT_FLAG, PLACE(force), NULL },
	{ }
};

static bool cgroup_valid(const struct setting *setting, const char *text)
{
	(void)setting;
	/* The path of its directory is easily taken for the cgroup. */
	return !*text || (*text == '/' && !strchr(text, '\n') &&
			  strncmp(text, "/sys/fs/cgroup/", 15));
}

static bool rate_valid(const struct setting *setting, const char *text)
{
	return !strcmp(text, "max") || number_valid(setting, text);
}

static bool weight_valid(const struct setting *setting, char *word)
{
	char *weight = strchr(word, ':');

	if (weight)
		*weight++ = '\0';
	return *word && (!weight || number_valid(setting, weight));
}

static bool providers_valid(const struct setting *setting, const char *text)
{
	auto_words char **words = words_split(text);
	size_t i;

	if (!words[0] || words_count(words) > HMT_PROVIDERS_MAX)
		return false;
	for (i = 0; words[i]; i++)
		if (!weight_valid(setting, words[i]))
			return false;
	return true;
}

static bool sizes_valid(const struct setting *setting, const char *text)
{
	auto_words char **words = words_split(text);
	const char *size;
	uint64_t bytes;
	size_t i;

	(void)setting;
	for (i = 0; words[i]; i++) {
		size = strchr(words[i], '=');
		if (!size || size == words[i] || !parse_size(size + 1, &bytes))
			return false;
	}
	return true;
}

#define LIVE_REMEDY \
	{ EBUSY, "it is live; stop it first with 'hmtctl workload stop'" }

static const struct remedy pids_remedies[] = {
	{ ESRCH, "no such process" },
	{ EINVAL, "not user processes: kernel threads cannot be managed" },
	{ ERANGE, "not process IDs, which are numbers from 1 to 4194304" },
	{ E2BIG, "too many process IDs; use a cgroup" },
	{ EFBIG, "an attribute takes " LIMIT_TEXT(ATTRIBUTE_MAX)
	  " characters; use a cgroup" },
	{ }
};

#define CGROUP_LONG \
	"a path from the root of cgroup v2 has at most " \
	LIMIT_TEXT(ATTRIBUTE_MAX) " characters; use a cgroup nearer to the root"

static const struct remedy cgroup_remedies[] = {
	{ EINVAL, "not a path of a cgroup from the root of cgroup v2" },
	{ ENOTDIR, "a file, not a cgroup" },
	{ EOPNOTSUPP, "a threaded cgroup has no processes; give its domain" },
	{ ENAMETOOLONG, CGROUP_LONG },
	{ EFBIG, CGROUP_LONG },
	{ }
};

static const struct remedy providers_remedies[] = {
	{ EINVAL, "not a list of providers" },
	{ E2BIG, "a workload has at most " LIMIT_TEXT(HMT_PROVIDERS_MAX)
	  " providers; leave some out" },
	LIVE_REMEDY,
	{ }
};

/* Accept a number in the range, or 0 for none. */
static bool bound_valid(const struct setting *setting, const char *text)
{
	return !strcmp(text, "0") || number_valid(setting, text);
}

static const struct remedy range_remedies[] = {
	{ ERANGE, "out of range" },
	{ EINVAL, "not a number" },
	{ }
};

static const struct remedy limits_remedies[] = {
	{ ENOENT, "no such tier in the live graph (see 'hmtctl list --memories')" },
	{ EINVAL, "not a list of TIER=SIZE" },
	{ E2BIG, "a graph has at most " LIMIT_TEXT(HMT_TIERS_MAX)
	  " tiers; leave some limits out" },
	{ ERANGE, "less than protect of the same tier; lower that as well" },
	{ }
};

static const struct remedy protect_remedies[] = {
	{ ENOENT, "no such tier in the live graph, or the module is older" },
	{ EINVAL, "not a list of TIER=SIZE" },
	{ E2BIG, "a graph has at most " LIMIT_TEXT(HMT_TIERS_MAX)
	  " tiers; leave some guarantees out" },
	{ ERANGE, "more than the limit of the same tier; raise that as well" },
	{ }
};

static const struct remedy in_fault_remedies[] = {
	{ EINVAL, "it is live without the provider 'hintfault'; stop it, and add this provider" },
	{ ENOENT, "the loaded module is older and cannot do that" },
	{ }
};

static const struct remedy spread_remedies[] = {
	{ ENOENT, "the loaded module is older and cannot do that" },
	{ }
};

static const struct setting settings[] = {
	{ "pids", PLACE(pids), numbers_valid, 1, INT_MAX,
	  "a list of process IDs", pids_remedies },
	{ "cgroup", PLACE(cgroup), cgroup_valid, 0, 0,
	  "a path like /db/main, which begins below /sys/fs/cgroup", cgroup_remedies },
	{ "providers", PLACE(providers), providers_valid,
	  1, HMT_WEIGHT_MAX,
	  "1 to " LIMIT_TEXT(HMT_PROVIDERS_MAX)
	  " providers as NAME or NAME:WEIGHT, weights 1 to "
	  LIMIT_TEXT(HMT_WEIGHT_MAX),
	  providers_remedies },
	{ "scan_interval_ms", PLACE(interval), number_valid,
	  SCAN_INTERVAL_MIN_MS, SCAN_INTERVAL_MAX_MS,
	  "a number from " INTERVAL_RANGE, range_remedies },
	{ "scan_interval_min_ms", PLACE(interval_min), bound_valid,
	  SCAN_INTERVAL_MIN_MS, SCAN_INTERVAL_MAX_MS,
	  "0 or a number from " INTERVAL_RANGE, range_remedies },
	{ "scan_interval_max_ms", PLACE(interval_max), bound_valid,
	  SCAN_INTERVAL_MIN_MS, SCAN_INTERVAL_MAX_MS,
	  "0 or a number from " INTERVAL_RANGE, range_remedies },
	{ "samples", PLACE(samples), number_valid, 1, SAMPLES_MAX,
	  "a number from 1 to " LIMIT_TEXT(SAMPLES_MAX), range_remedies },
	{ "promote_mib_per_s", PLACE(promote), rate_valid, 0, UINT64_MAX,
	  "a number or 'max'", range_remedies },
	{ "demote_mib_per_s", PLACE(demote), rate_valid, 0, UINT64_MAX,
	  "a number or 'max'", range_remedies },
	{ "limits", PLACE(limits), sizes_valid, 0, 0,
	  "a list of TIER=SIZE, sizes in bytes or with K, M, G, T",
	  limits_remedies },
	{ "protect", PLACE(protect), sizes_valid, 0, 0,
	  "a list of TIER=SIZE, sizes in bytes or with K, M, G, T",
	  protect_remedies },
	{ "dry_run", PLACE(plan_only), NULL, 0, 0, NULL, NULL },
	{ "promote_in_fault", PLACE(in_fault), NULL, 0, 0, NULL,
	  in_fault_remedies },
	{ "spread_load", PLACE(spread), NULL, 0, 0, NULL, spread_remedies },
	{ }
};

/*
 * Return the tier in @file of the workload that the live graph lacks, or NULL; the
 * caller frees it.
 */
static char *missing_tier(const struct hmtctl *ctl,
			  const struct object *workload, const char *file)
{
	auto_text char *sizes = object_read(workload, file);
	auto_words char **words = words_split(sizes);
	int i;

	for (i = 0; words[i]; i++) {
		words[i][strcspn(words[i], "=")] = '\0';
		if (!sysfs_has_tier(ctl, words[i]))
			return must(strdup(words[i]));
	}
	return NULL;
}

/* Explain ENOENT, which means a missing tier or a missing provider. */
static int explain_missing(const struct hmtctl *ctl,
			   const struct object *workload)
{
	auto_text char *limit = missing_tier(ctl, workload, "limits");
	auto_text char *protect = missing_tier(ctl, workload, "protect");
	auto_text char *providers = object_read(workload, "providers");

	if (limit || protect)
		return fail(RESULT_REFUSED,
			    "workload '%s': cannot start: %s '%.80s': no such tier in the live graph",
			    workload->name, limit ? "limits" : "protect",
			    limit ? limit : protect);
	return fail(RESULT_REFUSED,
		    "workload '%s': cannot start: providers '%.80s': no such provider; 'hmtctl load NAME' loads its module",
		    workload->name, providers ? providers : "");
}

/* Check whether tiers are staged, which a commit would publish. */
static bool has_tiers(const struct hmtctl *ctl)
{
	auto_words char **tiers = NULL;

	return !object_list(ctl, &class_tier, &tiers) && tiers && *tiers;
}

static int start_workload(const struct hmtctl *ctl,
			  const struct object *workload)
{
	static const struct remedy remedies[] = {
		{ ENXIO, "no graph is committed; run 'hmtctl commit'" },
		{ ERANGE, "protect of a tier is more than its limit; lower it or raise the limit" },
		{ }
	};
	int err = object_write(workload, "live", "1");

	if (!err)
		return RESULT_OK;
	if (err == -ENOENT)
		return explain_missing(ctl, workload);
	if (err == -EINVAL)
		return fail(RESULT_REFUSED,
			    "workload '%s': cannot start: it has no processes; run 'hmtctl workload set %s --add-pid PID --start'",
			    workload->name, workload->name);
	if (err == -ENXIO && !has_tiers(ctl))
		return fail(RESULT_REFUSED,
			    "workload '%s': cannot start: there are no tiers; run 'hmtctl setup'",
			    workload->name);
	return fail(RESULT_REFUSED, "workload '%s': cannot start: %s",
		    workload->name, explain(-err, remedies));
}

static int stop_workload(const struct object *workload)
{
	int err = object_write(workload, "live", "0");

	if (!err)
		return RESULT_OK;
	return fail(RESULT_REFUSED, "workload '%s': cannot stop: %s",
		    workload->name, explain(-err, NULL));
}

/*
 * Return --pids, or else the present processes, followed by --add-pid; NULL if
 * neither is given. The caller frees it.
 */
static char *joined_pids(const struct object *workload,
			 const struct workload_values *values)
{
	auto_text char *first = NULL;
	char *text;

	if (values->pids)
		first = must(strdup(values->pids));
	else if (values->more_pids)
		first = object_read(workload, "pids");
	if (!values->more_pids) {
		text = first;
		first = NULL;
		return text;
	}
	return format_text("%s%s%s", first ? first : "",
			   first && *first ? " " : "", values->more_pids);
}

/* Write the values and start the workload, or undo what was written. */
static int apply_values(const struct hmtctl *ctl, const struct object *workload,
			const struct workload_values *values)
{
	auto_text char *pids = joined_pids(workload, values);
	struct workload_values joined = *values;
	char **before = NULL;
	int result;

	joined.pids = pids;
	result = settings_write(workload, settings, &joined, &before);
	if (!result && values->start) {
		result = start_workload(ctl, workload);
		if (result)
			settings_undo(workload, settings, before);
	}
	settings_release(settings, before);
	return result;
}

static int check_values(const char *name, const struct workload_values *values)
{
	const struct workload_values more = { .pids = values->more_pids };
	int result = settings_check(&class_workload, name, settings, values);

	return result ? result :
	       settings_check(&class_workload, name, settings, &more);
}

static int create_workload(const struct hmtctl *ctl,
			   const struct workload_values *values,
			   const char *name)
{
	auto_object struct object workload = OBJECT_NONE;
	int result = check_values(name, values);

	if (!result)
		result = object_create(ctl, &class_workload, name, &workload);
	if (result)
		return result;
	result = apply_values(ctl, &workload, values);
	if (result) {
		change_insist();
		object_remove(&workload);
	}
	return result;
}

static int set_workload(const struct hmtctl *ctl,
			const struct workload_values *values, const char *name)
{
	auto_object struct object workload = OBJECT_NONE;
	int result = object_open(ctl, &class_workload, name, &workload);

	if (!result)
		result = check_values(name, values);
	return result ? result : apply_values(ctl, &workload, values);
}

static int start_named(const struct hmtctl *ctl,
		       const struct workload_values *values, const char *name)
{
	auto_object struct object workload = OBJECT_NONE;
	int result = object_open(ctl, &class_workload, name, &workload);

	(void)values;
	return result ? result : start_workload(ctl, &workload);
}

static int stop_named(const struct hmtctl *ctl,
		      const struct workload_values *values, const char *name)
{
	auto_object struct object workload = OBJECT_NONE;
	int result = object_open(ctl, &class_workload, name, &workload);

	(void)values;
	return result ? result : stop_workload(&workload);
}

/* Stop a live workload and remove it; it runs again if it cannot be removed. */
static int drop_workload(const struct hmtctl *ctl, struct object *workload,
			 bool force)
{
	static const char busy[] =
		"it is live; stop it first, or remove it with --force";
	static const struct remedy remedies[] = {
		{ EBUSY, busy },
		{ }
	};
	bool live = workload_is_live(workload);
	int result;
	int err;

	if (live && !force)
		return fail(RESULT_REFUSED, "workload '%s': %s",
			    workload->name, busy);
	result = live ? stop_workload(workload) : RESULT_OK;
	if (result)
		return result;
	err = object_remove(workload);
	if (!err)
		return RESULT_OK;
	result = fail(RESULT_REFUSED, "workload '%s': cannot remove: %s",
		      workload->name, explain(-err, remedies));
	change_insist();
	if (live)
		start_workload(ctl, workload);
	return result;
}

static int remove_workload(const struct hmtctl *ctl,
			   const struct workload_values *values,
			   const char *name)
{
	auto_object struct object workload = OBJECT_NONE;
	int result = object_open(ctl, &class_workload, name, &workload);

	return result ? result : drop_workload(ctl, &workload, values->force);
}

typedef int (*change_workload_fn)(const struct hmtctl *ctl,
				  const struct workload_values *values,
				  const char *name);

static int change_workload(const struct hmtctl *ctl, const void *values,
			   const char *name, change_workload_fn act)
{
	struct change change;
	int result = change_begin(ctl, &change);

	return result ? result : change_end(&change, act(ctl, values, name));
}

static int cmd_workload_create_run(const struct hmtctl *ctl, const void *values,
				   char **operands)
{
	return change_workload(ctl, values, operands[0], create_workload);
}

static int cmd_workload_set_run(const struct hmtctl *ctl, const void *values,
				char **operands)
{
	return change_workload(ctl, values, operands[0], set_workload);
}

static int cmd_workload_start_run(const struct hmtctl *ctl, const void *values,
				  char **operands)
{
	return change_workload(ctl, values, operands[0], start_named);
}

static int cmd_workload_stop_run(const struct hmtctl *ctl, const void *values,
				 char **operands)
{
	return change_workload(ctl, values, operands[0], stop_named);
}

static int cmd_workload_remove_run(const struct hmtctl *ctl, const void *values,
				   char **operands)
{
	return change_workload(ctl, values, operands[0], remove_workload);
}

#define WORKLOAD_COMMAND(NAME, SUMMARY, OPERANDS, OPTIONS, RUN) { \
	.name = NAME, \
	.operands = OPERANDS, \
	.summary = SUMMARY, \
	.man = "hmtctl-workload", \
	.options = OPTIONS, \
	.values_size = sizeof(struct workload_values), \
	.min_operands = 1, \
	.max_operands = 1, \
	.run = RUN, \
}

static const struct command workload_create =
	WORKLOAD_COMMAND("create", "Create a workload.", "NAME [OPTION...]",
			 set_options, cmd_workload_create_run);
static const struct command workload_set =
	WORKLOAD_COMMAND("set", "Change a workload.", "NAME [OPTION...]",
			 set_options, cmd_workload_set_run);
static const struct command workload_start =
	WORKLOAD_COMMAND("start", "Start managing its memory.", "NAME", NULL,
			 cmd_workload_start_run);
static const struct command workload_stop =
	WORKLOAD_COMMAND("stop", "Stop managing its memory.", "NAME", NULL,
			 cmd_workload_stop_run);
static const struct command workload_remove =
	WORKLOAD_COMMAND("remove", "Remove a workload.", "NAME [OPTION...]",
			 remove_options, cmd_workload_remove_run);

const struct command cmd_workload = {
	.name = "workload",
	.operands = "COMMAND NAME [OPTION...]",
	.summary = "Configure the processes that HMT manages.",
	.man = "hmtctl-workload",
	.subcommands = (const struct command *const []) {
		&workload_create, &workload_set, &workload_start,
		&workload_stop, &workload_remove,
		&cmd_workload_list, &cmd_workload_show, NULL
	},
};
