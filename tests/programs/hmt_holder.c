// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of a process that does what others wait for.
 *
 *	hmt_holder MIB [FILE]
 *
 * Maps MIB of private anonymous memory, with a page table in each 2 MiB but only
 * few pages, and FILE. Each line of standard input is a command:
 *
 *	range		answer with the addresses of the memory
 *	fill		write to all of the memory
 *	hold PATH	answer "ok", and call mmap() for PATH
 *	map		answer "ok", and map and unmap memory until the end
 *	quit		exit
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libtest.h"

#define CHUNK_PAGES	(2 * PAGES_PER_MIB)

static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	return fd;
}

static void map_file(const char *path)
{
	int fd = open_file(path);
	char *file = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			  fd, 0);

	if (file == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap of %s: %s", path, strerror(errno));
	*file = 1;
	close(fd);
}

/* Reading costs a page table, and no page but the zero page. */
static char *map_sparse(size_t pages)
{
	volatile char *memory = mmap(NULL, pages * PAGE_BYTES,
				     PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				     -1, 0);
	size_t page;

	if (memory == MAP_FAILED ||
	    madvise((char *)memory, pages * PAGE_BYTES, MADV_NOHUGEPAGE))
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	for (page = 0; page < pages; page += CHUNK_PAGES)
		(void)memory[page * PAGE_BYTES];
	return (char *)memory;
}

static void fill(char *memory, size_t pages)
{
	memset(memory, 1, pages * PAGE_BYTES);
	puts("ok");
}

static void hold(const char *path)
{
	int fd = open_file(path);

	puts("ok");
	(void)mmap(NULL, PAGE_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
}

/* Shared memory does not become a part of a neighbour. */
static void *map_and_unmap(void *unused)
{
	(void)unused;
	for (;;) {
		void *page = mmap(NULL, PAGE_BYTES, PROT_READ,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (page == MAP_FAILED || munmap(page, PAGE_BYTES))
			die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	}
	return NULL;
}

static void map(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, map_and_unmap, NULL))
		die(EXIT_SYSTEM, "no thread");
	puts("ok");
}

int main(int argc, char **argv)
{
	char line[256];
	size_t pages;
	char *memory;

	if (argc < 2 || argc > 3)
		die(EXIT_USAGE, "usage: hmt_holder MIB [FILE]");
	setvbuf(stdout, NULL, _IOLBF, 0);
	pages = number(argv[1]) * PAGES_PER_MIB;
	memory = map_sparse(pages);
	if (argc > 2)
		map_file(argv[2]);
	puts("ready");
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n")) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "range"))
			printf("%lx-%lx\n", (unsigned long)memory,
			       (unsigned long)memory + pages * PAGE_BYTES);
		else if (!strcmp(line, "fill"))
			fill(memory, pages);
		else if (!strcmp(line, "map"))
			map();
		else if (!strncmp(line, "hold ", 5))
			hold(line + 5);
		else
			die(EXIT_USAGE, "unknown command '%s'", line);
	}
	puts("ok");
	return 0;
}
