// SPDX-License-Identifier: GPL-2.0
/*
 * Memory whose granules of 16 bytes have tags, as arm64 with FEAT_MTE has.
 *
 *	hmt_tags MIB
 *
 * Compares tags and content of its pages all the time, and changes the tags of
 * each page that it has compared. The command "quit" on standard input compares
 * all once more, is answered by "ok", and ends the program.
 *
 * Exit status 3: a page has wrong tags or content.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libtest.h"

#define TICK_MS		5
#define TAGS		16
#define GRANULE		16

#ifdef __aarch64__

#define TAG_SHIFT	56

#ifndef PROT_MTE
#define PROT_MTE	0x20
#endif
#ifndef HWCAP2_MTE
#define HWCAP2_MTE	(1 << 18)
#endif

static bool has_tags(void)
{
	return getauxval(AT_HWCAP2) & HWCAP2_MTE;
}

static void set_tag(char *at, unsigned long tag)
{
	asm volatile(".arch_extension memtag\n\tstg %1, [%0]"
		     : : "r" (at), "r" ((unsigned long)at | tag << TAG_SHIFT)
		     : "memory");
}

static unsigned long get_tag(char *at)
{
	unsigned long value = 0;

	asm volatile(".arch_extension memtag\n\tldg %0, [%1]"
		     : "+r" (value) : "r" (at) : "memory");
	return value >> TAG_SHIFT & (TAGS - 1);
}

#else

#define PROT_MTE	0

static bool has_tags(void)
{
	return false;
}

static void set_tag(char *at, unsigned long tag)
{
	(void)at;
	(void)tag;
}

static unsigned long get_tag(char *at)
{
	(void)at;
	return 0;
}

#endif

static char *memory;
static size_t pages;
static unsigned int *round_of;

static unsigned long tag_of(size_t page, size_t granule)
{
	return (page + granule + round_of[page]) % TAGS;
}

static void tag_page(size_t page)
{
	size_t i;

	for (i = 0; i < PAGE_BYTES / GRANULE; i++)
		set_tag(memory + page * PAGE_BYTES + i * GRANULE,
			tag_of(page, i));
}

static void check_page(size_t page)
{
	char *at = memory + page * PAGE_BYTES;
	size_t i;

	if (!page_good((uint64_t *)at, 0, page, 0))
		die(EXIT_WRONG, "page %zu has wrong content", page);
	for (i = 0; i < PAGE_BYTES / GRANULE; i++)
		if (get_tag(at + i * GRANULE) != tag_of(page, i))
			die(EXIT_WRONG, "granule %zu of page %zu has tag %lu, not %lu",
			    i, page, get_tag(at + i * GRANULE), tag_of(page, i));
}

static void change_some(void)
{
	size_t page = random_below(pages);

	check_page(page);
	round_of[page]++;
	tag_page(page);
}

static void run_command(const char *line)
{
	size_t page;

	if (strcmp(line, "quit\n"))
		die(EXIT_USAGE, "unknown command '%s'", line);
	for (page = 0; page < pages; page++)
		check_page(page);
	puts("ok");
	exit(0);
}

int main(int argc, char **argv)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[256];
	size_t page;

	if (argc != 2)
		die(EXIT_USAGE, "usage: hmt_tags MIB");
	if (!has_tags())
		die(EXIT_USAGE, "memory of this machine has no tags");
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	pages = number(argv[1]) * PAGES_PER_MIB;
	memory = map_pages(pages);
	round_of = calloc(pages, sizeof(*round_of));
	if (!round_of || mprotect(memory, pages * PAGE_BYTES,
				  PROT_READ | PROT_WRITE | PROT_MTE))
		die(EXIT_SYSTEM, "tags: %s", strerror(errno));
	for (page = 0; page < pages; page++) {
		page_fill((uint64_t *)(memory + page * PAGE_BYTES), 0, page, 0);
		tag_page(page);
	}
	puts("ready");
	for (;;) {
		if (poll(&input, 1, TICK_MS) > 0) {
			if (!fgets(line, sizeof(line), stdin))
				die(EXIT_SYSTEM, "standard input ended");
			run_command(line);
		}
		change_some();
	}
}
