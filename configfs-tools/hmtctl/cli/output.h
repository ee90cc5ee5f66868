/* SPDX-License-Identifier: GPL-2.0 */
/* JSON and tables on standard output. */
#ifndef HMTCTL_OUTPUT_H
#define HMTCTL_OUTPUT_H

#include <json-c/json.h>
#include <stdint.h>
#include <stdbool.h>

#include "cli/errors.h"

/**
 * struct column - one column of a table
 * @title: its title; NULL ends a table
 * @key: member of the JSON objects
 * @number: align right
 */
struct column {
	const char *title;
	const char *key;
	bool number;
};

/*
 * Return @json as text, indented or on one line if @compact, to be freed. Empty
 * arrays and objects are "[]" and "{}", with any version of json-c.
 */
char *format_json(struct json_object *json, bool compact);
/* Print @json indented, or on one line if @compact. */
void print_json(struct json_object *json, bool compact);
/* The same for the output of a command: an object, of OUTPUT_SCHEMA. */
void print_result(struct json_object *object, bool compact);
/* The same for a command that succeeded and has nothing else to print. */
void print_status_json(const char *command);
/* The same for @array, as member @key. */
void print_array(const char *key, struct json_object *array);
/*
 * Print a line of titles and a line for each object of @array. A table fits the
 * width of a terminal: text is cut. Control characters are printed as "\\x1b".
 */
void print_table(const struct column *columns, struct json_object *array);

/* Return a member of @json; "" or 0 if it is missing. */
const char *json_text(struct json_object *json, const char *key);
uint64_t json_number(struct json_object *json, const char *key);
int64_t json_signed(struct json_object *json, const char *key);

#endif
