// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that rewrite and compare memory all the time while it moves.
 *
 *	hmt_torture --mib N [--huge-mib N] [--seconds S] [--threads T] [--ops LIST]
 *		    [--pause MS] [--movers M --nodes N]
 *
 * It exits after S seconds, or on SIGTERM. Between two rounds or operations a
 * thread rests for MS milliseconds, by default 0.
 *
 * Each writer thread has N MiB for itself. It compares and then rewrites every
 * word of the pages in a window that wanders over them, so that the hot set
 * changes. The last of them has --huge-mib of memory in huge pages, as far as the
 * kernel has some. One more thread applies the operations of LIST ("fork,remap,
 * protect,discard,unmap" by default; "all", see ops) to memory of its own in turn,
 * and compares too. The content of a page is a function of thread, page and number of
 * rewrites. M more threads move random parts to the nodes 0 to N - 1 by HMT_MOVE, and
 * print how many pages have moved. HMT_SEED is the seed of all random choices.
 *
 * Exit status 3: a page is wrong.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libioctl.h"
#include "libtorture.h"

#define THREADS_MAX	16
/* The window is this part of an arena, or that many pages, and stays some rounds. */
#define WINDOW_PART	4
#define WINDOW_MOST	1024
#define WINDOW_ROUNDS	8

static uint64_t end_ms = UINT32_MAX;
static unsigned long pause_ms;
static volatile sig_atomic_t stop_wanted;
static size_t arena_pages, huge_pages;

static bool time_left(void)
{
	return !stop_wanted && now_ms() < end_ms;
}

static void on_stop(int signal)
{
	(void)signal;
	stop_wanted = 1;
}

static void make_arena(struct arena *arena, uint64_t id, bool huge)
{
	arena->id = id;
	arena->pages = huge ? huge_pages : arena_pages;
	arena->words = huge ? map_huge(huge_pages, MADV_HUGEPAGE) :
			      map_pages(arena_pages);
	arena->versions = map_pages(arena->pages);
	memset(arena->versions, 0xff, arena->pages * sizeof(uint32_t));
	rewrite_range(arena, 0, arena->pages);
}

/* One round over a window: compare and rewrite each word. */
static void write_window(struct arena *arena, size_t first, size_t count)
{
	size_t page;

	for (page = first; page < first + count && time_left(); page++) {
		check(arena, page, "writer");
		rewrite(arena, page);
		check(arena, page, "writer, just written");
	}
}

static void rest(void)
{
	if (pause_ms)
		usleep(pause_ms * 1000);
}

static void *run_writer(void *arg)
{
	struct arena *arena = arg;
	size_t part = arena->pages / WINDOW_PART;
	size_t window = part < WINDOW_MOST ? part : WINDOW_MOST;
	unsigned int round;

	while (time_left()) {
		size_t first = random_below(arena->pages - window + 1);

		for (round = 0; round < WINDOW_ROUNDS && time_left(); round++) {
			write_window(arena, first, window);
			rest();
		}
	}
	check_range(arena, 0, arena->pages, "writer, at the end");
	return NULL;
}

/*
 * Operations on the arena of the last thread.
 */

/*
 * Parent and child each rewrite a part of shared pages, and each must find its own
 * content and nothing of the other's.
 */
static void op_fork(struct arena *arena)
{
	size_t count, first = pick(arena, &count);
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die(EXIT_SYSTEM, "fork: %s", strerror(errno));
	if (!pid) {
		arena->id += 1000;
		first = pick(arena, &count);
		memset(arena->versions + first, 0, count * sizeof(uint32_t));
		rewrite_range(arena, first, count);
		check_range(arena, first, count, "child, what it wrote");
		arena->id -= 1000;
		check_range(arena, 0, first, "child, before");
		check_range(arena, first + count,
			    arena->pages - first - count, "child, behind");
		_exit(0);
	}
	rewrite_range(arena, first, count);
	check_range(arena, 0, arena->pages, "parent");
	if (waitpid(pid, &status, 0) != pid || status)
		die(EXIT_WRONG, "the child ended with status %#x", status);
	check_range(arena, 0, arena->pages, "parent, later");
}

/* mremap() takes one mapping at a time, and there may be several. */
static void op_remap(struct arena *arena)
{
	size_t bytes = arena->pages * PAGE_BYTES;
	uint64_t *fresh = map_pages(arena->pages);

	if (mremap(arena->words, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
		   fresh) == MAP_FAILED) {
		if (errno != EFAULT)
			die(EXIT_SYSTEM, "mremap: %s", strerror(errno));
		/* The old mapping has been unmapped. */
		fresh = map_pages(arena->pages);
		memcpy(fresh, arena->words, bytes);
		munmap(arena->words, bytes);
	}
	arena->words = fresh;
}

static void protect(const struct arena *arena, size_t first, size_t count,
		    int how)
{
	if (mprotect(page_at(arena, first), count * PAGE_BYTES, how))
		die(EXIT_SYSTEM, "mprotect: %s", strerror(errno));
}

static void op_protect(struct arena *arena)
{
	size_t count, first = pick(arena, &count);

	protect(arena, first, count, PROT_READ);
	check_range(arena, first, count, "read only");
	protect(arena, first, count, PROT_NONE);
	protect(arena, first, count, PROT_READ | PROT_WRITE);
}

static void mark_zeroed(struct arena *arena, size_t first, size_t count)
{
	while (count--)
		arena->versions[first++] = ZEROED;
}

static void op_discard(struct arena *arena)
{
	size_t count, first = pick(arena, &count);

	if (madvise(page_at(arena, first), count * PAGE_BYTES, MADV_DONTNEED))
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
	mark_zeroed(arena, first, count);
}

static void op_unmap(struct arena *arena)
{
	size_t count, first = pick(arena, &count);
	void *at = page_at(arena, first);

	if (munmap(at, count * PAGE_BYTES) ||
	    mmap(at, count * PAGE_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		 0) != at)
		die(EXIT_SYSTEM, "map again: %s", strerror(errno));
	mark_zeroed(arena, first, count);
}

static const struct op {
	const char *name;
	void (*run)(struct arena *arena);
} ops[] = {
	{ "fork", op_fork },
	{ "remap", op_remap },
	{ "protect", op_protect },
	{ "discard", op_discard },
	{ "unmap", op_unmap },
	{ "merge", op_merge },
	{ "pageout", op_pageout },
	{ "cold", op_cold },
	{ "userfault", op_userfault },
	{ "vmsplice", op_vmsplice },
	{ "uring", op_uring },
};

#define NR_OPS	(sizeof(ops) / sizeof(*ops))

static const char *wanted_ops = "fork,remap,protect,discard,unmap";
static unsigned long ops_done[NR_OPS];

static void run_op(struct arena *arena, const struct op *op)
{
	if (strcmp(wanted_ops, "all") && !strstr(wanted_ops, op->name))
		return;
	op->run(arena);
	ops_done[op - ops]++;
	check_range(arena, 0, arena->pages, op->name);
	rewrite_range(arena, 0, arena->pages);
}

static void *run_ops(void *arg)
{
	while (time_left()) {
		run_op(arg, &ops[random_below(NR_OPS)]);
		rest();
	}
	return NULL;
}

/*
 * Moves by request, of any part of any arena to any node.
 */

static unsigned long movers, nodes = 1;
static unsigned long moved_pages;
static struct arena arenas[THREADS_MAX];
static unsigned long nr_arenas;

/* The line "moved N" for each of that many pages. */
#define MOVED_STEP	1024

static void count_moved(unsigned long pages)
{
	unsigned long all = __atomic_add_fetch(&moved_pages, pages,
					       __ATOMIC_RELAXED);

	if (all / MOVED_STEP == (all - pages) / MOVED_STEP)
		return;
	printf("moved %lu\n", all);
	fflush(stdout);
}

/* The memory may be unmapped at the moment, or just be moved by the engine. */
static void *run_mover(void *arg)
{
	union request what;

	while (time_left()) {
		const struct arena *arena = &arenas[random_below(nr_arenas)];
		size_t count, first = pick(arena, &count);

		make_move(&what)->move.uid = random_below(nodes);
		what.move.start = (uintptr_t)page_at(arena, first);
		what.move.length = count * PAGE_BYTES;
		if (!request(HMT_MOVE, &what))
			count_moved(what.move.pages[HMT_RESULT_MOVED]);
		rest();
	}
	return arg;
}

static void parse(int argc, char **argv, unsigned long *threads)
{
	static const struct option options[] = {
		{ "mib", required_argument, NULL, 'm' },
		{ "huge-mib", required_argument, NULL, 'h' },
		{ "seconds", required_argument, NULL, 's' },
		{ "threads", required_argument, NULL, 't' },
		{ "ops", required_argument, NULL, 'o' },
		{ "pause", required_argument, NULL, 'p' },
		{ "movers", required_argument, NULL, 'v' },
		{ "nodes", required_argument, NULL, 'n' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'm':
			arena_pages = number(optarg) * PAGES_PER_MIB;
			break;
		case 'h':
			huge_pages = number(optarg) * PAGES_PER_MIB;
			break;
		case 's':
			end_ms = number(optarg) * 1000;
			break;
		case 't':
			*threads = number(optarg);
			break;
		case 'o':
			wanted_ops = optarg;
			break;
		case 'v':
			movers = number(optarg);
			break;
		case 'n':
			nodes = number(optarg);
			break;
		case 'p':
			pause_ms = number(optarg);
			break;
		default:
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc || !arena_pages || !nodes ||
	    *threads + movers >= THREADS_MAX)
		die(EXIT_USAGE,
		    "usage: hmt_torture --mib N [--huge-mib N] [--seconds S] [--threads T] [--ops LIST] [--pause MS] [--movers M --nodes N]");
}

static void start(pthread_t *id, void *(*run)(void *), void *arg)
{
	if (pthread_create(id, NULL, run, arg))
		die(EXIT_SYSTEM, "no thread");
}

static void print_results(void)
{
	unsigned long checked = 0, done = 0, i;

	for (i = 0; i < nr_arenas; i++)
		checked += arenas[i].checked;
	for (i = 0; i < NR_OPS; i++)
		done += ops_done[i];
	printf("%lu pages compared, %lu moved by request, %lu operations:",
	       checked, moved_pages, done);
	for (i = 0; i < NR_OPS; i++)
		if (ops_done[i])
			printf(" %s %lu", ops[i].name, ops_done[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	unsigned long threads = 2, i;
	pthread_t ids[THREADS_MAX];

	parse(argc, argv, &threads);
	signal(SIGTERM, on_stop);
	nr_arenas = threads + 1;
	for (i = 0; i < nr_arenas; i++)
		make_arena(&arenas[i], i, huge_pages && i + 1 == threads);
	if (movers)
		open_device();
	printf("ready %d\n", getpid());
	fflush(stdout);
	end_ms += now_ms();
	for (i = 0; i < nr_arenas; i++)
		start(&ids[i], i < threads ? run_writer : run_ops, &arenas[i]);
	for (i = nr_arenas; i < nr_arenas + movers; i++)
		start(&ids[i], run_mover, NULL);
	for (i = 0; i < nr_arenas + movers; i++)
		pthread_join(ids[i], NULL);
	print_results();
	return 0;
}
