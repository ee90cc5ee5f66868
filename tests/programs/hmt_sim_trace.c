// SPDX-License-Identifier: GPL-2.0
/*
 * A program whose device uses more memory than it has, in a known order, next to
 * the order of replacement that is best when the future is known (L. A. Belady,
 * 1966).
 *
 *	hmt_sim_trace [huge | plain | forbidden] DEVICE MIB CAPACITY_KIB
 *
 * With "huge", the program asks for huge pages for the windows and for new memory,
 * with "plain" it leaves that to the kernel, with "forbidden" too, but may have none
 * (PR_SET_THP_DISABLE), else it forbids them.
 *
 * Commands, one a line; each is answered by one line: "ok", numbers, or what was
 * wrong. A visit is a sum of a window of 64 KiB, which may go to the device.
 *	pass FIRST COUNT N	N times, windows FIRST to FIRST + COUNT - 1 are
 *			visited: "ok"
 *	stream N	N times, all windows: "VISITS MISSES", the latter of the
 *			best order
 *	reuse HOT N	N times, windows 0 to HOT - 1 in any order, and the next
 *			HOT / 2 of the others: the same
 *	write KIB	the device writes a word each KIB of new memory: "ok"
 *	tabled KIB	the same with new memory whose page tables exist, with a zero
 *			page in each
 *	written KIB	the CPU compares the new memory, and unmaps it
 *	stray N		the device reads N addresses without memory, 2 MiB apart, and
 *			writes to a page of memory at each, which is unmapped then
 *	miss N		the device reads N addresses without memory, 2 MiB apart
 *	spread N	a page in each of N GiB of addresses is filled
 *	gather		they are unmapped
 *	ping FIRST COUNT N	N times, the device reads the first word of windows
 *			FIRST to FIRST + COUNT - 1, and the CPU does then
 *	time FIRST BYTES	the device reads that many bytes from window FIRST
 *			on: ns
 *	open N		ns to open the device and close it again, of N times
 *	notify N	ns to write-protect a page and undo it, of N times
 *	follow N	ns of advice to follow devices, of N times
 *	crowd N DEVICE...	N children open the devices, and keep them: "ok"
 *	alone		they end: "ok"
 *	touch		the CPU compares the windows
 *	range		addresses, as in /proc/PID/maps
 *	new		addresses of the new memory
 *	quit		compares a last time
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/hmt.h>
#include <linux/hmt_sim.h>

#include "libtest.h"

#define WINDOW_WORDS	(WINDOW_BYTES / sizeof(uint64_t))
#define VISITS_MAX	(1U << 20)

static bool huge, plain;
static int device;
static char path[64];
static size_t windows, capacity;
static uint64_t *memory, *fresh, *sums;
static uint32_t *visits, nr_visits;

static uint64_t *window_at(size_t window)
{
	return memory + window * WINDOW_WORDS;
}

static void fill(void)
{
	size_t page, i;

	for (page = 0; page < windows * WINDOW_PAGES; page++) {
		uint64_t *at = memory + page * PAGE_WORDS;

		page_fill(at, 1, page, 0);
		for (i = 0; i < PAGE_WORDS; i++)
			sums[page / WINDOW_PAGES] += at[i];
	}
}

static const char *run(unsigned int kernel, void *at, size_t bytes,
		       uint64_t *value)
{
	struct hmt_sim_run request = {
		.size = sizeof(request),
		.kernel = kernel,
		.flags = HMT_SIM_MIGRATE,
		.src = kernel == HMT_SIM_SCATTER ? 0 : (uintptr_t)at,
		.dst = kernel == HMT_SIM_SCATTER ? (uintptr_t)at : 0,
		.bytes = bytes,
		.value = *value,
	};

	if (ioctl(device, HMT_SIM_RUN, &request))
		return strerrorname_np(errno);
	*value = request.value;
	return NULL;
}

static const char *visit(size_t window)
{
	uint64_t value = 0;
	const char *error = run(HMT_SIM_SUM, window_at(window), WINDOW_BYTES,
				&value);

	if (error)
		return error;
	return value == sums[window] ? NULL : "wrong sum";
}

static void note(size_t window)
{
	if (nr_visits == VISITS_MAX)
		die(EXIT_USAGE, "too many visits");
	visits[nr_visits++] = window;
}

/* Return the misses of the best order. The next use of each visit is known. */
static size_t best_misses(void)
{
	size_t *next = malloc(nr_visits * sizeof(*next));
	size_t *use = calloc(windows, sizeof(*use)), i, w, used = 0, misses = 0;

	for (w = 0; w < windows; w++)
		use[w] = SIZE_MAX;
	for (i = nr_visits; i--; use[visits[i]] = i)
		next[i] = use[visits[i]];
	/* From here on: the next use of what is on the device, or 0. */
	memset(use, 0, windows * sizeof(*use));
	for (i = 0; i < nr_visits; i++) {
		if (!use[visits[i]]) {
			size_t last = 0;

			misses++;
			for (w = 1; w < windows && used == capacity; w++)
				if (use[w] > use[last])
					last = w;
			if (used == capacity)
				use[last] = 0;
			else
				used++;
		}
		use[visits[i]] = next[i];
	}
	free(next);
	free(use);
	return misses;
}

static const char *replay(void)
{
	static char text[64];
	const char *error;
	size_t i;

	for (i = 0; i < nr_visits; i++) {
		error = visit(visits[i]);
		if (error)
			return error;
	}
	snprintf(text, sizeof(text), "%u %zu", nr_visits, best_misses());
	return text;
}

static size_t argument(void)
{
	return number(strtok(NULL, " "));
}

static const char *do_pass(char *arguments)
{
	size_t first = number(strtok(arguments, " ")), count = argument();
	size_t times = argument(), i;
	const char *error;

	while (times--) {
		for (i = first; i < first + count; i++) {
			error = visit(i);
			if (error)
				return error;
		}
	}
	return "ok";
}

static const char *do_stream(size_t times)
{
	size_t i;

	nr_visits = 0;
	while (times--)
		for (i = 0; i < windows; i++)
			note(i);
	return replay();
}

static const char *do_reuse(char *arguments)
{
	size_t hot = number(strtok(arguments, " ")), times = argument(), i;
	size_t *order = malloc(hot * sizeof(*order)), cold = hot;
	uint32_t seed = 1;

	for (i = 0; i < hot; i++)
		order[i] = i;
	nr_visits = 0;
	while (times--) {
		for (i = hot; i > 1; i--) {
			size_t other, swapped = order[i - 1];

			seed = seed * 1664525 + 1013904223;
			other = (seed >> 8) % i;
			order[i - 1] = order[other];
			order[other] = swapped;
		}
		for (i = 0; i < hot; i++)
			note(order[i]);
		for (i = 0; i < hot / 2; i++) {
			note(cold);
			cold = cold + 1 < windows ? cold + 1 : hot;
		}
	}
	free(order);
	return replay();
}

/* Map memory that begins at a huge page. */
static uint64_t *map_whole(void)
{
	return map_huge(windows * WINDOW_PAGES, huge ? MADV_HUGEPAGE : MADV_NORMAL);
}

/* The words are multiples of the stride, so the device writes one at a time. */
static const char *write_fresh(size_t kib)
{
	size_t at, step = kib * 1024;
	const char *error;

	for (at = 0; at < windows * WINDOW_BYTES; at += step) {
		uint64_t value = at + 1;

		error = run(HMT_SIM_SCATTER, (char *)fresh + at,
			    sizeof(uint64_t), &value);
		if (error)
			return error;
	}
	return "ok";
}

static const char *do_write(size_t kib)
{
	fresh = huge || plain ? map_whole() : map_windows(windows * WINDOW_PAGES);
	return write_fresh(kib);
}

/* Let the kernel create tables, which it does not do for huge pages. */
static const char *do_tabled(size_t kib)
{
	size_t at, bytes = windows * WINDOW_BYTES;

	fresh = map_whole();
	if (madvise(fresh, bytes, MADV_NOHUGEPAGE))
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
	for (at = 0; at < bytes; at += HUGE_BYTES)
		if (*(volatile uint64_t *)((char *)fresh + at))
			return "wrong";
	if (madvise(fresh, bytes, MADV_HUGEPAGE))
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
	return write_fresh(kib);
}

static const char *do_written(size_t kib)
{
	size_t at, step = kib * 1024 / sizeof(uint64_t);

	for (at = 0; at < windows * WINDOW_WORDS; at += step)
		if (fresh[at] != at * sizeof(uint64_t) + 1 || fresh[at + 1])
			return "wrong";
	munmap(fresh, windows * WINDOW_BYTES);
	return "ok";
}

static const char *do_ping(char *arguments)
{
	size_t first = number(strtok(arguments, " ")), count = argument();
	size_t times = argument(), i;
	const char *error;

	while (times--) {
		for (i = first; i < first + count; i++) {
			uint64_t value = 0;

			error = run(HMT_SIM_SUM, window_at(i), sizeof(uint64_t),
				    &value);
			if (error)
				return error;
			if (value != *(volatile uint64_t *)window_at(i))
				return "wrong word";
		}
	}
	return "ok";
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Begin when the program that gave the command sleeps, which may use this CPU. */
static uint64_t start_ns(void)
{
	usleep(20000);
	return now_ns();
}

static const char *ns_since(uint64_t start, size_t times)
{
	static char text[64];

	snprintf(text, sizeof(text), "%llu",
		 (unsigned long long)(now_ns() - start) / times);
	return text;
}

static const char *do_time(char *arguments)
{
	size_t first = number(strtok(arguments, " ")), bytes = argument();
	uint64_t value = 0, start = start_ns();
	const char *error = run(HMT_SIM_SUM, window_at(first), bytes, &value);

	return error ? error : ns_since(start, 1);
}

static const char *do_open(size_t times)
{
	uint64_t start = start_ns();
	size_t i;
	int fd;

	for (i = 0; i < times; i++) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return strerrorname_np(errno);
		close(fd);
	}
	return ns_since(start, times);
}

static const char *do_notify(size_t times)
{
	uint64_t start = start_ns();
	size_t i;

	for (i = 0; i < times; i++)
		if (mprotect(memory, PAGE_BYTES, PROT_READ) ||
		    mprotect(memory, PAGE_BYTES, PROT_READ | PROT_WRITE))
			return strerrorname_np(errno);
	return ns_since(start, times);
}

static const char *do_follow(size_t times)
{
	int hmt = open("/dev/hmt", O_RDWR | O_CLOEXEC);
	struct hmt_advise advise = {
		.size = sizeof(advise),
		.start = (uintptr_t)memory,
		.length = WINDOW_BYTES,
	};
	uint64_t start = start_ns();
	size_t i;

	for (i = 0; i < times; i++) {
		advise.advice = HMT_ADVICE_FOLLOW;
		if (ioctl(hmt, HMT_ADVISE, &advise))
			return strerrorname_np(errno);
		advise.advice = HMT_ADVICE_UNFOLLOW;
		if (ioctl(hmt, HMT_ADVISE, &advise))
			return strerrorname_np(errno);
	}
	close(hmt);
	return ns_since(start, times);
}

#define CROWD_MAX	1000

static pid_t crowd[CROWD_MAX];
static size_t nr_crowd;

static void join_crowd(char **names, int ready)
{
	char file[64];
	size_t i;

	for (i = 0; names[i]; i++) {
		snprintf(file, sizeof(file), "/dev/%s", names[i]);
		if (open(file, O_RDWR | O_CLOEXEC) < 0)
			_exit(EXIT_SYSTEM);
	}
	if (write(ready, "", 1) != 1)
		_exit(EXIT_SYSTEM);
	for (;;)
		pause();
}

static const char *do_crowd(char *arguments)
{
	size_t count = number(strtok(arguments, " ")), i = 0;
	char *names[16] = { NULL }, byte;
	int ready[2];

	while (i < 15 && (names[i] = strtok(NULL, " ")))
		i++;
	if (count > CROWD_MAX || pipe(ready))
		return "pipe";
	while (nr_crowd < count) {
		pid_t pid = fork();

		if (pid < 0)
			return "fork";
		if (!pid)
			join_crowd(names, ready[1]);
		crowd[nr_crowd++] = pid;
		if (read(ready[0], &byte, 1) != 1)
			return "a child ended";
	}
	close(ready[0]);
	close(ready[1]);
	return "ok";
}

static const char *do_alone(void)
{
	while (nr_crowd) {
		kill(crowd[--nr_crowd], SIGKILL);
		waitpid(crowd[nr_crowd], NULL, 0);
	}
	return "ok";
}

static const char *do_touch(void)
{
	size_t page;

	for (page = 0; page < windows * WINDOW_PAGES; page++)
		if (!page_good(memory + page * PAGE_WORDS, 1, page, 0))
			return "wrong";
	return "ok";
}

static const char *miss_at(char *at)
{
	uint64_t value = 1;
	const char *error = run(HMT_SIM_SUM, at, sizeof(value), &value);

	if (!error)
		return "memory that does not exist was read";
	return strcmp(error, "EFAULT") ? error : NULL;
}

static const char *stray_at(char *at)
{
	uint64_t value = 1;
	const char *error = miss_at(at);

	if (error)
		return error;
	if (mmap(at, PAGE_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at)
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	error = run(HMT_SIM_SCATTER, at, sizeof(value), &value);
	munmap(at, PAGE_BYTES);
	return error;
}

static const char *do_stray(size_t n, const char *(*at)(char *))
{
	size_t i, step = 2UL << 20;
	const char *error = NULL;
	char *space = mmap(NULL, n * step, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (space == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	munmap(space, n * step);
	for (i = 0; i < n && !error; i++)
		error = at(space + i * step);
	return error ? error : "ok";
}

#define SPREAD_BYTES	(1UL << 30)

static char *spread;
static size_t nr_spread;

static const char *do_spread(size_t n)
{
	size_t i;

	nr_spread = n;
	spread = mmap(NULL, n * SPREAD_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (spread == MAP_FAILED ||
	    madvise(spread, n * SPREAD_BYTES, MADV_NOHUGEPAGE))
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	for (i = 0; i < n; i++)
		spread[i * SPREAD_BYTES] = 1;
	return "ok";
}

static const char *do_gather(void)
{
	if (munmap(spread, nr_spread * SPREAD_BYTES))
		die(EXIT_SYSTEM, "munmap: %s", strerror(errno));
	return "ok";
}

static const char *range_of(const void *at)
{
	static char text[64];

	snprintf(text, sizeof(text), "%lx-%lx", (unsigned long)at,
		 (unsigned long)at + windows * WINDOW_BYTES);
	return text;
}

static const char *answer_to(const char *name, char *arguments)
{
	if (!strcmp(name, "touch"))
		return do_touch();
	if (!strcmp(name, "alone"))
		return do_alone();
	if (!strcmp(name, "gather"))
		return do_gather();
	if (!strcmp(name, "range"))
		return range_of(memory);
	if (!strcmp(name, "new") && fresh)
		return range_of(fresh);
	if (!arguments)
		die(EXIT_USAGE, "'%s' has no arguments", name);
	if (!strcmp(name, "pass"))
		return do_pass(arguments);
	if (!strcmp(name, "stray"))
		return do_stray(number(arguments), stray_at);
	if (!strcmp(name, "spread"))
		return do_spread(number(arguments));
	if (!strcmp(name, "miss"))
		return do_stray(number(arguments), miss_at);
	if (!strcmp(name, "stream"))
		return do_stream(number(arguments));
	if (!strcmp(name, "reuse"))
		return do_reuse(arguments);
	if (!strcmp(name, "write"))
		return do_write(number(arguments));
	if (!strcmp(name, "tabled"))
		return do_tabled(number(arguments));
	if (!strcmp(name, "written"))
		return do_written(number(arguments));
	if (!strcmp(name, "ping"))
		return do_ping(arguments);
	if (!strcmp(name, "time"))
		return do_time(arguments);
	if (!strcmp(name, "open"))
		return do_open(number(arguments));
	if (!strcmp(name, "notify"))
		return do_notify(number(arguments));
	if (!strcmp(name, "follow"))
		return do_follow(number(arguments));
	if (!strcmp(name, "crowd"))
		return do_crowd(arguments);
	die(EXIT_USAGE, "unknown command '%s'", name);
}

int main(int argc, char **argv)
{
	char line[128], *arguments;
	const char *verdict;

	huge = argc == 5 && !strcmp(argv[1], "huge");
	plain = argc == 5 && !strcmp(argv[1], "plain");
	if (argc == 5 && !strcmp(argv[1], "forbidden")) {
		plain = true;
		if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
			die(EXIT_SYSTEM, "prctl: %s", strerror(errno));
	}
	argv += huge || plain;
	if (argc != 4 + (huge || plain))
		die(EXIT_USAGE,
		    "usage: hmt_sim_trace [huge | plain | forbidden] DEVICE MIB CAPACITY_KIB");
	windows = number(argv[2]) * PAGES_PER_MIB / WINDOW_PAGES;
	capacity = number(argv[3]) * 1024 / WINDOW_BYTES;
	memory = huge || plain ? map_whole() : map_windows(windows * WINDOW_PAGES);
	sums = calloc(windows, sizeof(*sums));
	visits = malloc(VISITS_MAX * sizeof(*visits));
	if (!sums || !visits || !windows || !capacity)
		die(EXIT_SYSTEM, "no memory");
	fill();
	snprintf(path, sizeof(path), "/dev/%s", argv[1]);
	device = open(path, O_RDWR | O_CLOEXEC);
	if (device < 0)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (read_command(line, sizeof(line), &arguments))
		puts(answer_to(line, arguments));
	verdict = do_touch();
	puts(verdict);
	return strcmp(verdict, "ok") ? EXIT_WRONG : 0;
}
