// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cli/errors.h"
#include "hmtfs/tree.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/text.h"

#define DEPTH_MAX	8
#define CONTROL_IN_STRING \
	"not JSON: a string contains a control character, which is written as \\u0009"

static int refuse_text(const char *file, const char *why)
{
	return fail(RESULT_USAGE, "'%.200s': %s", file, why);
}

/* Return the end (exclusive) of the string that begins at @text, a quote. */
static const char *string_end(const char *text)
{
	for (text++; *text != '"'; text++)
		if (*text == '\\')
			text++;
	return text + 1;
}

/* Return the string from @text to @end without quotes and escapes. */
static struct json_object *unquote(const char *text, const char *end)
{
	struct json_tokener *tokener = must(json_tokener_new());
	struct json_object *string;

	string = json_tokener_parse_ex(tokener, text, (int)(end - text));
	json_tokener_free(tokener);
	return must(string);
}

static bool has_control(const char *text, const char *end)
{
	for (; text < end; text++)
		if ((unsigned char)*text < ' ')
			return true;
	return false;
}

/*
 * Check @text, which json-c accepts: it keeps the last value only if an object
 * has a key twice, and takes strings with controls, which are not JSON. A string
 * before a colon is a key.
 */
static int check_strings(const char *file, const char *text)
{
	struct json_object *seen[DEPTH_MAX + 1] = { };
	auto_json struct json_object *key = NULL;
	const char *name, *end;
	int result = RESULT_OK;
	size_t depth = 0;

	for (; *text && !result; text++) {
		if (*text == '{') {
			seen[depth++] = json_object_new_object();
		} else if (*text == '}') {
			json_object_put(seen[--depth]);
		} else if (*text == '"') {
			end = string_end(text);
			if (has_control(text, end)) {
				result = refuse_text(file, CONTROL_IN_STRING);
			} else if (end[strspn(end, " \t\r\n")] == ':') {
				json_object_put(key);
				key = unquote(text, end);
				name = json_object_get_string(key);
				if (json_object_object_get_ex(seen[depth - 1],
							      name, NULL))
					result = fail(RESULT_USAGE,
						      "'%.200s': not JSON: an object has the key '%.70s' twice",
						      file, name);
				json_object_object_add(seen[depth - 1], name,
						       NULL);
			}
			text = end - 1;
		}
	}
	while (result && depth)
		json_object_put(seen[--depth]);
	return result;
}

/* Check for a control character in a string of @text, which may be malformed. */
static bool string_has_control(const char *text)
{
	bool inside = false;

	for (; *text; text++) {
		if (*text == '"')
			inside = !inside;
		else if (inside && *text == '\\' && text[1])
			text++;
		else if (inside && *text > 0 && *text < ' ')
			return true;
	}
	return false;
}

int tree_parse(const char *file, const char *text, size_t length,
	       struct json_object **tree)
{
	struct json_tokener *tokener;
	enum json_tokener_error error;
	auto_text char *escaped = NULL;
	int result = RESULT_OK;

	*tree = NULL;
	/* The tokener takes a NUL for the end of the text. */
	if (memchr(text, '\0', length))
		return refuse_text(file, "not JSON: it contains a NUL");
	/* json-c 0.18 takes all but ASCII for control characters. */
	escaped = text_escape(text);
	if (!escaped)
		return refuse_text(file, "not JSON: it contains bytes that are not UTF-8");
	tokener = must(json_tokener_new_ex(DEPTH_MAX));
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	*tree = json_tokener_parse_ex(tokener, escaped, (int)strlen(escaped));
	error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue)
		result = refuse_text(file, "not JSON: it ends too early");
	else if (error == json_tokener_error_parse_string && string_has_control(escaped))
		result = refuse_text(file, CONTROL_IN_STRING);
	else if (error != json_tokener_success)
		result = refuse_text(file, json_tokener_error_desc(error));
	json_tokener_free(tokener);
	return result ? result : check_strings(file, escaped);
}
