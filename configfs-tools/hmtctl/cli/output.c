// SPDX-License-Identifier: GPL-2.0
#include <libsmartcols.h>
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "util/alloc.h"
#include "util/cleanup.h"

#define SEPARATOR	"  "
/* Share of the width of a terminal that text in a column may always have. */
#define TEXT_SHARE	0.15

/*
 * Print JSON text with C1 controls as escapes, which json-c leaves as they are. They
 * occur in strings only.
 */
static void put_escaped(const char *text)
{
	const char *next;

	for (; (next = strchr(text, '\xc2')); text = next + 2) {
		fwrite(text, 1, next - text, stdout);
		if (!next[1]) {
			text = next;
			break;
		}
		if ((unsigned char)next[1] < 0xa0)
			printf("\\u%04x", (unsigned char)next[1]);
		else
			fwrite(next, 1, 2, stdout);
	}
	puts(text);
}

/*
 * Remove the line break and the blanks between the brackets of empty arrays and
 * objects, which json-c before 0.18 prints. Strings contain no line breaks, only
 * "\\n".
 */
static void join_empty(char *text)
{
	char *out = text;

	while (*text) {
		char *end = text + 1;

		if (*end == '\n')
			end += strspn(end, "\n ");
		*out++ = *text;
		if ((*text == '[' && *end == ']') || (*text == '{' && *end == '}'))
			text = end;
		else
			text++;
	}
	*out = '\0';
}

char *format_json(struct json_object *json, bool compact)
{
	int style = JSON_C_TO_STRING_NOSLASHESCAPE;
	char *text;

	if (!compact)
		style |= JSON_C_TO_STRING_PRETTY;
	text = must(strdup(json_object_to_json_string_ext(json, style)));
	join_empty(text);
	return text;
}

void print_json(struct json_object *json, bool compact)
{
	auto_text char *text = format_json(json, compact);

	put_escaped(text);
}

void print_result(struct json_object *object, bool compact)
{
	auto_json struct json_object *result = json_object_new_object();

	json_object_object_add(result, "schema",
			       json_object_new_int(OUTPUT_SCHEMA));
	json_object_object_foreach(object, key, value)
		json_object_object_add(result, key, json_object_get(value));
	print_json(result, compact);
}

void print_status_json(const char *command)
{
	auto_json struct json_object *object = json_object_new_object();

	json_object_object_add(object, "command",
			       json_object_new_string(command));
	json_object_object_add(object, "status", json_object_new_int(RESULT_OK));
	print_result(object, false);
}

void print_array(const char *key, struct json_object *array)
{
	auto_json struct json_object *object = json_object_new_object();

	json_object_object_add(object, key, json_object_get(array));
	print_result(object, false);
}

const char *json_text(struct json_object *json, const char *key)
{
	struct json_object *member;

	if (!json_object_object_get_ex(json, key, &member))
		return "";
	return json_object_get_string(member);
}

uint64_t json_number(struct json_object *json, const char *key)
{
	return json_object_get_uint64(json_object_object_get(json, key));
}

int64_t json_signed(struct json_object *json, const char *key)
{
	return json_object_get_int64(json_object_object_get(json, key));
}

static void write_words(FILE *out, struct json_object *array)
{
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++)
		fprintf(out, "%s%s", i ? " " : "",
			json_object_get_string(json_object_array_get_idx(array,
									 i)));
}

static void write_pairs(FILE *out, struct json_object *object)
{
	const char *blank = "";

	json_object_object_foreach(object, key, value) {
		fprintf(out, "%s%s=%s", blank, key,
			json_object_get_string(value));
		blank = " ";
	}
}

static void write_cell(FILE *out, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		break;
	case json_type_array:
		write_words(out, value);
		break;
	case json_type_object:
		write_pairs(out, value);
		break;
	case json_type_boolean:
		fputs(json_object_get_boolean(value) ? "yes" : "no", out);
		break;
	default:
		fputs(json_object_get_string(value), out);
	}
}

/* Return the text of a cell, "-" if it is empty; the caller frees it. */
static char *cell_text(struct json_object *object, const char *key)
{
	char *text = NULL;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	write_cell(out, json_object_object_get(object, key));
	if (!ftell(out))
		fputc('-', out);
	fclose(out);
	return must(text);
}

/* libsmartcols prints no titles without lines. */
static void print_titles(const struct column *columns)
{
	for (; columns->title; columns++)
		printf("%s%s", columns->title,
		       columns[1].title ? SEPARATOR : "\n");
}

/*
 * Return the width of a table whose text is cut as far as possible: to its
 * titles.
 */
static size_t least_width(const struct column *columns,
			  struct json_object *array)
{
	size_t sum = 0, widest, i;

	for (; columns->title; columns++) {
		widest = strlen(columns->title);
		for (i = 0; columns->number &&
		     i < json_object_array_length(array); i++) {
			auto_text char *text =
				cell_text(json_object_array_get_idx(array, i),
					  columns->key);

			if (strlen(text) > widest)
				widest = strlen(text);
		}
		sum += widest + strlen(SEPARATOR);
	}
	return sum;
}

/*
 * libsmartcols cuts text that is longer than TEXT_SHARE first, then other text,
 * then numbers. print_table() prevents the last.
 */
static void add_columns(struct libscols_table *table,
			const struct column *columns)
{
	for (; columns->title; columns++)
		must(scols_table_new_column(table, columns->title, TEXT_SHARE,
					    columns->number ? SCOLS_FL_RIGHT :
					    SCOLS_FL_TRUNC));
}

static void add_line(struct libscols_table *table, const struct column *columns,
		     struct json_object *object)
{
	struct libscols_line *line = must(scols_table_new_line(table, NULL));
	size_t i;

	for (i = 0; columns[i].title; i++)
		scols_line_refer_data(line, i, cell_text(object, columns[i].key));
}

void print_table(const struct column *columns, struct json_object *array)
{
	struct libscols_table *table;
	size_t i;

	if (!json_object_array_length(array)) {
		print_titles(columns);
		return;
	}
	table = must(scols_new_table());
	scols_table_set_column_separator(table, SEPARATOR);
	add_columns(table, columns);
	for (i = 0; i < json_object_array_length(array); i++)
		add_line(table, columns, json_object_array_get_idx(array, i));
	if (least_width(columns, array) > scols_table_get_termwidth(table))
		scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	scols_print_table(table);
	scols_unref_table(table);
}
