/* SPDX-License-Identifier: GPL-2.0 */
/* Attribute files, for metrics. */
#ifndef HMT_METRICS_READ_H
#define HMT_METRICS_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most bytes of an attribute: a page of the kernel. */
#define ATTRIBUTE_MAX	4096

/*
 * Read the file at @path, as directories and a name, into @text without the last
 * line end. Return false if it is not there or longer: objects may be removed at
 * any time.
 */
bool attribute_read(int root, const char *path, char *text, size_t size);

/* Read a number; false if it is none. */
bool attribute_number(int root, const char *path, uint64_t *number);

/* Return the names in a directory, sorted; the caller frees them and the array. */
char **attribute_names(int root, const char *path);
void attribute_names_free(char **names);

#endif
