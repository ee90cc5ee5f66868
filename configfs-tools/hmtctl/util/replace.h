/* SPDX-License-Identifier: GPL-2.0 */
/* Writing a whole file. */
#ifndef HMTCTL_REPLACE_H
#define HMTCTL_REPLACE_H

#include <stddef.h>

struct stat;

/*
 * Give a file the contents @text. A regular file is replaced as a whole when its
 * successor is on the disk, and keeps owner and mode; a link is followed. A
 * device, a FIFO and a file that this program has open (/dev/stdout) are written
 * to. A signal or an error leaves the old file and nothing else. Returns 0 or
 * -errno; -ELOOP for a link that leads to no file.
 */
int file_replace(const char *file, const char *text, size_t length);

/*
 * Give the new file of @fd the owner and mode of @old, or, with NULL, those of any
 * new file. Returns 0 or -errno.
 */
int file_inherit(int fd, const struct stat *old);

#endif
