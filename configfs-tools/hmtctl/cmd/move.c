// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/process.h"
#include "cli/progress.h"
#include "cli/ranges.h"
#include "cmd/commands.h"
#include "hmtfs/sysfs.h"
#include "libhmt/libhmt.h"
#include "util/cleanup.h"

/*
 * Least bytes of a request, between which progress is shown, and most requests,
 * about: each of them waits for all CPUs, and programs reserve terabytes.
 */
#define PIECE	(64ULL << 20)
#define PIECES	1024

struct move_values {
	const char *to;
	bool json;
};

static const struct option_spec options[] = {
	{ 0, "to", "MEMORY|TIER", "destination (required)", OPT_TEXT,
	  offsetof(struct move_values, to), NULL },
	{ 'j', "json", NULL, "print JSON", OPT_FLAG,
	  offsetof(struct move_values, json), NULL },
	{ }
};

static void add_result(struct json_object *sums, const char *name,
		       uint64_t pages)
{
	pages += json_number(sums, name);
	json_object_object_add(sums, name, json_object_new_uint64(pages));
}

static void add_results(struct json_object *sums, const struct hmt_moved *part)
{
	unsigned int i;

	/* Pages that need no attention come first. */
	add_result(sums, hmt_result_name(HMT_RESULT_MOVED), 0);
	add_result(sums, hmt_result_name(HMT_RESULT_THERE), 0);
	add_result(sums, hmt_result_name(HMT_RESULT_ABSENT), 0);
	for (i = 0; i < HMT_RESULTS; i++)
		add_result(sums, hmt_result_name(i), part->pages[i]);
}

static void print_move_results(struct json_object *sums, bool json)
{
	if (json) {
		print_result(sums, false);
		return;
	}
	json_object_object_foreach(sums, name, count)
		if (json_object_get_uint64(count))
			printf("%s %s\n", name, json_object_get_string(count));
}

static int refuse_target(const struct hmtctl *ctl, const char *name)
{
	auto_text char *memory = sysfs_offline_part(ctl, name);

	if (memory)
		return fail(RESULT_NO_OBJECT,
			    "tier '%.40s': has no memory now, as %.40s is offline (see 'hmtctl memory list' and lsmem)",
			    name, memory);
	if (sysfs_is_staged(ctl, name))
		return fail(RESULT_NO_OBJECT,
			    "tier '%.40s': is not live; run 'hmtctl commit'",
			    name);
	return fail(RESULT_NO_OBJECT,
		    "'%.40s' is neither a memory nor a live tier (see 'hmtctl list')",
		    name);
}

/*
 * Find the memory named @name; *@uid is HMT_UID_NONE for a tier of that name.
 */
static int find_target(const struct hmtctl *ctl, const char *name,
		       uint32_t *uid)
{
	auto_json struct json_object *memories = NULL;
	struct json_object *memory;
	char number[16];
	size_t i;
	int result = sysfs_memories(ctl, false, &memories);

	*uid = HMT_UID_NONE;
	if (result)
		return result;
	for (i = 0; i < json_object_array_length(memories); i++) {
		memory = json_object_array_get_idx(memories, i);
		snprintf(number, sizeof(number), "%u",
			 (unsigned int)json_number(memory, "uid"));
		if (!strcmp(json_text(memory, "name"), name) ||
		    !strcmp(number, name))
			*uid = json_number(memory, "uid");
	}
	if (*uid == HMT_UID_NONE && sysfs_is_offline(ctl, name))
		return fail(RESULT_NO_OBJECT,
			    "memory '%.40s' is offline (see 'hmtctl memory list' and lsmem)",
			    name);
	if (*uid == HMT_UID_NONE && !sysfs_has_tier(ctl, name))
		return refuse_target(ctl, name);
	return RESULT_OK;
}

/* Return the bytes of a request if all have @total. */
static uint64_t piece_of(uint64_t total)
{
	uint64_t piece = PIECE;

	while (total / piece > PIECES)
		piece *= 2;
	return piece;
}

/* Move a range in pieces that end at multiples of their size. */
static int move_pieces(int device, const struct process *process,
		       const struct range *range, uint32_t uid,
		       const char *tier, struct json_object *sums,
		       struct progress *progress, uint64_t done, uint64_t total)
{
	struct hmt_moved part = { .size = sizeof(part) };
	uint64_t piece = piece_of(total), start, end;
	int error = 0;

	for (start = range->start; start < range->end && !error; start = end) {
		/* The end of the last piece of all addresses overflows. */
		end = piece - start % piece < range->end - start ?
		      start + (piece - start % piece) : range->end;
		error = hmt_move_pages(device, process_number(process),
				       process_flags(process), start,
				       end - start, uid,
				       uid == HMT_UID_NONE ? tier : NULL,
				       &interrupted, &part);
		add_results(sums, &part);
		progress_show(progress, done + end - range->start, total);
	}
	return error;
}

static int move_ranges(int device, const struct process *process,
		       const struct ranges *ranges, uint32_t uid,
		       const char *tier, struct json_object *sums)
{
	uint64_t done = 0, total = 0;
	struct progress progress;
	int error = 0;
	size_t i;

	for (i = 0; i < ranges->count; i++)
		total += ranges->list[i].end - ranges->list[i].start;
	progress_begin(&progress, "move");
	for (i = 0; i < ranges->count && !error; i++) {
		error = move_pieces(device, process, &ranges->list[i], uid,
				    tier, sums, &progress, done, total);
		done += ranges->list[i].end - ranges->list[i].start;
	}
	progress_end(&progress);
	return error;
}

static int cmd_move_run(const struct hmtctl *ctl, const void *arguments,
			char **operands)
{
	auto_json struct json_object *sums = json_object_new_object();
	const struct move_values *values = arguments;
	auto_process struct process process = { .fd = -1 };
	auto_ranges struct ranges ranges = { };
	auto_fd int device = -1;
	uint32_t uid;
	int result = process_open(ctl, operands[0], &process), error;

	if (!result && !values->to)
		result = fail(RESULT_USAGE, "move: the destination is missing; use --to");
	result = result ?: ranges_parse(ctl, process.pid, operands + 1,
					&ranges);
	result = result ?: find_target(ctl, values->to, &uid);
	if (result)
		return result;
	device = open_device(ctl);
	if (device < 0)
		return -device;
	catch_interrupts();
	error = move_ranges(device, &process, &ranges, uid, values->to, sums);
	/*
	 * Print the moves that were done, even if an interrupt prevented
	 * others.
	 */
	if (!error || error == -EINTR)
		print_move_results(sums, values->json);
	return error ? fail_about_process(process.pid, error) : RESULT_OK;
}

const struct command cmd_move = {
	.name = "move",
	.operands = "[OPTION...] PID [START-END...]",
	.summary = "Move the memory of a process, or parts of it.",
	.man = "hmtctl-query",
	.options = options,
	.values_size = sizeof(struct move_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = cmd_move_run,
};
