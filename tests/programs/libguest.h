/* SPDX-License-Identifier: GPL-2.0 */
/* A virtual machine whose memory is that of the program. */
#ifndef HMT_LIBGUEST_H
#define HMT_LIBGUEST_H

#include <stddef.h>

/* Make it, with @size bytes at @memory from its address 0; only one. */
void guest_open(void *memory, size_t size);
/* Have it write to @count addresses from @first on, @stride bytes apart. */
void guest_touch(size_t first, size_t count, size_t stride);

#endif
