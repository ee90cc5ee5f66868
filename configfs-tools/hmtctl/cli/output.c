// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "util/alloc.h"
#include "util/cleanup.h"

/*
 * Longer cells are truncated, so that a list of processes does not push other
 * columns away.
 */
#define CELL_MAX 32

void print_json(struct json_object *json, bool compact)
{
	int style = JSON_STYLE;

	if (compact)
		style &= ~JSON_C_TO_STRING_PRETTY;
	puts(json_object_to_json_string_ext(json, style));
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
	must(text);
	if (length > CELL_MAX)
		memcpy(text + CELL_MAX - 3, "...", sizeof("..."));
	return text;
}

static int column_width(const struct column *column, struct json_object *array)
{
	size_t widest = strlen(column->title);
	size_t length;
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++) {
		auto_text char *text =
			cell_text(json_object_array_get_idx(array, i),
				  column->key);

		length = strlen(text);
		if (length > widest)
			widest = length;
	}
	return (int)widest;
}

static void print_table_cell(const struct column *column, int width,
			     const char *text)
{
	bool last = !column[1].title;

	if (column->number)
		printf("%*s", width, text);
	else if (last)
		printf("%s", text);
	else
		printf("%-*s", width, text);
	fputs(last ? "\n" : "  ", stdout);
}

void print_table(const struct column *columns, struct json_object *array)
{
	int widths[16];
	size_t i;
	int c;

	for (c = 0; columns[c].title; c++) {
		widths[c] = column_width(&columns[c], array);
		print_table_cell(&columns[c], widths[c], columns[c].title);
	}
	for (i = 0; i < json_object_array_length(array); i++)
		for (c = 0; columns[c].title; c++) {
			auto_text char *text =
				cell_text(json_object_array_get_idx(array, i),
					  columns[c].key);

			print_table_cell(&columns[c], widths[c], text);
		}
}
