// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
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

char *format_text_list(const char *format, va_list args)
{
	char *text;

	return must(vasprintf(&text, format, args) < 0 ? NULL : text);
}

char *format_text(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = format_text_list(format, args);
	va_end(args);
	return text;
}

void *grow(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 64;
	return must(reallocarray(array, *room, size));
}
