/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations that end the program when they fail. */
#ifndef HMTCTL_ALLOC_H
#define HMTCTL_ALLOC_H

#include <stddef.h>

/* Return @pointer; print a message and exit if it is NULL. */
void *must(void *pointer);

/*
 * Return @array, of @count entries of @size bytes, with space for one more
 * entry. *@room is the number of entries that fit.
 */
void *grow(void *array, size_t count, size_t *room, size_t size);

#endif
