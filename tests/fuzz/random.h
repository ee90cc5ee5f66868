/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers that a seed reproduces, and the message of a failure. */
#ifndef FUZZ_RANDOM_H
#define FUZZ_RANDOM_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned long long state;
static unsigned long seed;

static inline void set_seed(unsigned long number)
{
	seed = number;
	state = seed * 0x9e3779b97f4a7c15ULL | 1;
}

static inline unsigned long long below(unsigned long long end)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % end;
}

static inline void wrong(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

static inline void wrong(const char *format, ...)
{
	va_list args;

	printf("not ok 1 - seed %lu: ", seed);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	puts("\n1..1");
	exit(1);
}

#endif
