// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is moved in several ways, to see what each of them costs.
 *
 *	hmt_moves base|huge MIB
 *
 * Each line of standard input is a command and is answered by one line:
 *
 *	kernel NODE	move all with move_pages(2), a huge page as one; ns
 *	half NODE	the same, every other page (or huge page) only; ns
 *	hmt NODE [N]	move all, or the first N pages, with HMT_MOVE; ns
 *	place		where the pages are, "0:12 2:30"
 *	smaps		forget with clear_refs, touch all, ask smaps what was
 *			touched; ns without the touching
 *	touch		a thread on another CPU touches all pages from now on
 *	spin		the same in the only thread, while it waits for commands
 *	still		no more
 *	touched		how often all pages were
 *	flushes		TLB flushes that other CPUs asked for, on all CPUs
 *	quit		ends
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libioctl.h"
#include "libtest.h"

static volatile char *memory;
static size_t pages;
static size_t step;		/* bytes that move as one */
static volatile bool touching;
/* The thread knows that it does not touch pages. */
static volatile bool resting;
/* The thread is wanted again. */
static sem_t wanted;
static bool spinning;
static volatile unsigned long rounds;

static unsigned long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Begin when the program that gave the command sleeps, which may use this CPU. */
static unsigned long long start_ns(void)
{
	usleep(20000);
	return now_ns();
}

static void touch_all(void)
{
	size_t i;

	for (i = 0; i < pages; i++)
		memory[i * PAGE_BYTES]++;
}

static void run_on(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die(EXIT_SYSTEM, "CPU %d: %s", cpu, strerror(errno));
}

static void *toucher(void *argument)
{
	run_on(1);
	for (;;) {
		if (touching) {
			touch_all();
			rounds++;
			continue;
		}
		resting = true;
		/* A runnable thread counts, and a slow machine makes wake-ups long. */
		sem_wait(&wanted);
		resting = false;
	}
	return argument;
}

/* Every @stride-th page, starting with the first one. */
static void command_kernel(int node, size_t stride)
{
	size_t count = pages * PAGE_BYTES / step / stride, i;
	void **address = calloc(count, sizeof(*address));
	int *nodes = calloc(count, sizeof(*nodes));
	int *status = calloc(count, sizeof(*status));
	unsigned long long ns;

	if (!address || !nodes || !status)
		die(EXIT_SYSTEM, "no memory");
	for (i = 0; i < count; i++) {
		address[i] = (void *)memory + i * stride * step;
		nodes[i] = node;
	}
	ns = start_ns();
	if (syscall(SYS_move_pages, 0, count, address, nodes, status,
		    MPOL_MF_MOVE) < 0)
		die(EXIT_SYSTEM, "move_pages: %s", strerror(errno));
	printf("%llu\n", now_ns() - ns);
	free(address);
	free(nodes);
	free(status);
}

static void command_hmt(int node, size_t count)
{
	union request what;
	unsigned long long ns;

	make_move(&what);
	what.move.start = (uintptr_t)memory;
	what.move.length = count * PAGE_BYTES;
	what.move.uid = node;
	ns = start_ns();
	if (request(HMT_MOVE, &what))
		die(EXIT_SYSTEM, "HMT_MOVE: %s", strerror(errno));
	printf("%llu\n", now_ns() - ns);
}

static void command_place(void)
{
	struct place place;
	unsigned int node;

	find_pages(0, (void *)memory, pages, &place);
	for (node = 0; node < NODES_MAX; node++)
		if (place.nodes[node])
			printf("%u:%zu ", node, place.nodes[node]);
	puts("");
}

/* Read all of a file, or write to it; return the time in ns. */
static unsigned long long use_file(const char *path, const char *text)
{
	static char buffer[65536];
	unsigned long long ns = start_ns();
	int fd = open(path, text ? O_WRONLY : O_RDONLY);

	if (fd < 0)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	if (text && write(fd, text, strlen(text)) < 0)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	while (!text && read(fd, buffer, sizeof(buffer)) > 0)
		;
	close(fd);
	return now_ns() - ns;
}

static void command_smaps(void)
{
	unsigned long long ns = use_file("/proc/self/clear_refs", "1");

	touch_all();
	ns += use_file("/proc/self/smaps", NULL);
	printf("%llu\n", ns);
}

static void command_touch(bool on)
{
	static bool started;
	bool was_on = touching;
	pthread_t thread;

	touching = on;
	spinning = false;
	if (on && started && !was_on)
		sem_post(&wanted);
	if (on && !started) {
		run_on(0);
		sem_init(&wanted, 0, 0);
		if (pthread_create(&thread, NULL, toucher, NULL))
			die(EXIT_SYSTEM, "no thread");
		started = true;
	}
	while (started && !on && !resting)
		usleep(1000);
	puts("ok");
}

/* Until there is a command; preferably on another CPU than the sender. */
static void spin(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	while (spinning && !poll(&input, 1, 0)) {
		touch_all();
		rounds++;
	}
}

static void command_spin(void)
{
	spinning = true;
	puts("ok");
}

static void command_flushes(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	unsigned long sum = 0;
	char line[512], *at;

	while (file && fgets(line, sizeof(line), file)) {
		at = strstr(line, "TLB:");
		if (!at)
			continue;
		for (at = strtok(at + 4, " "); at; at = strtok(NULL, " "))
			sum += strtoul(at, NULL, 10);
	}
	if (file)
		fclose(file);
	printf("%lu\n", sum);
}

static void run_command(char *line)
{
	const char *command = strtok(line, "\n ");
	const char *argument = strtok(NULL, "\n ");
	const char *count = strtok(NULL, "\n ");

	if (!command)
		die(EXIT_USAGE, "empty command");
	if (!strcmp(command, "quit")) {
		puts("ok");
		exit(0);
	}
	if (!strcmp(command, "place"))
		command_place();
	else if (!strcmp(command, "smaps"))
		command_smaps();
	else if (!strcmp(command, "touch") || !strcmp(command, "still"))
		command_touch(*command == 't');
	else if (!strcmp(command, "spin"))
		command_spin();
	else if (!strcmp(command, "touched"))
		printf("%lu\n", rounds);
	else if (!strcmp(command, "flushes"))
		command_flushes();
	else if (argument && !strcmp(command, "kernel"))
		command_kernel(number(argument), 1);
	else if (argument && !strcmp(command, "half"))
		command_kernel(number(argument), 2);
	else if (argument && !strcmp(command, "hmt"))
		command_hmt(number(argument), count ? number(count) : pages);
	else
		die(EXIT_USAGE, "unknown command '%s'", command);
}

/* Aligned, so that huge pages are possible. */
static void make_memory(bool huge)
{
	char *all = map_huge(pages, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);

	/* Not read before, because that would map the huge zero page. */
	memset(all, 1, pages * PAGE_BYTES);
	memory = all;
}

int main(int argc, char **argv)
{
	char line[256];
	bool huge;

	if (argc != 3)
		die(EXIT_USAGE, "usage: hmt_moves base|huge MIB");
	huge = !strcmp(argv[1], "huge");
	setvbuf(stdout, NULL, _IOLBF, 0);
	pages = number(argv[2]) * PAGES_PER_MIB;
	step = huge ? HUGE_BYTES : PAGE_BYTES;
	open_device();
	make_memory(huge);
	puts("ready");
	/* poll() must see all input. */
	setvbuf(stdin, NULL, _IONBF, 0);
	for (spin(); fgets(line, sizeof(line), stdin); spin())
		run_command(line);
	die(EXIT_SYSTEM, "nobody gives commands any more");
}
