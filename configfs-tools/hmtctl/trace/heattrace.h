/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Passes of a workload from trace events (hmt_heat, hmt_tier), live or from a
 * file.
 */
#ifndef HMTCTL_HEATTRACE_H
#define HMTCTL_HEATTRACE_H

#include <linux/hmt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/command.h"

#define TRACE_PAGES	512
#define TRACE_SAMPLES	256
#define TRACE_DECAY	256
#define TRACE_INTERVALS	256
#define TRACE_PAGE	4096ULL
#define TRACE_CHUNK	(TRACE_PAGES * TRACE_PAGE)

/*
 * Version in the first line of a recorded file. Version 1 has no such line and
 * no evidence of providers. Higher versions are refused.
 */
#define TRACE_VERSION	2

/* Values of trace_chunk.tier that are not a tier: no page, or no tier. */
#define TRACE_HOLE	(-1)
#define TRACE_OUTSIDE	(-2)

/**
 * struct trace_chunk - pages of a process, at most 2 MiB
 * @pid: process ID
 * @addr: address of the first page
 * @pages: number of pages
 * @heat: heat of each page
 * @tier: tier of each page: its index, or TRACE_HOLE, TRACE_OUTSIDE
 * @movable: true for pages that the policy may move
 * @clean_known: true if the trace contains @clean
 * @clean: 1 for clean pages
 */
struct trace_chunk {
	int pid;
	uint64_t addr;
	unsigned int pages;
	uint8_t heat[TRACE_PAGES];
	int8_t tier[TRACE_PAGES];
	bool movable[TRACE_PAGES];
	bool clean_known;
	uint8_t clean[TRACE_PAGES];
};

/**
 * struct trace_heat - summary of the pages of a chunk that are not holes
 * @pages: number of pages
 * @warm: number of pages with heat
 * @mean: mean heat, 0 without pages
 * @most: highest heat
 */
struct trace_heat {
	unsigned int pages;
	unsigned int warm;
	unsigned int mean;
	unsigned int most;
};

/* Input of the policy for a tier, in pages; @heat_limit is a sum of heat, 0: any. */
struct trace_tier {
	char name[HMT_NAME_MAX + 1];
	uint64_t capacity;
	int64_t free;
	uint64_t low;
	uint64_t high;
	uint64_t limit;
	uint64_t demand;
	uint64_t protect;
	uint64_t owed;
	uint64_t claim;
	uint64_t heat_limit;
	unsigned int nr_targets;
	uint8_t targets[HMT_TIERS_MAX];
	uint8_t weights[HMT_TIERS_MAX];
};

/* A provider of the workload and its weight. */
struct trace_provider {
	char name[HMT_NAME_MAX + 1];
	unsigned int weight;
};

/**
 * struct trace_evidence - scores of a provider for 2 MiB in a sample
 * @provider: name of the provider
 * @pid: process ID
 * @addr: address of the first page
 * @sample: number of earlier samples of the workload
 * @decay: the sample takes 1/@decay of the heat; 0 when the event lacks it
 * @score: score of each page
 */
struct trace_evidence {
	char provider[HMT_NAME_MAX + 1];
	int pid;
	uint64_t addr;
	uint64_t sample;
	unsigned int decay;
	uint8_t score[TRACE_PAGES];
};

/**
 * struct trace_pass - one pass
 * @when: time in seconds, by the clock of the trace
 * @workload: name of the workload
 * @whole: true after the last event of the pass
 * @lost: events that the kernel lost during the pass
 * @nr_chunks: entries in @chunks
 * @chunks: pages of the workload
 * @room: capacity of @chunks
 * @nr_tiers: entries in @tiers
 * @tiers: the graph
 * @promote: budget of promotion, in pages
 * @demote: budget of demotion, in pages
 * @samples: samples of the pass, 0 if unknown
 * @intervals: intervals since the previous pass, 1 if unknown
 * @margin: least difference of expected heat that pays, 0 if unknown
 * @nr_providers: entries in @providers, 0 without evidence
 * @providers: providers of the evidence
 * @sampled: samples of the workload at the end of the pass
 * @nr_evidence: entries in @evidence
 * @evidence: scores, in the order of samples
 * @evidence_room: capacity of @evidence
 */
struct trace_pass {
	double when;
	char workload[HMT_NAME_MAX + 1];
	bool whole;
	uint64_t lost;
	size_t nr_chunks;
	struct trace_chunk *chunks;
	size_t room;
	unsigned int nr_tiers;
	struct trace_tier tiers[HMT_TIERS_MAX];
	uint64_t promote;
	uint64_t demote;
	unsigned int samples;
	unsigned int intervals;
	unsigned int margin;
	unsigned int nr_providers;
	struct trace_provider providers[HMT_PROVIDERS_MAX];
	uint64_t sampled;
	size_t nr_evidence;
	struct trace_evidence *evidence;
	size_t evidence_room;
};

/**
 * struct heat_trace - source of passes
 * @in: a file, or the pipe of a trace instance
 * @record: stream that events are copied to, NULL for none
 * @workload: name of the workload, "" for the first one
 * @pid: process of the workload, 0 for any
 * @live: true for an instance, false for a file
 * @instances: directory of all instances
 * @instance: name of the instance, removed at the end
 * @lock: descriptor of the instance, whose lock shows that the process lives
 * @buffer: size of the buffers of all CPUs in bytes, 0 for the default
 * @lost: events that the kernel lost, in complete passes
 * @cut: the next pass is incomplete; it only determines the workload
 * @timeout: seconds to wait for a pass, 0 for a file
 * @deadline: end of the wait, in seconds
 * @line: buffer for a line
 * @size: size of @line
 */
struct heat_trace {
	FILE *in;
	FILE *record;
	char workload[HMT_NAME_MAX + 1];
	int pid;
	bool live;
	int instances;
	char instance[64];
	int lock;
	uint64_t buffer;
	uint64_t lost;
	bool cut;
	double timeout;
	double deadline;
	char *line;
	size_t size;
};

/* Return the number of the page at @addr within its 2 MiB. */
static inline unsigned int trace_page_of(uint64_t addr)
{
	return addr % TRACE_CHUNK / TRACE_PAGE;
}

struct trace_heat trace_chunk_heat(const struct trace_chunk *chunk);

/* These print a message on failure and return an enum result. */
int heat_trace_open_file(struct heat_trace *trace, const char *path);
/* @evidence: trace the evidence of providers as well, for a recording */
int heat_trace_open_live(struct heat_trace *trace, const struct hmtctl *ctl,
			 bool evidence);
/* Copy all events that are read from now on to @out. */
void heat_trace_record(struct heat_trace *trace, FILE *out);
/* Read the next complete pass; set *@end if there is none. */
int heat_trace_next(struct heat_trace *trace, struct trace_pass *pass,
		    bool *end);
/* Set how much of a recorded trace was read, in bytes; false: its end is not known. */
bool heat_trace_position(const struct heat_trace *trace, uint64_t *done,
			 uint64_t *total);
void heat_trace_close(struct heat_trace *trace);
/* Print a message if the kernel lost events. */
void heat_trace_report_lost(const struct heat_trace *trace, const char *command);

void trace_pass_add(struct trace_pass *pass, const struct trace_chunk *chunk);
void trace_pass_release(struct trace_pass *pass);

#endif
