// SPDX-License-Identifier: GPL-2.0
/* Processes and tasks: whose data the running one accesses. */
#include <stdio.h>
#include <string.h>
#include "access.h"
#include "causes.h"
#include "config.h"
#include "fail.h"
#include "guest.h"
#include "space.h"

/* Instructions of another task after which the page table is read again. */
#define READ_AFTER	20000
/* Offset of the flags in struct task_struct, and PF_KTHREAD. */
#define FLAGS_OFFSET	44
#define KERNEL_THREAD	0x200000

/* A process and its part of the data. Without MARK_OWN there is one. */
struct space {
	uint64_t root;	/* its page table, 0: none */
	size_t first;
	size_t pages;
};

static struct space spaces[SPACES_MAX];
static bool shared;	/* processes have marked their parts */
/* The running one, -1: none, that is a process without a part. */
static int space;
static bool space_due;
static unsigned int program;	/* its task */
static bool read_due;

/*
 * If the program has a name: the tasks that have it, or a page table of theirs.
 * @ours: such a task runs. @client: a task that has one of the other names, which
 * has no data, but whose time is the program's.
 */
static char program_name[NAME_BYTES];
static char client_names[64];
static bool ours, client;
/* User instructions of the program, at the latest switch of tasks. */
static uint64_t program_user, user_at_switch;
/* Offset of the name in the kernel's struct task_struct. */
static unsigned int name_offset;
static uint64_t switched;

void space_read_all(void)
{
	unsigned int i;

	for (i = 0; i < SPACES_MAX; i++)
		if (spaces[i].root)
			map_read(&map, i, spaces[i].root, spaces[i].first,
				 spaces[i].pages, access_moved);
	read_due = false;
}

/* The page table of the running process. The low bits are not its address. */
static uint64_t current_root(void)
{
	return guest_register(GUEST_CR3) & ~0xfffULL;
}

static int find_space(void)
{
	uint64_t root = current_root();
	int i;

	if (*program_name)
		return ours ? 0 : -1;
	for (i = 0; i < SPACES_MAX; i++)
		if (spaces[i].root == root)
			return i;
	if (shared || spaces[0].root)
		return -1;
	spaces[0] = (struct space) { root, 0, map.pages };
	return 0;
}

uint64_t space_root(unsigned int number)
{
	return spaces[number].root;
}

bool space_is_named(void)
{
	return *program_name;
}

int space_now(void)
{
	if (space_due) {
		space = find_space();
		if (space >= 0)
			program = causes_task();
		space_due = false;
	}
	return space;
}

void space_read_if_due(void)
{
	if (read_due)
		space_read_all();
}

void space_changed_map(void)
{
	if (causes_task() == program)
		read_due = true;
}

void space_reset(void)
{
	memset(spaces, 0, sizeof(spaces));
	shared = false;
	space_due = true;
}

uint64_t space_user_instructions(void)
{
	return program_user + (ours ? clock_instructions[0] - user_at_switch :
			       0);
}

void space_mark_program(void)
{
	char names[64];
	size_t first;

	guest_read_string(guest_register(GUEST_RDI), names, sizeof(names));
	first = strcspn(names, " ");
	snprintf(program_name, sizeof(program_name), "%.*s", (int)first, names);
	snprintf(client_names, sizeof(client_names), "%.60s ", names + first);
	map_free(&map);
}

/* Return the part of the data in RDI and RSI. */
static struct space marked_part(void)
{
	uint64_t low = guest_register(GUEST_RDI) & ~0xfffULL;
	size_t first = map_find(&map, low);
	size_t pages = (guest_register(GUEST_RSI) - low + 0xfff) >> PAGE_SHIFT;

	if (first >= map.pages || pages > map.pages - first)
		fail("a part is not in the data");
	return (struct space) { current_root(), first, pages };
}

void space_mark_own(void)
{
	struct space part = marked_part();
	int i, unused = -1;

	for (i = SPACES_MAX - 1; i >= 0; i--)
		if (!spaces[i].root || spaces[i].root == part.root)
			unused = i;
	if (unused < 0)
		fail("too many processes have parts");
	for (i = 0; i < SPACES_MAX; i++)
		if (spaces[i].root == part.root)
			unused = i;
	spaces[unused] = part;
	shared = true;
	space_due = true;
}

void space_mark_gone(void)
{
	struct space part = marked_part();
	unsigned int i;
	size_t page;

	/* Before the pages are gone, moves of them count. */
	space_read_all();
	for (i = 0; i < SPACES_MAX; i++)
		if (spaces[i].root == part.root)
			spaces[i].root = 0;
	for (page = part.first; page < part.first + part.pages; page++)
		map_remove(&map, page);
	space_due = true;
}

/* Find the name in the first task, "swapper". */
void space_find_name(uint64_t init_task)
{
	static char bytes[4096 + 8];
	unsigned int page, i;
	uint32_t flags;

	for (page = 0; page < 4 && !name_offset; page++) {
		if (!guest_read(init_task + page * 4096, bytes, sizeof(bytes)))
			break;
		for (i = 0; i < 4096; i++)
			if (!memcmp(bytes + i, "swapper", 7))
				name_offset = page * 4096 + i;
	}
	if (!name_offset)
		fail("no name in init_task");
	if (!guest_read(init_task + FLAGS_OFFSET, &flags, sizeof(flags)) ||
	    !(flags & KERNEL_THREAD))
		fail("no flags in init_task");
}

bool space_has_names(void)
{
	return name_offset;
}

/*
 * A task that has the name of the program, or shares the page table with one,
 * runs. Several processes may share data: the page table of the latest counts.
 */
static void note_program(uint64_t task, const char *name)
{
	bool named = !strncmp(name, program_name, NAME_BYTES - 1);
	uint64_t root = current_root();
	char word[NAME_BYTES + 2];
	uint32_t flags = 0;

	/* Kernel threads keep the page table of the task before. */
	guest_read(task + FLAGS_OFFSET, &flags, sizeof(flags));
	snprintf(word, sizeof(word), " %s ", name);
	client = strstr(client_names, word);
	ours = !client && !(flags & KERNEL_THREAD) &&
	       (named || (spaces[0].root && root == spaces[0].root));
	/* Another process: its pages are others, unless they are shared. */
	if (named && root != spaces[0].root) {
		spaces[0] = (struct space) { root, 0, map.pages };
		read_due = true;
	}
}

void space_switch(bool started)
{
	static bool was_client;
	bool other = *program_name ? !ours : causes_task() != program;
	uint64_t task = guest_register(GUEST_RSI);
	uint64_t now = clock_instructions[0] + clock_instructions[1];
	char name[NAME_BYTES];

	if (ours)
		program_user += clock_instructions[0] - user_at_switch;
	user_at_switch = clock_instructions[0];
	guest_read_string(task + name_offset, name, sizeof(name));
	if (*program_name)
		note_program(task, name);
	if (!started)
		return;
	/* Their numbers differ from run to run. */
	if (!strncmp(name, "kworker/", 8))
		strcpy(name, "kworker");
	/* The client of a server does not move pages. */
	if (other && !was_client && now - switched > READ_AFTER)
		read_due = true;
	was_client = config.client_high && (client || !strcmp(name, "load"));
	switched = now;
	space_due = true;
	/* Threads of one program may have many names, as those of Java. */
	causes_switch(task, ours || client ? "load" : name);
}
