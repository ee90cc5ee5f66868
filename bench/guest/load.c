// SPDX-License-Identifier: GPL-2.0
/*
 * A program with a known access pattern. It marks its epochs for the memory
 * model and prints one JSON object for each.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "load.h"
#include "marker.h"


void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "load: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		die("no memory");
	return memory;
}

static unsigned long long now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static void run_epoch(struct load *load, long epoch)
{
	unsigned long long begin;

	counters_begin();
	begin = now_ns();
	asm volatile(MARKER(MARK_BEGIN) : : : "memory");
	if (load->pattern == PATTERN_REDIS)
		server_run(load);
	else
		pattern_run(load);
	asm volatile(MARKER(MARK_END) : : : "memory");
	printf("{\"epoch\":%ld,\"ns\":%llu,", epoch, now_ns() - begin);
	counters_print();
	printf(",");
	place_print(load);
	printf("}\n");
}

static void regroup(struct load *load)
{
	load->turn += load->hot_mib * PAGES_PER_MIB / load->group / 2;
	if (load->oracle)
		place_oracle(load);
	place_remember(load);
}

static void run(struct load *load)
{
	long epoch;

	if (load->pattern == PATTERN_REDIS) {
		server_init(load);
	} else {
		data_init(load);
		pattern_init(load);
	}
	if (load->oracle)
		place_oracle(load);
	else if (load->start >= 0)
		place_start(load);
	place_remember(load);
	for (epoch = 0; epoch < load->epochs; epoch++) {
		if (epoch == load->shift)
			regroup(load);
		run_epoch(load, epoch);
	}
}

static enum pattern parse_pattern(const char *text)
{
	static const char *const words[PATTERNS] = {
		"hot", "zipf", "scan", "redis",
	};
	unsigned int i;

	for (i = 0; i < PATTERNS; i++)
		if (!strcmp(text, words[i]))
			return i;
	die("unknown pattern '%s'", text);
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
	{ "shift", offsetof(struct load, shift) },
	{ "start", offsetof(struct load, start) },
	{ "seed", offsetof(struct load, seed) },
	{ "threads", offsetof(struct load, threads) },
	{ "huge", offsetof(struct load, huge) },
	{ "file", offsetof(struct load, file) },
};

#define FIELDS		(sizeof(fields) / sizeof(*fields))

static void set_option(struct load *load, const char *name, const char *text)
{
	size_t i;

	if (!strcmp(name, "pattern")) {
		load->pattern = parse_pattern(text);
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
		if (!strcmp(argv[i], "--oracle")) {
			load->oracle = true;
			continue;
		}
		if (strncmp(argv[i], "--", 2) || i + 1 == argc)
			die("unexpected argument '%s'", argv[i]);
		set_option(load, argv[i] + 2, argv[i + 1]);
		i++;
	}
	if (load->hot_mib > load->mib || load->share > 100 ||
	    !load->group || load->group & (load->group - 1))
		die("hot above mib, share above 100 or group not a power of two");
	if (load->pattern != PATTERN_REDIS &&
	    load->hot_mib * (long)PAGES_PER_MIB < 2 * load->threads * load->group)
		die("hot is too small for the threads and groups");
	if (load->threads < 1 || load->records % load->threads)
		die("%ld records are not a multiple of %ld threads",
		    load->records, load->threads);
	if (load->huge && load->file)
		die("huge pages of a file are not supported");
}

int main(int argc, char **argv)
{
	struct load load = {
		.mib = 896, .hot_mib = 192, .share = 90, .group = 1,
		.stores = 25, .epochs = 12, .records = 1000000, .shift = -1,
		.start = -1, .seed = 1, .threads = 1,
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(&load, argc, argv);
	run(&load);
	return 0;
}
