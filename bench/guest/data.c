// SPDX-License-Identifier: GPL-2.0
/* The data: anonymous memory, or a file in memory that the process maps. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "load.h"
#include "marker.h"

#define BASE		((void *)0x600000000000)

/* Aligned, so that QEMU translates marker and access in one block. */
static void __attribute__((noinline, aligned(64))) mark_low(const char *at)
{
	asm volatile(MARKER(MARK_LOW) "movb (%0), %%al"
		     : : "r" (at) : "al", "memory");
}

static void __attribute__((noinline, aligned(64))) mark_high(const char *at)
{
	asm volatile(MARKER(MARK_HIGH) "movb (%0), %%al"
		     : : "r" (at) : "al", "memory");
}

/*
 * Map a page at an address of another process's data. It is populated, because
 * no page fault may separate a marker from its access.
 */
static void borrow(char *at)
{
	if (mmap(at, PAGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0) != at)
		die("%p is also in use here: %s", at, strerror(errno));
}

void data_mark(const struct load *load)
{
	char *last = load->base + (load->pages - 1) * PAGE_BYTES;

	if (load->pid) {
		borrow(load->base);
		borrow(last);
	}
	mark_low(load->base);
	mark_high(last + PAGE_BYTES - 1);
	if (load->pid) {
		munmap(load->base, PAGE_BYTES);
		munmap(last, PAGE_BYTES);
	}
}

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
	load->base = mmap(BASE, load->pages * PAGE_BYTES,
			  PROT_READ | PROT_WRITE, flags, fd, 0);
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

/* Map the data and touch its pages in the order of their addresses. */
void data_init(struct load *load)
{
	bool huge = load->huge && !load->oracle;
	size_t i;

	load->pages = load->mib * PAGES_PER_MIB;
	map(load);
	if (huge && madvise(load->base, load->pages * PAGE_BYTES,
			    MADV_HUGEPAGE))
		die("madvise: %s", strerror(errno));
	for (i = 0; i < load->pages; i++)
		load->base[i * PAGE_BYTES] = 1;
	if (huge && data_huge_mib() < load->mib * 95 / 100)
		die("%ld of %ld MiB are huge pages", data_huge_mib(),
		    load->mib);
	data_mark(load);
}
