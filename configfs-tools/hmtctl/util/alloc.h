/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations that end the program when they fail. */
#ifndef HMTCTL_ALLOC_H
#define HMTCTL_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

/* Return @pointer; print a message and exit if it is NULL. */
void *must(void *pointer);

/* Return a text, which the caller frees. */
char *format_text(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
char *format_text_list(const char *format, va_list args)
	__attribute__((format(printf, 1, 0)));

/*
 * Return @array, of @count entries of @size bytes, with space for one more
 * entry. *@room is the number of entries that fit.
 */
void *grow(void *array, size_t count, size_t *room, size_t size);

#endif
