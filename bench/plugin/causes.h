/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions by task and cause. A cause is entered at the first block of a
 * function or of an entry to the kernel, and left at a block that ends with the
 * return of the function or from the exception. A function that ends with a jump
 * to another one includes it: it is left at the block after a direct call of it.
 * Between two such blocks all instructions belong to one cause, so the parts sum
 * to the total.
 */
#ifndef BENCH_CAUSES_H
#define BENCH_CAUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAUSES_MAX	24
#define NAMES_MAX	96
#define NAME_BYTES	16

/* Kinds of hooks of a block. */
enum hook_kind {
	HOOK_NONE = 0,
	HOOK_RETURN = 1,	/* block after a call of a function */
	HOOK_ENTER = 2,		/* first block of a function */
	HOOK_LEAVE = 4,		/* block that ends with its return */
	HOOK_ENTRY = 8,		/* entry to the kernel */
	HOOK_EXIT = 16,		/* block that ends with the return from it */
	HOOK_SWITCH = 32,	/* switch to another task */
};

/**
 * struct causes - counts
 * @names: names of causes; 0: kernel without one, 1: user mode
 * @nr_names: number of them
 * @tasks: names of tasks; processes of one name are counted together
 * @nr_tasks: number of them
 * @counts: instructions
 */
struct causes {
	char names[CAUSES_MAX][NAME_BYTES];
	unsigned int nr_names;
	char tasks[NAMES_MAX][NAME_BYTES];
	unsigned int nr_tasks;
	uint64_t counts[NAMES_MAX][CAUSES_MAX];
};

extern struct causes causes;

void causes_init(void);
/*
 * Add a function, or an entry to the kernel, at [@start, @end) with the name of
 * its cause; false: too many.
 */
bool causes_add(uint64_t start, uint64_t end, const char *name, bool entry);
/* The kernel's function that switches tasks: prev, next. */
void causes_add_switch(uint64_t start);
/* Find direct calls of functions in @code, false: too many. */
bool causes_scan(uint64_t addr, const uint8_t *code, size_t bytes);
/* Return the hooks of a block, and the number of its function or entry. */
unsigned int causes_hook(uint64_t pc, const uint8_t *last, size_t bytes,
			 unsigned int *index);
/*
 * Attribute the instructions until now, then enter a function whose return
 * address is at @pointer.
 */
void causes_enter(unsigned int index, uint64_t pointer);
/*
 * Leave a function, by number or by the place of its return address, and those
 * that it called. Return whether one looked at pages, or moved many: "look",
 * "reclaim".
 */
bool causes_leave(unsigned int index);
bool causes_return(uint64_t pointer);
void causes_enter_kernel(unsigned int index);
/* Leave the latest entry, and the functions that were entered after it. */
void causes_exit_kernel(void);
/* The same when @task, an address, becomes the current one. */
void causes_switch(uint64_t task, const char *name);
/* Attribute the instructions until now. */
void causes_settle(void);
/* Return the index of the current task. */
unsigned int causes_task(void);

#endif
