/* SPDX-License-Identifier: GPL-2.0 */
/* See types.h. */
#ifndef _HMT_USER_STRING_H
#define _HMT_USER_STRING_H

#include <stddef.h>
#include <string.h>

/* Return the first of @bytes bytes that is not @value, or NULL. */
static inline void *memchr_inv(const void *start, int value, size_t bytes)
{
	const unsigned char *byte = start, *end = byte + bytes;

	for (; byte < end; byte++)
		if (*byte != (unsigned char)value)
			return (void *)byte;
	return NULL;
}

#endif /* _HMT_USER_STRING_H */
