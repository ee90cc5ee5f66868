// SPDX-License-Identifier: GPL-2.0
/*
 * Any text for the attributes of the module: what a parser accepts is within its
 * bounds, and is accepted again in the form in which the attribute prints it.
 */
#include <linux/kernel.h>

#include "input.h"
#include "lib/parse.h"
#include "lib/ratelimit.h"

/* Text as an attribute prints it. */
static char printed[HMT_TIER_MEMORIES_MAX * (HMT_NAME_MAX + 1) + 1];
static size_t length;

static void print(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	length += vsnprintf(printed + length, sizeof(printed) - length, format,
			    args);
	va_end(args);
	if (length >= sizeof(printed))
		wrong("more than %zu bytes", sizeof(printed));
}

static void check_count(const char *what, int count, int least, int most)
{
	if (count > most || (count >= 0 && count < least))
		wrong("%s: %d entries", what, count);
}

static void check_again(const char *what, int count, int again)
{
	if (again != count)
		wrong("%s: %d, then %d of '%s'", what, count, again, printed);
}

static void parse_numbers(const char *text)
{
	u32 number;
	u64 rate;

	if (!hmt_parse_u32(text, 5, 1000, &number) &&
	    (number < 5 || number > 1000))
		wrong("%u is not from 5 to 1000", number);
	if (!hmt_parse_rate(text, &rate) && rate > U32_MAX &&
	    rate != HMT_RATE_MAX)
		wrong("a rate of %llu", rate);
}

static void parse_memories(const char *text)
{
	static char names[HMT_TIER_MEMORIES_MAX][HMT_NAME_MAX + 1];
	int count = hmt_parse_memories(text, names), i;

	check_count("memories", count, 0, HMT_TIER_MEMORIES_MAX);
	for (i = 0; i < count; i++) {
		if (hmt_parse_name(names[i]))
			wrong("memory '%s'", names[i]);
		print("%s ", names[i]);
	}
	if (count >= 0)
		check_again("memories", count,
			    hmt_parse_memories(printed, names));
}

static void parse_weights(const char *text)
{
	u8 weights[HMT_TARGETS_MAX];
	int count = hmt_parse_weights(text, weights), i;

	check_count("weights", count, 0, HMT_TARGETS_MAX);
	for (i = 0; i < count; i++) {
		if (!weights[i] || weights[i] > HMT_WEIGHT_MAX)
			wrong("weight %u", weights[i]);
		print("%u ", weights[i]);
	}
	if (count >= 0)
		check_again("weights", count,
			    hmt_parse_weights(printed, weights));
}

static void parse_providers(const char *text)
{
	struct hmt_provider_spec specs[HMT_PROVIDERS_MAX];
	int count = hmt_parse_providers(text, specs), i;

	check_count("providers", count, 1, HMT_PROVIDERS_MAX);
	for (i = 0; i < count; i++) {
		if (hmt_parse_name(specs[i].name) || !specs[i].weight ||
		    specs[i].weight > HMT_WEIGHT_MAX)
			wrong("provider '%s':%u", specs[i].name,
			      specs[i].weight);
		print("%s:%u ", specs[i].name, specs[i].weight);
	}
	if (count >= 0)
		check_again("providers", count,
			    hmt_parse_providers(printed, specs));
}

static void parse_limits(const char *text)
{
	struct hmt_limit_spec limits[HMT_TIERS_MAX];
	int count = hmt_parse_limits(text, limits), i;

	check_count("limits", count, 0, HMT_TIERS_MAX);
	for (i = 0; i < count; i++) {
		if (hmt_parse_name(limits[i].tier))
			wrong("tier '%s'", limits[i].tier);
		print("%s=%llu ", limits[i].tier, limits[i].bytes);
	}
	if (count >= 0)
		check_again("limits", count,
			    hmt_parse_limits(printed, limits));
}

int fuzz_one(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(const char *text) = {
		parse_numbers, parse_memories, parse_weights, parse_providers,
		parse_limits,
	};
	unsigned int parser;
	char *text;

	set_input(data, size);
	parser = below(sizeof(parsers) / sizeof(*parsers));
	text = rest_as_text();
	length = 0;
	printed[0] = '\0';
	parsers[parser](text);
	free(text);
	return 0;
}
