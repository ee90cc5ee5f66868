/* SPDX-License-Identifier: GPL-2.0 */
/* Attribute files and their directories, reached through directory fds. */
#ifndef HMTCTL_FS_H
#define HMTCTL_FS_H

#include <stdbool.h>
#include <stdio.h>

struct stat;

/* These return an fd, 0 or -errno unless noted. */
int fs_open_dir(int at, const char *path);

/*
 * Return the contents of a file without the last line end, and with control
 * characters other than line ends masked. The caller frees the text. NULL
 * with errno set on failure, EFBIG for more than 8 KiB.
 */
char *fs_read(int at, const char *path);
/*
 * The same for a name that users choose, as a cgroup has: controls of ASCII
 * are kept. Not for a terminal.
 */
char *fs_read_name(int at, const char *path);

/* Open a file that can be longer for reading; NULL with errno set on failure. */
FILE *fs_stream(int at, const char *path);

/*
 * Write @value and a line end in one system call. @create creates a missing
 * file. Returns -EFBIG for a value that configfs would truncate.
 */
int fs_write(int at, const char *path, const char *value, bool create);

/*
 * Return the names in a directory, "node2" before "node10"; NULL with errno set
 * on failure.
 */
char **fs_list(int at, const char *path);

/* Check whether both are of the same file. */
bool fs_is_same(const struct stat *one, const struct stat *other);

/* Remove a plain directory and everything below it. */
int fs_remove_tree(int at, const char *name);

#endif
