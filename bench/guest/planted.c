// SPDX-License-Identifier: GPL-2.0
/*
 * A placer with known faults, to test the split of losses. The load tells it the
 * hot pages. It moves those in node 1 to node 0, all at once, after as many
 * others went the other way.
 *
 * usage: planted PID DELAY-MS DROP SCANS
 *
 * It waits DELAY-MS first, leaves each DROP-th page where it is (0: none), and
 * then reads the page table of the process SCANS times.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "die.h"
#include "told.h"

#define PAGE_BYTES	4096UL
#define MPOL_MF_MOVE	2
#define CHUNK		512

static int pid;
static struct told told;
static uint8_t *hot;
static int *node;
static void **page;

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		die("no memory");
	return memory;
}

/* The file is renamed to its name when it is complete. */
static void wait_for_load(void)
{
	struct stat stat_of;
	FILE *file;
	size_t i;

	while (stat(TOLD_PATH, &stat_of))
		usleep(5000);
	file = fopen(TOLD_PATH, "r");
	if (!file || fread(&told, sizeof(told), 1, file) != 1)
		die("cannot read %s", TOLD_PATH);
	hot = allocate(told.pages, sizeof(*hot));
	node = allocate(told.pages, sizeof(*node));
	page = allocate(told.pages, sizeof(*page));
	if (fread(hot, 1, told.pages, file) != told.pages)
		die("%s is too short", TOLD_PATH);
	fclose(file);
	for (i = 0; i < told.pages; i++)
		page[i] = (void *)(told.base + i * PAGE_BYTES);
}

static void scan(void)
{
	size_t bytes = told.pages * sizeof(uint64_t);
	uint64_t *entries = allocate(told.pages, sizeof(*entries));
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || pread(fd, entries, bytes, told.base / PAGE_BYTES *
			    sizeof(*entries)) != (ssize_t)bytes)
		die("%s: %s", path, strerror(errno));
	close(fd);
	free(entries);
}

static void move_pages(size_t count, void **pages, const int *to)
{
	int status[CHUNK];

	if (count && syscall(SYS_move_pages, pid, count, pages, to, status,
			     MPOL_MF_MOVE) < 0)
		die("move_pages: %s", strerror(errno));
}

/* Move up to @most pages that are @is_hot from a node; leave each @drop-th. */
static size_t move(int from, uint8_t is_hot, size_t most, unsigned int drop)
{
	void *pages[CHUNK];
	int to[CHUNK];
	size_t n = 0, seen = 0, sum = 0, i;

	for (i = 0; i < told.pages && sum + n < most; i++) {
		if (node[i] != from || hot[i] != is_hot ||
		    (drop && ++seen % drop == 0))
			continue;
		pages[n] = page[i];
		to[n++] = !from;
		if (n == CHUNK) {
			move_pages(n, pages, to);
			sum += n;
			n = 0;
		}
	}
	move_pages(n, pages, to);
	return sum + n;
}

static void act(unsigned int drop)
{
	size_t wrong = 0, seen = 0, i;

	if (syscall(SYS_move_pages, pid, told.pages, page, NULL, node, 0))
		die("move_pages: %s", strerror(errno));
	for (i = 0; i < told.pages; i++)
		if (node[i] == 1 && hot[i] && !(drop && ++seen % drop == 0))
			wrong++;
	move(0, 0, wrong, 0);
	move(1, 1, wrong, drop);
}

int main(int argc, char **argv)
{
	unsigned int scans;

	if (argc != 5)
		die("usage: planted PID DELAY-MS DROP SCANS");
	pid = atoi(argv[1]);
	wait_for_load();
	usleep(atoi(argv[2]) * 1000);
	act(atoi(argv[3]));
	for (scans = atoi(argv[4]); scans; scans--)
		scan();
	return 0;
}
