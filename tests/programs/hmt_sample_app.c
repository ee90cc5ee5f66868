// SPDX-License-Identifier: GPL-2.0
/*
 * A program that lets the sample device with faults add to the words of an
 * array, and compares every word.
 *
 *	hmt_sample_app MIB [DEVICE]
 *
 * Commands, one a line, each answered by one line:
 *	add N		the device adds N to each word: "ok", an error, or the
 *			number of wrong words
 *	follow		pages follow devices (HMT_ADVICE_FOLLOW)
 *	bad		jobs that must be refused: "ok" when all were
 *	long PATH	the device adds 1 to each word of a file, LONG_TURNS times
 *			in one job: "ok" or an error
 *	read N		the device that reads does, the first word of each page, N
 *			times: "ok", an error or "wrong"
 *	mostly		the array is read-mostly, and protected: "ok"
 *	write		the program writes to it, what is there: "ok"
 *	range		addresses of the array, as in /proc/PID/maps
 *	quit		compare a last time
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/hmt.h>

#include "../../configfs-tools/libhmt/libhmt.h"
#include "libtest.h"

/* Times that one job goes over a file. */
#define LONG_TURNS	512

struct job {
	uint64_t addr;
	uint64_t words;
	uint64_t add;
};

static uint64_t *array;
static size_t words;
static uint64_t sum;
static const char *device_path = "/dev/hmt_sample";
static int device;
static struct hmt_read_mostly *mostly;

static const char *check(void)
{
	static char text[64];
	size_t i, wrong = 0;

	for (i = 0; i < words; i++)
		wrong += array[i] != i + sum;
	if (!wrong)
		return "ok";
	snprintf(text, sizeof(text), "%zu wrong", wrong);
	return text;
}

static int run(void *start, size_t count, uint64_t add)
{
	struct job job = { (uintptr_t)start, count, add };

	return write(device, &job, sizeof(job)) == sizeof(job) ? 0 : errno;
}

static const char *do_add(unsigned long add)
{
	int error = run(array, words, add);

	if (error)
		return strerrorname_np(error);
	sum += add;
	return check();
}

static const char *do_follow(void)
{
	struct hmt_advise advise = {
		.size = sizeof(advise),
		.advice = HMT_ADVICE_FOLLOW,
		.start = (uintptr_t)array,
		.length = words * sizeof(*array),
	};
	int fd = open("/dev/hmt", O_RDWR | O_CLOEXEC);
	int error = ioctl(fd, HMT_ADVISE, &advise) ? errno : 0;

	close(fd);
	return error ? strerrorname_np(error) : "ok";
}

/* The device reads the first word of each page. */
static const char *do_read(size_t times)
{
	uint64_t word;
	size_t i;

	while (times--)
		for (i = 0; i < words; i += PAGE_WORDS) {
			if (pread(device, &word, sizeof(word),
				  (off_t)(uintptr_t)&array[i]) != sizeof(word))
				return strerrorname_np(errno);
			if (word != array[i])
				return "wrong";
		}
	return "ok";
}

static const char *do_mostly(void)
{
	int error = hmt_read_mostly_begin(open("/dev/hmt", O_RDWR | O_CLOEXEC),
					  array, words * sizeof(*array), 1, 0,
					  &mostly);

	return error ? strerrorname_np(-error) : "ok";
}

static const char *do_write(void)
{
	size_t i;

	for (i = 0; i < words; i += PAGE_WORDS)
		((volatile uint64_t *)array)[i] = array[i];
	return "ok";
}

/* Refused jobs: of a hole, of read-only memory, unaligned, and too short. */
static const char *do_bad(void)
{
	char *hole = map_pages(2);
	char *constant = map_pages(1);

	munmap(hole + PAGE_BYTES, PAGE_BYTES);
	mprotect(constant, PAGE_BYTES, PROT_READ);
	if (run(hole, 2 * PAGE_WORDS, 1) != EFAULT)
		return "a hole was written";
	if (run(constant, 1, 1) != EPERM)
		return "read-only memory was written";
	if (run((char *)array + 1, 1, 1) != EINVAL)
		return "an unaligned job ran";
	if (write(device, array, 1) >= 0 || errno != EINVAL)
		return "a short job ran";
	return "ok";
}

/* Map the file again and again at adjacent addresses, for one job. */
static const char *do_long(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	off_t bytes = lseek(fd, 0, SEEK_END);
	char *at;
	int i, error;

	if (bytes <= 0)
		return "no file";
	at = mmap(NULL, bytes * LONG_TURNS, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return strerrorname_np(errno);
	for (i = 0; i < LONG_TURNS; i++)
		if (mmap(at + i * bytes, bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
			return strerrorname_np(errno);
	error = run(at, LONG_TURNS * bytes / sizeof(uint64_t), 1);
	return error ? strerrorname_np(error) : "ok";
}

static const char *do_range(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "%lx-%lx", (unsigned long)array,
		 (unsigned long)(array + words));
	return text;
}

static const char *answer_to(const char *name, const char *argument)
{
	if (!strcmp(name, "add") && argument)
		return do_add(number(argument));
	if (!strcmp(name, "follow"))
		return do_follow();
	if (!strcmp(name, "bad"))
		return do_bad();
	if (!strcmp(name, "long") && argument)
		return do_long(argument);
	if (!strcmp(name, "read") && argument)
		return do_read(number(argument));
	if (!strcmp(name, "mostly"))
		return do_mostly();
	if (!strcmp(name, "write"))
		return do_write();
	if (!strcmp(name, "range"))
		return do_range();
	die(EXIT_USAGE, "unknown command '%s'", name);
}

int main(int argc, char **argv)
{
	char line[64], *argument;
	size_t i;

	if (argc != 2 && argc != 3)
		die(EXIT_USAGE, "usage: hmt_sample_app MIB [DEVICE]");
	if (argc == 3)
		device_path = argv[2];
	words = number(argv[1]) * PAGES_PER_MIB * PAGE_WORDS;
	array = map_windows(words / PAGE_WORDS);
	for (i = 0; i < words; i++)
		array[i] = i;
	device = open(device_path, O_RDWR | O_CLOEXEC);
	if (device < 0)
		die(EXIT_SYSTEM, "%s: %s", device_path, strerror(errno));
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (read_command(line, sizeof(line), &argument))
		puts(answer_to(line, argument));
	puts(check());
	return strcmp(check(), "ok") ? EXIT_WRONG : 0;
}
