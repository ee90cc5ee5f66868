// SPDX-License-Identifier: GPL-2.0
/*
 * A program with a known access pattern. It marks its epochs for the memory
 * model and prints one JSON object when it has ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lengths.h"
#include "load.h"
#include "marker.h"
#include "random.h"

DEFINE_MARK(mark_range, MARK_RANGE);
DEFINE_MARK(mark_segment, MARK_SEGMENT);
DEFINE_MARK(mark_stop, MARK_STOP);

void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		die("no memory");
	return memory;
}

void load_mark_data(const struct load *load)
{
	mark_range(load->base, load->base + load->pages * PAGE_BYTES);
}

static void turn_hot_set(struct load *load, long epoch)
{
	long hot = load->hot_mib * PAGES_PER_MIB / load->group;

	if (load->processes)
		return;
	if (epoch == load->shift)
		load->turn += hot / 2;
	if (load->period && epoch && epoch % load->period == 0)
		load->turn += hot;
	load->turn %= load->groups ? load->groups : 1;
}

static void run_epochs(struct load *load, const uint64_t *length,
		       uint64_t *accesses)
{
	char name[24];
	long epoch;

	for (epoch = 0; epoch < load->epochs; epoch++) {
		turn_hot_set(load, epoch);
		snprintf(name, sizeof(name), "%ld", epoch);
		mark_segment(name);
		load->accesses = length[epoch] * pattern_lines(load);
		if (load->pattern == PATTERN_REDIS)
			server_run(length[epoch]);
		else if (load->pattern == PATTERN_CACHE)
			cache_run(length[epoch]);
		else if (load->processes)
			workers_run(load, length[epoch], epoch);
		else
			pattern_run(load, length[epoch]);
		accesses[epoch] = load->accesses;
	}
	mark_stop();
	if (load->processes)
		workers_end();
}

static void print_list(const char *name, const uint64_t *values, long count)
{
	long i;

	printf("\"%s\":[", name);
	for (i = 0; i < count; i++)
		printf("%s%lu", i ? "," : "", values[i]);
	printf("],");
}

static void print(const struct load *load, const uint64_t *length,
		  const uint64_t *accesses, const uint64_t *room)
{
	printf("{\"pages\":%zu,\"huge_mib\":%ld,", load->pages,
	       data_huge_mib());
	print_list("room", room, NODES_MAX);
	print_list("records", length, load->epochs);
	print_list("accesses", accesses, load->epochs);
	counters_print();
	printf("}\n");
}

/* No system call and no output separates the marks. */
static void run(struct load *load)
{
	uint64_t *accesses = allocate(load->epochs, sizeof(*accesses));
	uint64_t *length = allocate(load->epochs, sizeof(*length));
	uint64_t room[NODES_MAX];
	int node;

	draw_lengths(length, load->epochs, load->records, load->vary,
		     load->seed + 1,
		     load->pattern == PATTERN_REDIS ? SERVER_PIPELINE : 1);
	for (node = 0; node < NODES_MAX; node++)
		room[node] = policy_room(node);

	counters_begin();
	policy_begin(load);
	mark_segment("fill");
	if (load->pattern == PATTERN_PROGRAM) {
		program_begin(load);
		policy_end();
		program_run(load);
		print(load, length, accesses, room);
		return;
	}
	if (load->pattern == PATTERN_REDIS) {
		server_init(load);
	} else if (load->pattern == PATTERN_CACHE) {
		cache_init(load);
	} else if (load->processes) {
		workers_begin(load);
	} else {
		data_init(load);
		pattern_init(load);
	}
	policy_end();
	run_epochs(load, length, accesses);
	print(load, length, accesses, room);
}

static enum pattern parse_pattern(const char *text)
{
	static const char *const words[PATTERNS] = {
		"hot", "zipf", "scan", "gradient", "ycsb", "calls", "redis",
		"cache", "program",
	};
	unsigned int i;

	for (i = 0; i < PATTERNS; i++)
		if (!strcmp(text, words[i]))
			return i;
	die("unknown pattern '%s'", text);
}

static enum processes parse_processes(const char *text)
{
	static const char *const words[PROCESSES] = {
		"one", "shared", "two", "churn", "fork",
	};
	unsigned int i;

	for (i = 0; i < PROCESSES; i++)
		if (!strcmp(text, words[i]))
			return i;
	die("unknown kind of processes '%s'", text);
}

static long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (!*text || *end)
		die("'%s' is not a number", text);
	return value;
}

/* Options with a number and their members of struct load. */
static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{ "mib", offsetof(struct load, mib) },
	{ "hot", offsetof(struct load, hot_mib) },
	{ "share", offsetof(struct load, share) },
	{ "group", offsetof(struct load, group) },
	{ "stores", offsetof(struct load, stores) },
	{ "epochs", offsetof(struct load, epochs) },
	{ "records", offsetof(struct load, records) },
	{ "vary", offsetof(struct load, vary) },
	{ "shift", offsetof(struct load, shift) },
	{ "period", offsetof(struct load, period) },
	{ "touched", offsetof(struct load, touched_mib) },
	{ "clumps", offsetof(struct load, clumps) },
	{ "child", offsetof(struct load, child_mib) },
	{ "tell", offsetof(struct load, tell) },
	{ "start", offsetof(struct load, start) },
	{ "split", offsetof(struct load, split) },
	{ "interleave", offsetof(struct load, interleave) },
	{ "seed", offsetof(struct load, seed) },
	{ "offset", offsetof(struct load, offset) },
	{ "huge", offsetof(struct load, huge) },
	{ "file", offsetof(struct load, file) },
	{ "fill", offsetof(struct load, fill) },
	{ "every", offsetof(struct load, every) },
	{ "shared", offsetof(struct load, shared) },
};

#define FIELDS		(sizeof(fields) / sizeof(*fields))

static void set_option(struct load *load, const char *name, const char *text)
{
	size_t i;

	if (!strcmp(name, "pattern")) {
		load->pattern = parse_pattern(text);
		return;
	}
	if (!strcmp(name, "name")) {
		load->name = text;
		return;
	}
	if (!strcmp(name, "processes")) {
		load->processes = parse_processes(text);
		return;
	}
	for (i = 0; i < FIELDS; i++)
		if (!strcmp(name, fields[i].name))
			break;
	if (i == FIELDS)
		die("unknown option --%s", name);
	*(long *)((char *)load + fields[i].offset) = number(text);
}

static void parse(struct load *load, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--")) {
			load->command = argv + i + 1;
			break;
		}
		if (strncmp(argv[i], "--", 2) || i + 1 == argc)
			die("unexpected argument '%s'", argv[i]);
		set_option(load, argv[i] + 2, argv[i + 1]);
		i++;
	}
	if (load->hot_mib > load->mib || load->share > 100 ||
	    !load->group || load->group & (load->group - 1))
		die("hot above mib, share above 100 or group not a power of two");
	if (load->epochs < 1 || load->records < 1 || load->vary < 0 ||
	    load->vary > 50 || load->offset < 0)
		die("epochs, records or offset too small, or vary not 0 to 50");
	if (load->pattern == PATTERN_REDIS && load->records % SERVER_PIPELINE)
		die("%ld requests are not a multiple of %d", load->records,
		    SERVER_PIPELINE);
	if ((load->pattern == PATTERN_CACHE ||
	     load->pattern == PATTERN_PROGRAM) &&
	    (!load->name || !load->command || !*load->command))
		die("no name or command of the program");
	if (load->huge && load->file)
		die("huge pages of a file are not supported");
	if (load->period < 0 || load->split < 0 || load->split > 100 ||
	    load->touched_mib < 0 || load->touched_mib > load->mib ||
	    load->child_mib < 0 || load->hot_mib + load->child_mib > load->mib)
		die("period, split, touched or child is out of range");
	if (load->clumps && load->group != 1)
		die("clumps of groups are not supported");
	if (load->processes == PROCESSES_CHURN && load->child_mib < 2)
		die("a short-lived process needs 2 MiB");
	if (load->processes && load->pattern == PATTERN_REDIS)
		die("a server has its own processes");
}

int main(int argc, char **argv)
{
	struct load load = {
		.mib = 896, .hot_mib = 192, .share = 90, .group = 1,
		.stores = 25, .epochs = 12, .records = 1000000, .shift = -1,
		.start = -1, .seed = 1,
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(&load, argc, argv);
	run(&load);
	return 0;
}
