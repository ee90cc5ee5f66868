// SPDX-License-Identifier: GPL-2.0
/*
 * The arithmetic is drivers/hmt/policy/decay.h, which the kernel uses: in each sample
 * heat decays once, then the weighted evidence of each provider is added.
 */
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../drivers/hmt/policy/decay.h"
#include "trace/fusion.h"
#include "util/alloc.h"

/* Number of samples without evidence after which all pages are cold. */
#define COLD_SAMPLES	HMT_HEAT_LEVELS

/* Heat of 2 MiB after @sampled samples of the workload. */
struct fused {
	int pid;
	uint64_t addr;
	uint64_t sampled;
	uint8_t heat[TRACE_PAGES];
};

/**
 * struct taken - what a sample takes of the heat of a process
 * @pid: process
 * @sample: number of the sample
 * @decay: divisor
 */
struct taken {
	int pid;
	uint64_t sample;
	unsigned int decay;
};

/**
 * struct fusion - heat of a workload
 * @decay: divisor: a sample takes 1/@decay of the heat, or more where the trace
 *	says so
 * @taken: samples of the pass that take more
 * @nr_taken: entries in @taken
 * @room: capacity of @taken
 * @weights: weights that differ from the recorded ones
 * @nr_weights: entries in @weights
 * @begun: true after the first pass
 * @sampled: samples of the workload at the end of the last pass
 * @weights_of: weight of each provider of the pass
 * @total: sum of these weights
 * @chunks: search tree of struct fused
 */
struct fusion {
	unsigned int decay;
	struct taken *taken;
	size_t nr_taken;
	size_t room;
	const struct trace_provider *weights;
	size_t nr_weights;
	bool begun;
	uint64_t sampled;
	unsigned int weights_of[HMT_PROVIDERS_MAX];
	unsigned int total;
	void *chunks;
	/* Text of a weight that the trace has no provider for. */
	char lacks[160];
};

struct fusion *fusion_new(unsigned int decay,
			  const struct trace_provider *weights, size_t count)
{
	struct fusion *fusion = must(calloc(1, sizeof(*fusion)));

	fusion->decay = decay;
	fusion->weights = weights;
	fusion->nr_weights = count;
	return fusion;
}

static void forget_heat(struct fusion *fusion)
{
	tdestroy(fusion->chunks, free);
	fusion->chunks = NULL;
}

void fusion_free(struct fusion *fusion)
{
	if (fusion) {
		forget_heat(fusion);
		free(fusion->taken);
	}
	free(fusion);
}

static int compare_fused(const void *left, const void *right)
{
	const struct fused *a = left, *b = right;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->addr < b->addr ? -1 : a->addr > b->addr;
}

static struct fused *find_fused(const struct fusion *fusion, int pid,
				uint64_t addr)
{
	const struct fused key = {
		.pid = pid,
		.addr = addr & ~(TRACE_CHUNK - 1),
	};
	struct fused *const *found = tfind(&key, &fusion->chunks,
					   compare_fused);

	return found ? *found : NULL;
}

static struct fused *get_fused(struct fusion *fusion, int pid, uint64_t addr)
{
	struct fused *fused = find_fused(fusion, pid, addr);

	if (fused)
		return fused;
	fused = must(calloc(1, sizeof(*fused)));
	fused->pid = pid;
	fused->addr = addr & ~(TRACE_CHUNK - 1);
	fused->sampled = fusion->sampled;
	must(tsearch(fused, &fusion->chunks, compare_fused));
	return fused;
}

/* Note the samples of a pass that take more of the heat than most. */
static void find_taken(struct fusion *fusion, const struct trace_pass *pass)
{
	const struct trace_evidence *evidence = pass->evidence;
	const struct taken *last;
	size_t i;

	fusion->nr_taken = 0;
	for (i = 0; i < pass->nr_evidence; i++, evidence++) {
		last = fusion->nr_taken ?
		       &fusion->taken[fusion->nr_taken - 1] : NULL;
		if (!evidence->decay || evidence->decay >= fusion->decay ||
		    (last && last->pid == evidence->pid &&
		     last->sample == evidence->sample))
			continue;
		fusion->taken = grow(fusion->taken, fusion->nr_taken,
				     &fusion->room, sizeof(*fusion->taken));
		fusion->taken[fusion->nr_taken++] = (struct taken){
			.pid = evidence->pid,
			.sample = evidence->sample,
			.decay = evidence->decay,
		};
	}
}

/* Return the divisor of a sample of a process. */
static unsigned int decay_of(const struct fusion *fusion, int pid,
			     uint64_t sample)
{
	size_t i;

	for (i = 0; i < fusion->nr_taken; i++)
		if (fusion->taken[i].pid == pid &&
		    fusion->taken[i].sample == sample)
			return fusion->taken[i].decay;
	return fusion->decay;
}

/* Decay heat up to the end of sample @sampled. */
static void decay_fused(const struct fusion *fusion, struct fused *fused,
			uint64_t sampled)
{
	uint64_t sample = fused->sampled;
	unsigned int page, decay;

	fused->sampled = sampled;
	if (sampled - sample > COLD_SAMPLES)
		sample = sampled - COLD_SAMPLES;
	for (; sample < sampled; sample++) {
		decay = decay_of(fusion, fused->pid, sample);
		for (page = 0; page < TRACE_PAGES; page++)
			fused->heat[page] =
				hmt_heat_decay_by(fused->heat[page], decay);
	}
}

static int provider_number(const struct trace_pass *pass, const char *provider)
{
	unsigned int i;

	for (i = 0; i < pass->nr_providers; i++)
		if (!strcmp(pass->providers[i].name, provider))
			return i;
	return -1;
}

static unsigned int provider_weight(const struct fusion *fusion,
				    const struct trace_provider *provider)
{
	size_t i;

	for (i = 0; i < fusion->nr_weights; i++)
		if (!strcmp(fusion->weights[i].name, provider->name))
			return fusion->weights[i].weight;
	return provider->weight;
}

/* Find the weights of the hits in this pass. */
static const char *weigh_hits(struct fusion *fusion,
			      const struct trace_pass *pass)
{
	unsigned int i;
	size_t w;

	for (w = 0; w < fusion->nr_weights; w++) {
		if (provider_number(pass, fusion->weights[w].name) >= 0)
			continue;
		snprintf(fusion->lacks, sizeof(fusion->lacks),
			 "weight:%s: the recorded workload does not use this provider (see the table of 'hmtctl replay' without settings)",
			 fusion->weights[w].name);
		return fusion->lacks;
	}
	fusion->total = 0;
	for (i = 0; i < pass->nr_providers; i++) {
		fusion->weights_of[i] = provider_weight(fusion,
							&pass->providers[i]);
		fusion->total += fusion->weights_of[i];
	}
	return fusion->total ? NULL : "all providers have weight 0";
}

static bool fuse_evidence(struct fusion *fusion, const struct trace_pass *pass,
			  const struct trace_evidence *evidence)
{
	struct fused *fused = get_fused(fusion, evidence->pid, evidence->addr);
	int provider = provider_number(pass, evidence->provider);
	unsigned int page, worth, score;

	if (provider < 0 || evidence->sample + 1 < fused->sampled ||
	    evidence->sample < fusion->sampled ||
	    evidence->sample >= pass->sampled)
		return false;
	decay_fused(fusion, fused, evidence->sample + 1);
	score = hmt_heat_score_of(hmt_heat_hit(decay_of(fusion, evidence->pid,
							evidence->sample)),
				  fusion->weights_of[provider], fusion->total);
	for (page = 0; page < TRACE_PAGES; page++) {
		worth = hmt_heat_weigh(evidence->score[page],
				       score);
		fused->heat[page] = hmt_heat_add(fused->heat[page], worth);
	}
	return true;
}

/*
 * Decay the heat of a chunk to the end of the pass, or take its initial heat
 * from the pass.
 */
static void settle_chunk(struct fusion *fusion, const struct trace_pass *pass,
			 const struct trace_chunk *chunk, bool begins)
{
	struct fused *fused = get_fused(fusion, chunk->pid, chunk->addr);

	decay_fused(fusion, fused, pass->sampled);
	if (begins)
		memcpy(&fused->heat[trace_page_of(chunk->addr)], chunk->heat,
		       chunk->pages);
}

const char *fusion_pass(struct fusion *fusion, const struct trace_pass *pass)
{
	bool begins = !fusion->begun || pass->sampled < fusion->sampled;
	const char *lacks;
	size_t i;

	if (!pass->nr_providers)
		return "the trace lacks evidence of providers, which weight: needs";
	lacks = weigh_hits(fusion, pass);
	if (lacks)
		return lacks;
	find_taken(fusion, pass);
	if (begins) {
		forget_heat(fusion);
		fusion->sampled = pass->sampled;
	}
	for (i = 0; i < pass->nr_evidence && !begins; i++)
		if (!fuse_evidence(fusion, pass, &pass->evidence[i]))
			return "the samples of the trace contradict each other";
	for (i = 0; i < pass->nr_chunks; i++)
		settle_chunk(fusion, pass, &pass->chunks[i], begins);
	fusion->begun = true;
	fusion->sampled = pass->sampled;
	return NULL;
}

const uint8_t *fusion_heat(const struct fusion *fusion, int pid, uint64_t addr)
{
	const struct fused *fused = find_fused(fusion, pid, addr);

	return &fused->heat[trace_page_of(addr)];
}
