// SPDX-License-Identifier: GPL-2.0
/*
 * A simple tiering daemon for comparison. It reads the pages written in each
 * interval from /proc/PID/pagemap and moves pages in the wrong node with
 * move_pages(2). Debian's kernel does not report reads of single pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "die.h"

#define PAGE_BYTES	4096UL
#define SOFT_DIRTY(entry)	((entry) >> 55 & 1)
#define MPOL_MF_MOVE	2
#define INTERVAL_US	200000
/* Interval in which a server that is filling its memory grows. */
#define SETTLE_US	1000000
/* Rounds before the first move. */
#define ROUNDS_KNOWN	4
/* In each round heat decays by 1/8; a written page gains 1/8 of HEAT_MAX. */
#define HEAT_MAX	1024
/* Minimum difference in heat between promoted and demoted pages. */
#define MARGIN		96
/* Maximum number of pages moved in each direction in a round. */
#define MOVES_MAX	8192
/* Pages that stay free in node 0. */
#define ROOM		6144

struct daemon {
	int pid;
	int pagemap;
	int clear_refs;
	size_t pages;
	void **page;
	uint64_t *entries;
	uint16_t *heat;
	int *node;
};

/* The exchange of a round. */
struct verdict {
	unsigned int up;	/* promote pages of node 1 with more heat */
	unsigned int down;	/* demote pages of node 0 with less heat */
	size_t pages;		/* maximum in each direction */
};

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		die("no memory");
	return memory;
}

static int open_file(int pid, const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, flags);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

/* Wait until the largest mapping has at least 16 MiB and does not grow. */
static void find_data(struct daemon *daemon, int pid)
{
	unsigned long low, high, base = 0, bytes = 0, last;
	char path[64], line[512];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	do {
		last = bytes;
		bytes = 0;
		maps = fopen(path, "r");
		if (!maps)
			die("%s: %s", path, strerror(errno));
		while (fgets(line, sizeof(line), maps)) {
			if (sscanf(line, "%lx-%lx", &low, &high) == 2 &&
			    high - low > bytes) {
				base = low;
				bytes = high - low;
			}
		}
		fclose(maps);
		usleep(SETTLE_US);
	} while (bytes < 16 << 20 || bytes != last);
	daemon->pages = bytes / PAGE_BYTES;
	daemon->page = allocate(daemon->pages, sizeof(*daemon->page));
	for (size_t i = 0; i < daemon->pages; i++)
		daemon->page[i] = (void *)(base + i * PAGE_BYTES);
}

static void start(struct daemon *daemon, int pid)
{
	daemon->pid = pid;
	find_data(daemon, pid);
	daemon->pagemap = open_file(pid, "pagemap", O_RDONLY);
	daemon->clear_refs = open_file(pid, "clear_refs", O_WRONLY);
	daemon->entries = allocate(daemon->pages, sizeof(*daemon->entries));
	daemon->heat = allocate(daemon->pages, sizeof(*daemon->heat));
	daemon->node = allocate(daemon->pages, sizeof(*daemon->node));
}

/* Sample one interval; false if the process has ended. */
static bool look(struct daemon *daemon)
{
	size_t bytes = daemon->pages * sizeof(*daemon->entries), i;
	off_t offset = (uintptr_t)daemon->page[0] / PAGE_BYTES *
		       sizeof(*daemon->entries);

	if (pwrite(daemon->clear_refs, "4", 1, 0) != 1)
		return false;
	usleep(INTERVAL_US);
	if (pread(daemon->pagemap, daemon->entries, bytes, offset) !=
	    (ssize_t)bytes)
		return false;
	if (syscall(SYS_move_pages, daemon->pid, daemon->pages, daemon->page,
		    NULL, daemon->node, 0))
		return false;
	for (i = 0; i < daemon->pages; i++) {
		daemon->heat[i] -= daemon->heat[i] / 8;
		if (SOFT_DIRTY(daemon->entries[i]))
			daemon->heat[i] += HEAT_MAX / 8;
	}
	return true;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Find the largest exchange of pages that differ by at least MARGIN. */
static struct verdict decide(const struct daemon *daemon)
{
	size_t count[2][HEAT_MAX + 1] = { 0 }, up = 0, down = 0, i;
	struct verdict verdict = { .up = HEAT_MAX };

	for (i = 0; i < daemon->pages; i++)
		if (daemon->node[i] == 0 || daemon->node[i] == 1)
			count[daemon->node[i]][min_size(daemon->heat[i],
							HEAT_MAX)]++;
	while (verdict.up > verdict.down + MARGIN &&
	       min_size(up, down) < MOVES_MAX) {
		if (up <= down)
			up += count[1][verdict.up--];
		else
			down += count[0][verdict.down++];
	}
	verdict.pages = min_size(min_size(up, down), MOVES_MAX);
	return verdict;
}

static size_t room(void)
{
	FILE *file = fopen("/sys/devices/system/node/node0/meminfo", "r");
	unsigned long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Node 0 MemFree: %lu", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib / 4 > ROOM ? kib / 4 - ROOM : 0;
}

/* Move up to @most pages of @from whose heat is in [@least, @end). */
static size_t move(const struct daemon *daemon, int from, unsigned int least,
		   unsigned int end, size_t most)
{
	static void *pages[MOVES_MAX];
	static int to[MOVES_MAX], status[MOVES_MAX];
	size_t n = 0, i;

	most = min_size(most, MOVES_MAX);
	for (i = 0; i < daemon->pages && n < most; i++) {
		if (daemon->node[i] == from && daemon->heat[i] >= least &&
		    daemon->heat[i] < end) {
			pages[n] = daemon->page[i];
			to[n++] = !from;
		}
	}
	if (n)
		syscall(SYS_move_pages, daemon->pid, n, pages, to, status,
			MPOL_MF_MOVE);
	return n;
}

/* Demote first to make room; fill free memory with other warm pages. */
static void act(const struct daemon *daemon)
{
	struct verdict verdict = decide(daemon);
	size_t free, up;

	move(daemon, 0, 0, verdict.down, verdict.pages);
	free = room();
	up = move(daemon, 1, verdict.up + 1, UINT16_MAX, verdict.pages + free);
	if (up < free)
		move(daemon, 1, MARGIN + 1, verdict.up + 1, free - up);
}

int main(int argc, char **argv)
{
	struct daemon daemon = { 0 };
	unsigned int rounds = 0;

	if (argc != 2 || atoi(argv[1]) <= 0)
		die("usage: daemon PID");
	start(&daemon, atoi(argv[1]));
	while (look(&daemon))
		if (++rounds >= ROUNDS_KNOWN)
			act(&daemon);
	return 0;
}
