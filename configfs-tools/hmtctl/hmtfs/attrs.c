// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "cli/errors.h"
#include "hmtfs/attrs.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/units.h"
#include "util/words.h"

static struct json_object *number_value(const char *text)
{
	uint64_t value;
	int64_t negative;

	if (parse_number(text, 0, UINT64_MAX, &value))
		return json_object_new_uint64(value);
	if (*text == '-' && parse_number(text + 1, 0, INT64_MAX, &value)) {
		negative = -(int64_t)value;
		return json_object_new_int64(negative);
	}
	return json_object_new_string(text);
}

static struct json_object *quantity_value(const char *text,
					  void (*format)(uint64_t, char *))
{
	char out[UNITS_LEN];
	uint64_t value;

	if (!parse_number(text, 0, UINT64_MAX, &value))
		return json_object_new_string(text);
	format(value, out);
	return json_object_new_string(out);
}

static struct json_object *flag_value(const char *text)
{
	if (strcmp(text, "0") && strcmp(text, "1"))
		return json_object_new_string(text);
	return json_object_new_boolean(*text == '1');
}

static struct json_object *list_value(const char *text,
				      struct json_object *(*convert)(const char *))
{
	auto_words char **words = words_split(text);
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; words[i]; i++)
		json_object_array_add(array, convert(words[i]));
	return array;
}

static struct json_object *size_value(const char *text, bool human)
{
	char out[UNITS_LEN];
	uint64_t bytes;

	if (!parse_size(text, &bytes))
		return json_object_new_string(text);
	if (!human)
		return json_object_new_uint64(bytes);
	human_size(bytes, out);
	return json_object_new_string(out);
}

static struct json_object *weights_value(const char *text)
{
	auto_words char **words = words_split(text);
	struct json_object *object = json_object_new_object();
	char *weight;
	size_t i;

	for (i = 0; words[i]; i++) {
		weight = strchr(words[i], ':');
		if (weight)
			*weight++ = '\0';
		json_object_object_add(object, words[i],
				       number_value(weight ? weight : "1"));
	}
	return object;
}

static struct json_object *limits_value(const char *text, bool human)
{
	auto_words char **words = words_split(text);
	struct json_object *object = json_object_new_object();
	char *value;
	size_t i;

	for (i = 0; words[i]; i++) {
		value = strchr(words[i], '=');
		if (value)
			*value++ = '\0';
		json_object_object_add(object, words[i],
				       value ? size_value(value, human) : NULL);
	}
	return object;
}

/*
 * Convert a line of a name, with key @keys[0], and numbers; @keys end with
 * NULL.
 */
static struct json_object *named_numbers(char *line, const char *const *keys)
{
	auto_words char **words = words_split(line);
	struct json_object *object = json_object_new_object();
	size_t i;

	for (i = 0; words[i] && keys[i]; i++)
		json_object_object_add(object, keys[i],
				       i ? number_value(words[i]) :
				       json_object_new_string(words[i]));
	return object;
}

static struct json_object *tier_line(char *line)
{
	static const char *const keys[] = {
		"tier", "pages", "hot", "promote_min", "demote_max", NULL
	};

	return named_numbers(line, keys);
}

static struct json_object *provider_line(char *line)
{
	static const char *const keys[] = {
		"provider", "hits", "reports", "dropped", "rejected",
		"errors", "ns", "stalled", NULL
	};

	return named_numbers(line, keys);
}

/* Convert "<tier> " and 16 page counts. */
static struct json_object *histogram_line(char *line)
{
	struct json_object *object = json_object_new_object();
	char *counts = strchr(line, ' ');

	if (counts)
		*counts++ = '\0';
	json_object_object_add(object, "tier", json_object_new_string(line));
	json_object_object_add(object, "pages", list_value(counts,
							   number_value));
	return object;
}

static struct json_object *lines_value(char *text,
				       struct json_object *(*convert)(char *))
{
	struct json_object *array = json_object_new_array();
	char *line;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		json_object_array_add(array, convert(line));
	return array;
}

/* Return a number of which 0 means that it is unknown: null in JSON. */
static struct json_object *measured_value(const char *text, bool human,
					  void (*format)(uint64_t, char *))
{
	if (!strcmp(text, "0"))
		return human ? json_object_new_string("unknown") : NULL;
	return human ? quantity_value(text, format) : number_value(text);
}

static struct json_object *attr_value(enum attr_kind kind, bool human,
				      char *text)
{
	switch (kind) {
	case ATTR_NUMBER:
		return number_value(text);
	case ATTR_BOOL:
		return flag_value(text);
	case ATTR_SIZE:
		return human ? quantity_value(text,
					      human_size) : number_value(text);
	case ATTR_TIME:
		return human ? quantity_value(text,
					      human_time) : number_value(text);
	case ATTR_LATENCY:
		return measured_value(text, human, human_time);
	case ATTR_RATE:
		return measured_value(text, human, human_rate);
	case ATTR_WORDS:
		return list_value(text, json_object_new_string);
	case ATTR_NUMBERS:
		return list_value(text, number_value);
	case ATTR_WEIGHTS:
		return weights_value(text);
	case ATTR_LIMITS:
		return limits_value(text, human);
	case ATTR_TIERS:
		return lines_value(text, tier_line);
	case ATTR_HISTOGRAM:
		return lines_value(text, histogram_line);
	case ATTR_PROVIDERS:
		return lines_value(text, provider_line);
	case ATTR_TEXT:
	case ATTR_PATH:
		break;
	}
	return json_object_new_string(text);
}

/*
 * Check for an error that is no failure: the object is gone, or the attribute is
 * not for this user, as process IDs are not.
 */
static bool is_omitted(int error)
{
	return error == ENOENT || error == ENODEV || error == ENOTDIR ||
	       error == EACCES;
}

int attrs_read(int dir, const struct attr *attrs, bool human, const char *what,
	       const char *name, struct json_object *into)
{
	int result = RESULT_OK;
	char *text;

	for (; attrs->file; attrs++) {
		text = attrs->kind == ATTR_PATH ? fs_read_name(dir, attrs->file) :
						  fs_read(dir, attrs->file);
		if (text)
			json_object_object_add(into, attrs->file,
					       attr_value(attrs->kind, human,
							  text));
		else if (!is_omitted(errno))
			result = fail(RESULT_REFUSED, "%s '%s': reading %s: %s",
				      what, name, attrs->file,
				      explain(errno, NULL));
		free(text);
	}
	return result;
}
