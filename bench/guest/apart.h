/* SPDX-License-Identifier: GPL-2.0 */
/* Symbols of the linker. */
#ifndef BENCH_APART_H
#define BENCH_APART_H

int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);

/* Begin and end of the program and its variables. */
extern char __executable_start[], _end[];

#endif
