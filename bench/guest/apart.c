// SPDX-License-Identifier: GPL-2.0
/*
 * The load with everything but its data in pages of hugetlb: program, variables and
 * stack. A few pages of them are accessed all the time, which no cache misses, and
 * the model sees none. Linked with --wrap=main.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>
#include "apart.h"
#include "load.h"

#define HUGE_BYTES	(2UL << 20)

static ucontext_t moved;
static char **arguments;
static int nr_arguments;

static void *map_huge(int prot)
{
	void *memory = mmap(NULL, HUGE_BYTES, prot,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	if (memory == MAP_FAILED)
		die("no page of hugetlb: %s", strerror(errno));
	return memory;
}

/* Copy the pages of the huge page at @from that are mapped: the heap begins there too. */
static void copy_mapped(char *to, const char *from)
{
	size_t at;

	for (at = 0; at < HUGE_BYTES; at += PAGE_BYTES) {
		struct iovec here = { to + at, PAGE_BYTES };
		struct iovec there = { (char *)from + at, PAGE_BYTES };

		if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) < 0 &&
		    errno != EFAULT)
			die("process_vm_readv: %s", strerror(errno));
	}
}

/* Replace the program that runs by its copy. */
static void move_program(void)
{
	char *copy = map_huge(PROT_READ | PROT_WRITE | PROT_EXEC);

	if ((uintptr_t)__executable_start % HUGE_BYTES ||
	    _end > __executable_start + HUGE_BYTES)
		die("the program is not within a huge page");
	copy_mapped(copy, __executable_start);
	if (mremap(copy, HUGE_BYTES, HUGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED,
		   __executable_start) == MAP_FAILED)
		die("mremap: %s", strerror(errno));
}

static void run_moved(void)
{
	exit(__real_main(nr_arguments, arguments));
}

int __wrap_main(int argc, char **argv)
{
	nr_arguments = argc;
	arguments = argv;
	move_program();
	if (getcontext(&moved))
		die("getcontext: %s", strerror(errno));
	moved.uc_stack.ss_sp = map_huge(PROT_READ | PROT_WRITE);
	moved.uc_stack.ss_size = HUGE_BYTES;
	makecontext(&moved, run_moved, 0);
	setcontext(&moved);
	die("setcontext: %s", strerror(errno));
}
