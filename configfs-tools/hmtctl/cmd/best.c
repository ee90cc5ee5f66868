// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <numa.h>
#include <stdio.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cli/ranges.h"
#include "cmd/commands.h"
#include "hmtfs/sysfs.h"
#include "libhmt/libhmt.h"
#include "util/cleanup.h"
#include "util/units.h"
#include "util/words.h"

struct best_values {
	const char *cpus;
	char *devices;
	const char *size;
	bool bandwidth;
	bool json;
};

#define PLACE(member) offsetof(struct best_values, member)

static const struct option_spec options[] = {
	{ 0, "cpus", "LIST", "CPUs that will use it, as in 0-3,8", OPT_TEXT,
	  PLACE(cpus), NULL },
	{ 0, "devices", "LIST", "device memories whose devices will use it",
	  OPT_WORDS, PLACE(devices), NULL },
	{ 0, "size", "SIZE", "space that must be free", OPT_TEXT, PLACE(size),
	  NULL },
	{ 0, "bandwidth", NULL, "compare bandwidth before latency", OPT_FLAG,
	  PLACE(bandwidth), NULL },
	{ 'j', "json", NULL, "print JSON", OPT_FLAG, PLACE(json), NULL },
	{ }
};

/* Suppress messages of libnuma: hmtctl prints its own. */
void numa_warn(int number, char *format, ...)
{
	(void)number;
	(void)format;
}

static int find_device_memory(struct json_object *memories, const char *name,
			      uint32_t *uid)
{
	struct json_object *memory;
	size_t i;

	for (i = 0; i < json_object_array_length(memories); i++) {
		memory = json_object_array_get_idx(memories, i);
		if (strcmp(json_text(memory, "name"), name))
			continue;
		*uid = json_number(memory, "uid");
		if (*uid & HMT_UID_DEVICE)
			return RESULT_OK;
		return fail(RESULT_USAGE, "memory '%.40s' is a node: name CPUs with --cpus",
			    name);
	}
	return fail(RESULT_NO_OBJECT,
		    "memory '%.40s' does not exist (see 'hmtctl list --memories')",
		    name);
}

static int find_device_memories(struct json_object *memories, const char *names,
				uint32_t *uids, unsigned int *count)
{
	auto_words char **words = words_split(names);
	int result;

	for (*count = 0; words[*count]; ++*count) {
		if (*count == HMT_BEST_DEVICES_MAX)
			return fail(RESULT_USAGE,
				    "best: --devices: more than %d devices; name fewer",
				    HMT_BEST_DEVICES_MAX);
		result = find_device_memory(memories, words[*count],
					    &uids[*count]);
		if (result)
			return result;
	}
	return RESULT_OK;
}

static const char *memory_name(struct json_object *memories, uint32_t uid)
{
	struct json_object *memory;
	size_t i;

	for (i = 0; i < json_object_array_length(memories); i++) {
		memory = json_object_array_get_idx(memories, i);
		if (json_number(memory, "uid") == uid)
			return json_text(memory, "name");
	}
	return "none";
}

static void add_answer_text(struct json_object *json, const char *name,
			    const char *text)
{
	json_object_object_add(json, name, json_object_new_string(text));
}

static void print_best(const struct hmt_best *best,
		       struct json_object *memories, bool json)
{
	auto_json struct json_object *answer = json_object_new_object();

	add_answer_text(answer, "memory", memory_name(memories, best->uid));
	add_answer_text(answer, "reason", hmt_reason_name(best->reason));
	add_answer_text(answer, "second", memory_name(memories, best->second));
	json_object_object_add(answer, "no_room",
			       json_object_new_int64(best->no_room));
	json_object_object_add(answer, "latency_ns",
			       json_object_new_int64(best->latency_ns));
	json_object_object_add(answer, "bandwidth",
			       json_object_new_int64(best->bandwidth));
	json_object_object_add(answer, "free",
			       json_object_new_uint64(best->free));
	if (json)
		print_result(answer, false);
	else
		printf("%s\n", json_text(answer, "memory"));
}

static int fail_best(int error)
{
	static const struct remedy remedies[] = {
		{ ENOSPC, "no memory that all of them can use has enough space" },
		{ ENODEV, "a device was removed" },
		{ }
	};

	return fail(RESULT_REFUSED, "best: %s", explain(error, remedies));
}

static int ask_best(const struct hmtctl *ctl, const struct best_values *values,
		    struct bitmask *cpus, struct json_object *memories)
{
	uint32_t devices[HMT_BEST_DEVICES_MAX];
	struct hmt_best best = {
		.size = sizeof(best),
		.flags = values->bandwidth ? HMT_BEST_BANDWIDTH : 0,
	};
	auto_fd int device = -1;
	unsigned int count = 0;
	uint64_t bytes = 0;
	int result = RESULT_OK, error;

	if (values->size && !parse_size(values->size, &bytes))
		return fail(RESULT_USAGE,
			    "'%.40s' is not a size: give bytes, or use K, M, G or T",
			    values->size);
	if (values->devices)
		result = find_device_memories(memories, values->devices,
					      devices, &count);
	if (result)
		return result;
	best.bytes = bytes;
	best.nr_devices = count;
	best.devices = count ? (uintptr_t)devices : 0;
	if (cpus) {
		best.cpus = (uintptr_t)cpus->maskp;
		best.cpus_size = numa_bitmask_nbytes(cpus);
		if (best.cpus_size > HMT_BEST_CPUS_MAX)
			best.cpus_size = HMT_BEST_CPUS_MAX;
	}
	device = open_device(ctl);
	if (device < 0)
		return -device;
	error = hmt_best_for(device, &best);
	if (error)
		return fail_best(-error);
	print_best(&best, memories, values->json);
	return RESULT_OK;
}

static int cmd_best_run(const struct hmtctl *ctl, const void *arguments,
			char **operands)
{
	auto_json struct json_object *memories = NULL;
	const struct best_values *values = arguments;
	struct bitmask *cpus = NULL;
	int result = sysfs_memories(ctl, false, &memories);

	(void)operands;
	if (!result && values->cpus) {
		cpus = numa_parse_cpustring_all(values->cpus);
		if (!cpus || !numa_bitmask_weight(cpus))
			result = fail(RESULT_USAGE,
				      "'%.40s' is not a list of CPUs of this machine, as in 0-3,8",
				      values->cpus);
	}
	result = result ?: ask_best(ctl, values, cpus, memories);
	if (cpus)
		numa_bitmask_free(cpus);
	return result;
}

const struct command cmd_best = {
	.name = "best",
	.operands = "[OPTION...]",
	.summary = "Name the best memory for CPUs and devices.",
	.man = "hmtctl-query",
	.options = options,
	.values_size = sizeof(struct best_values),
	.run = cmd_best_run,
};
