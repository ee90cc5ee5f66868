/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions by task and cause. A cause is entered at the first block of a
 * function or of an entry to the kernel, and left at a block that ends with the
 * return of the function or from the exception. Between two such blocks all
 * instructions belong to one cause, so the parts sum to the total.
 */
#ifndef BENCH_CAUSES_H
#define BENCH_CAUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAUSES_MAX	24
#define NAMES_MAX	96
#define NAME_BYTES	16

/* Kind of a hook. */
enum hook_kind {
	HOOK_NONE,
	HOOK_ENTER,	/* first block of a function */
	HOOK_LEAVE,	/* block that ends with its return */
	HOOK_ENTRY,	/* entry to the kernel */
	HOOK_EXIT,	/* block that ends with the return from an exception */
	HOOK_SWITCH,	/* switch to another task */
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
/* Return the hook of a block, and its argument for causes_event(). */
enum hook_kind causes_hook(uint64_t pc, const uint8_t *last, size_t bytes,
			   unsigned int *index);
/* Attribute the instructions until now, then enter or leave. */
void causes_event(enum hook_kind kind, unsigned int index);
/* The same when @task, an address, becomes the current one. */
void causes_switch(uint64_t task, const char *name);
/* Check for a function that looks at pages, or moves many: "look", "reclaim". */
bool causes_changes_map(unsigned int index);
/* Attribute the instructions until now. */
void causes_settle(void);
/* Return the index of the current task. */
unsigned int causes_task(void);

#endif
