// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses of a device to each kind of memory: the cases of the kernel's own
 * tests of HMM (tools/testing/selftests/mm/hmm-tests.c), for our devices.
 *
 *	hmt_sim_cases DEVICE DEVICE
 *
 * Prints a line for each case that goes wrong, and the number of cases. Exit
 * status 0 when none did. Takes 2 huge pages of hugetlbfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/hmt_sim.h>

#include "libtest.h"

#define PAGES		32
#define BYTES		(PAGES * PAGE_BYTES)
#define WORDS		(PAGES * PAGE_WORDS)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED		(MAP_SHARED | MAP_ANONYMOUS)

static int devices[2];

/* The values that the CPU or the device writes: value + index. */
enum { BY_CPU = 1000, BY_DEVICE = 2000000 };

static int request(int device, unsigned int kernel, unsigned int flags,
		   void *at, size_t bytes, uint64_t *value)
{
	struct hmt_sim_run run = {
		.size = sizeof(run),
		.kernel = kernel,
		.flags = flags,
		.src = (uintptr_t)at,
		.dst = (uintptr_t)at,
		.bytes = bytes,
		.value = *value,
	};
	int ret = ioctl(devices[device], HMT_SIM_RUN, &run) ? errno : 0;

	*value = run.value;
	return ret;
}

/* Return 0, an error, or -1 if the sum is wrong. */
static int sum_by(int device, void *at, size_t bytes, uint64_t from,
		  unsigned int flags)
{
	uint64_t n = bytes / sizeof(uint64_t), value = 0;
	int ret = request(device, HMT_SIM_SUM, flags, at, bytes, &value);

	if (ret)
		return ret;
	return value == n * from + n * (n - 1) / 2 ? 0 : -1;
}

static int sum(void *at, size_t bytes, uint64_t from)
{
	return sum_by(0, at, bytes, from, HMT_SIM_MIGRATE);
}

static int scatter(void *at, size_t bytes)
{
	uint64_t value = BY_DEVICE;

	return request(0, HMT_SIM_SCATTER, HMT_SIM_MIGRATE, at, bytes, &value);
}

static void fill(uint64_t *at, size_t words)
{
	size_t i;

	for (i = 0; i < words; i++)
		at[i] = BY_CPU + i;
}

static bool holds(const uint64_t *at, size_t words, uint64_t from)
{
	size_t i;

	for (i = 0; i < words; i++)
		if (at[i] != from + i)
			return false;
	return true;
}

static void *map(size_t bytes, int flags, int fd)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (at == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	return at;
}

static void protect(void *at, int protection)
{
	if (mprotect(at, BYTES, protection))
		die(EXIT_SYSTEM, "mprotect: %s", strerror(errno));
}

static int make_file(void)
{
	static uint64_t words[WORDS];
	int fd = memfd_create("cases", 0);

	fill(words, WORDS);
	if (fd < 0 || write(fd, words, BYTES) != (ssize_t)BYTES)
		die(EXIT_SYSTEM, "file: %s", strerror(errno));
	return fd;
}

static bool file_holds(int fd, uint64_t from)
{
	static uint64_t words[WORDS];

	return pread(fd, words, BYTES, 0) == (ssize_t)BYTES &&
	       holds(words, WORDS, from);
}

/* The first failed expectation of the running case. */
static const char *wrong;

static void expect(bool condition, const char *text)
{
	if (!condition && !wrong)
		wrong = text;
}

#define EXPECT(condition) expect(condition, #condition)

static void none_read(uint64_t *at)
{
	fill(at, WORDS);
	protect(at, PROT_NONE);
	EXPECT(sum(at, BYTES, BY_CPU) == EFAULT);
	EXPECT(sum_by(0, at, BYTES, BY_CPU, 0) == EFAULT);
	protect(at, PROT_READ);
	EXPECT(!sum(at, BYTES, BY_CPU));
	EXPECT(holds(at, WORDS, BY_CPU));
}

static void read_only_write(uint64_t *at)
{
	fill(at, WORDS);
	protect(at, PROT_READ);
	EXPECT(scatter(at, BYTES) == EPERM);
	EXPECT(!sum(at, BYTES, BY_CPU));
	/* The same while it is on the device. */
	EXPECT(scatter(at, BYTES) == EPERM);
	protect(at, PROT_READ | PROT_WRITE);
	EXPECT(!scatter(at, BYTES));
	EXPECT(holds(at, WORDS, BY_DEVICE));
}

/* A child does not see writes of the device to private memory. */
static void write_beside_child(uint64_t *at, bool on_device,
			       uint64_t expected)
{
	int go[2], status;
	char byte = 0;
	pid_t pid;

	fill(at, WORDS);
	if (pipe(go))
		die(EXIT_SYSTEM, "pipe: %s", strerror(errno));
	EXPECT(!on_device || !sum(at, BYTES, BY_CPU));
	pid = fork();
	if (!pid) {
		if (read(go[0], &byte, 1) != 1)
			_exit(EXIT_SYSTEM);
		_exit(holds(at, WORDS, expected) ? 0 : EXIT_WRONG);
	}
	EXPECT(!scatter(at, BYTES));
	EXPECT(write(go[1], &byte, 1) == 1);
	EXPECT(waitpid(pid, &status, 0) == pid && !status);
	EXPECT(holds(at, WORDS, BY_DEVICE));
	close(go[0]);
	close(go[1]);
}

static void child_write(uint64_t *at)
{
	write_beside_child(at, false, BY_CPU);
}

static void child_cow(uint64_t *at)
{
	write_beside_child(at, true, BY_CPU);
}

static void child_shared(uint64_t *at)
{
	(void)at;
	write_beside_child(map(BYTES, SHARED, -1), true, BY_DEVICE);
}

static void write_huge(uint64_t *huge)
{
	fill(huge, HUGE_BYTES / 8);
	EXPECT(!sum(huge, HUGE_BYTES, BY_CPU));
	EXPECT(!scatter(huge, HUGE_BYTES));
	EXPECT(holds(huge, HUGE_BYTES / 8, BY_DEVICE));
	munmap(huge, HUGE_BYTES);
}

static void huge_write(uint64_t *at)
{
	(void)at;
	write_huge(map_huge(HUGE_PAGES, MADV_HUGEPAGE));
}

static void hugetlb_write(uint64_t *at)
{
	uint64_t *huge = map(HUGE_BYTES, ANON | MAP_HUGETLB, -1);

	(void)at;
	write_huge(huge);
}

static void file_shared(uint64_t *at)
{
	int fd = make_file();

	at = map(BYTES, MAP_SHARED, fd);
	EXPECT(!sum(at, BYTES, BY_CPU));
	EXPECT(!scatter(at, BYTES));
	EXPECT(holds(at, WORDS, BY_DEVICE));
	EXPECT(file_holds(fd, BY_DEVICE));
	close(fd);
}

static void file_private(uint64_t *at)
{
	int fd = make_file();

	at = map(BYTES, MAP_PRIVATE, fd);
	EXPECT(!sum(at, BYTES, BY_CPU));
	EXPECT(!scatter(at, BYTES));
	/* Now they are anonymous, and may be on the device. */
	EXPECT(!sum(at, BYTES, BY_DEVICE));
	EXPECT(holds(at, WORDS, BY_DEVICE));
	EXPECT(file_holds(fd, BY_CPU));
	close(fd);
}

/* A file that is shorter than its mapping, and one that cannot be written. */
static void file_refused(uint64_t *at)
{
	int fd = make_file();

	at = map(BYTES, MAP_SHARED, fd);
	if (ftruncate(fd, 0))
		die(EXIT_SYSTEM, "truncate: %s", strerror(errno));
	EXPECT(sum(at, BYTES, BY_CPU) == EFAULT);
	EXPECT(scatter(at, BYTES) == EFAULT);
	protect(at, PROT_READ);
	EXPECT(scatter(at, BYTES) == EPERM);
	close(fd);
}

static void partly_back(uint64_t *at)
{
	fill(at, WORDS);
	EXPECT(!sum(at, BYTES, BY_CPU));
	EXPECT(holds(at, WORDS / 2, BY_CPU));
	EXPECT(!sum(at, BYTES, BY_CPU));
	EXPECT(holds(at, WORDS, BY_CPU));
}

static void released(uint64_t *at)
{
	uint64_t *area = map(BYTES, ANON, -1);

	(void)at;
	fill(area, WORDS);
	EXPECT(!sum(area, BYTES, BY_CPU));
	EXPECT(!munmap(area, BYTES));
	EXPECT(sum(area, BYTES, BY_CPU) == EFAULT);
}

/* Pages that are not there, the zero page, read-only ones, and a hole. */
static void mixed(uint64_t *at)
{
	uint64_t zero = 0;

	munmap((char *)at + 3 * PAGE_BYTES, PAGE_BYTES);
	EXPECT(!*(volatile uint64_t *)((char *)at + PAGE_BYTES));
	fill(at + 2 * PAGE_WORDS, PAGE_WORDS);
	mprotect(at + 2 * PAGE_WORDS, PAGE_BYTES, PROT_READ);
	fill(at + 4 * PAGE_WORDS, PAGE_WORDS);
	EXPECT(request(0, HMT_SIM_SUM, HMT_SIM_MIGRATE, at, BYTES, &zero) ==
	       EFAULT);
	zero = 0;
	EXPECT(!request(0, HMT_SIM_SUM, HMT_SIM_MIGRATE, at, 2 * PAGE_BYTES,
			&zero) && !zero);
	EXPECT(!sum(at + 2 * PAGE_WORDS, PAGE_BYTES, BY_CPU));
	EXPECT(!sum(at + 4 * PAGE_WORDS, PAGE_BYTES, BY_CPU));
	EXPECT(page_zero(at) && page_zero(at + PAGE_WORDS));
	EXPECT(holds(at + 2 * PAGE_WORDS, PAGE_WORDS, BY_CPU));
	EXPECT(holds(at + 4 * PAGE_WORDS, PAGE_WORDS, BY_CPU));
	/* Empty pages can be written as well. */
	EXPECT(!scatter(at + 5 * PAGE_WORDS, PAGE_BYTES));
	EXPECT(holds(at + 5 * PAGE_WORDS, PAGE_WORDS, BY_DEVICE));
}

static void again(uint64_t *at)
{
	unsigned int i;

	fill(at, WORDS);
	for (i = 0; i < 4; i++) {
		EXPECT(!sum(at, BYTES, BY_CPU));
		EXPECT(!sum_by(0, at, BYTES, BY_CPU, 0));
		EXPECT(holds(at, WORDS, BY_CPU));
	}
}

static void *unmap_slowly(void *area)
{
	size_t page;

	for (page = PAGES; page--;)
		munmap((char *)area + page * PAGE_BYTES, PAGE_BYTES);
	return NULL;
}

static void teardown(uint64_t *at)
{
	unsigned int i;
	int ret;

	for (i = 0; i < 20; i++) {
		pthread_t thread;

		at = map(BYTES, ANON, -1);
		fill(at, WORDS);
		EXPECT(!pthread_create(&thread, NULL, unmap_slowly, at));
		do
			ret = sum_by(i & 1, at, BYTES, BY_CPU, HMT_SIM_MIGRATE);
		while (!ret);
		pthread_join(thread, NULL);
		EXPECT(ret == EFAULT);
	}
}

static void both(uint64_t *at)
{
	fill(at, WORDS);
	EXPECT(!sum_by(0, at, BYTES, BY_CPU, 0));
	EXPECT(!sum_by(1, at, BYTES, BY_CPU, 0));
	EXPECT(!sum_by(0, at, BYTES, BY_CPU, HMT_SIM_MIGRATE));
	EXPECT(!sum_by(1, at, BYTES, BY_CPU, 0));
	EXPECT(!sum_by(1, at, BYTES, BY_CPU, HMT_SIM_MIGRATE));
	EXPECT(!sum_by(0, at, BYTES, BY_CPU, 0));
	EXPECT(!scatter(at, BYTES));
	EXPECT(!sum_by(1, at, BYTES, BY_DEVICE, 0));
	EXPECT(holds(at, WORDS, BY_DEVICE));
}

/* A device that pins for long: pages on our device leave it first. */
static void pinned(uint64_t *at)
{
	struct io_uring_params params = {};
	struct iovec part = { .iov_base = at, .iov_len = BYTES };
	int fd = syscall(SYS_io_uring_setup, 4, &params);

	fill(at, WORDS);
	EXPECT(fd >= 0);
	EXPECT(!sum(at, BYTES, BY_CPU));
	EXPECT(!syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS,
			&part, 1));
	EXPECT(!sum(at, BYTES, BY_CPU));
	EXPECT(!scatter(at, BYTES));
	EXPECT(holds(at, WORDS, BY_DEVICE));
	EXPECT(!close(fd));
}

static const struct {
	const char *name;
	void (*run)(uint64_t *at);
} cases[] = {
	{ "none_read", none_read },
	{ "read_only_write", read_only_write },
	{ "child_write", child_write },
	{ "child_cow", child_cow },
	{ "child_shared", child_shared },
	{ "huge_write", huge_write },
	{ "hugetlb_write", hugetlb_write },
	{ "file_shared", file_shared },
	{ "file_private", file_private },
	{ "file_refused", file_refused },
	{ "partly_back", partly_back },
	{ "released", released },
	{ "mixed", mixed },
	{ "again", again },
	{ "teardown", teardown },
	{ "both", both },
	{ "pinned", pinned },
	{ NULL, NULL },
};

static int open_device(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	return fd;
}

int main(int argc, char **argv)
{
	unsigned int i, bad = 0;

	if (argc != 3)
		die(EXIT_USAGE, "usage: hmt_sim_cases DEVICE DEVICE");
	for (i = 0; i < 2; i++)
		devices[i] = open_device(argv[i + 1]);
	for (i = 0; cases[i].run; i++) {
		uint64_t *at = map(BYTES, ANON, -1);

		wrong = NULL;
		cases[i].run(at);
		munmap(at, BYTES);
		if (wrong)
			printf("%s: not so: %s\n", cases[i].name, wrong);
		bad += !!wrong;
	}
	printf("%u cases\n", i);
	return bad ? EXIT_WRONG : 0;
}
