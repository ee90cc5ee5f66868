// SPDX-License-Identifier: GPL-2.0
/* Locations of the pages, and the oracle, which places them by rank. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "load.h"

#define MPOL_MF_MOVE	2
/* Pages that the oracle leaves free in a node, besides the kernel's reserve. */
#define ORACLE_MARGIN	(24 * PAGES_PER_MIB)
#define CHUNK		1024
#define ROUNDS		16

static bool *was_top;

/* With ENOMEM the node is full and the rest of the pages is not moved. */
static void move_chunk(const struct load *load, void **pages, size_t count,
		       const int *nodes, int *status)
{
	if (syscall(SYS_move_pages, load->pid, count, pages, nodes, status,
		    MPOL_MF_MOVE) < 0 && errno != ENOMEM)
		die("move_pages: %s", strerror(errno));
}

/* Return the node of each page, in the order of addresses. */
static int *find(const struct load *load)
{
	int *status = allocate(load->pages, sizeof(*status));
	void *pages[CHUNK];
	size_t i, n;

	for (i = 0; i < load->pages; i += n) {
		for (n = 0; n < CHUNK && i + n < load->pages; n++)
			pages[n] = load->base + (i + n) * PAGE_BYTES;
		move_chunk(load, pages, n, NULL, status + i);
	}
	return status;
}

/* Move pages to @node whose entry in @wanted is @node. */
static void move_to(const struct load *load, const int *is, const int *wanted,
		    int node)
{
	void *pages[CHUNK];
	int nodes[CHUNK], status[CHUNK];
	size_t i, n = 0;

	for (i = 0; i < load->pages; i++) {
		if (wanted[i] == node && is[i] != node) {
			pages[n] = load->base + i * PAGE_BYTES;
			nodes[n++] = node;
		}
		if (n == CHUNK || (n && i + 1 == load->pages)) {
			move_chunk(load, pages, n, nodes, status);
			n = 0;
		}
	}
}

/* Return the number of pages that the kernel reserves, in all nodes. */
static size_t kernel_margin(void)
{
	FILE *file = fopen("/proc/sys/vm/min_free_kbytes", "r");
	unsigned long kib = 0;

	if (!file || fscanf(file, "%lu", &kib) != 1)
		die("cannot read min_free_kbytes");
	fclose(file);
	return kib * 1024 / PAGE_BYTES;
}

static size_t node_free(int node)
{
	char path[64], line[128];
	unsigned long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo",
		 node);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Node %*d MemFree: %lu", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib * 1024 / PAGE_BYTES;
}

/* Compute the number of pages of the data that each node can hold. */
static void capacities(const struct load *load, const int *is, size_t *room)
{
	size_t margin = ORACLE_MARGIN + kernel_margin(), i;
	int node;

	memset(room, 0, NODES_MAX * sizeof(*room));
	for (i = 0; i < load->pages; i++)
		if (is[i] >= 0 && is[i] < NODES_MAX)
			room[is[i]]++;
	for (node = 0; node < NODES_MAX; node++) {
		size_t free = node_free(node);

		room[node] += free > margin ? free - margin : 0;
	}
}

/* Assign the hottest pages to node 0 until it is full, then to node 1, ... */
static int *assign(const struct load *load, const int *is, size_t *room)
{
	int *wanted = allocate(load->pages, sizeof(*wanted));
	size_t i;
	int node = 0;

	for (i = 0; i < load->pages; i++) {
		size_t page = pattern_page(load, i);

		wanted[page] = is[page];
		if (is[page] < 0)
			continue;
		while (node < NODES_MAX && !room[node])
			node++;
		if (node == NODES_MAX)
			die("the oracle has no room for %zu pages",
			    load->pages - i);
		room[node]--;
		wanted[page] = node;
	}
	return wanted;
}

static size_t misplaced(const struct load *load, const int *is,
			const int *wanted)
{
	size_t i, count = 0;

	for (i = 0; i < load->pages; i++)
		count += is[i] != wanted[i];
	return count;
}

/* Move pages in several rounds, because full nodes must exchange pages. */
static void settle(const struct load *load, const int *wanted)
{
	size_t wrong = load->pages;
	int round, node, *is;

	for (round = 0; round < ROUNDS && wrong; round++) {
		for (node = NODES_MAX; node--;) {
			is = find(load);
			move_to(load, is, wanted, node);
			free(is);
		}
		is = find(load);
		wrong = misplaced(load, is, wanted);
		free(is);
	}
	if (wrong * 50 > load->pages)
		die("%zu pages are in the wrong node", wrong);
}

void place_oracle(const struct load *load)
{
	size_t room[NODES_MAX];
	int *is = find(load), *wanted;

	capacities(load, is, room);
	wanted = assign(load, is, room);
	settle(load, wanted);
	free(is);
	free(wanted);
}

void place_start(const struct load *load)
{
	int *wanted = allocate(load->pages, sizeof(*wanted));
	size_t i;

	for (i = 0; i < load->pages; i++)
		wanted[i] = load->start;
	settle(load, wanted);
	free(wanted);
}

void place_remember(const struct load *load)
{
	int *is = find(load);
	size_t i;

	if (!was_top)
		was_top = allocate(load->pages, sizeof(*was_top));
	for (i = 0; i < load->pages; i++)
		was_top[i] = !is[i];
	free(is);
}

static void print_nodes(const char *name, const size_t *count)
{
	int node;

	printf("\"%s\":[", name);
	for (node = 0; node < NODES_MAX; node++)
		printf("%s%zu", node ? "," : "", count[node]);
	printf("],");
}

void place_print(const struct load *load)
{
	size_t all[NODES_MAX] = { 0 }, hot[NODES_MAX] = { 0 };
	size_t came = 0, came_hot = 0, i;
	int *is = find(load);

	for (i = 0; i < load->pages; i++) {
		size_t page = pattern_page(load, i);
		bool is_hot = i < load->hot_mib * PAGES_PER_MIB;
		int node = is[page];

		if (node < 0 || node >= NODES_MAX)
			continue;
		all[node]++;
		hot[node] += is_hot;
		came += !node && !was_top[page];
		came_hot += !node && !was_top[page] && is_hot;
	}
	free(is);
	print_nodes("all", all);
	print_nodes("hot", hot);
	printf("\"came\":%zu,\"came_hot\":%zu,\"huge_mib\":%ld", came,
	       came_hot, data_huge_mib());
}
