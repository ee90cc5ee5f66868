/* SPDX-License-Identifier: GPL-2.0 */
/* A virtual machine that has memory of the program. */
#ifndef HMT_LIBGUEST_H
#define HMT_LIBGUEST_H

#include <stddef.h>

/* Create the only one, with @size bytes at @memory from guest address 0. */
void guest_open(void *memory, size_t size);
/* Let it write to @count addresses from @first, @stride bytes apart. */
void guest_touch(size_t first, size_t count, size_t stride);

#endif
