// SPDX-License-Identifier: GPL-2.0
/* The data: anonymous memory, or a file in memory that the process maps. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "load.h"
#include "random.h"

#define BASE		0x600000000000UL

static int open_data(const struct load *load)
{
	int fd = memfd_create("data", 0);

	if (fd < 0 || ftruncate(fd, load->pages * PAGE_BYTES))
		die("cannot create a file of %ld MiB: %s", load->mib,
		    strerror(errno));
	return fd;
}

static void map(struct load *load)
{
	int flags = MAP_FIXED_NOREPLACE, fd = -1;

	if (load->file) {
		fd = open_data(load);
		flags |= MAP_SHARED;
	} else {
		flags |= MAP_PRIVATE | MAP_ANONYMOUS;
	}
	load->base = mmap((void *)(BASE + load->offset * PAGE_BYTES),
			  load->pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
			  flags, fd, 0);
	if (load->base == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Return the memory of the process in huge pages, in MiB. */
long data_huge_mib(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	char line[128];
	long kib = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "AnonHugePages: %ld", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib >> 10;
}

void data_map(struct load *load)
{
	load->pages = load->mib * PAGES_PER_MIB;
	map(load);
	load_mark_data(load);
	if (load->huge && madvise(load->base, load->pages * PAGE_BYTES,
				  MADV_HUGEPAGE))
		die("madvise: %s", strerror(errno));
}

static void touch(const struct load *load, size_t page)
{
	load->base[page * PAGE_BYTES] = 1;
}

/*
 * Touch a random part of the pages in node 0, the others in node 1. In the order of
 * their addresses, as in other settings: the caches hold the same lines in the end.
 */
static void touch_split(const struct load *load)
{
	uint64_t x = seed_of(load->seed + 2);
	int node, before = -1;
	size_t i;

	for (i = 0; i < load->pages; i++) {
		node = below(100, draw(&x) >> 32) >= load->split;
		if (node != before)
			policy_prefer(node);
		before = node;
		touch(load, i);
	}
}

/* Touch the pages in the order of their addresses. */
void data_touch(const struct load *load)
{
	size_t i;

	if (load->split) {
		touch_split(load);
		return;
	}
	for (i = 0; i < load->pages; i++)
		touch(load, i);
}

void data_init(struct load *load)
{
	data_map(load);
	data_touch(load);
	if (load->huge && data_huge_mib() < load->mib * 95 / 100)
		die("%ld of %ld MiB are huge pages", data_huge_mib(),
		    load->mib);
}
