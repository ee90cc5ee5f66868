/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inputs for fuzzing the kernel: each is a tape of bytes that decide what a
 * program does. Tapes that reach new code of HMT are kept, and changed later.
 * Without kcov, or with modules that are not instrumented, all tapes are random.
 */
#ifndef HMT_LIBFUZZ_H
#define HMT_LIBFUZZ_H

#include <stddef.h>

/* Begin with @seed, which decides all tapes as far as the kernel is the same. */
void fuzz_open(unsigned long seed);
/* Choose a tape; the code that this thread reaches in the kernel counts. */
void fuzz_begin(void);
/* Return a number below @end that the tape decides. */
unsigned long fuzz_below(unsigned long end);
/* Keep the tape if it has reached new code. */
void fuzz_end(void);
/* Print the number of inputs, of steps of @what, and of basic blocks reached. */
void fuzz_print(unsigned long steps, const char *what);

#endif
