// SPDX-License-Identifier: GPL-2.0
/*
 * Random requests to /dev/hmt, on processes that come and go.
 *
 *	hmt_ioctl_fuzz SEED COUNT
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libfuzz.h"
#include "libioctl.h"

static const pid_t *fuzz_pids;
static unsigned long accepted;

static __u64 fuzz_number(void)
{
	switch (fuzz_below(6)) {
	case 0:
		return 0;
	case 1:
		return 1ULL << fuzz_below(64);
	case 2:
		return -(1ULL << fuzz_below(64));
	case 3:
		return (uintptr_t)area + fuzz_below(PAGES) * PAGE_BYTES;
	case 4:
		return fuzz_below(PAGES) * PAGE_BYTES;
	default:
		return fuzz_below(1UL << 32) << 32 | fuzz_below(1UL << 32);
	}
}

/* Only into writable memory. */
static __u64 fuzz_pointer(void *good)
{
	switch (fuzz_below(8)) {
	case 0:
		return 0;
	case 1:
		return BAD_POINTER;
	case 2:
		return ULLONG_MAX - fuzz_below(64);
	default:
		return (uintptr_t)good;
	}
}

static pid_t fuzz_pid(void)
{
	if (!fuzz_below(8))
		return fuzz_below(400);
	return fuzz_pids[fuzz_below(4)];
}

static void fuzz_bytes(union request *what, size_t size)
{
	size_t i, count = fuzz_below(3);

	for (i = 0; i < count; i++)
		what->bytes[4 + fuzz_below(size - 4)] = fuzz_below(256);
	if (!fuzz_below(16))
		what->size = fuzz_below(6000);
}

static void fuzz_once(void *pages)
{
	static const unsigned long commands[] = {
		HMT_QUERY, HMT_MOVE, HMT_ADVISE, HMT_REPORT, HMT_BEST
	};
	unsigned long command = commands[fuzz_below(LENGTH_OF(commands))];
	union request what;

	fuzz_bytes(make(command, &what), make(command, &what)->size);
	if (command == HMT_QUERY) {
		what.query.pid = fuzz_pid();
		if (!fuzz_below(2))
			what.query.start = fuzz_number();
		if (!fuzz_below(2))
			what.query.length = fuzz_number() % (1 << 22);
		what.query.pages = fuzz_pointer(pages);
	} else if (command == HMT_MOVE) {
		what.move.pid = fuzz_pid();
		what.move.uid = fuzz_below(8) ? fuzz_below(3) :
						  fuzz_number();
		if (!fuzz_below(2))
			what.move.start = fuzz_number();
		if (!fuzz_below(2))
			what.move.length = fuzz_number();
	} else if (command == HMT_ADVISE) {
		what.advise.pid = fuzz_pid();
		what.advise.advice = fuzz_below(HMT_ADVICE_READ_WRITE + 2);
		if (!fuzz_below(2))
			what.advise.start = fuzz_number();
		if (!fuzz_below(2))
			what.advise.length = fuzz_number();
	} else if (command == HMT_REPORT) {
		what.report.pid = fuzz_pid();
		what.report.ranges = fuzz_pointer(&heat);
		heat.start = fuzz_number();
		heat.length = fuzz_number();
	} else {
		what.best.cpus = fuzz_pointer(infos);
		what.best.devices = fuzz_pointer(infos);
		what.best.bytes = fuzz_number();
	}
	/* Few of the numbers are descriptors, and none is a pidfd. */
	if (command != HMT_BEST && !fuzz_below(4))
		what.query.flags |= HMT_PIDFD;
	if (!fuzz_below(32))
		command = _IO(HMT_IOC, fuzz_below(256));
	accepted += !request(command, &what);
}

/* Memory after the array must not be written. */
static void *map_guarded(size_t bytes)
{
	char *start = mmap(NULL, bytes + (64 << 20), PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED || mprotect(start, bytes,
					    PROT_READ | PROT_WRITE))
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	return start;
}

static void fuzz_as_child(void)
{
	char *mine = map_pages(PAGES);
	unsigned long end = random_below(1000);

	while (end--)
		mine[random_below(PAGES) * PAGE_BYTES]++;
	_exit(0);
}

static void run_fuzz(unsigned long count)
{
	uint64_t *words = area;
	void *pages = map_guarded(PAGES * sizeof(struct hmt_page_info));
	pid_t pids[4] = { 0, getpid(), 0, 2 };
	unsigned long i;

	for (i = 0; i < PAGES; i++)
		page_fill(words + i * PAGE_WORDS, 7, i, 0);
	fuzz_pids = pids;
	for (i = 0; i < count; i++) {
		if (i % 50 == 0) {
			if (pids[2])
				waitpid(pids[2], NULL, 0);
			pids[2] = make_child();
			if (!pids[2])
				fuzz_as_child();
		}
		fuzz_begin();
		fuzz_once(pages);
		fuzz_end();
	}
	waitpid(pids[2], NULL, 0);
	for (i = 0; i < PAGES; i++)
		if (!page_good(words + i * PAGE_WORDS, 7, i, 0))
			die(EXIT_WRONG, "page %lu is wrong", i);
}

int main(int argc, char **argv)
{
	unsigned long count;

	if (argc != 3)
		die(EXIT_USAGE, "usage: hmt_ioctl_fuzz SEED COUNT");
	count = number(argv[2]);
	open_device();
	fuzz_open(number(argv[1]));
	run_fuzz(count);
	printf("%lu accepted, ", accepted);
	fuzz_print(count, "requests");
	return 0;
}
