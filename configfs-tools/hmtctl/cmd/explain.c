// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cli/process.h"
#include "cli/ranges.h"
#include "cmd/commands.h"
#include "hmtfs/facts.h"
#include "libhmt/libhmt.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/units.h"
#include "view/causes.h"
#include "view/graph.h"

struct explain_values {
	bool json;
};

static const struct option_spec options[] = {
	{ 'j', "json", NULL, "print JSON", OPT_FLAG,
	  offsetof(struct explain_values, json), NULL },
	{ }
};

/**
 * struct explanation - an explanation in progress
 * @ctl: the machine
 * @facts: settings and counters
 * @graph: the live graph
 * @objects: array of explained objects: object, name, state, findings
 */
struct explanation {
	const struct hmtctl *ctl;
	struct facts facts;
	struct graph graph;
	struct json_object *objects;
};

/* Add an object with its state; return its findings, which are empty. */
static struct json_object *add_explained(struct explanation *explanation,
					 const char *object, const char *name,
					 const char *state)
{
	struct json_object *json = json_object_new_object();
	struct json_object *findings = json_object_new_array();

	cause_text(json, "object", object);
	cause_text(json, "name", name);
	cause_text(json, "state", state);
	json_object_object_add(json, "findings", findings);
	json_object_array_add(explanation->objects, json);
	return findings;
}

static bool explain_workload(struct explanation *explanation, const char *name)
{
	struct json_object *stats = json_find(explanation->facts.stats, "name",
					      name);
	char state[256];

	if (!stats)
		return false;
	snprintf(state, sizeof(state),
		 "workload '%s' is %s: %s processes, %s passes, %s pages promoted, %s demoted, %s failed",
		 name, json_text(stats, "state"), json_text(stats, "processes"),
		 json_text(stats, "passes"), json_text(stats, "promoted"),
		 json_text(stats, "demoted"), json_text(stats, "failed"));
	causes_of_workload(&explanation->facts, &explanation->graph, name,
			   add_explained(explanation, "workload", name, state));
	return true;
}

static void describe_tier(const struct explanation *explanation,
			  const char *name, char *out, size_t size)
{
	const struct graph_tier *tier = graph_find(&explanation->graph, name);
	char total[UNITS_LEN], free[UNITS_LEN], low[UNITS_LEN], high[UNITS_LEN];

	if (!tier) {
		snprintf(out, size, "tier '%s' is not in the live graph", name);
		return;
	}
	human_size(tier->size, total);
	human_size(tier->free, free);
	human_size(tier->low, low);
	human_size(tier->high, high);
	snprintf(out, size,
		 "tier '%s' is live: %s, %s free, watermarks %s and %s, %zu demotion target%s",
		 name, total, free, low, high, tier->targets,
		 tier->targets == 1 ? "" : "s");
}

static bool explain_tier(struct explanation *explanation, const char *name)
{
	char state[256];

	if (!json_find(explanation->facts.tiers, "name", name) &&
	    !graph_find(&explanation->graph, name))
		return false;
	describe_tier(explanation, name, state, sizeof(state));
	causes_of_tier(&explanation->facts, &explanation->graph, name,
		       add_explained(explanation, "tier", name, state));
	return true;
}

/* Return the name of the workload that manages the process, "" if none does. */
static const char *owner_of(const struct explanation *explanation, pid_t pid)
{
	struct json_object *stats, *pids;
	size_t i, j;

	for (i = 0; i < json_object_array_length(explanation->facts.stats); i++) {
		stats = json_object_array_get_idx(explanation->facts.stats, i);
		pids = json_object_object_get(stats, "pids");
		for (j = 0; json_object_is_type(pids, json_type_array) &&
		     j < json_object_array_length(pids); j++)
			if (json_object_get_int(json_object_array_get_idx(pids,
									  j)) == pid)
				return json_text(stats, "name");
	}
	return "";
}

/*
 * Check whether all pids of the workloads are known. The kernel shows them to root
 * alone, and at most 4 KiB of them; a process whose number is missing is not
 * therefore unmanaged.
 */
static bool knows_pids(const struct explanation *explanation)
{
	struct json_object *stats, *pids;
	size_t i;

	for (i = 0; i < json_object_array_length(explanation->facts.stats); i++) {
		stats = json_object_array_get_idx(explanation->facts.stats, i);
		pids = json_object_object_get(stats, "pids");
		if (json_number(stats, "processes") >
		    (json_object_is_type(pids, json_type_array) ?
		     json_object_array_length(pids) : 0))
			return false;
	}
	return true;
}

static int fail_without_pids(pid_t pid)
{
	return fail(RESULT_REFUSED, "process %d: %s", pid,
		    "its workload is not known, as only root sees the processes of workloads, and of a large one only some; explain the workload by its name");
}

/* Store the memory policy of the mapping of @address, as numa_maps has it. */
static void read_policy(const struct hmtctl *ctl, pid_t pid, uint64_t address,
			struct page_facts *page)
{
	char path[64], line[4096], policy[64], more[64];
	unsigned long long start;
	FILE *in;
	int words;

	snprintf(path, sizeof(path), "proc/%d/numa_maps", pid);
	in = fs_stream(ctl->root, path);
	/* A line has the first address only; the lines are in order. */
	while (in && fgets(line, sizeof(line), in)) {
		words = sscanf(line, "%llx %63s %63s", &start, policy, more);
		if (words < 2 || start > address)
			continue;
		/* Two policies have a name of two words. */
		if (words < 3 || (strncmp(more, "interleave", 10) &&
				  strncmp(more, "(many)", 6)))
			*more = '\0';
		snprintf(page->policy, sizeof(page->policy), "%s%s%s", policy,
			 *more ? " " : "", more);
	}
	if (in)
		fclose(in);
}

/* Find out whether the mapping of @address is locked. */
static void read_locked(const struct hmtctl *ctl, pid_t pid, uint64_t address,
			struct page_facts *page)
{
	unsigned long long start, end;
	char path[64], line[4096];
	bool inside = false;
	FILE *in;

	snprintf(path, sizeof(path), "proc/%d/smaps", pid);
	in = fs_stream(ctl->root, path);
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%llx-%llx ", &start, &end) == 2)
			inside = start <= address && address < end;
		else if (inside && !strncmp(line, "VmFlags:", 8))
			page->locked = strstr(line, " lo ");
	}
	if (in)
		fclose(in);
}

static void read_nodes(const struct hmtctl *ctl, pid_t pid,
		       struct page_facts *page)
{
	char path[64], line[4096];
	FILE *in;

	snprintf(path, sizeof(path), "proc/%d/status", pid);
	in = fs_stream(ctl->root, path);
	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "Mems_allowed_list: %255s", page->nodes) == 1)
			break;
	if (in)
		fclose(in);
}

static int query_page(const struct hmtctl *ctl, const struct process *process,
		      uint64_t address, uint64_t bytes,
		      struct hmt_page_info *info)
{
	auto_fd int device = open_device(ctl);
	int error;

	if (device < 0)
		return -device;
	error = hmt_query_pages(device, process_number(process),
				process_flags(process), address, bytes, info);
	return error ? fail_about_process(process->pid, error) : RESULT_OK;
}

static int read_page(const struct explanation *explanation,
		     const struct process *process, uint64_t address,
		     struct page_facts *page)
{
	struct json_object *memory;
	struct hmt_page_info info = { };
	char uid[16];
	int result = query_page(explanation->ctl, process, address,
				explanation->facts.page, &info);

	if (result)
		return result;
	*page = (struct page_facts){
		.state = info.state, .why = info.why, .heat = info.heat,
	};
	snprintf(page->address, sizeof(page->address), "0x%llx",
		 (unsigned long long)address);
	snprintf(uid, sizeof(uid), "%u", info.uid);
	memory = json_find(explanation->facts.memories, "uid", uid);
	snprintf(page->memory, sizeof(page->memory), "%s",
		 memory ? json_text(memory, "name") : uid);
	snprintf(page->tier, sizeof(page->tier), "%s", json_text(memory, "tier"));
	read_policy(explanation->ctl, process->pid, address, page);
	read_locked(explanation->ctl, process->pid, address, page);
	read_nodes(explanation->ctl, process->pid, page);
	return RESULT_OK;
}

/* Check for a decision to move the page: the obstacles of its workload apply. */
static bool is_on_the_way(const struct page_facts *page)
{
	return page->why == HMT_WHY_PROMOTE || page->why == HMT_WHY_DEMOTE ||
	       page->why == HMT_WHY_HOME || page->why == HMT_WHY_ADVISED;
}

/* Check for a decision that only a page of a workload gets. */
static bool is_managed(const struct page_facts *page)
{
	return page->why != HMT_WHY_NONE && page->why != HMT_WHY_UNMANAGED &&
	       page->why != HMT_WHY_OUTSIDE;
}

static int explain_page(struct explanation *explanation, const char *pid,
			const char *text)
{
	auto_process struct process process = { .fd = -1 };
	struct json_object *findings;
	unsigned long long address;
	struct page_facts page;
	const char *owner;
	char state[256], managed[64] = "", *end;
	int result = process_open(explanation->ctl, pid, &process);

	errno = 0;
	address = strtoull(text, &end, 16);
	if (!result && (*end || end == text || *text == '-' || errno))
		result = fail(RESULT_USAGE,
			      "explain: '%.40s' is not an address: use hexadecimal digits, as 'hmtctl heat %.10s' prints them",
			      text, pid);
	address -= address % explanation->facts.page;
	result = result ?: read_page(explanation, &process, address, &page);
	if (result)
		return result;
	owner = owner_of(explanation, process.pid);
	if (!*owner && is_managed(&page) && !knows_pids(explanation))
		return fail_without_pids(process.pid);
	if (*owner)
		snprintf(managed, sizeof(managed), ", workload '%s'", owner);
	snprintf(state, sizeof(state),
		 "page %s of process %d%s: memory '%s', tier '%s', heat %u, %s, %s",
		 page.address, process.pid, managed, page.memory, page.tier,
		 page.heat, hmt_state_name(page.state), hmt_why_name(page.why));
	findings = add_explained(explanation, "page", page.address, state);
	causes_of_page(&explanation->facts, &explanation->graph, owner, &page,
		       findings);
	if (*owner && is_on_the_way(&page))
		causes_of_workload(&explanation->facts, &explanation->graph,
				   owner, findings);
	return RESULT_OK;
}

/* Explain the workload of a process. */
static int explain_process(struct explanation *explanation, const char *text)
{
	auto_process struct process process = { .fd = -1 };
	int result = process_open(explanation->ctl, text, &process);
	const char *owner = result ? "" : owner_of(explanation, process.pid);

	if (result || explain_workload(explanation, owner))
		return result;
	if (!knows_pids(explanation))
		return fail_without_pids(process.pid);
	return fail(RESULT_NO_OBJECT,
		    "process %d: no workload manages it; add it with 'hmtctl workload create NAME --add-pid %d --start'",
		    process.pid, process.pid);
}

static int explain_named(struct explanation *explanation, const char *name)
{
	bool known = explain_workload(explanation, name);
	uint64_t pid;

	/* A tier may have the name of a workload: explain both. */
	known |= explain_tier(explanation, name);
	if (known)
		return RESULT_OK;
	if (parse_number(name, 1, INT32_MAX, &pid))
		return explain_process(explanation, name);
	return fail(RESULT_NO_OBJECT,
		    "'%.40s': no workload or tier has this name (see 'hmtctl list')",
		    name);
}

static void print_findings(struct json_object *findings)
{
	struct json_object *finding;
	const char *remedy;
	size_t i;

	for (i = 0; i < json_object_array_length(findings); i++) {
		finding = json_object_array_get_idx(findings, i);
		remedy = json_text(finding, "remedy");
		printf("- %s%s%s\n", json_text(finding, "text"),
		       remedy ? "; " : "", remedy ?: "");
	}
	if (!i)
		puts("- no obstacle is known");
}

static void print_explanation(const struct explanation *explanation)
{
	struct json_object *object;
	size_t i;

	for (i = 0; i < json_object_array_length(explanation->objects); i++) {
		object = json_object_array_get_idx(explanation->objects, i);
		puts(json_text(object, "state"));
		print_findings(json_object_object_get(object, "findings"));
	}
}

static int cmd_explain_run(const struct hmtctl *ctl, const void *arguments,
			   char **operands)
{
	struct explanation explanation = {
		.ctl = ctl, .objects = json_object_new_array(),
	};
	const struct explain_values *values = arguments;
	int result = facts_read(ctl, &explanation.facts);

	if (!result) {
		graph_make(&explanation.graph, &explanation.facts);
		result = operands[1] ? explain_page(&explanation, operands[0],
						    operands[1]) :
			 explain_named(&explanation, operands[0]);
	}
	if (!result && values->json)
		print_array("objects", explanation.objects);
	else if (!result)
		print_explanation(&explanation);
	facts_release(&explanation.facts);
	json_object_put(explanation.objects);
	return result;
}

const struct command cmd_explain = {
	.name = "explain",
	.operands = "[OPTION...] PID ADDRESS | PID | WORKLOAD | TIER",
	.summary = "Explain why pages are where they are, and what prevents moves.",
	.man = "hmtctl-explain",
	.options = options,
	.values_size = sizeof(struct explain_values),
	.min_operands = 1,
	.max_operands = 2,
	.run = cmd_explain_run,
};
