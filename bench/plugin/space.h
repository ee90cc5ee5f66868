/* SPDX-License-Identifier: GPL-2.0 */
/* Processes and tasks: whose data the running one accesses. */
#ifndef BENCH_SPACE_H
#define BENCH_SPACE_H

#include <stdbool.h>
#include <stdint.h>

/* Find the name of a task in the kernel's first one. */
void space_find_name(uint64_t init_task);
bool space_has_names(void);
/* Another task begins to run; unless the clock has @started, none is counted. */
void space_switch(bool started);
/* Return the space of the running process, -1: it has no data. */
int space_now(void);
/* Return the page table of a space, 0: none. */
uint64_t space_root(unsigned int number);
/* Check whether the program is known by its name. */
bool space_is_named(void);
/* Read the page tables of all spaces; the other one if they may have changed. */
void space_read_all(void);
void space_read_if_due(void);
/* The running task may have changed a page table: if it is the program, read it. */
void space_changed_map(void);
/* Forget the processes, after the data has changed. */
void space_reset(void);
/* Return the instructions of a program with a name. */
uint64_t space_user_instructions(void);
/* Marks, see markers.h. */
void space_mark_program(void);
void space_mark_own(void);
void space_mark_gone(void);

#endif
