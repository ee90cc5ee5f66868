/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers of the programs of the functional tests. */
#ifndef HMT_LIBTEST_H
#define HMT_LIBTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PAGE_BYTES	4096UL
#define PAGE_WORDS	(PAGE_BYTES / sizeof(uint64_t))
#define PAGES_PER_MIB	(1024 * 1024 / PAGE_BYTES)
#define NODES_MAX	64
#define HUGE_BYTES	(2UL << 20)
#define HUGE_PAGES	(HUGE_BYTES / PAGE_BYTES)

/* Exit statuses besides 0, success; tests tell them apart. */
enum { EXIT_SYSTEM = 1, EXIT_USAGE, EXIT_WRONG };

/**
 * struct place - where pages are
 * @nodes: how many are on each node
 * @absent: how many are on none: never touched, swapped or being moved
 */
struct place {
	size_t nodes[NODES_MAX];
	size_t absent;
};

void die(int status, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
uint64_t now_ms(void);
/*
 * Read a line of standard input into @line. Return its first word, and the rest in
 * *@arguments, NULL if there is none; or NULL at the end and after "quit".
 */
char *read_command(char *line, size_t size, char **arguments);
unsigned long number(const char *text);
/*
 * Return a random number from 0 to @end - 1. The sequence of a thread depends on its
 * ID and on HMT_SEED if that is set, otherwise on the time.
 */
unsigned long random_below(unsigned long end);

/* Value of word @word of page @page of area @id after @version changes. */
uint64_t page_word(uint64_t id, size_t page, size_t word, uint32_t version);
void page_fill(uint64_t *at, uint64_t id, size_t page, uint32_t version);
bool page_good(const uint64_t *at, uint64_t id, size_t page, uint32_t version);
bool page_zero(const uint64_t *at);

/* Map private anonymous memory, or end the program. */
void *map_pages(size_t pages);
/* The same from the beginning of a huge page on, after madvise(2) with @advice. */
void *map_huge(size_t pages, int advice);
/* Unit that a device faults together, and that libhmt makes writable at once. */
#define WINDOW_PAGES	16
#define WINDOW_BYTES	(WINDOW_PAGES * PAGE_BYTES)
/* The same, aligned so that the windows have no other pages, and nothing follows. */
void *map_windows(size_t pages);
/* Ask the kernel, with move_pages(2), where pages of @pid (0: own) are. */
void find_pages(pid_t pid, void *start, size_t pages, struct place *place);
/* Bit mask of a list like "0-1,3". */
unsigned long parse_nodes(const char *text);

#endif
