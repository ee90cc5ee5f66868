// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "util/alloc.h"

void *must(void *pointer)
{
	if (!pointer) {
		fputs("hmtctl: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return pointer;
}

void *grow(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 64;
	return must(reallocarray(array, *room, size));
}
