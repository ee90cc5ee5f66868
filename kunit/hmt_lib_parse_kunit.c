// SPDX-License-Identifier: GPL-2.0
/* Parsing of attribute values, and the layout of UIDs. */
#include <kunit/test.h>
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include "lib/parse.h"
#include "lib/ratelimit.h"

/* 31 characters, the longest name. */
#define NAME_31		"abcdefghijklmnopqrstuvwxyz01234"
#define GARBAGE_SIZE	4096
#define GARBAGE_ROUNDS	200

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

static void parse_name_characters(struct kunit *test)
{
	char name[] = "a?z";
	int c;

	for (c = 1; c < 256; c++) {
		int expected = is_name_character(c) ? 0 : -EINVAL;

		name[1] = c;
		KUNIT_EXPECT_EQ_MSG(test, hmt_parse_name(name), expected,
				    "character %#x inside", c);
		/* "." is a directory already. */
		expected = c == '.' ? -EINVAL : expected;
		KUNIT_EXPECT_EQ_MSG(test, hmt_parse_name((char[]){ c, 0 }),
				    expected, "character %#x alone", c);
	}
}

struct name_case {
	const char *title;
	const char *text;
	int ret;
};

static const struct name_case name_cases[] = {
	{ "empty", "", -EINVAL },
	{ "one character", "a", 0 },
	{ "digits", "0", 0 },
	{ "all classes", "Node_0.b-C", 0 },
	{ "31 characters", NAME_31, 0 },
	{ "32 characters", NAME_31 "5", -ENAMETOOLONG },
	{ "62 characters", NAME_31 NAME_31, -ENAMETOOLONG },
	{ "blank before", " a", -EINVAL },
	{ "newline after", "a\n", -EINVAL },
	{ "slash", "a/b", -EINVAL },
	{ "one dot", ".", -EINVAL },
	{ "two dots", "..", -EINVAL },
	{ "three dots", "...", 0 },
	{ "UTF-8", "m\xc3\xa9moire", -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(name, name_cases, title);

static void parse_name(struct kunit *test)
{
	const struct name_case *param = test->param_value;

	KUNIT_EXPECT_EQ(test, hmt_parse_name(param->text), param->ret);
}

struct u32_case {
	const char *title;
	const char *text;
	u32 low;
	u32 high;
	int ret;
	u32 value;
};

static const struct u32_case u32_cases[] = {
	{ "lowest", "10", 10, 20, 0, 10 },
	{ "highest", "20", 10, 20, 0, 20 },
	{ "inside", "15", 10, 20, 0, 15 },
	{ "newline", "15\n", 10, 20, 0, 15 },
	{ "leading zeros", "0015", 10, 20, 0, 15 },
	{ "below", "9", 10, 20, -ERANGE },
	{ "above", "21", 10, 20, -ERANGE },
	{ "zero", "0", 0, 0, 0, 0 },
	{ "largest", "4294967295", 0, U32_MAX, 0, U32_MAX },
	{ "2^32", "4294967296", 0, U32_MAX, -ERANGE },
	{ "2^32 + 15", "4294967311", 10, 20, -ERANGE },
	{ "2^64", "18446744073709551616", 0, U32_MAX, -ERANGE },
	{ "empty", "", 0, U32_MAX, -EINVAL },
	{ "newline only", "\n", 0, U32_MAX, -EINVAL },
	{ "garbage", "many", 0, U32_MAX, -EINVAL },
	{ "trailing letter", "15k", 0, U32_MAX, -EINVAL },
	{ "trailing blank", "15 ", 0, U32_MAX, -EINVAL },
	{ "leading blank", " 15", 0, U32_MAX, -EINVAL },
	{ "two numbers", "15 16", 0, U32_MAX, -EINVAL },
	{ "two newlines", "15\n\n", 0, U32_MAX, -EINVAL },
	{ "negative", "-15", 0, U32_MAX, -EINVAL },
	{ "minus zero", "-0", 0, U32_MAX, -EINVAL },
	{ "hex", "0x0f", 0, U32_MAX, -EINVAL },
	{ "hex digits", "ff", 0, U32_MAX, -EINVAL },
	{ "fraction", "1.5", 0, U32_MAX, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(u32, u32_cases, title);

static void parse_u32(struct kunit *test)
{
	const struct u32_case *param = test->param_value;
	u32 value = 0xdead;

	KUNIT_EXPECT_EQ(test, hmt_parse_u32(param->text, param->low,
					    param->high, &value), param->ret);
	/* A refused text leaves the old value. */
	KUNIT_EXPECT_EQ(test, value, param->ret ? 0xdead : param->value);
}

struct rate_case {
	const char *title;
	const char *text;
	int ret;
	u64 value;
};

static const struct rate_case rate_cases[] = {
	{ "zero", "0", 0, 0 },
	{ "some", "1024", 0, 1024 },
	{ "newline", "1024\n", 0, 1024 },
	{ "largest", "4294967295", 0, U32_MAX },
	{ "overflow", "4294967296", -ERANGE },
	{ "max", "max", 0, HMT_RATE_MAX },
	{ "max with newline", "max\n", 0, HMT_RATE_MAX },
	{ "max and more", "maximum", -EINVAL },
	{ "max in capitals", "MAX", -EINVAL },
	{ "part of max", "ma", -EINVAL },
	{ "max after blank", " max", -EINVAL },
	{ "empty", "", -EINVAL },
	{ "negative", "-1", -EINVAL },
	{ "unit", "5M", -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(rate, rate_cases, title);

static void parse_rate(struct kunit *test)
{
	const struct rate_case *param = test->param_value;
	u64 value = 0xdead;

	KUNIT_EXPECT_EQ(test, hmt_parse_rate(param->text, &value), param->ret);
	KUNIT_EXPECT_EQ(test, value, param->ret ? 0xdead : param->value);
}

struct memories_case {
	const char *title;
	const char *text;
	int ret;
	const char *names[3];
};

static const struct memories_case memories_cases[] = {
	{ "empty", "", 0 },
	{ "blanks only", "\n \t  ", 0 },
	{ "one name", "node0", 1, { "node0" } },
	{ "newline", "node0\n", 1, { "node0" } },
	{ "UIDs", "0 2147483648", 2, { "0", "2147483648" } },
	{ "order is kept", "c a b", 3, { "c", "a", "b" } },
	{ "all kinds of blanks", " a\tb \r\nc ", 3, { "a", "b", "c" } },
	{ "one name is the start of another", "node1 node10 node", 3,
	  { "node1", "node10", "node" } },
	{ "31 characters", NAME_31, 1, { NAME_31 } },
	{ "32 characters", NAME_31 "5", -EINVAL },
	{ "twice", "node0 node0", -EINVAL },
	{ "twice, not adjacent", "node0 node1 node0", -EINVAL },
	{ "comma", "node0,node1", -EINVAL },
	{ "bad character at the end", "node0 node1/", -EINVAL },
	{ "not ASCII", "node0 \xff", -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(memories, memories_cases, title);

static void parse_memories(struct kunit *test)
{
	const struct memories_case *param = test->param_value;
	char (*names)[HMT_NAME_MAX + 1];
	int i;

	names = kunit_kcalloc(test, HMT_TIER_MEMORIES_MAX + 1, sizeof(*names),
			      GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, names);
	KUNIT_EXPECT_EQ(test, hmt_parse_memories(param->text, names),
			param->ret);
	for (i = 0; i < param->ret; i++)
		KUNIT_EXPECT_STREQ(test, names[i], param->names[i]);
}

/* "a0<tail> a1<tail> ..." with @count words */
static char *make_words(struct kunit *test, unsigned int count,
			const char *tail)
{
	size_t size = count * (sizeof("a1024 ") + strlen(tail)), used = 0;
	char *text = kunit_kzalloc(test, size, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < count; i++)
		used += scnprintf(text + used, size - used, "a%u%s ", i, tail);
	return text;
}

static void parse_memories_count(struct kunit *test)
{
	char (*names)[HMT_NAME_MAX + 1];

	names = kunit_kcalloc(test, HMT_TIER_MEMORIES_MAX + 1, sizeof(*names),
			      GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, names);
	KUNIT_EXPECT_EQ(test, HMT_TIER_MEMORIES_MAX,
			hmt_parse_memories(make_words(test, HMT_TIER_MEMORIES_MAX, ""),
					   names));
	KUNIT_EXPECT_STREQ(test, names[HMT_TIER_MEMORIES_MAX - 1], "a1023");
	KUNIT_EXPECT_EQ(test, -E2BIG,
			hmt_parse_memories(make_words(test, HMT_TIER_MEMORIES_MAX + 1, ""),
					   names));
	/* Nothing is written beyond the last name. */
	KUNIT_EXPECT_STREQ(test, names[HMT_TIER_MEMORIES_MAX], "");
}

struct providers_case {
	const char *title;
	const char *text;
	int ret;
	struct hmt_provider_spec specs[2];
};

static const struct providers_case providers_cases[] = {
	{ "name alone", "accessed", 1, { { "accessed", 1 } } },
	{ "weight 1", "accessed:1", 1, { { "accessed", 1 } } },
	{ "weight 100", "accessed:100\n", 1, { { "accessed", 100 } } },
	{ "two", "accessed:1 counter:4", 2,
	  { { "accessed", 1 }, { "counter", 4 } } },
	{ "two without weights", " b  a ", 2, { { "b", 1 }, { "a", 1 } } },
	{ "31 characters", NAME_31 ":100", 1, { { NAME_31, 100 } } },
	{ "weight 0", "accessed:0", -ERANGE },
	{ "weight 101", "accessed:101", -ERANGE },
	{ "weight 2^32 + 1", "a:4294967297", -ERANGE },
	{ "weight missing", "accessed:", -EINVAL },
	{ "weight negative", "accessed:-1", -EINVAL },
	{ "weight no number", "accessed:x", -EINVAL },
	{ "two weights", "accessed:1:2", -EINVAL },
	{ "name missing", ":1", -EINVAL },
	{ "none", "", -EINVAL },
	{ "blanks only", "\t\n", -EINVAL },
	{ "twice", "accessed accessed", -EINVAL },
	{ "twice with weights", "accessed:1 counter accessed:2", -EINVAL },
	{ "bad character", "acc/essed", -EINVAL },
	{ "32 characters", NAME_31 "5:1", -EINVAL },
	{ "much too long", NAME_31 NAME_31, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(providers, providers_cases, title);

static void parse_providers(struct kunit *test)
{
	const struct providers_case *param = test->param_value;
	struct hmt_provider_spec specs[HMT_PROVIDERS_MAX];
	int i;

	KUNIT_EXPECT_EQ(test, hmt_parse_providers(param->text, specs),
			param->ret);
	for (i = 0; i < param->ret; i++) {
		KUNIT_EXPECT_STREQ(test, specs[i].name, param->specs[i].name);
		KUNIT_EXPECT_EQ(test, specs[i].weight,
				param->specs[i].weight);
	}
}

static void parse_providers_count(struct kunit *test)
{
	struct hmt_provider_spec specs[HMT_PROVIDERS_MAX + 1] = {};

	KUNIT_EXPECT_EQ(test, HMT_PROVIDERS_MAX,
			hmt_parse_providers(make_words(test, HMT_PROVIDERS_MAX, ":7"),
					    specs));
	KUNIT_EXPECT_STREQ(test, specs[HMT_PROVIDERS_MAX - 1].name, "a7");
	KUNIT_EXPECT_EQ(test, -E2BIG,
			hmt_parse_providers(make_words(test, HMT_PROVIDERS_MAX + 1, ":7"),
					    specs));
	KUNIT_EXPECT_STREQ(test, specs[HMT_PROVIDERS_MAX].name, "");
}

struct limits_case {
	const char *title;
	const char *text;
	int ret;
	struct hmt_limit_spec limits[2];
};

static const struct limits_case limits_cases[] = {
	{ "empty", "", 0 },
	{ "blanks only", "\t \t\n", 0 },
	{ "bytes", "dram=4096", 1, { { "dram", 4096 } } },
	{ "nothing at all", "dram=0", 1, { { "dram", 0 } } },
	{ "K", "dram=3K", 1, { { "dram", 3 * SZ_1K } } },
	{ "M", "dram=3M", 1, { { "dram", 3 * SZ_1M } } },
	{ "G", "dram=3G", 1, { { "dram", 3 * (u64)SZ_1G } } },
	{ "T", "dram=3T", 1, { { "dram", 3 * SZ_1T } } },
	{ "k", "dram=3k", 1, { { "dram", 3 * SZ_1K } } },
	{ "m", "dram=3m", 1, { { "dram", 3 * SZ_1M } } },
	{ "g", "dram=3g", 1, { { "dram", 3 * (u64)SZ_1G } } },
	{ "t", "dram=3t\n", 1, { { "dram", 3 * SZ_1T } } },
	{ "two", "dram=2G cxl=512M", 2,
	  { { "dram", 2 * (u64)SZ_1G }, { "cxl", SZ_512M } } },
	{ "31 characters", NAME_31 "=18446744073709551615", 1,
	  { { NAME_31, U64_MAX } } },
	{ "most T", "a=16777215T", 1, { { "a", 16777215 * SZ_1T } } },
	{ "2^64", "a=18446744073709551616", -ERANGE },
	{ "2^64 in T", "a=16777216T", -ERANGE },
	{ "2^64 in K", "a=18014398509481984K", -ERANGE },
	{ "a wrap to 1G", "a=17179869185G", -ERANGE },
	{ "missing =", "dram", -EINVAL },
	{ "missing = in the second", "dram=1G cxl", -EINVAL },
	{ "missing size", "dram=", -EINVAL },
	{ "missing tier", "=1G", -EINVAL },
	{ "suffix alone", "dram=G", -EINVAL },
	{ "two suffixes", "dram=1KM", -EINVAL },
	{ "unknown suffix", "dram=1P", -EINVAL },
	{ "byte suffix", "dram=1GB", -EINVAL },
	{ "two =", "dram==1G", -EINVAL },
	{ "negative", "dram=-1G", -EINVAL },
	{ "hex", "dram=0x10", -EINVAL },
	{ "fraction", "dram=1.5G", -EINVAL },
	{ "blank before size", "dram= 1G", -EINVAL },
	{ "twice", "dram=1G dram=2G", -EINVAL },
	{ "twice, not adjacent", "dram=1G cxl=1G dram=1G", -EINVAL },
	{ "bad character", "dr/am=1G", -EINVAL },
	{ "32 characters", NAME_31 "5=1", -EINVAL },
	{ "too many digits", "dram=000000000000000000000000001", -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(limits, limits_cases, title);

static void parse_limits(struct kunit *test)
{
	const struct limits_case *param = test->param_value;
	struct hmt_limit_spec limits[HMT_TIERS_MAX];
	int i;

	KUNIT_EXPECT_EQ(test, hmt_parse_limits(param->text, limits),
			param->ret);
	for (i = 0; i < param->ret; i++) {
		KUNIT_EXPECT_STREQ(test, limits[i].tier,
				   param->limits[i].tier);
		KUNIT_EXPECT_EQ(test, limits[i].bytes,
				param->limits[i].bytes);
	}
}

static void parse_limits_count(struct kunit *test)
{
	struct hmt_limit_spec *limits;

	limits = kunit_kcalloc(test, HMT_TIERS_MAX + 1, sizeof(*limits),
			       GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, limits);
	KUNIT_EXPECT_EQ(test, HMT_TIERS_MAX,
			hmt_parse_limits(make_words(test, HMT_TIERS_MAX, "=1G"),
					 limits));
	KUNIT_EXPECT_STREQ(test, limits[HMT_TIERS_MAX - 1].tier, "a15");
	KUNIT_EXPECT_EQ(test, -E2BIG,
			hmt_parse_limits(make_words(test, HMT_TIERS_MAX + 1, "=1G"),
					 limits));
	KUNIT_EXPECT_STREQ(test, limits[HMT_TIERS_MAX].tier, "");
}

/* Room for the results of every parser, and a guard after it. */
struct parsed {
	union {
		char names[HMT_TIER_MEMORIES_MAX][HMT_NAME_MAX + 1];
		struct hmt_provider_spec providers[HMT_PROVIDERS_MAX];
		struct hmt_limit_spec limits[HMT_TIERS_MAX];
	};
	u64 guard;
};

/*
 * The result of a list parser must fit into the buffer of the caller, and be
 * valid, for any input.
 */
static void expect_sane(struct kunit *test, const char *text,
			struct parsed *parsed)
{
	int ret, i;

	parsed->guard = 0x5a5a5a5a5a5a5a5aULL;
	ret = hmt_parse_memories(text, parsed->names);
	KUNIT_EXPECT_LE(test, ret, HMT_TIER_MEMORIES_MAX);
	for (i = 0; i < ret; i++)
		KUNIT_EXPECT_EQ(test, hmt_parse_name(parsed->names[i]), 0);
	ret = hmt_parse_providers(text, parsed->providers);
	KUNIT_EXPECT_LE(test, ret, HMT_PROVIDERS_MAX);
	for (i = 0; i < ret; i++)
		KUNIT_EXPECT_EQ(test, 0,
				hmt_parse_name(parsed->providers[i].name));
	ret = hmt_parse_limits(text, parsed->limits);
	KUNIT_EXPECT_LE(test, ret, HMT_TIERS_MAX);
	for (i = 0; i < ret; i++)
		KUNIT_EXPECT_EQ(test, 0,
				hmt_parse_name(parsed->limits[i].tier));
	KUNIT_EXPECT_EQ(test, parsed->guard, 0x5a5a5a5a5a5a5a5aULL);
}

static void parse_garbage(struct kunit *test)
{
	/* Mostly characters of the grammars, so that some words are valid. */
	static const char likely[] = "ab01:=KGT.  \t\n/\xff";
	struct parsed *parsed = kunit_kzalloc(test, sizeof(*parsed),
					      GFP_KERNEL);
	char *text = kunit_kzalloc(test, GARBAGE_SIZE, GFP_KERNEL);
	struct rnd_state random;
	unsigned int round, i;

	KUNIT_ASSERT_NOT_NULL(test, parsed);
	KUNIT_ASSERT_NOT_NULL(test, text);
	prandom_seed_state(&random, 1);
	for (round = 0; round < GARBAGE_ROUNDS; round++) {
		unsigned int length = round % 4 ? round : GARBAGE_SIZE - 1;

		for (i = 0; i < length; i++) {
			u32 number = prandom_u32_state(&random);

			text[i] = round % 3 ?
				  likely[number % (sizeof(likely) - 1)] :
				  number | 1;
		}
		text[length] = '\0';
		expect_sane(test, text, parsed);
	}
}

/* A page of one character: too long for a word, or without a word. */
static void parse_full_page(struct kunit *test)
{
	struct parsed *parsed = kunit_kzalloc(test, sizeof(*parsed),
					      GFP_KERNEL);
	char *text = kunit_kzalloc(test, GARBAGE_SIZE, GFP_KERNEL);
	u64 rate;

	KUNIT_ASSERT_NOT_NULL(test, parsed);
	KUNIT_ASSERT_NOT_NULL(test, text);
	memset(text, 'a', GARBAGE_SIZE - 1);
	KUNIT_EXPECT_EQ(test, hmt_parse_name(text), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(test, hmt_parse_memories(text, parsed->names), -EINVAL);
	KUNIT_EXPECT_EQ(test, hmt_parse_providers(text, parsed->providers),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, hmt_parse_limits(text, parsed->limits), -EINVAL);
	memset(text, ' ', GARBAGE_SIZE - 1);
	KUNIT_EXPECT_EQ(test, hmt_parse_memories(text, parsed->names), 0);
	KUNIT_EXPECT_EQ(test, hmt_parse_providers(text, parsed->providers),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, hmt_parse_limits(text, parsed->limits), 0);
	memset(text, '1', GARBAGE_SIZE - 1);
	KUNIT_EXPECT_EQ(test, hmt_parse_rate(text, &rate), -ERANGE);
}

static void uid_layout(struct kunit *test)
{
	/* Device memory is told from nodes by bit 31 alone. */
	KUNIT_EXPECT_EQ(test, HMT_UID_DEVICE, 0x80000000U);
	KUNIT_EXPECT_EQ(test, (MAX_NUMNODES - 1) & HMT_UID_DEVICE, 0);
	/* The UID for "none" is neither a node nor the first device. */
	KUNIT_EXPECT_EQ(test, HMT_UID_NONE, 0xffffffffU);
	KUNIT_EXPECT_GE(test, HMT_UID_NONE, (u32)MAX_NUMNODES);
	KUNIT_EXPECT_NE(test, HMT_UID_NONE, HMT_UID_DEVICE);
	/* Heat fits into the byte that a page has, plans into 16-bit masks. */
	KUNIT_EXPECT_EQ(test, HMT_HEAT_MAX, U8_MAX);
	KUNIT_EXPECT_EQ(test, HMT_HEAT_LEVELS, HMT_HEAT_MAX + 1);
	KUNIT_EXPECT_LE(test, HMT_TIERS_MAX, 32);
}

struct weights_case {
	const char *text;
	int ret;
	u8 weights[4];
};

static const struct weights_case weights_cases[] = {
	{ "", 0 },
	{ " ", 0 },
	{ "1\n", 1, { 1 } },
	{ " 3  100\t2 ", 3, { 3, 100, 2 } },
	{ "0", -ERANGE },
	{ "101", -ERANGE },
	{ "3 1000", -EINVAL },
	{ "-1", -EINVAL },
	{ "2 x", -EINVAL },
	{ "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", -E2BIG },
};

static void parse_weights(struct kunit *test)
{
	u8 weights[HMT_TARGETS_MAX];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(weights_cases); i++) {
		const struct weights_case *param = &weights_cases[i];
		int ret = hmt_parse_weights(param->text, weights);

		KUNIT_EXPECT_EQ_MSG(test, ret, param->ret, "'%s'", param->text);
		if (ret > 0)
			KUNIT_EXPECT_EQ(test, 0, memcmp(weights, param->weights,
							ret));
	}
}

static struct kunit_case hmt_parse_cases[] = {
	KUNIT_CASE(uid_layout),
	KUNIT_CASE(parse_name_characters),
	KUNIT_CASE_PARAM(parse_name, name_gen_params),
	KUNIT_CASE_PARAM(parse_u32, u32_gen_params),
	KUNIT_CASE_PARAM(parse_rate, rate_gen_params),
	KUNIT_CASE_PARAM(parse_memories, memories_gen_params),
	KUNIT_CASE(parse_memories_count),
	KUNIT_CASE(parse_weights),
	KUNIT_CASE_PARAM(parse_providers, providers_gen_params),
	KUNIT_CASE(parse_providers_count),
	KUNIT_CASE_PARAM(parse_limits, limits_gen_params),
	KUNIT_CASE(parse_limits_count),
	KUNIT_CASE(parse_garbage),
	KUNIT_CASE(parse_full_page),
	{}
};

static struct kunit_suite hmt_parse_suite = {
	.name = "hmt_lib_parse",
	.test_cases = hmt_parse_cases,
};

kunit_test_suite(hmt_parse_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of parsing");
MODULE_LICENSE("GPL");
