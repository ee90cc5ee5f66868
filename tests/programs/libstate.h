/* SPDX-License-Identifier: GPL-2.0 */
/* Texts of files and names in directories of the kernel, to be compared. */
#ifndef HMT_LIBSTATE_H
#define HMT_LIBSTATE_H

#include <stdbool.h>

/* Add a file, for its text, or a directory, for the names below it. */
void add_state(const char *path);
/* Return a text of all that was added; the caller frees it. */
char *read_state(void);
/*
 * End the program unless the state becomes @wanted: a worker of the kernel may have
 * to do its part yet.
 */
void expect_state(const char *wanted, const char *when);
/* Check whether the text of a file has @word. */
bool has_word(const char *path, const char *word);

#endif
