/* SPDX-License-Identifier: GPL-2.0 */
/* Attribute files and their directories, reached through directory fds. */
#ifndef HMTCTL_FS_H
#define HMTCTL_FS_H

#include <stdbool.h>

/* All return an fd, 0 or -errno unless said otherwise. */
int fs_open_dir(int at, const char *path);

/*
 * The contents without the last line end, and with control characters other
 * than line ends replaced, to be freed; NULL with errno set on failure.
 */
char *fs_read(int at, const char *path);

/*
 * Write @value and a line end at once. @create makes the file when there is
 * none. A value that configfs would cut off is refused with -EFBIG.
 */
int fs_write(int at, const char *path, const char *value, bool create);

/* Names in a directory, "node2" before "node10"; NULL with errno set. */
char **fs_list(int at, const char *path);

/* Remove a plain directory and all that is below it. */
int fs_remove_tree(int at, const char *name);

#endif
