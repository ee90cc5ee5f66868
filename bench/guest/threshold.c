// SPDX-License-Identifier: GPL-2.0
/*
 * Placement by one threshold, as most published policies decide, with the heat
 * that HMT measures: each second, pages of node 1 that have at least this heat
 * move to node 0, and pages of node 0 that have less leave it if they need room.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "../../include/uapi/linux/hmt.h"
#include "die.h"

#define PAGE_BYTES	4096UL
#define CHUNK_PAGES	512
#define MPOL_MF_MOVE	2
#define INTERVAL_US	1000000
/* Smaller mappings are libraries and the like. */
#define LEAST_BYTES	(1UL << 20)
/* Pages that stay free in node 0, in 1/50 of it. */
#define RESERVE		50

struct pages {
	size_t number;
	size_t most;
	void **page;
};

static int device, pid;
static unsigned int threshold;
static struct pages up, down;

static void add(struct pages *pages, unsigned long addr)
{
	if (pages->number == pages->most) {
		pages->most = pages->most * 2 + 1024;
		pages->page = realloc(pages->page,
				      pages->most * sizeof(*pages->page));
		if (!pages->page)
			die("no memory");
	}
	pages->page[pages->number++] = (void *)addr;
}

static void look_chunk(unsigned long start, unsigned long end)
{
	struct hmt_page_info info[CHUNK_PAGES];
	struct hmt_query query = {
		.size = sizeof(query), .pid = pid, .start = start,
		.length = end - start, .pages = (unsigned long)info,
	};
	size_t i;

	if (ioctl(device, HMT_QUERY, &query))
		return;
	for (i = 0; i < (end - start) / PAGE_BYTES; i++) {
		if (info[i].uid == 1 && info[i].heat >= threshold)
			add(&up, start + i * PAGE_BYTES);
		else if (info[i].uid == 0 && info[i].heat < threshold)
			add(&down, start + i * PAGE_BYTES);
	}
}

static void look_range(unsigned long low, unsigned long high)
{
	unsigned long next;

	for (; low < high; low = next) {
		next = low + CHUNK_PAGES * PAGE_BYTES;
		look_chunk(low, next < high ? next : high);
	}
}

/* Look at the process; exit if it has ended. */
static void look(void)
{
	char path[64], line[512];
	unsigned long low, high;
	FILE *maps;

	up.number = 0;
	down.number = 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	if (!maps)
		exit(0);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &low, &high) == 2 &&
		    high - low >= LEAST_BYTES)
			look_range(low, high);
	fclose(maps);
}

static size_t node_pages(const char *field)
{
	FILE *file = fopen("/sys/devices/system/node/node0/meminfo", "r");
	char line[128], format[64];
	unsigned long kib = 0;

	snprintf(format, sizeof(format), "Node 0 %s: %%lu", field);
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib * 1024 / PAGE_BYTES;
}

static void move(const struct pages *pages, size_t number, int to)
{
	int *nodes = calloc(number + 1, sizeof(*nodes));
	int *status = calloc(number + 1, sizeof(*status));
	size_t i;

	if (!nodes || !status)
		die("no memory");
	for (i = 0; i < number; i++)
		nodes[i] = to;
	if (number)
		syscall(SYS_move_pages, pid, number, pages->page, nodes, status,
			MPOL_MF_MOVE);
	free(nodes);
	free(status);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t room(void)
{
	size_t reserve = node_pages("MemTotal") / RESERVE;
	size_t free = node_pages("MemFree");

	return free > reserve ? free - reserve : 0;
}

static void act(size_t most)
{
	size_t number = least(up.number, most), free = room();

	if (number > free)
		move(&down, least(down.number, number - free), 1);
	move(&up, least(number, room()), 0);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		die("usage: threshold PID HEAT MIB-PER-SECOND");
	pid = atoi(argv[1]);
	threshold = atoi(argv[2]);
	device = open("/dev/hmt", O_RDWR);
	if (device < 0)
		die("/dev/hmt: %s", strerror(errno));
	for (;;) {
		usleep(INTERVAL_US);
		look();
		act(atol(argv[3]) << 8);
	}
}
