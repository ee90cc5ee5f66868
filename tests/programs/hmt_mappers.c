// SPDX-License-Identifier: GPL-2.0
/*
 * Shared memory that several processes map, as a database has it.
 *
 *	hmt_mappers FILE MIB PROCESSES NODE
 *	hmt_mappers --attach FILE
 *
 * The first form creates FILE, with all pages on NODE, and PROCESSES processes,
 * this one included, that map all of it. The first half is hot: each process
 * touches some pages there alone, every PROCESSES-th, all the time, and compares
 * their content. --attach: map the pages of a FILE that exists, and do nothing.
 *
 * Each line of standard input is a command and is answered by one line:
 *
 *	place hot|cold	"0:12 absent:0", by move_pages(2)
 *	range hot|cold|all	addresses, as in /proc/PID/maps, in each process
 *	last		process ID of the last child
 *	quit		compare every page, end the children and exit
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libtest.h"

#define PROCESSES_MAX	64
#define REST_MS		5
#define WHITE		"\n "

static uint64_t *words;
static size_t pages;
static size_t processes = 1;
static uint32_t touched;
static pid_t children[PROCESSES_MAX];
static volatile sig_atomic_t stop_wanted;

static void on_stop(int number)
{
	(void)number;
	stop_wanted = 1;
}

static void set_policy(int mode, unsigned long nodes)
{
	if (syscall(SYS_set_mempolicy, mode, nodes ? &nodes : NULL,
		    nodes ? NODES_MAX + 1 : 0))
		die(EXIT_SYSTEM, "set_mempolicy: %s", strerror(errno));
}

static void map_file(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
	struct stat stat;

	if (fd < 0)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	if (flags && ftruncate(fd, pages * PAGE_BYTES))
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	if (fstat(fd, &stat))
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	pages = stat.st_size / PAGE_BYTES;
	words = mmap(NULL, pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (words == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap of %s: %s", path, strerror(errno));
	close(fd);
}

static void fill_pages(void)
{
	size_t i;

	for (i = 0; i < pages; i++)
		page_fill(words + i * PAGE_WORDS, 0, i, 0);
}

/* Map every page in this process. */
static void read_pages(void)
{
	size_t i;

	for (i = 0; i < pages; i++)
		(void)*(volatile uint64_t *)(words + i * PAGE_WORDS);
}

/* The first word of each page of process @self counts its rounds. */
static void touch_pages(size_t self)
{
	size_t i;

	for (i = self; i < pages / 2; i += processes) {
		uint64_t *word = words + i * PAGE_WORDS;
		uint64_t expected = page_word(0, i, 0, 0) + touched;
		uint64_t found = __atomic_load_n(word, __ATOMIC_RELAXED);

		if (found != expected)
			die(EXIT_WRONG, "page %zu: %#llx instead of %#llx", i,
			    (unsigned long long)found,
			    (unsigned long long)expected);
		__atomic_store_n(word, found + 1, __ATOMIC_RELAXED);
	}
	touched++;
}

static void compare_page(size_t i)
{
	uint64_t copy[PAGE_WORDS];

	memcpy(copy, words + i * PAGE_WORDS, sizeof(copy));
	if (i < pages / 2)
		copy[0] = page_word(0, i, 0, 0);
	if (!page_good(copy, 0, i, 0))
		die(EXIT_WRONG, "page %zu is wrong", i);
}

static void __attribute__((noreturn)) live_as_child(size_t self)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	read_pages();
	while (!stop_wanted) {
		touch_pages(self);
		poll(NULL, 0, REST_MS);
	}
	_exit(0);
}

static void make_children(void)
{
	size_t i;

	for (i = 1; i < processes; i++) {
		children[i] = fork();
		if (children[i] < 0)
			die(EXIT_SYSTEM, "fork: %s", strerror(errno));
		if (!children[i])
			live_as_child(i);
	}
}

static void __attribute__((noreturn)) command_quit(void)
{
	size_t i;
	int status;

	for (i = 1; i < processes; i++) {
		kill(children[i], SIGTERM);
		if (waitpid(children[i], &status, 0) != children[i] || status)
			die(EXIT_WRONG, "child %zu ended with status %#x", i,
			    status);
	}
	for (i = 0; i < pages; i++)
		compare_page(i);
	puts("ok");
	exit(0);
}

/* Return the first page of @part, and set *@count to the number of pages. */
static size_t find_part(const char *part, size_t *count)
{
	*count = pages / 2;
	if (part && !strcmp(part, "hot"))
		return 0;
	if (part && !strcmp(part, "cold"))
		return pages / 2;
	if (!part || strcmp(part, "all"))
		die(EXIT_USAGE, "no part '%s'", part ?: "");
	*count = pages;
	return 0;
}

static void command_place(const char *part)
{
	struct place place;
	size_t count, first = find_part(part, &count);
	unsigned int node;

	find_pages(0, words + first * PAGE_WORDS, count, &place);
	for (node = 0; node < NODES_MAX; node++)
		if (place.nodes[node])
			printf("%u:%zu ", node, place.nodes[node]);
	printf("absent:%zu\n", place.absent);
}

static void command_range(const char *part)
{
	size_t count, first = find_part(part, &count);

	printf("%lx-%lx\n", (unsigned long)(words + first * PAGE_WORDS),
	       (unsigned long)(words + (first + count) * PAGE_WORDS));
}

static void run_command(char *line)
{
	char *state;
	const char *command = strtok_r(line, WHITE, &state);
	const char *part = strtok_r(NULL, WHITE, &state);

	if (!command)
		die(EXIT_USAGE, "empty command");
	if (!strcmp(command, "quit"))
		command_quit();
	if (!strcmp(command, "place"))
		command_place(part);
	else if (!strcmp(command, "range"))
		command_range(part);
	else if (!strcmp(command, "last"))
		printf("%d\n", children[processes - 1]);
	else
		die(EXIT_USAGE, "unknown command '%s'", command);
}

static void __attribute__((noreturn)) serve(bool touches)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[64];

	for (;;) {
		if (touches)
			touch_pages(0);
		if (poll(&input, 1, touches ? REST_MS : -1) <= 0)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			die(EXIT_SYSTEM, "no more commands");
		run_command(line);
	}
}

int main(int argc, char **argv)
{
	bool attach = argc == 3 && !strcmp(argv[1], "--attach");

	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGTERM, on_stop);
	if (attach) {
		map_file(argv[2], 0);
		read_pages();
	} else if (argc == 5) {
		pages = number(argv[2]) * PAGES_PER_MIB;
		processes = number(argv[3]);
		if (!pages || !processes || processes > PROCESSES_MAX)
			die(EXIT_USAGE, "bad numbers");
		set_policy(MPOL_BIND, parse_nodes(argv[4]));
		map_file(argv[1], O_CREAT | O_TRUNC);
		fill_pages();
		set_policy(MPOL_DEFAULT, 0);
		make_children();
	} else {
		die(EXIT_USAGE, "usage: hmt_mappers FILE MIB PROCESSES NODE | --attach FILE");
	}
	printf("ready %d\n", getpid());
	serve(!attach);
}
