/* SPDX-License-Identifier: GPL-2.0 */
/* JSON and tables on standard output. */
#ifndef HMTCTL_OUTPUT_H
#define HMTCTL_OUTPUT_H

#include <json-c/json.h>
#include <stdint.h>
#include <stdbool.h>

/* How JSON is written for people to read. */
#define JSON_STYLE \
	(JSON_C_TO_STRING_NOSLASHESCAPE | JSON_C_TO_STRING_PRETTY)

/**
 * struct column - one column of a table
 * @title: its head; NULL ends a list
 * @key: which member of each JSON object it shows
 * @number: align to the right
 */
struct column {
	const char *title;
	const char *key;
	bool number;
};

/* Indented, or on one line when @compact. */
void print_json(struct json_object *json, bool compact);
/* A line of titles and one line for each object of @array. */
void print_table(const struct column *columns, struct json_object *array);

/* Members of @json, "" or 0 when there is none. */
const char *json_text(struct json_object *json, const char *key);
uint64_t json_number(struct json_object *json, const char *key);
int64_t json_signed(struct json_object *json, const char *key);

#endif
