// SPDX-License-Identifier: GPL-2.0
/* Instructions by task and cause. */
#include <string.h>
#include "causes.h"
#include "clock.h"

#define HOOKS_MAX	256
#define RETURNS_MAX	512
#define TASKS_MAX	4096	/* a power of two */
#define DEPTH_MAX	12
#define STACK_BYTES	16384	/* of a task in the kernel */
#define CALL_BYTES	5

enum { CAUSE_KERNEL, CAUSE_USER };

struct hook {
	uint64_t start;
	uint64_t end;
	unsigned int cause;
	bool entry;
};

/* A function that has not returned; @pointer: where its return address is. */
struct frame {
	uint64_t pointer;
	unsigned int hook;
};

/* A task that is not running keeps its stack of hooks. */
struct task {
	uint64_t address;
	unsigned int name;
	unsigned int depth;
	struct frame stack[DEPTH_MAX];
};

struct causes causes;

static struct hook hooks[HOOKS_MAX];
static unsigned int nr_hooks;
/* Addresses after direct calls of functions. */
static uint64_t returns[RETURNS_MAX];
static unsigned int nr_returns;
static uint64_t switch_start;
static struct task tasks[TASKS_MAX];
static struct task *current = tasks;
static uint64_t settled[2];	/* user, kernel */

static unsigned int find_name(char (*names)[NAME_BYTES], unsigned int *count,
			      unsigned int most, const char *name)
{
	unsigned int i;

	for (i = 0; i < *count; i++)
		if (!strncmp(names[i], name, NAME_BYTES - 1))
			return i;
	if (*count == most)
		return most - 1;
	strncpy(names[i], name, NAME_BYTES - 1);
	return (*count)++;
}

void causes_init(void)
{
	find_name(causes.names, &causes.nr_names, CAUSES_MAX, "other");
	find_name(causes.names, &causes.nr_names, CAUSES_MAX, "user");
	find_name(causes.tasks, &causes.nr_tasks, NAMES_MAX, "boot");
}

bool causes_add(uint64_t start, uint64_t end, const char *name, bool entry)
{
	if (nr_hooks == HOOKS_MAX)
		return false;
	hooks[nr_hooks++] = (struct hook) {
		.start = start,
		.end = end,
		.cause = find_name(causes.names, &causes.nr_names, CAUSES_MAX,
				   name),
		.entry = entry,
	};
	return true;
}

void causes_add_switch(uint64_t start)
{
	switch_start = start;
}

static bool is_exception_return(const uint8_t *last, size_t bytes)
{
	return bytes == 2 && last[0] == 0x48 && last[1] == 0xcf;
}

static bool is_after_call(uint64_t pc)
{
	unsigned int i;

	for (i = 0; i < nr_returns; i++)
		if (returns[i] == pc)
			return true;
	return false;
}

static bool is_function(uint64_t pc)
{
	unsigned int i;

	for (i = 0; i < nr_hooks; i++)
		if (hooks[i].start == pc && !hooks[i].entry)
			return true;
	return false;
}

bool causes_scan(uint64_t addr, const uint8_t *code, size_t bytes)
{
	size_t i;

	for (i = 0; i + CALL_BYTES <= bytes; i++) {
		uint64_t after = addr + i + CALL_BYTES;
		int32_t distance;

		if (code[i] != 0xe8)
			continue;
		memcpy(&distance, code + i + 1, sizeof(distance));
		if (!is_function(after + distance) || is_after_call(after))
			continue;
		if (nr_returns == RETURNS_MAX)
			return false;
		returns[nr_returns++] = after;
	}
	return true;
}

static bool is_return(const uint8_t *last, size_t bytes)
{
	return bytes && (last[0] == 0xc3 || last[0] == 0xc2 ||
			 /* rep ret */
			 (bytes == 2 && last[0] == 0xf3 && last[1] == 0xc3));
}

unsigned int causes_hook(uint64_t pc, const uint8_t *last, size_t bytes,
			 unsigned int *index)
{
	unsigned int kinds = is_after_call(pc) ? HOOK_RETURN : HOOK_NONE, i;
	bool leaves = is_return(last, bytes);

	*index = 0;
	if (pc == switch_start && pc)
		return HOOK_SWITCH;
	if (is_exception_return(last, bytes))
		return kinds | HOOK_EXIT;
	for (i = 0; i < nr_hooks; i++) {
		*index = i;
		/* A function of one block is not seen. */
		if (pc == hooks[i].start)
			return hooks[i].entry ? HOOK_ENTRY :
			       leaves ? HOOK_NONE : HOOK_ENTER;
		if (leaves && !hooks[i].entry && pc > hooks[i].start &&
		    pc < hooks[i].end)
			return kinds | HOOK_LEAVE;
	}
	return kinds;
}

static unsigned int cause_now(void)
{
	return current->depth ?
	       hooks[current->stack[current->depth - 1].hook].cause : CAUSE_KERNEL;
}

void causes_settle(void)
{
	uint64_t user = clock_instructions[0] - settled[0];
	uint64_t kernel = clock_instructions[1] - settled[1];

	causes.counts[current->name][cause_now()] += kernel;
	causes.counts[current->name][CAUSE_USER] += user;
	settled[0] += user;
	settled[1] += kernel;
	/* The task was in user mode: it has left all functions. */
	if (user)
		current->depth = 0;
}

static void push(unsigned int hook, uint64_t pointer)
{
	if (current->depth == DEPTH_MAX) {
		memmove(current->stack, current->stack + 1,
			(DEPTH_MAX - 1) * sizeof(*current->stack));
		current->depth--;
	}
	current->stack[current->depth++] = (struct frame) { pointer, hook };
}

/* Leave the latest entry, and the functions that were entered after it. */
static void leave_entry(void)
{
	unsigned int i;

	for (i = current->depth; i; i--)
		if (hooks[current->stack[i - 1].hook].entry) {
			current->depth = i - 1;
			return;
		}
}

void causes_enter(unsigned int index, uint64_t pointer)
{
	causes_settle();
	/* Functions below on the stack of the task have returned unseen. */
	while (current->depth &&
	       current->stack[current->depth - 1].pointer < pointer &&
	       current->stack[current->depth - 1].pointer + STACK_BYTES > pointer)
		current->depth--;
	push(index, pointer);
}

static bool changes_map(unsigned int hook)
{
	const char *name = causes.names[hooks[hook].cause];

	return !strcmp(name, "look") || !strcmp(name, "reclaim");
}

/* Leave the functions from @depth on. */
static bool leave_from(unsigned int depth)
{
	bool changed = false;
	unsigned int i;

	for (i = depth; i < current->depth; i++)
		changed |= changes_map(current->stack[i].hook);
	current->depth = depth;
	return changed;
}

bool causes_leave(unsigned int index)
{
	unsigned int i;

	causes_settle();
	for (i = current->depth; i; i--)
		if (current->stack[i - 1].hook == index)
			return leave_from(i - 1);
	return false;
}

bool causes_return(uint64_t pointer)
{
	unsigned int i, depth = current->depth;

	causes_settle();
	/* A function that another one jumps to has the same place. */
	for (i = current->depth; i; i--)
		if (current->stack[i - 1].pointer == pointer)
			depth = i - 1;
	return depth < current->depth && leave_from(depth);
}

void causes_enter_kernel(unsigned int index)
{
	causes_settle();
	push(index, 0);
}

void causes_exit_kernel(void)
{
	causes_settle();
	leave_entry();
}

/* Tasks are never removed: a new one may have the address of an old one. */
static struct task *find_task(uint64_t address)
{
	unsigned int i = address >> 6 & (TASKS_MAX - 1), tries;

	for (tries = 0; tries < TASKS_MAX; tries++) {
		struct task *task = &tasks[i];

		if (task->address == address)
			return task;
		if (!task->address) {
			task->address = address;
			return task;
		}
		i = (i + 1) & (TASKS_MAX - 1);
	}
	return tasks;
}

void causes_switch(uint64_t address, const char *name)
{
	unsigned int index;

	causes_settle();
	index = find_name(causes.tasks, &causes.nr_tasks, NAMES_MAX, name);
	current = find_task(address);
	if (current->name != index)
		current->depth = 0;
	current->name = index;
}

unsigned int causes_task(void)
{
	return current->name;
}
