// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libfuzz.h"
#include "libtest.h"

/* As in Documentation/dev-tools/kcov.rst. */
#define KCOV_INIT_TRACE	_IOR('c', 1, unsigned long)
#define KCOV_ENABLE	_IO('c', 100)
#define KCOV_TRACE_PC	0

#define COVER_WORDS	(64UL << 10)
#define BLOCKS_MAX	(64UL << 10)
#define TAPE_BYTES	256
#define TAPES_MAX	1024

/**
 * struct tape - an input
 * @length: number of bytes that were read
 * @bytes: decide what is done; zeros follow
 */
struct tape {
	size_t length;
	unsigned char bytes[TAPE_BYTES];
};

/* Addresses that kcov has recorded: the first word is their number. */
static unsigned long *cover;
/* Hash table of the addresses that were ever recorded. */
static unsigned long blocks[BLOCKS_MAX];
static size_t nr_blocks;
static struct tape tapes[TAPES_MAX], tape;
static size_t nr_tapes;
static unsigned long inputs;
static uint64_t state;

static unsigned long any_below(unsigned long end)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % end;
}

void fuzz_open(unsigned long seed)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);

	state = seed * 0x9e3779b97f4a7c15ULL | 1;
	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, COVER_WORDS))
		return;
	cover = mmap(NULL, COVER_WORDS * sizeof(*cover),
		     PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (cover == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		die(EXIT_SYSTEM, "kcov does not work");
}

/* Return true if the address was not in the table. */
static bool add_block(unsigned long address)
{
	size_t slot = address * 0x9e3779b97f4a7c15ULL >> 48;

	for (; blocks[slot]; slot = (slot + 1) % BLOCKS_MAX)
		if (blocks[slot] == address)
			return false;
	if (nr_blocks == BLOCKS_MAX / 2)
		return false;
	blocks[slot] = address;
	nr_blocks++;
	return true;
}

/* Change some bytes, or put the beginning of another tape in front of the rest. */
static void change_tape(void)
{
	const struct tape *other = &tapes[any_below(nr_tapes)];
	size_t i, at = any_below(tape.length + 1);

	if (any_below(4) == 0)
		memcpy(tape.bytes, other->bytes, at);
	for (i = any_below(6); i; i--)
		tape.bytes[any_below(tape.length + 8) % TAPE_BYTES] =
			any_below(256);
}

void fuzz_begin(void)
{
	size_t i;

	inputs++;
	if (nr_tapes && any_below(8)) {
		tape = tapes[any_below(nr_tapes)];
		change_tape();
	} else {
		for (i = 0; i < TAPE_BYTES; i++)
			tape.bytes[i] = any_below(256);
	}
	tape.length = 0;
	if (cover)
		__atomic_store_n(cover, 0, __ATOMIC_RELAXED);
}

unsigned long fuzz_below(unsigned long end)
{
	unsigned long value = 0, rest;

	for (rest = end - 1; rest; rest >>= 8) {
		value <<= 8;
		if (tape.length < TAPE_BYTES)
			value |= tape.bytes[tape.length++];
	}
	return value % end;
}

void fuzz_end(void)
{
	bool new = false;
	size_t i, count;

	if (!cover)
		return;
	count = __atomic_load_n(cover, __ATOMIC_RELAXED);
	for (i = 1; i <= count; i++)
		new |= add_block(cover[i]);
	if (new)
		tapes[nr_tapes < TAPES_MAX ? nr_tapes++ :
					     any_below(TAPES_MAX)] = tape;
}

void fuzz_print(unsigned long steps, const char *what)
{
	printf("%lu inputs, %lu %s, ", inputs, steps, what);
	if (nr_blocks)
		printf("%zu blocks, %zu inputs kept\n", nr_blocks, nr_tapes);
	else
		printf("without coverage\n");
}
