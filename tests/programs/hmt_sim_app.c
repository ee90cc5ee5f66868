// SPDX-License-Identifier: GPL-2.0
/*
 * A program that works on one array with CPU and simulated accelerators, and
 * compares every word. Two areas of the same size, A and B, start out filled.
 *
 *	hmt_sim_app [huge] MIB DEVICE...
 *
 * With "huge", A is in huge pages.
 *
 * Commands, one a line; each is answered by one line: "ok", numbers, or what
 * was wrong. N is the number of a device, from 0; "move" lets the device bring
 * to its memory what it touches; "prefetch", in place of it, moves A there before.
 *	sum N [move]	the device adds A up
 *	copy N [move]	the device copies A to B
 *	stencil N [move]	the device computes B from A
 *	glance N P	the device adds page P of A up
 *	await N		the device reads memory that userfaultfd serves, and nothing
 *			does: no answer
 *	touch		the CPU compares A: "W wrong L lost"
 *	peek P		the CPU compares page P of A
 *	rewrite		the CPU writes other words to A
 *	fork		a child compares A, rewrites it and compares; so does
 *			the parent afterwards
 *	keep		a child is forked that keeps A as it is
 *	kept		that child compares A and ends
 *	remap		A moves to other addresses
 *	hole P N	N pages of A from page P on are unmapped, and filled anew
 *	split P		only page P of A is locked, and unlocked again
 *	collapse	A is made of huge pages again
 *	discard		A is empty again, and is filled again
 *	protect		A is made read-only and writable again
 *	lock, unlock	mlock(2), munlock(2) of A
 *	pin		first 16 pages of A go into a pipe
 *	unpin		and out again: "W wrong"
 *	storm SECONDS N...	devices and CPU rewrite and compare in turn
 *	range		addresses of A, as in /proc/PID/maps
 *	close		no device is open any more
 *	bad		calls that must be refused: "ok" when all were
 *	quit		compares A a last time
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
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
#include <linux/mman.h>
#include <linux/userfaultfd.h>

#include "libtest.h"

#define DEVICES_MAX	4
#define PIN_PAGES	16

static bool huge;
static int devices[DEVICES_MAX];
static int nr_devices;
static size_t pages;
static uint64_t *a, *b;
static uint32_t version;
static int pipe_fd[2] = { -1, -1 };

static sigjmp_buf lost;

static void on_sigbus(int signal)
{
	siglongjmp(lost, signal);
}

static uint64_t word_of(size_t index)
{
	return page_word(1, index / PAGE_WORDS, index % PAGE_WORDS, version);
}

static void fill(uint64_t *at)
{
	size_t page;

	for (page = 0; page < pages; page++)
		page_fill(at + page * PAGE_WORDS, 1, page, version);
}

/* Count wrong pages of @at, and lost pages separately. */
static size_t wrong(const uint64_t *at, size_t *gone)
{
	volatile size_t count = 0, page;

	*gone = 0;
	for (page = 0; page < pages; page++) {
		if (sigsetjmp(lost, 1)) {
			++*gone;
			continue;
		}
		if (!page_good(at + page * PAGE_WORDS, 1, page, version))
			count++;
	}
	return count;
}

static const char *verdict(size_t count, size_t gone)
{
	static char text[64];

	if (!count && !gone)
		return "ok";
	snprintf(text, sizeof(text), "%zu wrong %zu lost", count, gone);
	return text;
}

static const char *check(const uint64_t *at)
{
	size_t gone, count = wrong(at, &gone);

	return verdict(count, gone);
}

static int run(int device, unsigned int kernel, unsigned int flags,
	       uint64_t *value)
{
	struct hmt_sim_run request = {
		.size = sizeof(request),
		.kernel = kernel,
		.flags = flags,
		.src = (uintptr_t)a,
		.dst = (uintptr_t)b,
		.bytes = pages * PAGE_BYTES,
	};
	int ret;

	if (device >= nr_devices)
		die(EXIT_USAGE, "no device %d", device);
	ret = ioctl(devices[device], HMT_SIM_RUN, &request);
	if (value)
		*value = request.value;
	return ret;
}

static const char *do_sum(int device, unsigned int flags)
{
	uint64_t value, expected = 0;
	size_t i;

	if (run(device, HMT_SIM_SUM, flags, &value))
		return strerrorname_np(errno);
	for (i = 0; i < pages * PAGE_WORDS; i++)
		expected += word_of(i);
	return value == expected ? "ok" : "wrong sum";
}

static const char *do_glance(char *arguments)
{
	size_t device = number(strtok(arguments, " "));
	size_t page = number(strtok(NULL, " ")), i;
	struct hmt_sim_run request = {
		.size = sizeof(request),
		.kernel = HMT_SIM_SUM,
		.src = (uintptr_t)(a + page * PAGE_WORDS),
		.dst = (uintptr_t)b,
		.bytes = PAGE_BYTES,
	};
	uint64_t expected = 0;

	if (device >= (size_t)nr_devices || page >= pages)
		die(EXIT_USAGE, "no device %zu or page %zu", device, page);
	if (ioctl(devices[device], HMT_SIM_RUN, &request))
		return strerrorname_np(errno);
	for (i = 0; i < PAGE_WORDS; i++)
		expected += word_of(page * PAGE_WORDS + i);
	return request.value == expected ? "ok" : "wrong sum";
}

static const char *do_await(size_t device)
{
	struct uffdio_api api = { .api = UFFD_API };
	void *at = map_windows(WINDOW_PAGES);
	struct uffdio_register missing = {
		.range = { .start = (uintptr_t)at, .len = WINDOW_BYTES },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct hmt_sim_run request = {
		.size = sizeof(request),
		.kernel = HMT_SIM_SUM,
		.src = (uintptr_t)at,
		.bytes = PAGE_BYTES,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (device >= (size_t)nr_devices)
		die(EXIT_USAGE, "no device %zu", device);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &missing) ||
	    ioctl(devices[device], HMT_SIM_RUN, &request))
		return strerrorname_np(errno);
	return "it did not wait";
}

static const char *do_copy(int device, unsigned int flags)
{
	if (run(device, HMT_SIM_COPY, flags, NULL))
		return strerrorname_np(errno);
	return check(b);
}

static const char *do_stencil(int device, unsigned int flags)
{
	size_t i, words = pages * PAGE_WORDS, bad = 0;

	if (run(device, HMT_SIM_STENCIL, flags, NULL))
		return strerrorname_np(errno);
	for (i = 0; i < words; i++) {
		uint64_t expected = word_of(i);

		expected += i ? word_of(i - 1) : 0;
		expected += i + 1 < words ? word_of(i + 1) : 0;
		bad += b[i] != expected;
	}
	return verdict(bad, 0);
}

static const char *do_rewrite(void)
{
	version++;
	fill(a);
	return "ok";
}

static const char *do_fork(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return "fork";
	if (!pid) {
		if (strcmp(check(a), "ok"))
			_exit(EXIT_WRONG);
		version += 1000;
		fill(a);
		_exit(strcmp(check(a), "ok") ? EXIT_WRONG : 0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		return "wrong in the child";
	return check(a);
}

static pid_t keeper;
static int keeper_fd[2];

static const char *do_keep(void)
{
	char byte;

	if (pipe(keeper_fd))
		return "pipe";
	keeper = fork();
	if (!keeper) {
		close(keeper_fd[1]);
		if (read(keeper_fd[0], &byte, 1))
			_exit(EXIT_SYSTEM);
		_exit(strcmp(check(a), "ok") ? EXIT_WRONG : 0);
	}
	close(keeper_fd[0]);
	return keeper < 0 ? "fork" : "ok";
}

static const char *do_kept(void)
{
	int status;

	close(keeper_fd[1]);
	return waitpid(keeper, &status, 0) != keeper || status ?
	       "wrong in the child" : "ok";
}

static const char *do_remap(void)
{
	uint64_t *to = huge ? map_huge(pages, MADV_HUGEPAGE) : map_pages(pages);

	a = mremap(a, pages * PAGE_BYTES, pages * PAGE_BYTES,
		   MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (a == MAP_FAILED)
		die(EXIT_SYSTEM, "mremap: %s", strerror(errno));
	return check(a);
}

static const char *do_hole(char *arguments)
{
	size_t first = number(strtok(arguments, " ")), page;
	size_t count = number(strtok(NULL, " "));
	char *at = (char *)a + first * PAGE_BYTES;

	if (first + count > pages || munmap(at, count * PAGE_BYTES) ||
	    mmap(at, count * PAGE_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != at ||
	    (huge && madvise(at, count * PAGE_BYTES, MADV_HUGEPAGE)))
		return strerrorname_np(errno);
	for (page = first; page < first + count; page++)
		page_fill(a + page * PAGE_WORDS, 1, page, version);
	return "ok";
}

static const char *do_split(size_t page)
{
	char *at = (char *)a + page * PAGE_BYTES;

	if (page >= pages || mlock(at, PAGE_BYTES) || munlock(at, PAGE_BYTES))
		return strerrorname_np(errno);
	return "ok";
}

static const char *do_discard(void)
{
	size_t page;

	if (madvise(a, pages * PAGE_BYTES, MADV_DONTNEED))
		return strerrorname_np(errno);
	for (page = 0; page < pages; page++)
		if (!page_zero(a + page * PAGE_WORDS))
			return "discarded pages are not empty";
	fill(a);
	return "ok";
}

static const char *do_collapse(void)
{
	if (madvise(a, pages * PAGE_BYTES, MADV_COLLAPSE))
		return strerrorname_np(errno);
	return check(a);
}

static const char *do_protect(void)
{
	if (mprotect(a, pages * PAGE_BYTES, PROT_READ) ||
	    mprotect(a, pages * PAGE_BYTES, PROT_READ | PROT_WRITE))
		return strerrorname_np(errno);
	return check(a);
}

static const char *do_lock(bool on)
{
	int ret = on ? mlock(a, pages * PAGE_BYTES) :
		       munlock(a, pages * PAGE_BYTES);

	return ret ? strerrorname_np(errno) : "ok";
}

static const char *do_pin(void)
{
	struct iovec area = { .iov_base = a, .iov_len = PIN_PAGES * PAGE_BYTES };

	if (pipe(pipe_fd) || vmsplice(pipe_fd[1], &area, 1, 0) !=
			     (ssize_t)area.iov_len)
		return strerrorname_np(errno);
	return "ok";
}

static const char *do_unpin(void)
{
	static uint64_t words[PAGE_WORDS];
	size_t page, bad = 0;

	for (page = 0; page < PIN_PAGES; page++) {
		if (read(pipe_fd[0], words, sizeof(words)) !=
		    (ssize_t)sizeof(words))
			return "short read";
		bad += !page_good(words, 1, page, version);
	}
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	return verdict(bad, 0);
}

/* Let CPU and devices take turns; @arguments: seconds and devices. */
static const char *do_storm(char *arguments)
{
	uint64_t end = now_ms() + number(strtok(arguments, " ")) * 1000;
	int chosen[DEVICES_MAX], count = 0;
	const char *word, *answer = "ok";
	unsigned int turn = 0;

	while ((word = strtok(NULL, " ")) && count < DEVICES_MAX)
		chosen[count++] = number(word);
	while (now_ms() < end && !strcmp(answer, "ok")) {
		unsigned int flags = turn & 1 ? HMT_SIM_MIGRATE : 0;
		int device = chosen[turn % count];

		if (turn % 3 == 0)
			answer = do_sum(device, HMT_SIM_MIGRATE);
		else if (turn % 3 == 1)
			answer = do_copy(device, flags);
		else
			answer = check(a);
		if (!strcmp(answer, "ok") && turn % 5 == 4)
			answer = do_rewrite();
		turn++;
	}
	return answer;
}

static bool refused(struct hmt_sim_run request, int error)
{
	return ioctl(devices[0], HMT_SIM_RUN, &request) < 0 && errno == error;
}

static const char *do_bad(void)
{
	struct hmt_sim_run good = {
		.size = sizeof(good),
		.src = (uintptr_t)a,
		.dst = (uintptr_t)b,
		.bytes = PAGE_BYTES,
	}, bad;

	bad = good;
	bad.size--;
	if (!refused(bad, EINVAL))
		return "a bad size was taken";
	bad = good;
	bad.reserved = 1;
	if (!refused(bad, EINVAL))
		return "reserved space was taken";
	bad = good;
	bad.flags = ~HMT_SIM_MIGRATE;
	if (!refused(bad, EINVAL))
		return "unknown flags were taken";
	bad = good;
	bad.kernel = HMT_SIM_KERNELS;
	if (!refused(bad, EINVAL))
		return "an unknown kernel was taken";
	bad = good;
	bad.src++;
	if (!refused(bad, EINVAL))
		return "a crooked address was taken";
	bad = good;
	bad.bytes = -8ULL;
	if (!refused(bad, EINVAL))
		return "a range without an end was taken";
	bad = good;
	bad.src = 0;
	if (!refused(bad, EFAULT))
		return "an address that is not there was read";
	if (ioctl(devices[0], HMT_SIM_RUN + 1, &good) == 0 || errno != ENOTTY)
		return "an unknown call was taken";
	return "ok";
}

static const char *do_peek(size_t page)
{
	if (page >= pages)
		die(EXIT_USAGE, "no page %zu", page);
	return verdict(!page_good(a + page * PAGE_WORDS, 1, page, version), 0);
}

static const char *do_range(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "%lx-%lx", (unsigned long)a,
		 (unsigned long)a + pages * PAGE_BYTES);
	return text;
}

static const char *do_close(void)
{
	while (nr_devices)
		close(devices[--nr_devices]);
	return "ok";
}

static const char *on_device(const char *name, char *arguments)
{
	char *word = strtok(arguments, " ");
	int device = word ? number(word) : 0;
	unsigned int flags;

	word = strtok(NULL, " ");
	flags = word && !strcmp(word, "move") ? HMT_SIM_MIGRATE :
		word && !strcmp(word, "prefetch") ? HMT_SIM_PREFETCH : 0;
	if (!strcmp(name, "sum"))
		return do_sum(device, flags);
	if (!strcmp(name, "copy"))
		return do_copy(device, flags);
	if (!strcmp(name, "stencil"))
		return do_stencil(device, flags);
	die(EXIT_USAGE, "unknown command '%s'", name);
}

static const char *answer_to(const char *name, char *arguments)
{
	if (!strcmp(name, "touch"))
		return check(a);
	if (!strcmp(name, "rewrite"))
		return do_rewrite();
	if (!strcmp(name, "fork"))
		return do_fork();
	if (!strcmp(name, "keep"))
		return do_keep();
	if (!strcmp(name, "kept"))
		return do_kept();
	if (!strcmp(name, "glance") && arguments)
		return do_glance(arguments);
	if (!strcmp(name, "await") && arguments)
		return do_await(number(arguments));
	if (!strcmp(name, "remap"))
		return do_remap();
	if (!strcmp(name, "hole") && arguments)
		return do_hole(arguments);
	if (!strcmp(name, "split") && arguments)
		return do_split(number(arguments));
	if (!strcmp(name, "discard"))
		return do_discard();
	if (!strcmp(name, "collapse"))
		return do_collapse();
	if (!strcmp(name, "protect"))
		return do_protect();
	if (!strcmp(name, "lock") || !strcmp(name, "unlock"))
		return do_lock(name[0] == 'l');
	if (!strcmp(name, "pin"))
		return do_pin();
	if (!strcmp(name, "unpin"))
		return do_unpin();
	if (!strcmp(name, "peek") && arguments)
		return do_peek(number(arguments));
	if (!strcmp(name, "range"))
		return do_range();
	if (!strcmp(name, "close"))
		return do_close();
	if (!strcmp(name, "bad"))
		return do_bad();
	if (!strcmp(name, "storm"))
		return do_storm(arguments);
	return on_device(name, arguments);
}

static void open_devices(char **names)
{
	char path[64];

	for (; names[nr_devices] && nr_devices < DEVICES_MAX; nr_devices++) {
		snprintf(path, sizeof(path), "/dev/%s", names[nr_devices]);
		devices[nr_devices] = open(path, O_RDWR | O_CLOEXEC);
		if (devices[nr_devices] < 0)
			die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_sigbus };
	char line[128], *arguments;

	huge = argc > 1 && !strcmp(argv[1], "huge");
	argv += huge;
	argc -= huge;
	if (argc < 2)
		die(EXIT_USAGE, "usage: hmt_sim_app [huge] MIB DEVICE...");
	pages = number(argv[1]) * PAGES_PER_MIB;
	sigaction(SIGBUS, &action, NULL);
	a = huge ? map_huge(pages, MADV_HUGEPAGE) : map_windows(pages);
	b = map_windows(pages);
	fill(a);
	fill(b);
	open_devices(argv + 2);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (read_command(line, sizeof(line), &arguments))
		puts(answer_to(line, arguments));
	puts(check(a));
	return strcmp(check(a), "ok") ? EXIT_WRONG : 0;
}
