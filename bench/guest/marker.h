/* SPDX-License-Identifier: GPL-2.0 */
/* Markers for the memory model as functions. */
#ifndef BENCH_MARKER_H
#define BENCH_MARKER_H

#include "../plugin/markers.h"

#define STRING(x)	#x
#define CODE(x)		STRING(x)

/*
 * Define a function that is a marker: nopl MARK_MAGIC + code(%rax), which is its
 * first instruction, so that it begins a block and the arguments are in
 * registers.
 */
#define DEFINE_MARK(name, code) \
	asm(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n" \
	    ".byte 0x0f, 0x1f, 0x80\n.long " CODE(MARK_MAGIC) " | " CODE(code) \
	    "\nret\n.size " #name ", . - " #name "\n")

void mark_symbol(unsigned long start, unsigned long end, const char *text);
void mark_start(void);
void mark_range(const char *low, const char *end);
void mark_segment(const char *name);
void mark_stop(void);
void mark_own(const char *low, const char *end);
void mark_gone(const char *low, const char *end);
void mark_fork(void);
void mark_program(const char *name);
void mark_shared(const char *low, const char *end);
void mark_slices(long fill, long every, long epochs);
void mark_ask(char *answer);
void mark_request(long begins);
void mark_lines(unsigned long lines);

#endif
