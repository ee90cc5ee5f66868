// SPDX-License-Identifier: GPL-2.0
/*
 * Regions of memory of all kinds, with known content.
 *
 *	hmt_regions [--leave] [--task-bind NODES] name=NAME,mib=N[,OPTION]...
 *
 * --leave: the main thread exits, and another one goes on.
 *
 *	kind=anon|thp|hugetlb|hugetlb64|shared|file|private  private anonymous
 *			(default), the same with huge pages or with those of
 *			hugetlb, or with those of 64 KiB, shared anonymous, or a
 *			file mapped shared or private
 *	views=N		mapped N times by this program, which uses the first
 *			mapping; the next ones begin one page later each; for
 *			shared anonymous memory
 *	file=PATH	the file, which is created
 *	hot		touched all the time: read, checked and written
 *	read		touched without writes
 *	lock		mlock(2)
 *	merge		madvise(2) with MADV_MERGEABLE
 *	place=NODES	on these nodes at first, without a permanent policy
 *	bind=NODES	mbind(2) with MPOL_BIND
 *	pin=N		the first N pages are put into a pipe with vmsplice(2)
 *	uring=N		the first N pages are fixed buffers of io_uring
 *
 * Of a private file mapping the first half is written, so that it is
 * anonymous, and only that half is ever touched.
 *
 * Each line of standard input is a command and is answered by one line:
 *
 *	place NAME [FIRST COUNT]  "0:12 2:30 absent:0", by move_pages(2)
 *	child NAME	the same for the last child
 *	range NAME	addresses, as in /proc/PID/maps
 *	hot, cold NAME	start or stop touching it
 *	unlock NAME	munlock(2)
 *	pageout NAME	madvise(MADV_PAGEOUT)
 *	pipe NAME	compare the content of the pipe
 *	fork		create a child that touches the hot regions too
 *	thread CPU	create a thread on that CPU that reads the hot regions and
 *			leaves CPU time to others only
 *	sleepers N	create N threads that sleep
 *	exec		run this program again with the same arguments
 *	quit		compare every word, end children and exit
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libtest.h"

#define REGIONS_MAX	16
#define CHILDREN_MAX	16
/* Rest between two rounds: twice as long as a round took, within these. */
#define REST_MS_MIN	5
#define REST_MS_MAX	20
#define PIPE_BYTES	(1 << 20)
#define THREAD_NICE	10

enum kind {
	ANON, THP, HUGETLB, HUGETLB_64K, SHARED, SHARED_FILE, PRIVATE_FILE
};

/**
 * struct region - a part of memory
 * @name: name in commands
 * @file: path, for kinds that need one
 * @kind: type of mapping
 * @pages: size in pages
 * @own: number of pages, from the start, that are touched and compared
 * @words: its memory
 * @touched: number of increments of the first word of each page
 * @hot: the region is touched all the time
 * @read: touching does not write
 * @lock: the region is locked
 * @merge: KSM may merge its pages
 * @views: number of mappings
 * @place: initial nodes
 * @bind: nodes of its policy
 * @pin: number of pages in the pipe
 * @uring: number of pages that are fixed buffers
 * @pipe: ends of the pipe
 */
struct region {
	const char *name;
	const char *file;
	enum kind kind;
	size_t pages;
	size_t own;
	uint64_t *words;
	uint32_t *touched;
	bool hot;
	bool read;
	bool lock;
	bool merge;
	size_t views;
	unsigned long place;
	unsigned long bind;
	size_t pin;
	size_t uring;
	int pipe[2];
};

static struct region regions[REGIONS_MAX];
static size_t nr_regions;
static pid_t children[CHILDREN_MAX];
static size_t nr_children;
static char **arguments;
static volatile sig_atomic_t stop_wanted;

/* Pages in the pipe must not change. */
static size_t first_written(const struct region *region)
{
	return region->pin;
}

static void set_policy(int mode, unsigned long nodes)
{
	if (syscall(SYS_set_mempolicy, mode, nodes ? &nodes : NULL,
		    nodes ? NODES_MAX + 1 : 0))
		die(EXIT_SYSTEM, "set_mempolicy: %s", strerror(errno));
}

static void write_file(const struct region *region, int fd, uint64_t id)
{
	uint64_t page[PAGE_WORDS];
	size_t i;

	for (i = 0; i < region->pages; i++) {
		page_fill(page, id, i, 0);
		if (write(fd, page, sizeof(page)) != sizeof(page))
			die(EXIT_SYSTEM, "%s: %s", region->file,
			    strerror(errno));
	}
}

static void *map_file(const struct region *region, uint64_t id)
{
	int fd = open(region->file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0600);
	void *memory;

	if (fd < 0)
		die(EXIT_SYSTEM, "%s: %s", region->file, strerror(errno));
	write_file(region, fd, id);
	memory = mmap(NULL, region->pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
		      region->kind == PRIVATE_FILE ? MAP_PRIVATE : MAP_SHARED,
		      fd, 0);
	if (memory == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap of %s: %s", region->file,
		    strerror(errno));
	close(fd);
	return memory;
}

static void *map_anonymous(size_t bytes, int flags)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_ANONYMOUS | flags, -1, 0);

	if (memory == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	return memory;
}

/* Map the pages of a shared region once more, from page @first on. */
static void map_view(const struct region *region, size_t first)
{
	size_t pages = region->pages - first, i;
	volatile uint64_t *view = mremap(region->words + first * PAGE_WORDS, 0,
					 pages * PAGE_BYTES, MREMAP_MAYMOVE);

	if (view == MAP_FAILED)
		die(EXIT_SYSTEM, "mremap: %s", strerror(errno));
	for (i = 0; i < pages; i++)
		(void)view[i * PAGE_WORDS];
}

static void map_region(struct region *region, uint64_t id)
{
	size_t bytes = region->pages * PAGE_BYTES;

	switch (region->kind) {
	case ANON:
		region->words = map_pages(region->pages);
		break;
	case THP:
		region->words = map_huge(region->pages, MADV_HUGEPAGE);
		break;
	case HUGETLB:
		region->words = map_anonymous(bytes, MAP_PRIVATE | MAP_HUGETLB);
		break;
	case HUGETLB_64K:
		region->words = map_anonymous(bytes, MAP_PRIVATE | MAP_HUGETLB |
							     MAP_HUGE_64KB);
		break;
	case SHARED:
		region->words = map_anonymous(bytes, MAP_SHARED);
		break;
	default:
		region->words = map_file(region, id);
	}
	region->touched = map_pages(region->pages);
}

/* Map all pages, even those that are not written. */
static void read_region(const struct region *region)
{
	const volatile uint64_t *word = region->words;
	size_t i;

	for (i = 0; i < region->pages; i++)
		(void)word[i * PAGE_WORDS];
}

static void fill_region(const struct region *region, uint64_t id)
{
	size_t i;

	for (i = 0; i < region->own; i++)
		page_fill(region->words + i * PAGE_WORDS, id, i, 0);
	read_region(region);
}

static void pin_region(struct region *region)
{
	struct iovec part = {
		.iov_base = region->words,
		.iov_len = region->pin * PAGE_BYTES,
	};

	if (pipe2(region->pipe, O_CLOEXEC) ||
	    fcntl(region->pipe[1], F_SETPIPE_SZ, PIPE_BYTES) < 0)
		die(EXIT_SYSTEM, "pipe: %s", strerror(errno));
	if (vmsplice(region->pipe[1], &part, 1, 0) != (ssize_t)part.iov_len)
		die(EXIT_SYSTEM, "vmsplice: %s", strerror(errno));
}

static void fix_region(const struct region *region)
{
	struct io_uring_params params = {};
	struct iovec part = {
		.iov_base = region->words,
		.iov_len = region->uring * PAGE_BYTES,
	};
	int fd = syscall(SYS_io_uring_setup, 4, &params);

	if (fd < 0)
		die(EXIT_SYSTEM, "io_uring_setup: %s", strerror(errno));
	if (syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, &part,
		    1))
		die(EXIT_SYSTEM, "io_uring_register: %s", strerror(errno));
}

static void make_region(struct region *region)
{
	uint64_t id = region - regions;
	size_t bytes = region->pages * PAGE_BYTES, view;

	region->own = region->pages;
	if (region->kind == PRIVATE_FILE)
		region->own /= 2;
	if (region->place)
		set_policy(MPOL_BIND, region->place);
	map_region(region, id);
	if (region->bind &&
	    syscall(SYS_mbind, region->words, bytes, MPOL_BIND, &region->bind,
		    NODES_MAX + 1, 0))
		die(EXIT_SYSTEM, "mbind: %s", strerror(errno));
	fill_region(region, id);
	for (view = 1; view < region->views; view++)
		map_view(region, view);
	if (region->place)
		set_policy(MPOL_DEFAULT, 0);
	if (region->merge && madvise(region->words, bytes, MADV_MERGEABLE))
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
	if (region->lock && mlock(region->words, bytes))
		die(EXIT_SYSTEM, "mlock: %s", strerror(errno));
	if (region->pin)
		pin_region(region);
	if (region->uring)
		fix_region(region);
}

static void touch_page(struct region *region, size_t page)
{
	uint64_t *word = region->words + page * PAGE_WORDS;
	uint64_t expected = page_word(region - regions, page, 0, 0) +
			    region->touched[page];
	uint64_t found = __atomic_load_n(word, __ATOMIC_RELAXED);

	if (found != expected)
		die(EXIT_WRONG,
		    "page %zu of '%s' (%p), touched %u times: %#llx instead of %#llx",
		    page, region->name, (void *)word, region->touched[page],
		    (unsigned long long)found, (unsigned long long)expected);
	if (region->read || page < first_written(region))
		return;
	__atomic_store_n(word, found + 1, __ATOMIC_RELAXED);
	region->touched[page]++;
}

/*
 * Return the time to rest in ms, because others need the CPU too. -1: no end if nothing
 * is hot, as each wake-up accesses some pages.
 */
static int touch_hot(void)
{
	uint64_t begin = now_ms(), rest;
	struct region *region;
	bool idle = true;
	size_t page;

	for (region = regions; region < regions + nr_regions; region++) {
		idle &= !region->hot;
		for (page = 0; region->hot && page < region->own; page++)
			touch_page(region, page);
	}
	if (idle)
		return -1;
	rest = 2 * (now_ms() - begin);
	if (rest < REST_MS_MIN)
		return REST_MS_MIN;
	return rest > REST_MS_MAX ? REST_MS_MAX : rest;
}

/* The first word counts touches, and the others are constant. */
static bool compare_page(const struct region *region, size_t page)
{
	uint64_t copy[PAGE_WORDS];

	memcpy(copy, region->words + page * PAGE_WORDS, sizeof(copy));
	copy[0] -= region->touched[page];
	return page_good(copy, region - regions, page, 0);
}

static void compare_all(void)
{
	const struct region *region;
	size_t page;

	for (region = regions; region < regions + nr_regions; region++)
		for (page = 0; page < region->pages; page++)
			if (!compare_page(region, page))
				die(EXIT_WRONG, "page %zu of '%s' is wrong",
				    page, region->name);
}

/*
 * Commands.
 */

static struct region *find_region(const char *name)
{
	struct region *region;

	for (region = regions; region < regions + nr_regions; region++)
		if (name && !strcmp(region->name, name))
			return region;
	die(EXIT_USAGE, "no region '%s'", name ?: "");
}

static void print_place(const struct region *region, pid_t pid, size_t first,
			size_t count)
{
	struct place place;
	unsigned int node;

	find_pages(pid, region->words + first * PAGE_WORDS, count, &place);
	for (node = 0; node < NODES_MAX; node++)
		if (place.nodes[node])
			printf("%u:%zu ", node, place.nodes[node]);
	printf("absent:%zu\n", place.absent);
}

static void command_place(const struct region *region, const char *first,
			  const char *count)
{
	print_place(region, 0, first ? number(first) : 0,
		    count ? number(count) : region->pages);
}

static void command_child(const struct region *region)
{
	if (!nr_children)
		die(EXIT_USAGE, "there is no child");
	print_place(region, children[nr_children - 1], 0, region->pages);
}

static void command_range(const struct region *region)
{
	printf("%lx-%lx\n", (unsigned long)region->words,
	       (unsigned long)(region->words + region->pages * PAGE_WORDS));
}

static void command_pipe(const struct region *region)
{
	uint64_t page[PAGE_WORDS];
	size_t i, wrong = 0;

	for (i = 0; i < region->pin; i++) {
		if (read(region->pipe[0], page, sizeof(page)) != sizeof(page))
			die(EXIT_SYSTEM, "pipe: %s", strerror(errno));
		wrong += !page_good(page, region - regions, i, 0);
	}
	printf("%zu wrong\n", wrong);
}

static void command_advise(const struct region *region, const char *command)
{
	size_t bytes = region->pages * PAGE_BYTES;
	int result;

	if (!strcmp(command, "unlock"))
		result = munlock(region->words, bytes);
	else
		result = madvise(region->words, bytes, MADV_PAGEOUT);
	puts(result ? strerrorname_np(errno) : "ok");
}

static void on_stop(int signal)
{
	(void)signal;
	stop_wanted = 1;
}

/* The child compares its memory and exits on command, or with its parent. */
static void __attribute__((noreturn)) live_as_child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!stop_wanted) {
		int rest = touch_hot();

		/* A signal may come before poll(). */
		poll(NULL, 0, rest < 0 ? REST_MS_MAX : rest);
	}
	compare_all();
	_exit(0);
}

/*
 * Read without a rest, so that threads on several CPUs use the same CPU time
 * however slow the machine is; others come first.
 */
static void __attribute__((noreturn)) *live_as_thread(void *cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((uintptr_t)cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die(EXIT_SYSTEM, "sched_setaffinity: %s", strerror(errno));
	if (setpriority(PRIO_PROCESS, gettid(), THREAD_NICE))
		die(EXIT_SYSTEM, "setpriority: %s", strerror(errno));
	for (;;) {
		size_t i;

		for (i = 0; i < nr_regions; i++)
			if (regions[i].hot)
				read_region(&regions[i]);
	}
}

static void command_thread(const char *cpu)
{
	pthread_t id;

	if (!cpu)
		die(EXIT_USAGE, "a CPU is missing");
	if (pthread_create(&id, NULL, live_as_thread,
			   (void *)(uintptr_t)number(cpu)))
		die(EXIT_SYSTEM, "no thread");
	puts("ok");
}

static void __attribute__((noreturn)) *live_as_sleeper(void *unused)
{
	(void)unused;
	for (;;)
		pause();
}

static void command_sleepers(const char *count)
{
	pthread_t id;
	size_t i;

	if (!count)
		die(EXIT_USAGE, "a number is missing");
	for (i = number(count); i; i--)
		if (pthread_create(&id, NULL, live_as_sleeper, NULL))
			die(EXIT_SYSTEM, "no thread");
	puts("ok");
}

static void command_fork(void)
{
	pid_t pid;

	if (nr_children == CHILDREN_MAX)
		die(EXIT_USAGE, "too many children");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die(EXIT_SYSTEM, "fork: %s", strerror(errno));
	if (!pid)
		live_as_child();
	children[nr_children++] = pid;
	printf("%d\n", pid);
}

static void end_children(void)
{
	int status;

	while (nr_children) {
		pid_t pid = children[--nr_children];

		kill(pid, SIGTERM);
		if (waitpid(pid, &status, 0) != pid || status)
			die(EXIT_WRONG, "child %d ended with status %#x", pid,
			    status);
	}
}

static void __attribute__((noreturn)) command_quit(void)
{
	end_children();
	compare_all();
	puts("ok");
	exit(0);
}

static void command_heat(struct region *region, bool hot)
{
	region->hot = hot;
	puts("ok");
}

static void run_on_region(const char *command, char **state)
{
	struct region *region = find_region(strtok_r(NULL, " ", state));
	const char *first = strtok_r(NULL, " ", state);
	const char *count = strtok_r(NULL, " ", state);

	if (!strcmp(command, "place"))
		command_place(region, first, count);
	else if (!strcmp(command, "child"))
		command_child(region);
	else if (!strcmp(command, "range"))
		command_range(region);
	else if (!strcmp(command, "hot") || !strcmp(command, "cold"))
		command_heat(region, *command == 'h');
	else if (!strcmp(command, "unlock") || !strcmp(command, "pageout"))
		command_advise(region, command);
	else if (!strcmp(command, "pipe"))
		command_pipe(region);
	else
		die(EXIT_USAGE, "unknown command '%s'", command);
}

static void run_command(char *line)
{
	char *state;
	const char *command = strtok_r(line, " ", &state);

	if (!command)
		die(EXIT_USAGE, "empty command");
	if (!strcmp(command, "quit"))
		command_quit();
	if (!strcmp(command, "fork"))
		command_fork();
	else if (!strcmp(command, "thread"))
		command_thread(strtok_r(NULL, " ", &state));
	else if (!strcmp(command, "sleepers"))
		command_sleepers(strtok_r(NULL, " ", &state));
	else if (!strcmp(command, "exec"))
		execv("/proc/self/exe", arguments);
	else
		run_on_region(command, &state);
}

/* Whole lines only; tests write them in one piece. */
static void read_commands(void)
{
	static char text[256];
	static size_t length;
	ssize_t got = read(STDIN_FILENO, text + length, sizeof(text) - length);
	char *end;

	if (got <= 0)
		die(EXIT_SYSTEM, "nobody gives commands any more");
	length += got;
	while ((end = memchr(text, '\n', length))) {
		char line[sizeof(text)];
		size_t used = end - text + 1;

		memcpy(line, text, used);
		line[used - 1] = '\0';
		length -= used;
		memmove(text, end + 1, length);
		run_command(line);
	}
}

static void serve(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	for (;;)
		if (poll(&input, 1, touch_hot()) > 0)
			read_commands();
}

/*
 * Arguments.
 */

static enum kind parse_kind(const char *text)
{
	static const char * const kinds[] = {
		[ANON] = "anon",
		[THP] = "thp",
		[HUGETLB] = "hugetlb",
		[HUGETLB_64K] = "hugetlb64",
		[SHARED] = "shared",
		[SHARED_FILE] = "file",
		[PRIVATE_FILE] = "private",
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(text, kinds[i]))
			return i;
	die(EXIT_USAGE, "unknown kind '%s'", text);
}

enum {
	KIND, FILE_PATH, NAME, MIB, HOT, READ, LOCK, MERGE, PLACE, BIND, PIN,
	URING, VIEWS
};

static char * const tokens[] = {
	[KIND] = "kind",
	[FILE_PATH] = "file",
	[NAME] = "name",
	[MIB] = "mib",
	[HOT] = "hot",
	[READ] = "read",
	[LOCK] = "lock",
	[MERGE] = "merge",
	[PLACE] = "place",
	[BIND] = "bind",
	[PIN] = "pin",
	[URING] = "uring",
	[VIEWS] = "views",
	NULL
};

static void set_option(struct region *region, int option, char *value)
{
	if (!value && option != HOT && option != READ && option != LOCK &&
	    option != MERGE)
		die(EXIT_USAGE, "an option lacks its value");
	switch (option) {
	case KIND:
		region->kind = parse_kind(value);
		break;
	case FILE_PATH:
		region->file = value;
		break;
	case NAME:
		region->name = value;
		break;
	case MIB:
		region->pages = number(value) * PAGES_PER_MIB;
		break;
	case HOT:
		region->hot = true;
		break;
	case READ:
		region->read = true;
		break;
	case LOCK:
		region->lock = true;
		break;
	case MERGE:
		region->merge = true;
		break;
	case PLACE:
		region->place = parse_nodes(value);
		break;
	case BIND:
		region->bind = parse_nodes(value);
		break;
	case PIN:
		region->pin = number(value);
		break;
	case URING:
		region->uring = number(value);
		break;
	case VIEWS:
		region->views = number(value);
		break;
	default:
		die(EXIT_USAGE, "unknown option '%s'", value ?: "");
	}
}

static void parse_region(const char *text)
{
	struct region *region = &regions[nr_regions];
	char *copy = strdup(text), *value;

	if (nr_regions++ == REGIONS_MAX)
		die(EXIT_USAGE, "too many regions");
	while (*copy) {
		int option = getsubopt(&copy, tokens, &value);

		set_option(region, option, value);
	}
	if (!region->name || !region->pages)
		die(EXIT_USAGE, "'%s' lacks a name or a size", text);
}

static void *serve_in_thread(void *argument)
{
	/* It exits before any command. */
	pthread_join(*(pthread_t *)argument, NULL);
	printf("ready %d\n", getpid());
	serve();
	return NULL;
}

/* Let another thread go on. */
static void __attribute__((noreturn)) leave(void)
{
	static pthread_t self;
	pthread_t thread;

	self = pthread_self();
	if (pthread_create(&thread, NULL, serve_in_thread, &self))
		die(EXIT_SYSTEM, "pthread_create: %s", strerror(errno));
	/* pthread_exit() needs a library that the guest does not have. */
	for (;;)
		syscall(SYS_exit, 0);
}

int main(int argc, char **argv)
{
	bool leaves = argc > 1 && !strcmp(argv[1], "--leave");
	size_t i;

	arguments = argv;
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGTERM, on_stop);
	if (leaves) {
		argc--;
		argv++;
	}
	if (argc > 2 && !strcmp(argv[1], "--task-bind")) {
		set_policy(MPOL_BIND, parse_nodes(argv[2]));
		argv += 2;
	}
	while (*++argv)
		parse_region(*argv);
	if (!nr_regions)
		die(EXIT_USAGE, "usage: hmt_regions [OPTION...] name=NAME,mib=N...");
	for (i = 0; i < nr_regions; i++)
		make_region(&regions[i]);
	if (leaves)
		leave();
	printf("ready %d\n", getpid());
	serve();
}
