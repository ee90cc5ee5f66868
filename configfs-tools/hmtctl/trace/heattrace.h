/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Passes of a workload as the trace events hmt_heat and hmt_tier tell them,
 * live or from a file.
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
#define TRACE_INTERVALS	256
#define TRACE_PAGE	4096ULL
#define TRACE_CHUNK	(TRACE_PAGES * TRACE_PAGE)

/*
 * What a recorded file begins with: 1, which does not say so, has no evidence of
 * providers. A file of a higher version than this is refused.
 */
#define TRACE_VERSION	2

/* What a page is, beside a tier. */
#define TRACE_HOLE	(-1)
#define TRACE_OUTSIDE	(-2)

/**
 * struct trace_chunk - at most 2 MiB
 * @pid: process
 * @addr: first page
 * @pages: how many
 * @heat: of each
 * @tier: of each: its index, or TRACE_HOLE, TRACE_OUTSIDE
 * @movable: those that the policy may move
 * @told: the trace tells which pages are clean
 * @clean: 1 for those
 */
struct trace_chunk {
	int pid;
	uint64_t addr;
	unsigned int pages;
	uint8_t heat[TRACE_PAGES];
	int8_t tier[TRACE_PAGES];
	bool movable[TRACE_PAGES];
	bool told;
	uint8_t clean[TRACE_PAGES];
};

/* What policy was told of a tier, in pages. */
struct trace_tier {
	char name[HMT_NAME_MAX + 1];
	uint64_t capacity;
	int64_t free;
	uint64_t low;
	uint64_t high;
	uint64_t limit;
	uint64_t demand;
	unsigned int nr_targets;
	uint8_t targets[HMT_TIERS_MAX];
	uint8_t weights[HMT_TIERS_MAX];
};

/* A provider that the workload names, and its weight. */
struct trace_provider {
	char name[HMT_NAME_MAX + 1];
	unsigned int weight;
};

/**
 * struct trace_evidence - what a provider found in 2 MiB in one sample
 * @provider: its name
 * @pid: process
 * @addr: first page
 * @sample: samples of the workload that were complete before
 * @score: of each page
 */
struct trace_evidence {
	char provider[HMT_NAME_MAX + 1];
	int pid;
	uint64_t addr;
	uint64_t sample;
	uint8_t score[TRACE_PAGES];
};

/**
 * struct trace_pass - one pass
 * @when: seconds, by the clock of the trace
 * @workload: its name
 * @whole: nothing more is to come
 * @nr_chunks: entries in @chunks
 * @chunks: what the survey found
 * @room: entries that fit into @chunks
 * @nr_tiers: entries in @tiers
 * @tiers: the graph
 * @promote: pages that may be promoted
 * @demote: pages that may be demoted
 * @samples: samples that it took, 0 when the trace does not tell
 * @intervals: intervals since the pass before it, 1 when the trace does not tell
 * @nr_providers: entries in @providers, 0 when the trace has no evidence
 * @providers: whose evidence it is
 * @sampled: samples of the workload that were complete at the end
 * @nr_evidence: entries in @evidence
 * @evidence: by sample
 * @evidence_room: entries that fit into @evidence
 */
struct trace_pass {
	double when;
	char workload[HMT_NAME_MAX + 1];
	bool whole;
	size_t nr_chunks;
	struct trace_chunk *chunks;
	size_t room;
	unsigned int nr_tiers;
	struct trace_tier tiers[HMT_TIERS_MAX];
	uint64_t promote;
	uint64_t demote;
	unsigned int samples;
	unsigned int intervals;
	unsigned int nr_providers;
	struct trace_provider providers[HMT_PROVIDERS_MAX];
	uint64_t sampled;
	size_t nr_evidence;
	struct trace_evidence *evidence;
	size_t evidence_room;
};

/**
 * struct heat_trace - where passes come from
 * @in: a file, or the pipe of a trace instance
 * @record: where lines are copied to, NULL for nowhere
 * @workload: only this one, "" for the first that comes
 * @pid: only passes with this process, 0 for any
 * @instance: directory of the instance, removed at the end; "" for a file
 * @cut: the next pass is not whole and teaches no more than the workload
 * @timeout: seconds to wait for a pass, 0 for a file
 * @deadline: when that is over
 * @line: line that is read
 * @size: its size
 */
struct heat_trace {
	FILE *in;
	FILE *record;
	char workload[HMT_NAME_MAX + 1];
	int pid;
	char instance[256];
	bool cut;
	double timeout;
	double deadline;
	char *line;
	size_t size;
};

/* Number of the page at @addr in its 2 MiB. */
static inline unsigned int trace_page_of(uint64_t addr)
{
	return addr % TRACE_CHUNK / TRACE_PAGE;
}

/* These print a message on failure and return an enum result. */
int heat_trace_open_file(struct heat_trace *trace, const char *path);
int heat_trace_open_live(struct heat_trace *trace, const struct hmtctl *ctl);
/*
 * Copy to @path what is read from now on. Before the trace is opened, which brings
 * evidence along then.
 */
int heat_trace_record(struct heat_trace *trace, const char *path);
/* The next complete pass; *@end when there is none. */
int heat_trace_next(struct heat_trace *trace, struct trace_pass *pass,
		    bool *end);
void heat_trace_close(struct heat_trace *trace);

void trace_pass_release(struct trace_pass *pass);

#endif
