// SPDX-License-Identifier: GPL-2.0
/* Lines of trace events, made into the entries of a pass. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/parse.h"
#include "util/text.h"

/* Number of bits of a word in a bit map of the trace. */
#define WORD_BITS	64

/*
 * Most pages of a tier. The policy adds and doubles such numbers; a sum of a few
 * of them fits into 64 bits.
 */
#define PAGES_MAX	(1LL << 52)

/* Score that a bit of hmt_hits stands for. */
#define TRACE_HIT	HMT_REPORT_SCORE_HIT

/* Return the text after " KEY=" in @line, NULL if it is missing. */
static const char *field(const char *line, const char *key)
{
	char pattern[32];
	const char *found;

	snprintf(pattern, sizeof(pattern), " %s=", key);
	found = strstr(line, pattern);
	return found ? found + strlen(pattern) : NULL;
}

bool trace_text_field(const char *line, const char *key, char *out,
		      size_t size)
{
	const char *text = field(line, key);
	size_t length = text ? strcspn(text, "\n ") : 0;

	if (!length || length >= size)
		return false;
	memcpy(out, text, length);
	out[length] = '\0';
	/* A recording may come from anywhere. */
	text_mask(out, "");
	return true;
}

bool trace_number_field(const char *line, const char *key, int64_t *out)
{
	const char *text = field(line, key);
	char *end;

	if (!text)
		return false;
	errno = 0;
	*out = strtoll(text, &end, 0);
	return end != text && !errno;
}

/* Parse bytes of two digits; return their number, -1 if malformed. */
static int hex_field(const char *line, const char *key, uint8_t *out, int most)
{
	const char *text = field(line, key);
	size_t length = text ? strcspn(text, "\n ") : 0;
	unsigned int value;
	int i;

	if (!text || length % 2 || length / 2 > (size_t)most ||
	    strspn(text, "0123456789abcdef") < length)
		return -1;
	for (i = 0; i < (int)length / 2; i++) {
		if (sscanf(text + 2 * i, "%2x", &value) == 1)
			out[i] = value;
	}
	return i;
}

static bool parse_place(struct trace_chunk *chunk, const char *place)
{
	unsigned int i;

	for (i = 0; i < chunk->pages; i++) {
		char c = place[i];

		chunk->movable[i] = false;
		if (c == '.') {
			chunk->tier[i] = TRACE_HOLE;
		} else if (c == '-') {
			chunk->tier[i] = TRACE_OUTSIDE;
		} else if (c >= 'g' && c <= 'v') {
			chunk->tier[i] = c - 'g';
		} else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
			chunk->tier[i] = c <= '9' ? c - '0' : c - 'a' + 10;
			chunk->movable[i] = true;
		} else {
			return false;
		}
	}
	return true;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Parse words with a bit for each page, the last of @pages first. A set bit is
 * @value in @out, a clear bit 0.
 */
static bool parse_bits(const char *text, uint8_t *out, unsigned int pages,
		       uint8_t value)
{
	size_t length = strcspn(text, "\n ");
	unsigned int page = 0, bit;
	int digit;

	while (length--) {
		if (text[length] == ',')
			continue;
		digit = digit_of(text[length]);
		if (digit < 0 || page >= pages)
			return false;
		for (bit = 0; bit < 4; bit++, page++)
			out[page] = digit >> bit & 1 ? value : 0;
	}
	return page == pages;
}

/* Parse the bits of clean pages, which older traces lack, in whole words. */
static bool parse_clean(struct trace_chunk *chunk, const char *bits)
{
	chunk->clean_known = bits;
	return !bits ||
	       parse_bits(bits, chunk->clean,
			  (chunk->pages + WORD_BITS - 1) / WORD_BITS * WORD_BITS,
			  1);
}

bool trace_parse_chunk(const char *line, struct trace_chunk *chunk)
{
	const char *place = field(line, "place");
	int64_t pid, addr;
	int heat;

	memset(chunk, 0, sizeof(*chunk));
	heat = hex_field(line, "heat", chunk->heat, TRACE_PAGES);
	if (!place || heat < 0 || !trace_number_field(line, "pid", &pid) ||
	    !trace_number_field(line, "addr", &addr))
		return false;
	chunk->pid = pid;
	chunk->addr = addr;
	chunk->pages = strcspn(place, " \r\n");
	return chunk->pages &&
	       chunk->pages <= TRACE_PAGES - trace_page_of(addr) &&
	       (!heat || heat == (int)chunk->pages) &&
	       parse_place(chunk, place) &&
	       parse_clean(chunk, field(line, "clean"));
}

bool trace_parse_evidence(const char *line, struct trace_evidence *evidence)
{
	const char *pages = field(line, "pages");
	int64_t pid, addr, sample, decay = 0;

	if (!trace_text_field(line, "provider", evidence->provider,
			      sizeof(evidence->provider)) ||
	    !trace_number_field(line, "pid", &pid) ||
	    !trace_number_field(line, "addr", &addr) ||
	    !trace_number_field(line, "sample", &sample) ||
	    addr % (int64_t)TRACE_CHUNK || sample < 0)
		return false;
	evidence->pid = pid;
	evidence->addr = addr;
	evidence->sample = sample;
	/* Older traces lack it. */
	if (trace_number_field(line, "decay", &decay) &&
	    (decay < 1 || decay > TRACE_DECAY))
		return false;
	evidence->decay = decay;
	if (pages)
		return parse_bits(pages, evidence->score, TRACE_PAGES,
				  TRACE_HIT);
	return hex_field(line, "scores", evidence->score, TRACE_PAGES) ==
	       TRACE_PAGES;
}

/*
 * Return the index of a provider, or of the next free entry. A provider can
 * appear twice if events were lost.
 */
static unsigned int provider_place(const struct trace_pass *pass,
				   const char *name)
{
	unsigned int i;

	for (i = 0; i < pass->nr_providers; i++)
		if (!strcmp(pass->providers[i].name, name))
			break;
	return i;
}

bool trace_parse_provider(const char *line, struct trace_pass *pass)
{
	char name[HMT_NAME_MAX + 1];
	int64_t weight, sample;
	unsigned int place;

	if (!trace_text_field(line, "provider", name, sizeof(name)) ||
	    !trace_number_field(line, "weight", &weight) ||
	    !trace_number_field(line, "sample", &sample) || sample < 0 ||
	    weight < 1 || weight > HMT_WEIGHT_MAX)
		return false;
	place = provider_place(pass, name);
	if (place == HMT_PROVIDERS_MAX)
		return false;
	strcpy(pass->providers[place].name, name);
	pass->providers[place].weight = weight;
	pass->sampled = sample;
	if (place == pass->nr_providers)
		pass->nr_providers++;
	return true;
}

/**
 * struct tier_line - numbers of an hmt_tier event
 * @index: number of the tier
 * @tiers: number of tiers of the graph
 * @capacity: pages of the tier
 * @free: free pages, negative after promotion into a full tier
 * @low: free pages below which demotion starts
 * @high: free pages that promotion leaves and demotion restores
 * @limit: most pages of the workload in the tier
 * @promote: budget of promotion, in pages
 * @demote: budget of demotion, in pages
 * @samples: samples of the pass; 0 when the event lacks it
 * @demand: hot pages of other workloads without room in the tier; 0 when the event lacks it
 * @heat_limit: most heat of the workload in the tier; 0: any, or the event lacks it
 * @intervals: intervals since the previous pass; 1 when the event lacks it
 * @margin: least difference of expected heat that pays; 0 when the event lacks it
 */
struct tier_line {
	int64_t index;
	int64_t tiers;
	int64_t capacity;
	int64_t free;
	int64_t low;
	int64_t high;
	int64_t limit;
	int64_t promote;
	int64_t demote;
	int64_t samples;
	int64_t demand;
	int64_t protect;
	int64_t owed;
	int64_t claim;
	int64_t heat_limit;
	int64_t intervals;
	int64_t margin;
};

/**
 * struct tier_field - a number of an hmt_tier event
 * @key: its key
 * @offset: its place in struct tier_line
 * @min: lowest valid value
 * @max: highest valid value
 * @optional: older traces lack it; the value of struct tier_line stays
 */
struct tier_field {
	const char *key;
	size_t offset;
	int64_t min;
	int64_t max;
	bool optional;
};

#define PLACE(member) offsetof(struct tier_line, member)

static const struct tier_field tier_fields[] = {
	{ "index", PLACE(index), 0, HMT_TIERS_MAX - 1, false },
	{ "tiers", PLACE(tiers), 1, HMT_TIERS_MAX, false },
	{ "capacity", PLACE(capacity), 0, PAGES_MAX, false },
	{ "free", PLACE(free), -PAGES_MAX, PAGES_MAX, false },
	{ "low", PLACE(low), 0, PAGES_MAX, false },
	{ "high", PLACE(high), 0, PAGES_MAX, false },
	{ "limit", PLACE(limit), 0, INT64_MAX, false },
	{ "promote", PLACE(promote), 0, INT64_MAX, false },
	{ "demote", PLACE(demote), 0, INT64_MAX, false },
	{ "samples", PLACE(samples), 1, TRACE_SAMPLES, true },
	{ "demand", PLACE(demand), 0, PAGES_MAX, true },
	{ "protect", PLACE(protect), 0, PAGES_MAX, true },
	{ "owed", PLACE(owed), 0, PAGES_MAX, true },
	{ "claim", PLACE(claim), 0, PAGES_MAX, true },
	{ "heat_limit", PLACE(heat_limit), 0, INT64_MAX, true },
	{ "intervals", PLACE(intervals), 1, TRACE_INTERVALS, true },
	{ "margin", PLACE(margin), 0, HMT_HEAT_MAX, true },
};

static bool parse_tier_fields(const char *line, struct tier_line *numbers)
{
	const struct tier_field *field;
	int64_t value;
	size_t i;

	for (i = 0; i < sizeof(tier_fields) / sizeof(*tier_fields); i++) {
		field = &tier_fields[i];
		if (!trace_number_field(line, field->key, &value)) {
			if (!field->optional)
				return false;
			continue;
		}
		if (value < field->min || value > field->max)
			return false;
		*(int64_t *)((char *)numbers + field->offset) = value;
	}
	return numbers->index < numbers->tiers;
}

/* Targets follow the tier in the order of the graph; weights are optional. */
static bool parse_tier_targets(const char *line,
			       const struct tier_line *numbers,
			       struct trace_tier *tier)
{
	int targets = hex_field(line, "targets", tier->targets, HMT_TIERS_MAX);
	int weights = hex_field(line, "weights", tier->weights, HMT_TIERS_MAX);
	int i;

	if (targets < 0 || (weights >= 0 && weights != targets))
		return false;
	for (i = 0; i < targets; i++)
		if (tier->targets[i] <= numbers->index ||
		    tier->targets[i] >= numbers->tiers)
			return false;
	tier->nr_targets = targets;
	return true;
}

int trace_parse_tier(const char *line, struct trace_pass *pass)
{
	struct tier_line numbers = { .intervals = 1 };
	struct trace_tier tier = { };

	if (!trace_text_field(line, "tier", tier.name, sizeof(tier.name)) ||
	    !parse_tier_fields(line, &numbers) ||
	    !parse_tier_targets(line, &numbers, &tier))
		return -1;
	tier.capacity = numbers.capacity;
	tier.free = numbers.free;
	tier.low = numbers.low;
	tier.high = numbers.high;
	tier.limit = numbers.limit;
	tier.demand = numbers.demand;
	tier.protect = numbers.protect;
	tier.owed = numbers.owed;
	tier.claim = numbers.claim;
	tier.heat_limit = numbers.heat_limit;
	pass->tiers[numbers.index] = tier;
	pass->nr_tiers = numbers.tiers;
	pass->promote = numbers.promote;
	pass->demote = numbers.demote;
	pass->samples = numbers.samples;
	pass->intervals = numbers.intervals;
	pass->margin = numbers.margin;
	return numbers.index;
}
