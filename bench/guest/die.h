/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_DIE_H
#define BENCH_DIE_H

/* Print a message with the name of the program, and exit with status 1. */
void die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#endif
