// SPDX-License-Identifier: GPL-2.0
/* Helpers of the programs of the functional tests. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libtest.h"

#define QUERY_PAGES	1024

void die(int status, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s[%d]: ", program_invocation_short_name, getpid());
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	/* Not exit(): a child must not flush buffers of its parent. */
	fflush(stderr);
	_exit(status);
}

char *read_command(char *line, size_t size, char **arguments)
{
	if (!fgets(line, size, stdin))
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	*arguments = strchr(line, ' ');
	if (*arguments)
		*(*arguments)++ = '\0';
	return strcmp(line, "quit") ? line : NULL;
}

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

unsigned long number(const char *text)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (end == text || *end || errno)
		die(EXIT_USAGE, "'%s' is no number", text);
	return value;
}

unsigned long random_below(unsigned long end)
{
	static __thread uint64_t state;
	const char *seed;

	if (!state) {
		seed = getenv("HMT_SEED");
		state = ((seed && *seed ? number(seed) : now_ms()) ^
			 (uint64_t)gettid() << 32) | 1;
	}
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % end;
}

uint64_t page_word(uint64_t id, size_t page, size_t word, uint32_t version)
{
	/* The version changes the high bits, so that it changes the sum of a page. */
	uint64_t seed = (id + 1) * 0x9e3779b97f4a7c15ULL +
			version * 0xbf58476d1ce4e5b9ULL;

	return (seed ^ (page * PAGE_WORDS + word)) * 0xd1342543de82ef95ULL;
}

void page_fill(uint64_t *at, uint64_t id, size_t page, uint32_t version)
{
	size_t i;

	for (i = 0; i < PAGE_WORDS; i++)
		at[i] = page_word(id, page, i, version);
}

bool page_good(const uint64_t *at, uint64_t id, size_t page, uint32_t version)
{
	bool good = true;
	size_t i;

	for (i = 0; i < PAGE_WORDS; i++)
		good &= at[i] == page_word(id, page, i, version);
	return good;
}

bool page_zero(const uint64_t *at)
{
	uint64_t bits = 0;
	size_t i;

	for (i = 0; i < PAGE_WORDS; i++)
		bits |= at[i];
	return !bits;
}

static void *map_memory(size_t pages)
{
	void *memory = mmap(NULL, pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap of %zu pages: %s", pages,
		    strerror(errno));
	return memory;
}

/* Advice on huge pages fails harmlessly on a kernel without them. */
static void advise(void *memory, size_t pages, int advice)
{
	if (madvise(memory, pages * PAGE_BYTES, advice) && errno != EINVAL)
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
}

void *map_pages(size_t pages)
{
	void *memory = map_memory(pages);

	advise(memory, pages, MADV_NOHUGEPAGE);
	return memory;
}

void *map_huge(size_t pages, int advice)
{
	uintptr_t at = (uintptr_t)map_memory(pages + HUGE_PAGES);

	at = (at + HUGE_BYTES - 1) & -HUGE_BYTES;
	advise((void *)at, pages, advice);
	return (void *)at;
}

void *map_windows(size_t pages)
{
	uintptr_t base = (uintptr_t)map_pages(pages + 2 * WINDOW_PAGES);
	uintptr_t at = (base + 2 * WINDOW_BYTES - 1) & -WINDOW_BYTES;
	uintptr_t end = at + pages * PAGE_BYTES;

	/* A device that touches memory in order would fetch what follows as well. */
	if (mprotect((void *)end, base + 2 * WINDOW_BYTES - at, PROT_NONE))
		die(EXIT_SYSTEM, "mprotect: %s", strerror(errno));
	return (void *)at;
}

void find_pages(pid_t pid, void *start, size_t pages, struct place *place)
{
	void *address[QUERY_PAGES];
	int status[QUERY_PAGES];
	size_t count, i;

	memset(place, 0, sizeof(*place));
	for (; pages; pages -= count) {
		count = pages < QUERY_PAGES ? pages : QUERY_PAGES;
		for (i = 0; i < count; i++, start += PAGE_BYTES)
			address[i] = start;
		if (syscall(SYS_move_pages, pid, count, address, NULL, status,
			    0))
			die(EXIT_SYSTEM, "move_pages: %s", strerror(errno));
		for (i = 0; i < count; i++) {
			if (status[i] >= 0 && status[i] < NODES_MAX)
				place->nodes[status[i]]++;
			else
				place->absent++;
		}
	}
}

unsigned long parse_nodes(const char *text)
{
	unsigned long mask = 0, first, last;
	char *end;

	do {
		first = strtoul(text, &end, 10);
		last = first;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (end == text || (*end && *end != ',') || last >= NODES_MAX)
			die(EXIT_USAGE, "'%s' is no list of nodes", text);
		for (; first <= last; first++)
			mask |= 1UL << first;
		text = end + 1;
	} while (*end);
	return mask;
}
