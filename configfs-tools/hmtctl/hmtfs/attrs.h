/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of attribute files, read into JSON. */
#ifndef HMTCTL_ATTRS_H
#define HMTCTL_ATTRS_H

#include <json-c/json.h>
#include <stdbool.h>

/**
 * enum attr_kind - type of an attribute file
 * @ATTR_TEXT: a string
 * @ATTR_PATH: a path, in which any character may occur
 * @ATTR_NUMBER: a number; other text ("max") stays a string
 * @ATTR_BOOL: 0 or 1
 * @ATTR_SIZE: bytes
 * @ATTR_TIME: nanoseconds
 * @ATTR_LATENCY: nanoseconds, 0 if unknown
 * @ATTR_RATE: 10^6 bytes per second, 0 if unknown
 * @ATTR_WORDS: list of strings
 * @ATTR_NUMBERS: list of numbers
 * @ATTR_WEIGHTS: list of "name" or "name:number"
 * @ATTR_LIMITS: list of "name=size"
 * @ATTR_TIERS: stats/tiers, a line for each tier
 * @ATTR_HISTOGRAM: stats/histogram, a line for each tier
 * @ATTR_PROVIDERS: stats/providers, a line for each provider
 */
enum attr_kind {
	ATTR_TEXT,
	ATTR_PATH,
	ATTR_NUMBER,
	ATTR_BOOL,
	ATTR_SIZE,
	ATTR_TIME,
	ATTR_LATENCY,
	ATTR_RATE,
	ATTR_WORDS,
	ATTR_NUMBERS,
	ATTR_WEIGHTS,
	ATTR_LIMITS,
	ATTR_TIERS,
	ATTR_HISTOGRAM,
	ATTR_PROVIDERS,
};

/**
 * struct attr - one attribute
 * @file: its name and key in JSON; NULL ends a table
 * @kind: its type
 */
struct attr {
	const char *file;
	enum attr_kind kind;
};

/*
 * Read the files of @attrs in @dir into @into, with units if @human. Missing
 * files are left out, because objects can be removed at any time. Messages
 * about other failures name "@what '@name'". Returns an enum result.
 */
int attrs_read(int dir, const struct attr *attrs, bool human, const char *what,
	       const char *name, struct json_object *into);

#endif
