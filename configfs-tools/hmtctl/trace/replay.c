// SPDX-License-Identifier: GPL-2.0
/*
 * Pages start in their first recorded tier and move as the policy decides. The
 * policy is drivers/hmt/policy/policy.c, which the kernel runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../drivers/hmt/policy/decay.h"
#include "../../../drivers/hmt/policy/policy.h"
#include "trace/fusion.h"
#include "trace/reheat.h"
#include "trace/replay.h"
#include "util/alloc.h"

/*
 * Tiers of the pages of a chunk, which pass @pass contains, and their heat: as
 * last recorded, and as replayed.
 */
struct chunk {
	int pid;
	uint64_t addr;
	uint64_t pass;
	int8_t tier[TRACE_PAGES];
	uint8_t recorded[TRACE_PAGES];
	uint8_t heat[TRACE_PAGES];
};

/**
 * struct replay - a replay with one policy
 * @policy: its settings
 * @result: counts so far
 * @nr_chunks: entries in @chunks
 * @room: capacity of @chunks
 * @chunks: sorted by process and address
 * @in: input of the policy
 * @out: output of the policy
 * @gain: see hmt_policy_should_defer()
 * @hits: cache of reheat_hits() + 1, by heat before and after; 0 if not
 *	computed
 * @hits_samples: number of samples that @hits is valid for
 * @fusion: heat from evidence, NULL if evidence is not used
 * @check: heat from evidence with the recorded settings, for comparison with
 *	the recorded heat
 */
struct replay {
	struct replay_policy policy;
	struct replay_result result;
	size_t nr_chunks;
	size_t room;
	struct chunk *chunks;
	struct hmt_policy_in in;
	struct hmt_policy_out out;
	u64 gain;
	uint16_t hits[HMT_HEAT_LEVELS][HMT_HEAT_LEVELS];
	unsigned int hits_samples;
	struct fusion *fusion;
	struct fusion *check;
	/* Text of a setting that the trace has no data for. */
	char lacks[160];
};

struct replay *replay_new(const struct replay_policy *policy)
{
	struct replay *replay = must(calloc(1, sizeof(*replay)));

	replay->policy = *policy;
	return replay;
}

const struct replay_result *replay_result(const struct replay *replay)
{
	return &replay->result;
}

void replay_free(struct replay *replay)
{
	fusion_free(replay->fusion);
	fusion_free(replay->check);
	free(replay->chunks);
	free(replay);
}

static int compare_chunk(const struct chunk *chunk,
			 const struct trace_chunk *trace)
{
	if (chunk->pid != trace->pid)
		return chunk->pid < trace->pid ? -1 : 1;
	if (chunk->addr != trace->addr)
		return chunk->addr < trace->addr ? -1 : 1;
	return 0;
}

/* Return the index of the chunk, or the index to insert it at. */
static size_t chunk_position(const struct replay *replay,
			     const struct trace_chunk *trace)
{
	size_t low = 0, high = replay->nr_chunks, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (compare_chunk(&replay->chunks[middle], trace) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct chunk *get_chunk(struct replay *replay,
			       const struct trace_chunk *trace)
{
	size_t at = chunk_position(replay, trace);

	if (at < replay->nr_chunks && !compare_chunk(&replay->chunks[at],
						     trace))
		return &replay->chunks[at];
	replay->chunks = grow(replay->chunks, replay->nr_chunks, &replay->room,
			      sizeof(*replay->chunks));
	memmove(&replay->chunks[at + 1], &replay->chunks[at],
		(replay->nr_chunks++ - at) * sizeof(*replay->chunks));
	replay->chunks[at] = (struct chunk){
		.pid = trace->pid,
		.addr = trace->addr,
	};
	memset(replay->chunks[at].tier, TRACE_HOLE, TRACE_PAGES);
	return &replay->chunks[at];
}

static uint64_t replay_setting(uint64_t value, uint64_t recorded)
{
	return value == REPLAY_AS_IS ? recorded : value;
}

static void prepare_tier(struct replay *replay, unsigned int index,
			 const struct trace_tier *trace)
{
	const struct replay_policy *policy = &replay->policy;
	struct hmt_policy_tier *tier = &replay->in.tiers[index];
	size_t i;

	tier->capacity = trace->capacity;
	tier->free = trace->free;
	tier->low = policy->low == REPLAY_AS_IS ? trace->low :
		    trace->capacity * policy->low / 1000;
	tier->high = policy->high == REPLAY_AS_IS ? trace->high :
		     trace->capacity * policy->high / 1000;
	tier->limit = trace->limit;
	tier->demand = trace->demand;
	tier->protect = trace->protect;
	tier->owed = trace->owed;
	tier->claim = trace->claim;
	tier->heat_limit = trace->heat_limit;
	for (i = 0; i < policy->nr_limits; i++)
		if (!strcmp(policy->limits[i].tier, trace->name))
			tier->limit = policy->limits[i].pages;
	tier->nr_targets = trace->nr_targets;
	memcpy(tier->targets, trace->targets, sizeof(tier->targets));
	memcpy(tier->weights, trace->weights, sizeof(tier->weights));
}

/* Return the first tier with a limit that the trace lacks, NULL if it has all. */
static const char *unknown_tier(const struct replay_policy *policy,
				const struct trace_pass *pass)
{
	unsigned int t;
	size_t i;

	for (i = 0; i < policy->nr_limits; i++) {
		for (t = 0; t < pass->nr_tiers; t++)
			if (!strcmp(policy->limits[i].tier,
				    pass->tiers[t].name))
				break;
		if (t == pass->nr_tiers)
			return policy->limits[i].tier;
	}
	return NULL;
}

/* Return a text about a limit of @tier, which names the tiers of the trace. */
static const char *refuse_limit(struct replay *replay, const char *tier,
				const struct trace_pass *pass)
{
	size_t size = sizeof(replay->lacks), length;
	unsigned int t;

	snprintf(replay->lacks, size,
		 "limit:%s: the trace has no such tier, but", tier);
	for (t = 0; t < pass->nr_tiers; t++) {
		length = strlen(replay->lacks);
		snprintf(replay->lacks + length, size - length, " %s",
			 pass->tiers[t].name);
	}
	return replay->lacks;
}

static void prepare_pass(struct replay *replay, const struct trace_pass *pass)
{
	unsigned int i;

	memset(&replay->in, 0, sizeof(replay->in));
	replay->in.nr_tiers = pass->nr_tiers;
	replay->in.intervals = pass->intervals;
	replay->in.margin = pass->margin;
	replay->in.promote_budget = replay_setting(replay->policy.promote,
						   pass->promote);
	replay->in.demote_budget = replay_setting(replay->policy.demote,
						  pass->demote);
	for (i = 0; i < pass->nr_tiers; i++)
		prepare_tier(replay, i, &pass->tiers[i]);
}

/* Count a page in its replayed tier, and move its space there as well. */
static void count_page(struct replay *replay, const struct trace_chunk *trace,
		       struct chunk *chunk, unsigned int page)
{
	struct hmt_policy_tier *tiers = replay->in.tiers;
	int recorded = trace->tier[page];
	int8_t *now = &chunk->tier[page];

	if (recorded < 0 || recorded >= (int)replay->in.nr_tiers) {
		*now = TRACE_HOLE;
		return;
	}
	if (*now < 0 || *now >= (int)replay->in.nr_tiers)
		*now = recorded;
	replay->result.heat[*now] += chunk->heat[page];
	tiers[recorded].free++;
	tiers[*now].free--;
	if (trace->movable[page])
		tiers[*now].hist[chunk->heat[page]]++;
	else
		tiers[*now].fixed++;
}

static void place_page(struct replay *replay, enum hmt_direction direction,
		       const struct trace_chunk *trace, struct chunk *chunk,
		       unsigned int page)
{
	int8_t *now = &chunk->tier[page];
	int to;

	if (*now < 0 || !trace->movable[page])
		return;
	to = hmt_policy_reserve(&replay->out, direction, *now,
				chunk->heat[page]);
	if (to == HMT_TIER_NONE)
		return;
	*now = to;
	if (direction == HMT_DIR_PROMOTE)
		replay->result.promoted++;
	else
		replay->result.demoted++;
}

static void apply_verdicts(struct replay *replay, const struct trace_pass *pass,
			   enum hmt_direction direction)
{
	unsigned int page;
	size_t i;

	for (i = 0; i < pass->nr_chunks; i++)
		for (page = 0; page < pass->chunks[i].pages; page++)
			place_page(replay, direction, &pass->chunks[i],
				   get_chunk(replay, &pass->chunks[i]), page);
}

/*
 * Return the hits between two passes. They are cached, because most pages have
 * the same.
 */
static unsigned int hits_between(struct replay *replay, unsigned int from,
				 unsigned int to, unsigned int samples)
{
	uint16_t *hits = &replay->hits[from][to];

	if (replay->hits_samples != samples)
		memset(replay->hits, 0, sizeof(replay->hits));
	replay->hits_samples = samples;
	if (!*hits)
		*hits = reheat_hits(from, to, samples) + 1;
	return *hits - 1;
}

/* Set the heat of a chunk: as recorded, or from its hits with another decay. */
static void warm_chunk(struct replay *replay, const struct trace_chunk *trace,
		       struct chunk *chunk, unsigned int samples)
{
	uint64_t decay = replay->policy.decay;
	unsigned int page, hits;

	for (page = 0; page < trace->pages; page++) {
		if (decay == REPLAY_AS_IS || replay->result.passes == 1) {
			chunk->heat[page] = trace->heat[page];
		} else {
			hits = hits_between(replay, chunk->recorded[page],
					    trace->heat[page], samples);
			chunk->heat[page] = reheat_apply(chunk->heat[page],
							 hits, samples, decay);
		}
		chunk->recorded[page] = trace->heat[page];
	}
}

/* Set the heat of a chunk from evidence. */
static void fuse_chunk(struct replay *replay, const struct trace_chunk *trace,
		       struct chunk *chunk)
{
	const uint8_t *check = fusion_heat(replay->check, trace->pid,
					   trace->addr);
	unsigned int page;

	memcpy(chunk->heat, fusion_heat(replay->fusion, trace->pid, trace->addr),
	       trace->pages);
	for (page = 0; page < trace->pages; page++)
		replay->result.unexplained += check[page] != trace->heat[page];
	replay->result.fused += trace->pages;
}

/* Use evidence for another decay if present, and require it for weights. */
static const char *begin_fusion(struct replay *replay,
				const struct trace_pass *pass)
{
	const struct replay_policy *policy = &replay->policy;
	unsigned int decay = policy->decay == REPLAY_AS_IS ? HMT_HEAT_DECAY :
							     policy->decay;
	const char *lacks;

	if (!policy->nr_weights && !replay->fusion &&
	    (policy->decay == REPLAY_AS_IS || !pass->nr_providers))
		return NULL;
	/* Its event may be lost: the heat of new chunks is not known then. */
	if (replay->fusion && !pass->nr_providers)
		return "a pass lacks evidence of providers; record it again with a larger --buffer";
	if (!replay->fusion) {
		replay->fusion = fusion_new(decay, policy->weights,
					    policy->nr_weights);
		replay->check = fusion_new(HMT_HEAT_DECAY, NULL, 0);
	}
	lacks = fusion_pass(replay->fusion, pass);
	return lacks ? lacks : fusion_pass(replay->check, pass);
}

static const char *check_pass(struct replay *replay,
			      const struct trace_pass *pass)
{
	const char *tier = unknown_tier(&replay->policy, pass);

	if (tier)
		return refuse_limit(replay, tier, pass);
	if (replay->policy.decay != REPLAY_AS_IS && !pass->samples)
		return "the trace lacks the samples of a pass, which decay= needs";
	return begin_fusion(replay, pass);
}

/* Add the scores of the pages of a chunk to @hits, by tier. */
static void count_hits(const struct chunk *chunk,
		       const struct trace_evidence *evidence, uint64_t *hits)
{
	unsigned int first = trace_page_of(chunk->addr), page;

	for (page = first; page < TRACE_PAGES; page++)
		if (chunk->tier[page - first] >= 0)
			hits[chunk->tier[page - first]] +=
				evidence->score[page];
}

static bool is_within(const struct chunk *chunk,
		      const struct trace_evidence *evidence)
{
	return chunk->pid == evidence->pid &&
	       chunk->addr - evidence->addr < TRACE_CHUNK;
}

static void count_evidence(struct replay *replay,
			   const struct trace_evidence *evidence,
			   uint64_t *hits)
{
	const struct trace_chunk first = {
		.pid = evidence->pid,
		.addr = evidence->addr,
	};
	const struct chunk *chunks = replay->chunks;
	size_t i = chunk_position(replay, &first);

	for (; i < replay->nr_chunks && is_within(&chunks[i], evidence); i++)
		if (chunks[i].pass == replay->result.passes)
			count_hits(&chunks[i], evidence, hits);
}

/* Add the scores of all providers in this pass, by tier. */
static void count_providers(struct replay *replay,
			    const struct trace_pass *pass)
{
	struct replay_result *result = &replay->result;
	unsigned int provider;
	size_t i;

	result->nr_providers = pass->nr_providers;
	for (provider = 0; provider < pass->nr_providers; provider++) {
		strcpy(result->providers[provider],
		       pass->providers[provider].name);
		for (i = 0; i < pass->nr_evidence; i++)
			if (!strcmp(pass->evidence[i].provider,
				    result->providers[provider]))
				count_evidence(replay, &pass->evidence[i],
					       result->hits[provider]);
	}
}

static void count_chunk(struct replay *replay, const struct trace_pass *pass,
			const struct trace_chunk *trace)
{
	struct chunk *chunk = get_chunk(replay, trace);
	unsigned int page;

	chunk->pass = replay->result.passes;
	if (replay->fusion)
		fuse_chunk(replay, trace, chunk);
	else
		warm_chunk(replay, trace, chunk, pass->samples);
	for (page = 0; page < trace->pages; page++)
		count_page(replay, trace, chunk, page);
}

const char *replay_pass(struct replay *replay, const struct trace_pass *pass)
{
	const char *lacks = check_pass(replay, pass);
	size_t i;

	if (lacks)
		return lacks;
	prepare_pass(replay, pass);
	replay->result.nr_tiers = pass->nr_tiers;
	replay->result.passes++;
	for (i = 0; i < pass->nr_chunks; i++)
		count_chunk(replay, pass, &pass->chunks[i]);
	count_providers(replay, pass);
	hmt_policy_run(&replay->in, &replay->out);
	if (hmt_policy_should_defer(&replay->out, &replay->gain))
		return NULL;
	apply_verdicts(replay, pass, HMT_DIR_DEMOTE);
	apply_verdicts(replay, pass, HMT_DIR_PROMOTE);
	return NULL;
}
