// SPDX-License-Identifier: GPL-2.0
/* Parsing of attribute values. */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "hmt.h"
#include "parse.h"
#include "ratelimit.h"

#define HMT_BLANKS	" \t\r\n"

/*
 * Check a name, which becomes the name of a directory. Return 0, -EINVAL if it
 * is empty, "." or "..", or has a bad character, or -ENAMETOOLONG.
 */
int hmt_parse_name(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++) {
		if (i >= HMT_NAME_MAX)
			return -ENAMETOOLONG;
		if (!isascii(name[i]) ||
		    (!isalnum(name[i]) && !strchr("_.-", name[i])))
			return -EINVAL;
	}
	return i && strcmp(name, ".") && strcmp(name, "..") ? 0 : -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_parse_name);

/*
 * Copy the next word of *@text to @word and advance. Words are separated by
 * blanks. Return 1, 0 at the end, or -EINVAL if the word does not fit.
 */
static int hmt_parse_word(const char **text, char *word, size_t size)
{
	const char *start = *text + strspn(*text, HMT_BLANKS);
	size_t length = strcspn(start, HMT_BLANKS);

	if (!length)
		return 0;
	if (length >= size)
		return -EINVAL;
	memcpy(word, start, length);
	word[length] = '\0';
	*text = start + length;
	return 1;
}

/*
 * Parse a decimal number. Return 0, -EINVAL if it is malformed, or -ERANGE if
 * it is not in [@low, @high]; @value is unchanged on error.
 */
int hmt_parse_u32(const char *text, u32 low, u32 high, u32 *value)
{
	u32 number;
	int ret = kstrtou32(text, 10, &number);

	if (ret)
		return ret;
	if (number < low || number > high)
		return -ERANGE;
	*value = number;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_parse_u32);

/* Parse a rate in MiB/s, or "max" for HMT_RATE_MAX. */
int hmt_parse_rate(const char *text, u64 *mib_per_s)
{
	u32 number;
	int ret;

	if (sysfs_streq(text, "max")) {
		*mib_per_s = HMT_RATE_MAX;
		return 0;
	}
	ret = hmt_parse_u32(text, 0, U32_MAX, &number);
	if (!ret)
		*mib_per_s = number;
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_parse_rate);

/*
 * Store @name at the beginning of entry @count of @entries, which has room for
 * @max entries of @size bytes. Return 0, -EINVAL for a bad name or one that an
 * entry has already, or -E2BIG if @entries is full.
 */
static int hmt_parse_entry(const char *name, void *entries, size_t size,
			   int count, int max)
{
	int i;

	if (hmt_parse_name(name))
		return -EINVAL;
	for (i = 0; i < count; i++)
		if (!strcmp(entries + i * size, name))
			return -EINVAL;
	if (count == max)
		return -E2BIG;
	strscpy(entries + count * size, name, HMT_NAME_MAX + 1);
	return 0;
}

/*
 * Parse names or UIDs of memories. Return the number of memories, or an error
 * of hmt_parse_entry().
 */
int hmt_parse_memories(const char *text,
		       char names[HMT_TIER_MEMORIES_MAX][HMT_NAME_MAX + 1])
{
	char word[HMT_NAME_MAX + 1];
	int count = 0, ret;

	while ((ret = hmt_parse_word(&text, word, sizeof(word))) > 0) {
		ret = hmt_parse_entry(word, names, sizeof(names[0]), count++,
				      HMT_TIER_MEMORIES_MAX);
		if (ret)
			return ret;
	}
	return ret ?: count;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_parse_memories);

/*
 * Parse the weights of demotion targets. Return the number of weights, -EINVAL
 * for a malformed number, -ERANGE, or -E2BIG if there are too many.
 */
int hmt_parse_weights(const char *text, u8 weights[HMT_TARGETS_MAX])
{
	char word[sizeof("100")];
	int count = 0, ret;
	u32 value;

	while ((ret = hmt_parse_word(&text, word, sizeof(word))) > 0) {
		ret = hmt_parse_u32(word, 1, HMT_WEIGHT_MAX, &value);
		if (ret)
			return ret;
		if (count == HMT_TARGETS_MAX)
			return -E2BIG;
		weights[count++] = value;
	}
	return ret ?: count;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_parse_weights);

/*
 * Parse a list of "<name>[:<weight>]". Return the number of providers, -EINVAL
 * if there is none, -ERANGE for a weight, or an error of hmt_parse_entry().
 */
int hmt_parse_providers(const char *text,
			struct hmt_provider_spec specs[HMT_PROVIDERS_MAX])
{
	char word[HMT_NAME_MAX + sizeof(":100")];
	int count = 0, ret;

	while ((ret = hmt_parse_word(&text, word, sizeof(word))) > 0) {
		char *weight = strchr(word, ':');
		u32 value = 1;

		if (weight) {
			*weight++ = '\0';
			ret = hmt_parse_u32(weight, 1, HMT_WEIGHT_MAX, &value);
			if (ret)
				return ret;
		}
		ret = hmt_parse_entry(word, specs, sizeof(specs[0]), count,
				      HMT_PROVIDERS_MAX);
		if (ret)
			return ret;
		specs[count++].weight = value;
	}
	if (!ret && !count)
		return -EINVAL;
	return ret ?: count;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_parse_providers);

/*
 * Parse a size in bytes, with an optional suffix K, M, G or T (powers of 1024).
 */
static int hmt_parse_size(const char *text, u64 *bytes)
{
	static const char suffixes[] = "KMGT";
	char digits[24];
	const char *suffix;
	size_t length = strlen(text);
	unsigned int shift = 0;
	u64 number;
	int ret;

	if (!length || length >= sizeof(digits))
		return -EINVAL;
	strscpy(digits, text, sizeof(digits));
	suffix = strchr(suffixes, toupper(digits[length - 1]));
	if (suffix && *suffix) {
		shift = 10 * (suffix - suffixes + 1);
		digits[length - 1] = '\0';
	}
	ret = kstrtou64(digits, 10, &number);
	if (ret)
		return ret;
	if (number > U64_MAX >> shift)
		return -ERANGE;
	*bytes = number << shift;
	return 0;
}

/*
 * Parse a list of "<tier>=<size>". Return the number of limits, 0 for an empty
 * list, -EINVAL for a malformed word, -ERANGE for a size, or an error of
 * hmt_parse_entry().
 */
int hmt_parse_limits(const char *text,
		     struct hmt_limit_spec limits[HMT_TIERS_MAX])
{
	char word[HMT_NAME_MAX + 26];
	int count = 0, ret;

	while ((ret = hmt_parse_word(&text, word, sizeof(word))) > 0) {
		char *size = strchr(word, '=');
		u64 bytes;

		if (!size)
			return -EINVAL;
		*size++ = '\0';
		ret = hmt_parse_size(size, &bytes);
		if (ret)
			return ret;
		ret = hmt_parse_entry(word, limits, sizeof(limits[0]), count,
				      HMT_TIERS_MAX);
		if (ret)
			return ret;
		limits[count++].bytes = bytes;
	}
	return ret ?: count;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_parse_limits);
