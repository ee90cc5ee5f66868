/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Input of a target: bytes that the fuzzer chooses, taken as numbers, and the
 * message of a failure.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer calls these with each input, and once before the first one. */
int fuzz_one(const uint8_t *data, size_t size)
	__asm__("LLVMFuzzerTestOneInput");
int fuzz_prepare(int *argc, char ***argv) __asm__("LLVMFuzzerInitialize");

static const uint8_t *input;
static size_t input_left;

static inline void set_input(const uint8_t *data, size_t size)
{
	input = data;
	input_left = size;
}

/* Return a number below @end, of as few bytes as it needs; 0 after the end. */
static inline unsigned long long below(unsigned long long end)
{
	unsigned long long number = 0, rest;

	for (rest = end - 1; rest && input_left; rest >>= 8, input_left--)
		number = number << 8 | *input++;
	return number % end;
}

/* Return the rest of the input as text, allocated with its exact size. */
static inline char *rest_as_text(void)
{
	char *text = malloc(input_left + 1);

	if (!text)
		abort();
	/* Before the first input is none, there is no array. */
	if (input_left)
		memcpy(text, input, input_left);
	text[input_left] = '\0';
	return text;
}

static inline void wrong(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* The fuzzer stores the input of a process that aborts. */
static inline void wrong(const char *format, ...)
{
	va_list args;

	fputs("wrong: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

#endif
