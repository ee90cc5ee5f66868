// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stddef.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "hmtfs/configfs.h"
#include "hmtfs/facts.h"
#include "hmtfs/served.h"
#include "hmtfs/sysfs.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/words.h"

/* Exit status of status, besides those of enum result. */
#define STATUS_NO_GRAPH		RESULT_NO_OBJECT
#define STATUS_REFUSED		5
#define STATUS_LATE		6

struct status_values {
	bool json;
	bool quiet;
};

static const struct option_spec options[] = {
	{ 'q', "quiet", NULL, "print nothing, return the exit status", OPT_FLAG,
	  offsetof(struct status_values, quiet), NULL },
	{ 'j', "json", NULL, "print JSON", OPT_FLAG,
	  offsetof(struct status_values, json), NULL },
	{ }
};

/* Convert "generation N" or "generation N, refused: REASON". */
static struct json_object *status_json(const char *line)
{
	static const char mark[] = "refused: ";
	struct json_object *json = json_object_new_object();
	const char *reason = strstr(line, mark);
	unsigned long long generation;

	if (sscanf(line, "generation %llu", &generation) != 1)
		generation = 0;
	json_object_object_add(json, "generation",
			       json_object_new_uint64(generation));
	json_object_object_add(json, "refused", !reason ? NULL :
			       json_object_new_string(reason + strlen(mark)));
	return json;
}

static void copy_member(struct json_object *from, const char *key,
			struct json_object *to, const char *name)
{
	json_object_object_add(to, name,
			       json_object_get(json_object_object_get(from, key)));
}

/* Texts for the states of hmtd that the kernel reports. */
static const struct {
	const char *state;
	const char *line;
	const char *left;
} hmtd_words[] = {
	{ "absent", "hmtd is not running", " for lack of hmtd" },
	{ "ready", "hmtd is ready", ", because hmtd cannot move them either" },
	{ "late", "hmtd does not answer; restart it",
	  ", because hmtd does not answer" },
	{ }
};

/* Return the index into hmtd_words; "absent" if the module reports no state. */
static size_t find_hmtd(const char *state)
{
	size_t i;

	for (i = 0; state && hmtd_words[i].state; i++)
		if (!strcmp(state, hmtd_words[i].state))
			return i;
	return 0;
}

/* Return the pages of running workloads that are not moved. */
static struct json_object *find_left(struct json_object *stats)
{
	struct json_object *left = json_object_new_array();
	struct json_object *json, *of;
	size_t i;

	for (i = 0; stats && i < json_object_array_length(stats); i++) {
		of = json_object_array_get_idx(stats, i);
		if (strcmp(json_text(of, "state"), "running") ||
		    !(json_number(of, "skipped_huge") +
		      json_number(of, "skipped_file") +
		      json_number(of, "skipped_hugetlb") +
		      json_number(of, "skipped_shared")))
			continue;
		json = json_object_new_object();
		copy_member(of, "name", json, "workload");
		copy_member(of, "skipped_huge", json, "huge");
		copy_member(of, "skipped_file", json, "file");
		copy_member(of, "skipped_hugetlb", json, "hugetlb");
		copy_member(of, "skipped_shared", json, "shared");
		json_object_array_add(left, json);
	}
	return left;
}

/* Return the workloads that manage no process, or not all, with the reasons. */
static struct json_object *find_reasons(struct json_object *stats)
{
	struct json_object *reasons = json_object_new_array();
	struct json_object *json, *of;
	size_t i;

	for (i = 0; stats && i < json_object_array_length(stats); i++) {
		of = json_object_array_get_idx(stats, i);
		if (!strcmp(json_text(of, "reason"), ""))
			continue;
		json = json_object_new_object();
		copy_member(of, "name", json, "workload");
		copy_member(of, "state", json, "state");
		copy_member(of, "reason", json, "reason");
		json_object_array_add(reasons, json);
	}
	return reasons;
}

static void print_reasons(struct json_object *reasons)
{
	struct json_object *json;
	size_t i;

	for (i = 0; i < json_object_array_length(reasons); i++) {
		json = json_object_array_get_idx(reasons, i);
		printf("workload '%s'%s: %s\n", json_text(json, "workload"),
		       strcmp(json_text(json, "state"), "waiting") ? "" : " waits",
		       json_text(json, "reason"));
	}
}

/*
 * Print the pages that stay: for the reason @why, and for other reasons. @of: the
 * counters of the workload.
 */
static void print_left_by(struct json_object *json, const char *why,
			  struct json_object *of)
{
	unsigned long long huge = json_number(json, "huge");
	unsigned long long file = json_number(json, "file");
	unsigned long long hugetlb = json_number(json, "hugetlb");
	unsigned long long shared = json_number(json, "shared");
	const char *name = json_text(json, "workload");

	if (huge || file) {
		printf("workload '%s': left where they are%s: ", name, why);
		printf("%llu pages in huge pages, %llu of files and shared memory\n",
		       huge, file);
	}
	if (hugetlb) {
		printf("workload '%s': left where they are, because hugetlb ", name);
		printf("has a pool on each node: %llu pages\n", hugetlb);
	}
	if (stats_has_shared(of)) {
		printf("workload '%s': left where they are, because other ", name);
		printf("processes may map them: %llu pages\n", shared);
	}
}

static void print_left(struct json_object *left, const char *why,
		       struct json_object *stats)
{
	struct json_object *json;
	size_t i;

	for (i = 0; i < json_object_array_length(left); i++) {
		json = json_object_array_get_idx(left, i);
		print_left_by(json, why,
			      json_find(stats, "name",
					json_text(json, "workload")));
	}
}

static void add_offline(const struct hmtctl *ctl, const char *tier,
			struct json_object *offline)
{
	auto_words char **words = NULL;
	auto_text char *text = NULL;
	struct json_object *json;
	char path[128];
	size_t i;

	snprintf(path, sizeof(path), "sys/kernel/config/hmt/tiers/%.64s/memories",
		 tier);
	text = fs_read(ctl->root, path);
	words = words_split(text);
	for (i = 0; words[i]; i++) {
		if (!sysfs_is_offline(ctl, words[i]))
			continue;
		json = json_object_new_object();
		json_object_object_add(json, "tier",
				       json_object_new_string(tier));
		json_object_object_add(json, "memory",
				       json_object_new_string(words[i]));
		json_object_array_add(offline, json);
	}
}

/* Return the memories of staged tiers that are offline. */
static struct json_object *find_offline(const struct hmtctl *ctl)
{
	struct json_object *offline = json_object_new_array();
	auto_words char **tiers = NULL;
	size_t i;

	if (!object_list(ctl, &class_tier, &tiers))
		for (i = 0; tiers[i]; i++)
			add_offline(ctl, tiers[i], offline);
	return offline;
}

static void print_offline_memories(struct json_object *offline)
{
	struct json_object *json;
	size_t i;

	for (i = 0; i < json_object_array_length(offline); i++) {
		json = json_object_array_get_idx(offline, i);
		printf("tier '%s': memory '%s' is offline (see 'hmtctl memory list' and lsmem)\n",
		       json_text(json, "tier"), json_text(json, "memory"));
	}
}

/* Check whether a graph is live: a memory has a tier. */
static int read_live(const struct hmtctl *ctl, bool *live)
{
	auto_json struct json_object *memories = NULL;
	int result = sysfs_memories(ctl, false, &memories);
	const char *tier;
	size_t i;

	*live = false;
	for (i = 0; memories && i < json_object_array_length(memories); i++) {
		tier = json_text(json_object_array_get_idx(memories, i), "tier");
		*live = *live || (*tier && strcmp(tier, "none"));
	}
	return result;
}

/* Return the exit status, the most severe finding first. */
static int judge(struct json_object *status)
{
	if (!json_object_get_boolean(json_object_object_get(status, "live")))
		return STATUS_NO_GRAPH;
	if (json_object_object_get(status, "refused"))
		return STATUS_REFUSED;
	return strcmp(json_text(status, "hmtd") ?: "", "late") ? RESULT_OK :
								 STATUS_LATE;
}

static void print_status(const char *line, struct json_object *status,
			 struct json_object *stats)
{
	const char *hmtd = json_text(status, "hmtd");

	puts(line);
	if (hmtd)
		puts(hmtd_words[find_hmtd(hmtd)].line);
	print_left(json_object_object_get(status, "left"),
		   hmtd_words[find_hmtd(hmtd)].left, stats);
	print_reasons(json_object_object_get(status, "reasons"));
	served_print(json_object_object_get(status, "waiting"));
	print_offline_memories(json_object_object_get(status, "offline"));
}

static int cmd_status_run(const struct hmtctl *ctl, const void *arguments,
			  char **operands)
{
	auto_json struct json_object *status = NULL;
	auto_json struct json_object *stats = NULL;
	auto_text char *line = NULL;
	auto_text char *hmtd = NULL;
	const struct status_values *values = arguments;
	int result = hmt_status(ctl, &line);
	bool live = false;

	(void)operands;
	if (!result)
		result = read_live(ctl, &live);
	if (result)
		return result;
	hmtd = hmt_daemon(ctl);
	result = stats_read(ctl, false, &stats);
	status = status_json(line);
	json_object_object_add(status, "live", json_object_new_boolean(live));
	json_object_object_add(status, "hmtd", !hmtd ? NULL :
			       json_object_new_string(hmtd));
	json_object_object_add(status, "left", find_left(stats));
	json_object_object_add(status, "reasons", find_reasons(stats));
	json_object_object_add(status, "waiting", served_waiting(ctl, stats));
	json_object_object_add(status, "offline", find_offline(ctl));
	if (values->json)
		print_result(status, false);
	else if (!values->quiet)
		print_status(line, status, stats);
	return result ? result : judge(status);
}

const struct command cmd_status = {
	.name = "status",
	.operands = "[OPTION...]",
	.summary = "Show the live graph, the last refusal and pages that cannot move.",
	.man = "hmtctl-commit",
	.options = options,
	.values_size = sizeof(struct status_values),
	.run = cmd_status_run,
};
