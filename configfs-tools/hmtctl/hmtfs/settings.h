/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes of a tier or workload that options set. */
#ifndef HMTCTL_SETTINGS_H
#define HMTCTL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/errors.h"
#include "hmtfs/configfs.h"

/**
 * struct setting - one attribute that an option sets
 * @file: attribute; NULL ends a table
 * @offset: offset of its const char * in the values, NULL if not given
 * @valid: check of the text, NULL if any text is valid
 * @min: lowest valid number
 * @max: highest valid number, or length of the list
 * @wants: description of a valid text, for messages
 * @remedies: meaning of the errors of the kernel
 */
struct setting {
	const char *file;
	size_t offset;
	bool (*valid)(const struct setting *setting, const char *text);
	uint64_t min;
	uint64_t max;
	const char *wants;
	const struct remedy *remedies;
};

/* Functions for @valid. */
bool number_valid(const struct setting *setting, const char *text);
bool numbers_valid(const struct setting *setting, const char *text);

/*
 * Check all given @values; print a message and return RESULT_USAGE if one is
 * invalid.
 */
int settings_check(const struct object_class *class, const char *name,
		   const struct setting *settings, const void *values);

/*
 * Write all given @values, and put the previous ones into *@before. Nothing is
 * written if one of these cannot be read. A value that is out of range is written
 * once more after the others, one of which may bound it. If a value is refused,
 * earlier ones get their old values back. Prints a message on failure; returns an
 * enum result. The caller releases *@before in any case.
 */
int settings_write(const struct object *object,
		   const struct setting *settings, const void *values,
		   char ***before);
/*
 * Write the values of @before, for a step after settings_write() that failed;
 * processes that have ended are left out. Prints a message if a value is refused.
 */
void settings_undo(const struct object *object, const struct setting *settings,
		   char **before);
void settings_release(const struct setting *settings, char **before);

#endif
