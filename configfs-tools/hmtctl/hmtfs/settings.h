/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes of a tier or workload as the user sets them. */
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
 * @offset: place of its const char * (NULL: not given) in the values
 * @valid: whether a text may be written, NULL when any may
 * @min: for number_valid() and words of numbers
 * @max: likewise
 * @wants: what @valid asks for
 * @remedies: what the errors of the kernel mean
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

/* @valid functions that several tables use. */
bool number_valid(const struct setting *setting, const char *text);
bool numbers_valid(const struct setting *setting, const char *text);

/* Check all that is given in @values; message and RESULT_USAGE if wrong. */
int settings_check(const struct object_class *class, const char *name,
		   const struct setting *settings, const void *values);

/*
 * Write all that is given in @values. When one is refused, those before it
 * get their old values back. Prints a message; returns an enum result.
 */
int settings_write(const struct object *object,
		   const struct setting *settings, const void *values);

#endif
