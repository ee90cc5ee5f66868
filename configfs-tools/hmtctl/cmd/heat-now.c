// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cli/process.h"
#include "cli/ranges.h"
#include "hmtfs/configfs.h"
#include "hmtfs/sysfs.h"
#include "libhmt/libhmt.h"
#include "cmd/heat-now.h"
#include "trace/pages.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/clock.h"

/* Number of pages in a request. */
#define REQUEST_PAGES	(8 * TRACE_PAGES)

/* Return the index of the tier @name in @pass, which has it afterwards. */
static int8_t tier_index(struct trace_pass *pass, const char *name)
{
	unsigned int i;

	if (!*name || !strcmp(name, "none"))
		return TRACE_OUTSIDE;
	for (i = 0; i < pass->nr_tiers; i++)
		if (!strcmp(pass->tiers[i].name, name))
			return (int8_t)i;
	/* A commit in the meantime can make more of them. */
	if (i == HMT_TIERS_MAX)
		return TRACE_OUTSIDE;
	snprintf(pass->tiers[i].name, sizeof(pass->tiers[i].name), "%s", name);
	pass->nr_tiers++;
	return (int8_t)i;
}

static int read_places(const struct hmtctl *ctl, struct trace_pass *pass,
		       struct page_places *places)
{
	auto_json struct json_object *memories = NULL;
	struct json_object *memory;
	int result = sysfs_memories(ctl, false, &memories);
	size_t i;

	if (result)
		return result;
	places->count = json_object_array_length(memories);
	places->list = must(calloc(places->count + 1, sizeof(*places->list)));
	for (i = 0; i < places->count; i++) {
		memory = json_object_array_get_idx(memories, i);
		places->list[i] = (struct page_place) {
			.uid = json_number(memory, "uid"),
			.tier = tier_index(pass, json_text(memory, "tier")),
		};
	}
	return RESULT_OK;
}

static bool has_pid(struct json_object *workload, int pid)
{
	struct json_object *pids = json_object_object_get(workload, "pids");
	size_t i;

	if (!json_object_is_type(pids, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(pids); i++)
		if (json_object_get_int(json_object_array_get_idx(pids, i)) ==
		    pid)
			return true;
	return false;
}

/* Store the name of the workload that manages the process. */
static int read_workload(const struct hmtctl *ctl, int pid,
			 struct trace_pass *pass)
{
	auto_json struct json_object *workloads = NULL;
	struct json_object *workload;
	int result = stats_read(ctl, false, &workloads);
	size_t i;

	for (i = 0; !result && i < json_object_array_length(workloads); i++) {
		workload = json_object_array_get_idx(workloads, i);
		if (has_pid(workload, pid))
			snprintf(pass->workload, sizeof(pass->workload), "%s",
				 json_text(workload, "name"));
	}
	return result;
}

/**
 * struct reading - a query in progress
 * @process: the process
 * @device: /dev/hmt
 * @places: tiers of the memories
 * @pass: receives the pages
 * @managed: set if a live workload manages the process
 */
struct reading {
	const struct process *process;
	int device;
	const struct page_places *places;
	struct trace_pass *pass;
	bool managed;
};

/*
 * Requests end at multiples of 2 MiB, so that a chunk is not split. Returns 0 or
 * -errno.
 */
static int read_range(struct reading *reading, const struct range *range)
{
	static struct hmt_page_info info[REQUEST_PAGES];
	uint64_t start, end;
	size_t pages;
	int error = 0;

	for (start = range->start; start < range->end && !error; start = end) {
		end = (start / TRACE_CHUNK + REQUEST_PAGES / TRACE_PAGES) *
		      TRACE_CHUNK;
		if (end > range->end)
			end = range->end;
		pages = (end - start) / TRACE_PAGE;
		error = hmt_query_pages(reading->device,
					process_number(reading->process),
					process_flags(reading->process), start,
					end - start, info);
		if (!error)
			reading->managed |= pages_add(reading->pass,
						      reading->process->pid,
						      start, info, pages,
						      reading->places);
	}
	return error;
}

static int read_pages(const struct hmtctl *ctl, const struct process *process,
		      const struct ranges *ranges,
		      const struct page_places *places, struct trace_pass *pass)
{
	auto_fd int device = open_device(ctl);
	struct reading reading = {
		.process = process, .device = device, .places = places,
		.pass = pass,
	};
	int error = 0;
	size_t i;

	if (device < 0)
		return -device;
	for (i = 0; i < ranges->count && !error; i++)
		error = read_range(&reading, &ranges->list[i]);
	if (error)
		return fail_about_process(process->pid, error);
	if (!reading.managed)
		return fail(RESULT_REFUSED,
			    "heat: no live workload manages process %d (see 'hmtctl stat')",
			    process->pid);
	return RESULT_OK;
}

int heat_now(const struct hmtctl *ctl, const char *pid,
	     struct trace_pass *pass)
{
	auto_process struct process process = { .fd = -1 };
	auto_ranges struct ranges ranges = { };
	struct page_places places = { };
	int result = process_open(ctl, pid, &process);

	if (!result)
		result = ranges_resident(ctl, process.pid, &ranges);
	if (!result)
		result = read_places(ctl, pass, &places);
	if (!result)
		result = read_pages(ctl, &process, &ranges, &places, pass);
	if (!result)
		result = read_workload(ctl, process.pid, pass);
	pass->when = seconds_now();
	free(places.list);
	return result;
}
