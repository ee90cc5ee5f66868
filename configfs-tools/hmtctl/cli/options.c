// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/options.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/units.h"
#include "util/words.h"

/* First value of getopt_long() that is an index of a table, not a letter. */
#define FIRST_INDEX 256

static size_t spec_count(const struct option_spec *specs)
{
	size_t count = 0;

	while (specs && specs[count].name)
		count++;
	return count;
}

static bool takes_value(const struct option_spec *spec)
{
	return spec->kind == OPT_TEXT || spec->kind == OPT_WORDS;
}

static void add_words(char **place, const char *argument)
{
	auto_words char **words = words_split(argument);
	auto_text char *more = words_join(words);
	auto_text char *old = *place;

	if (!old || !*old)
		*place = must(strdup(more));
	else
		*place = format_text("%s%s%s", old, *more ? " " : "", more);
}

/* Accept "--watch 2": getopt_long() itself accepts "--watch=2" only. */
static const char *number_that_follows(int argc, char **argv)
{
	double seconds;

	if (optind < argc && parse_seconds(argv[optind], &seconds))
		return argv[optind++];
	return NULL;
}

static void store_value(const struct option_spec *spec, void *values, int argc,
			char **argv)
{
	void *place = (char *)values + spec->offset;
	const char *text = optarg;

	switch (spec->kind) {
	case OPT_FLAG:
		*(bool *)place = true;
		break;
	case OPT_TEXT:
		*(const char **)place = text;
		break;
	case OPT_CONST:
		*(const char **)place = spec->constant;
		break;
	case OPT_MAYBE:
		if (!text)
			text = number_that_follows(argc, argv);
		*(const char **)place = text ? text : spec->constant;
		break;
	case OPT_WORDS:
		add_words(place, text);
		break;
	}
}

static const struct option_spec *find_option(const struct option_spec *specs,
					     int value)
{
	if (value >= FIRST_INDEX)
		return specs + value - FIRST_INDEX;
	while (specs->letter != value)
		specs++;
	return specs;
}

static void refuse_option(const char *command, int error, char **argv)
{
	char letter[] = { '-', (char)optopt, '\0' };
	bool is_letter = optopt > 0 && optopt < FIRST_INDEX;
	const char *option = is_letter ? letter : argv[optind - 1];
	const char *what = "unknown option";

	if (error == ':')
		what = "a value is missing after";
	else if (optopt >= FIRST_INDEX)
		what = "no value belongs to";
	fail(RESULT_USAGE, "%s%s%s '%.64s' (see 'hmtctl help%s%s')", command,
	     *command ? ": " : "", what, option, *command ? " " : "", command);
}

static void fill_tables(const struct option_spec *specs, struct option *longs,
			char *shorts, int flags)
{
	size_t i;

	if (flags & OPTIONS_FIRST)
		*shorts++ = '+';
	*shorts++ = ':';
	for (i = 0; i < spec_count(specs); i++) {
		longs[i].name = specs[i].name;
		longs[i].has_arg = takes_value(&specs[i]) ? required_argument :
				   specs[i].kind == OPT_MAYBE ?
				   optional_argument : no_argument;
		longs[i].val = FIRST_INDEX + i;
		if (!specs[i].letter)
			continue;
		*shorts++ = specs[i].letter;
		if (takes_value(&specs[i]))
			*shorts++ = ':';
	}
}

int options_parse(const char *command, const struct option_spec *specs,
		  void *values, int argc, char **argv, int flags)
{
	size_t count = spec_count(specs);
	struct option *longs = must(calloc(count + 1, sizeof(*longs)));
	char *shorts = must(calloc(2 * count + 3, 1));
	int result = 0;
	int value;

	fill_tables(specs, longs, shorts, flags);
	optind = 0;
	opterr = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (value == '?' || value == ':') {
			refuse_option(command, value, argv);
			result = -1;
			break;
		}
		store_value(find_option(specs, value), values, argc, argv);
	}
	free(shorts);
	free(longs);
	return result ? result : optind;
}

bool options_flag(const struct option_spec *specs, const void *values,
		  const char *name)
{
	for (; specs && specs->name; specs++)
		if (specs->kind == OPT_FLAG && !strcmp(specs->name, name))
			return *(const bool *)((const char *)values +
					       specs->offset);
	return false;
}

bool options_have(const struct option_spec *specs, const char *name)
{
	for (; specs && specs->name; specs++)
		if (!strcmp(specs->name, name))
			return true;
	return false;
}

struct option_spec *options_with(const struct option_spec *specs,
				 const struct option_spec *more)
{
	size_t count = spec_count(specs);
	struct option_spec *all = must(calloc(count + 2, sizeof(*all)));

	if (count)
		memcpy(all, specs, count * sizeof(*all));
	all[count] = *more;
	return all;
}

void options_release(const struct option_spec *specs, void *values)
{
	char **place;

	for (; specs && specs->name; specs++) {
		if (specs->kind != OPT_WORDS)
			continue;
		/* Two options may share an offset. */
		place = (char **)((char *)values + specs->offset);
		free(*place);
		*place = NULL;
	}
}

void options_describe(FILE *out, const struct option_spec *specs)
{
	char left[64];

	for (; specs && specs->name; specs++) {
		if (!specs->help)
			continue;
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s%s",
			 specs->letter ? '-' : ' ',
			 specs->letter ? specs->letter : ' ',
			 specs->letter ? "," : " ", specs->name,
			 !specs->value ? "" :
			 specs->kind == OPT_MAYBE ? " [" : " ",
			 specs->value ? specs->value : "",
			 specs->kind == OPT_MAYBE ? "]" : "");
		fprintf(out, "  %-28s %s\n", left, specs->help);
	}
}
