// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/process.h"
#include "cli/ranges.h"
#include "cmd/commands.h"
#include "hmtfs/sysfs.h"
#include "libhmt/libhmt.h"
#include "util/alloc.h"
#include "util/cleanup.h"

/* Number of pages in a request. */
#define QUERY_PAGES	4096
#define STATES		(HMT_STATE_HUGETLB + 1)
#define WHYS		(HMT_WHY_HOME + 1)
#define MEMORIES_MAX	HMT_TIER_MEMORIES_MAX

struct query_values {
	bool json;
	bool pages;
};

static const struct option_spec options[] = {
	{ 0, "pages", NULL, "print a line for each page", OPT_FLAG,
	  offsetof(struct query_values, pages), NULL },
	{ 'j', "json", NULL, "print JSON", OPT_FLAG,
	  offsetof(struct query_values, json), NULL },
	{ }
};

/**
 * struct summary - pages of a process in a memory
 * @uid: UID of the memory
 * @name: name of the memory; its UID if it was removed in the meantime
 * @pages: number of pages
 * @warm: pages with heat
 * @heat: sum of their heat
 * @clean: pages that were not written since they were mapped or cleaned
 * @states: pages by state
 * @whys: pages by last decision
 */
struct summary {
	uint32_t uid;
	char *name;
	uint64_t pages;
	uint64_t warm;
	uint64_t heat;
	uint64_t clean;
	uint64_t states[STATES];
	uint64_t whys[WHYS];
};

/**
 * struct census - a query in progress
 * @ctl: the machine
 * @values: options
 * @page: size of a page in bytes
 * @info: buffer for the answers
 * @count: entries in @memories
 * @memories: sums by memory
 * @list: JSON of the pages, or NULL
 */
struct census {
	const struct hmtctl *ctl;
	const struct query_values *values;
	uint64_t page;
	struct hmt_page_info info[QUERY_PAGES];
	size_t count;
	struct summary memories[MEMORIES_MAX];
	struct json_object *list;
};

static char *name_memory(const struct hmtctl *ctl, uint32_t uid)
{
	char text[16], *name;

	snprintf(text, sizeof(text), "%u", uid);
	name = sysfs_memory_name(ctl, text);
	return name ? name : must(strdup(text));
}

static struct summary *find_memory(struct census *census, uint32_t uid)
{
	size_t i;

	for (i = 0; i < census->count; i++)
		if (census->memories[i].uid == uid)
			return &census->memories[i];
	if (census->count == MEMORIES_MAX)
		return NULL;
	census->memories[census->count].uid = uid;
	census->memories[census->count].name = name_memory(census->ctl, uid);
	return &census->memories[census->count++];
}

static void add_to_summary(struct summary *memory,
			   const struct hmt_page_info *info)
{
	memory->pages++;
	memory->warm += info->heat > 0;
	memory->heat += info->heat;
	memory->clean += info->flags & HMT_INFO_CLEAN ? 1 : 0;
	if (info->state < STATES)
		memory->states[info->state]++;
	if (info->why < WHYS)
		memory->whys[info->why]++;
}

static void add_to_list(struct census *census, uint64_t address,
			const struct summary *memory,
			const struct hmt_page_info *info)
{
	struct json_object *json = json_object_new_object();
	char text[32];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	json_object_object_add(json, "address", json_object_new_string(text));
	json_object_object_add(json, "memory",
			       json_object_new_string(memory->name));
	json_object_object_add(json, "uid", json_object_new_int64(info->uid));
	json_object_object_add(json, "heat", json_object_new_int(info->heat));
	snprintf(text, sizeof(text), "%s", hmt_state_name(info->state));
	json_object_object_add(json, "state", json_object_new_string(text));
	snprintf(text, sizeof(text), "%s", hmt_why_name(info->why));
	json_object_object_add(json, "why", json_object_new_string(text));
	json_object_object_add(json, "clean",
			       json_object_new_boolean(info->flags &
						       HMT_INFO_CLEAN));
	json_object_array_add(census->list, json);
}

static void add_to_census(struct census *census, uint64_t address,
			  const struct hmt_page_info *info)
{
	struct summary *memory;

	if (info->state == HMT_STATE_ABSENT)
		return;
	memory = find_memory(census, info->uid);
	if (!memory)
		return;
	add_to_summary(memory, info);
	if (census->list)
		add_to_list(census, address, memory, info);
}

static int query_range(struct census *census, int device,
		       const struct process *process, const struct range *range)
{
	uint64_t start, pages, i;
	int error;

	for (start = range->start; start < range->end;
	     start += pages * census->page) {
		pages = (range->end - start) / census->page;
		if (pages > QUERY_PAGES)
			pages = QUERY_PAGES;
		error = hmt_query_pages(device, process_number(process),
					process_flags(process), start,
					pages * census->page, census->info);
		if (error)
			return error;
		for (i = 0; i < pages; i++)
			add_to_census(census, start + i * census->page,
				      &census->info[i]);
	}
	return 0;
}

static void add_page_counts(struct json_object *json, const uint64_t *counts,
			    unsigned int count,
			    const char *(*name)(unsigned int))
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (counts[i])
			json_object_object_add(json, name(i),
					       json_object_new_uint64(counts[i]));
}

static struct json_object *summary_json(const struct summary *memory)
{
	struct json_object *json = json_object_new_object();
	struct json_object *states = json_object_new_object();
	struct json_object *whys = json_object_new_object();

	json_object_object_add(json, "memory",
			       json_object_new_string(memory->name));
	json_object_object_add(json, "uid", json_object_new_int64(memory->uid));
	json_object_object_add(json, "pages",
			       json_object_new_uint64(memory->pages));
	json_object_object_add(json, "warm",
			       json_object_new_uint64(memory->warm));
	json_object_object_add(json, "heat",
			       json_object_new_uint64(memory->heat /
						      memory->pages));
	json_object_object_add(json, "clean",
			       json_object_new_uint64(memory->clean));
	add_page_counts(states, memory->states, STATES, hmt_state_name);
	add_page_counts(whys, memory->whys, WHYS, hmt_why_name);
	json_object_object_add(json, "states", states);
	json_object_object_add(json, "why", whys);
	return json;
}

static void print_counts(struct json_object *counts)
{
	json_object_object_foreach(counts, name, count)
		printf(" %s=%s", name, json_object_get_string(count));
}

static void print_summary(struct json_object *memory)
{
	printf("memory %s: %llu pages, %llu warm, heat %llu;",
	       json_text(memory, "memory"),
	       (unsigned long long)json_number(memory, "pages"),
	       (unsigned long long)json_number(memory, "warm"),
	       (unsigned long long)json_number(memory, "heat"));
	print_counts(json_object_object_get(memory, "states"));
	printf(";");
	print_counts(json_object_object_get(memory, "why"));
	printf("; %llu clean\n",
	       (unsigned long long)json_number(memory, "clean"));
}

static void print_census(struct census *census)
{
	static const struct column columns[] = {
		{ "ADDRESS", "address", true },
		{ "MEMORY", "memory", false },
		{ "HEAT", "heat", true },
		{ "STATE", "state", false },
		{ "WHY", "why", false },
		{ "CLEAN", "clean", false },
		{ }
	};
	auto_json struct json_object *memories = json_object_new_array();
	size_t i;

	for (i = 0; i < census->count; i++)
		json_object_array_add(memories,
				      summary_json(&census->memories[i]));
	if (census->values->json)
		print_array(census->list ? "pages" : "memories",
			    census->list ?: memories);
	else if (census->list)
		print_table(columns, census->list);
	else
		for (i = 0; i < census->count; i++)
			print_summary(json_object_array_get_idx(memories, i));
}

static int cmd_query_run(const struct hmtctl *ctl, const void *arguments,
			 char **operands)
{
	auto_process struct process process = { .fd = -1 };
	auto_ranges struct ranges ranges = { };
	auto_fd int device = -1;
	struct census *census;
	size_t i;
	int result = process_open(ctl, operands[0], &process), error = 0;

	result = result ?: ranges_parse(ctl, process.pid, operands + 1,
					&ranges);
	if (result)
		return result;
	device = open_device(ctl);
	if (device < 0)
		return -device;
	census = must(calloc(1, sizeof(*census)));
	census->ctl = ctl;
	census->values = arguments;
	census->page = sysconf(_SC_PAGESIZE);
	census->list = census->values->pages ? json_object_new_array() : NULL;
	for (i = 0; i < ranges.count && !error; i++)
		error = query_range(census, device, &process, &ranges.list[i]);
	if (error)
		result = fail_about_process(process.pid, error);
	else
		print_census(census);
	json_object_put(census->list);
	for (i = 0; i < census->count; i++)
		free(census->memories[i].name);
	free(census);
	return result;
}

const struct command cmd_query = {
	.name = "query",
	.operands = "[OPTION...] PID [START-END...]",
	.summary = "Show the memory, heat and last decision of pages of a process.",
	.man = "hmtctl-query",
	.options = options,
	.values_size = sizeof(struct query_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = cmd_query_run,
};
