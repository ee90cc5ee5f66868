// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of which exactly known pages are accessed.
 *
 *	hmt_pattern MIB [DEVICE]
 *
 * Each line of standard input is a command and is answered by one line:
 *
 *	pattern STEP	the pattern has each page whose number STEP divides
 *	first COUNT	the pattern has the first COUNT pages
 *	touch		start to access the pattern all the time
 *	device		the same, by DEVICE, a simulated accelerator
 *	guest		the same, by a virtual machine that has the memory
 *	still		stop that
 *	watch MS	report accesses of all pages to HMT, which examples/rwp.c finds,
 *			every MS ms, from a thread: "ok", or an error
 *	watched		stop that, after "still": "pages=N faults=N", pages that were
 *			reported, and page faults of this thread since "watch"
 *	fault TIMES	discard each page of the pattern and fault it, TIMES times
 *	flood MS	the same for all pages, for that time
 *	grow MS		map and fault eight times as much more, evenly over that time
 *	heat FILE	compare with the last hmt_heat events of this process in
 *			the trace FILE: "hot=N missed=N wrong=N": warm pages of
 *			the pattern, other pages of it, and other warm pages
 *	large		discard all memory and fault it again, with huge pages of the
 *			sizes that madvise(2) permits
 *	peek PAGE	the CPU reads a page: "ok"
 *	place NODE	number of pages there: "pattern=N others=N"
 *	quit		exit
 *
 * No other memory is within its 1 GiB of addresses.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/hmt_sim.h>

#include "../../configfs-tools/libhmt/libhmt.h"
#include "../../examples/rwp.h"
#include "libguest.h"
#include "libtest.h"

#define PLACE		((void *)(1UL << 44))
#define TICK_MS		1

static char *memory;
static size_t pages;
static size_t step = 1;
static size_t first;
static bool touching;
static enum { BY_CPU, BY_DEVICE, BY_GUEST } by;
static int device = -1;
static bool has_guest;
static unsigned char *heat;
static struct rwp watch;
static pthread_t watcher;
static unsigned long watch_ms;
static volatile bool watching;
static size_t watched;
static long faults;

static void device_touch(size_t page)
{
	struct hmt_sim_run run = {
		.size = sizeof(run),
		.kernel = HMT_SIM_SUM,
		.src = (unsigned long)memory + page * PAGE_BYTES,
		.bytes = sizeof(__u64),
	};

	if (ioctl(device, HMT_SIM_RUN, &run))
		die(EXIT_SYSTEM, "device: %s", strerror(errno));
}

static void touch(size_t page)
{
	if (by == BY_DEVICE)
		device_touch(page);
	else
		*(volatile char *)(memory + page * PAGE_BYTES) = 1;
}

static void touch_pattern(void)
{
	size_t page;

	if (by == BY_GUEST) {
		guest_touch(0, (first + step - 1) / step, step * PAGE_BYTES);
		return;
	}
	for (page = 0; page < first; page += step)
		touch(page);
}

static bool in_pattern(size_t page)
{
	return page < first && page % step == 0;
}

static void fault(size_t page)
{
	if (madvise(memory + page * PAGE_BYTES, PAGE_BYTES, MADV_DONTNEED))
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
	touch(page);
}

static void command_large(void)
{
	size_t page;

	if (madvise(memory, pages * PAGE_BYTES, MADV_DONTNEED) ||
	    madvise(memory, pages * PAGE_BYTES, MADV_HUGEPAGE))
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
	for (page = 0; page < pages; page++)
		touch(page);
	puts("ok");
}

static void command_fault(unsigned long times)
{
	size_t page;

	for (; times; times--)
		for (page = 0; page < first; page += step)
			fault(page);
	puts("ok");
}

static void command_flood(unsigned long ms)
{
	uint64_t end = now_ms() + ms;
	size_t page;

	do {
		for (page = 0; page < pages; page++)
			fault(page);
	} while (now_ms() < end);
	puts("ok");
}

static void command_grow(unsigned long ms)
{
	size_t more = 8 * pages, page;
	volatile char *area = map_pages(more);
	uint64_t start = now_ms();

	for (page = 0; page < more; page++) {
		while (now_ms() - start < ms * page / more)
			;
		area[page * PAGE_BYTES] = 1;
	}
	puts("ok");
}

/* Two hexadecimal digits a page; without any, all pages are cold. */
static void note_heat(unsigned long addr, const char *digits, size_t count)
{
	size_t index = (addr - (unsigned long)memory) / PAGE_BYTES, i;
	unsigned int value = 0;

	if (addr < (unsigned long)memory || index + count > pages)
		return;
	for (i = 0; i < count; i++, digits += 2) {
		if (*digits != ' ' && sscanf(digits, "%2x", &value) != 1)
			die(EXIT_WRONG, "bad heat in the trace: %.8s", digits);
		heat[index + i] = *digits == ' ' ? 0 : value;
		if (*digits == ' ')
			digits -= 2;
	}
}

static void note_line(const char *line)
{
	const char *event = strstr(line, "hmt_heat: ");
	const char *digits = strstr(line, " heat=");
	const char *place = strstr(line, " place=");
	unsigned long addr;
	int pid;

	if (!event || !digits || !place ||
	    sscanf(strstr(event, " pid="), " pid=%d addr=%lx", &pid,
		   &addr) != 2 || pid != getpid())
		return;
	note_heat(addr, digits + strlen(" heat="),
		  strcspn(place + strlen(" place="), "\n "));
}

static void command_heat(const char *path)
{
	size_t hot = 0, missed = 0, wrong = 0, size = 0, page;
	FILE *file = fopen(path, "r");
	char *line = NULL;

	if (!file)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	memset(heat, 0, pages);
	while (getline(&line, &size, file) > 0)
		note_line(line);
	fclose(file);
	free(line);
	for (page = 0; page < pages; page++) {
		hot += in_pattern(page) && heat[page];
		missed += in_pattern(page) && !heat[page];
		wrong += !in_pattern(page) && heat[page];
	}
	printf("hot=%zu missed=%zu wrong=%zu\n", hot, missed, wrong);
}

static void command_place(int node)
{
	size_t pattern = 0, others = 0, page;
	struct place place;

	for (page = 0; page < pages; page++) {
		find_pages(0, memory + page * PAGE_BYTES, 1, &place);
		if (in_pattern(page))
			pattern += place.nodes[node];
		else
			others += place.nodes[node];
	}
	printf("pattern=%zu others=%zu\n", pattern, others);
}

static void command_guest(void)
{
	if (!has_guest)
		guest_open(memory, pages * PAGE_BYTES);
	has_guest = true;
	touching = true;
	by = BY_GUEST;
	puts("ok");
}

static void report(int hmt)
{
	size_t found;
	int error = rwp_report(&watch, hmt, &found);

	if (error)
		die(EXIT_SYSTEM, "report: %s", strerror(-error));
	watched += found;
}

static void *report_all(void *unused)
{
	int hmt = hmt_open();

	(void)unused;
	if (hmt < 0)
		die(EXIT_SYSTEM, "/dev/hmt: %s", strerror(-hmt));
	while (watching) {
		usleep(watch_ms * 1000);
		report(hmt);
	}
	report(hmt);
	close(hmt);
	return NULL;
}

/* Faults of the calling thread, which runs the virtual machine as well. */
static long count_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt;
}

static void command_watch(unsigned long ms)
{
	int error = rwp_begin(&watch, memory, pages * PAGE_BYTES);

	watch_ms = ms;
	watching = !error;
	watched = 0;
	if (!error)
		error = -pthread_create(&watcher, NULL, report_all, NULL);
	faults = count_faults();
	puts(error ? strerror(-error) : "ok");
}

static void command_watched(void)
{
	long more = count_faults() - faults;

	watching = false;
	pthread_join(watcher, NULL);
	rwp_end(&watch);
	printf("pages=%zu faults=%ld\n", watched, more);
}

static void run_command(char *line)
{
	char *state;
	const char *command = strtok_r(line, "\n ", &state);
	const char *argument = strtok_r(NULL, "\n ", &state);

	if (!command)
		die(EXIT_USAGE, "empty command");
	if (!strcmp(command, "touch") || !strcmp(command, "still")) {
		touching = *command == 't';
		by = BY_CPU;
		puts("ok");
	} else if (!strcmp(command, "device")) {
		touching = true;
		by = BY_DEVICE;
		puts("ok");
	} else if (!strcmp(command, "guest")) {
		command_guest();
	} else if (!strcmp(command, "large")) {
		command_large();
	} else if (!strcmp(command, "watched")) {
		command_watched();
	} else if (!strcmp(command, "quit")) {
		puts("ok");
		exit(0);
	} else if (!argument) {
		die(EXIT_USAGE, "unknown command '%s'", command);
	} else if (!strcmp(command, "pattern")) {
		step = number(argument);
		puts("ok");
	} else if (!strcmp(command, "first")) {
		first = number(argument);
		if (first > pages)
			die(EXIT_USAGE, "there are %zu pages", pages);
		puts("ok");
	} else if (!strcmp(command, "watch")) {
		command_watch(number(argument));
	} else if (!strcmp(command, "fault")) {
		command_fault(number(argument));
	} else if (!strcmp(command, "flood")) {
		command_flood(number(argument));
	} else if (!strcmp(command, "heat")) {
		command_heat(argument);
	} else if (!strcmp(command, "grow")) {
		command_grow(number(argument));
	} else if (!strcmp(command, "peek")) {
		(void)*(volatile char *)(memory + number(argument) % pages *
					 PAGE_BYTES);
		puts("ok");
	} else if (!strcmp(command, "place")) {
		command_place(number(argument) % NODES_MAX);
	} else {
		die(EXIT_USAGE, "unknown command '%s'", command);
	}
}

static void serve(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[256];

	for (;;) {
		if (poll(&input, 1, touching ? TICK_MS : -1) > 0) {
			if (!fgets(line, sizeof(line), stdin))
				die(EXIT_SYSTEM, "nobody gives commands any more");
			run_command(line);
		}
		if (touching)
			touch_pattern();
	}
}

static void open_device(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", name);
	device = open(path, O_RDWR | O_CLOEXEC);
	if (device < 0)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 3)
		die(EXIT_USAGE, "usage: hmt_pattern MIB [DEVICE]");
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	pages = number(argv[1]) * PAGES_PER_MIB;
	first = pages;
	heat = calloc(pages, 1);
	memory = mmap(PLACE, pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (memory == MAP_FAILED || !heat)
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	madvise(memory, pages * PAGE_BYTES, MADV_NOHUGEPAGE);
	touch_pattern();
	if (argc == 3)
		open_device(argv[2]);
	puts("ready");
	serve();
}
