// SPDX-License-Identifier: GPL-2.0
/*
 * Loads of several processes. They run in lock step: this process hands a number
 * of records to one after the other and waits, so that the order of all accesses
 * is the same in all settings. Each process has its own part of the data, or all
 * of them share it.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "load.h"
#include "marker.h"

DEFINE_MARK(mark_own, MARK_OWN);
DEFINE_MARK(mark_gone, MARK_GONE);
DEFINE_MARK(mark_fork, MARK_FORK);

/* Records that a process runs before the next one has its turn. */
#define TURN		4096
#define SHARERS		4
/* Short-lived processes in an epoch, and the share of the records they run. */
#define CHILDREN	4
#define CHILD_PERCENT	40
/* Pages that the snapshot writes in its turn, and the size of its file. */
#define SNAPSHOT_PAGES	256UL
#define SNAPSHOT_FILE	(16UL << 20)

struct worker {
	pid_t pid;
	int to;
	int from;
};

static struct worker workers[SHARERS];
static unsigned int nr_workers;

static void put(int fd, uint64_t value)
{
	if (write(fd, &value, sizeof(value)) != sizeof(value))
		die("a process of the load has ended");
}

static uint64_t get(int fd)
{
	uint64_t value;

	if (read(fd, &value, sizeof(value)) != sizeof(value))
		die("a process of the load has ended");
	return value;
}

/* Fork; return in the parent only. The child calls @run for each number. */
static struct worker start(struct load *load,
			   void (*run)(struct load *, uint64_t))
{
	struct worker worker;
	int to[2], from[2];
	uint64_t records;

	if (pipe(to) || pipe(from))
		die("pipe: %s", strerror(errno));
	worker = (struct worker) { .to = to[1], .from = from[0] };
	worker.pid = fork();
	if (worker.pid < 0)
		die("fork: %s", strerror(errno));
	if (worker.pid) {
		close(to[0]);
		close(from[1]);
		return worker;
	}
	close(to[1]);
	close(from[0]);
	while ((records = get(to[0]))) {
		run(load, records);
		put(from[1], 1);
	}
	if (load->own)
		mark_gone(load->base, load->base + load->pages * PAGE_BYTES);
	_exit(0);
}

static void turn(const struct worker *worker, uint64_t records)
{
	put(worker->to, records);
	get(worker->from);
}

static void end(struct worker *worker)
{
	int status;

	put(worker->to, 0);
	if (waitpid(worker->pid, &status, 0) != worker->pid || status)
		die("a process of the load failed");
	close(worker->to);
	close(worker->from);
}

static void own(const struct load *load)
{
	mark_own(load->base, load->base + load->pages * PAGE_BYTES);
}

/* Return the part of the data from @mib on, of @size MiB, @hot of them hot. */
static struct load part_of(const struct load *load, long mib, long size,
			   long hot)
{
	struct load part = *load;

	part.base += mib * PAGES_PER_MIB * PAGE_BYTES;
	part.mib = size;
	part.pages = size * PAGES_PER_MIB;
	part.hot_mib = hot;
	part.seed += mib;
	part.touched_mib = 0;
	part.processes = PROCESSES_ONE;
	return part;
}

/* The first number makes the data and the tables of the pattern. */
static void run_part(struct load *load, uint64_t records)
{
	static bool ready;

	if (!ready) {
		own(load);
		load->own = true;
		policy_begin(load);
		data_touch(load);
		policy_end();
		pattern_init(load);
		ready = true;
	}
	pattern_run(load, records);
}

static void run_shared(struct load *load, uint64_t records)
{
	static bool ready;

	if (!ready)
		own(load);
	ready = true;
	pattern_run(load, records);
}

/* All processes use the same pages, which this process has touched. */
static void begin_shared(struct load *load)
{
	data_init(load);
	own(load);
	pattern_init(load);
	while (nr_workers < SHARERS) {
		pattern_skip(nr_workers);
		workers[nr_workers++] = start(load, run_shared);
	}
}

/*
 * The large program has all but the last hot_mib MiB, and fills the fast memory.
 * The small one starts later.
 */
static void begin_two(struct load *load)
{
	struct load large;

	data_map(load);
	large = part_of(load, 0, load->mib - load->hot_mib, 0);
	large.share = 0;
	workers[nr_workers++] = start(&large, run_part);
	turn(&workers[0], 1);
}

static void start_small(struct load *load)
{
	struct load small = part_of(load, load->mib - load->hot_mib,
				    load->hot_mib, load->hot_mib);

	workers[nr_workers++] = start(&small, run_part);
	load->accesses += small.pages;
}

/*
 * A program that stays has all but the last child_mib MiB, which one child after
 * the other has. Half of the child's pages are hot.
 */
static void begin_churn(struct load *load)
{
	struct load stays;

	data_map(load);
	stays = part_of(load, 0, load->mib - load->child_mib, load->hot_mib);
	workers[nr_workers++] = start(&stays, run_part);
	turn(&workers[0], 1);
}

static void run_churn(struct load *load, uint64_t records)
{
	uint64_t young = records * CHILD_PERCENT / 100 / CHILDREN;
	uint64_t old = records / CHILDREN - young;
	unsigned int i;

	for (i = 0; i < CHILDREN; i++) {
		struct load part = part_of(load, load->mib - load->child_mib,
					   load->child_mib, load->child_mib / 2);
		struct worker child = start(&part, run_part);
		uint64_t a = i ? old : records - old * (CHILDREN - 1) -
				       young * CHILDREN;
		uint64_t b = young;

		while (a || b) {
			uint64_t n = a < TURN ? a : TURN;
			uint64_t m = b < TURN ? b : TURN;

			if (n)
				turn(&workers[0], n);
			if (m)
				turn(&child, m);
			a -= n;
			b -= m;
		}
		end(&child);
		load->accesses += part.pages;
	}
}

/* The snapshot writes all data to a file, as a database does. */
static void write_pages(struct load *load, uint64_t first)
{
	static int fd = -1;
	size_t bytes = SNAPSHOT_PAGES * PAGE_BYTES;
	off_t at = --first * PAGE_BYTES % SNAPSHOT_FILE;

	if (fd < 0)
		fd = memfd_create("snapshot", 0);
	if (first + SNAPSHOT_PAGES > load->pages)
		bytes = (load->pages - first) * PAGE_BYTES;
	if (pwrite(fd, load->base + first * PAGE_BYTES, bytes, at) !=
	    (ssize_t)bytes)
		die("snapshot: %s", strerror(errno));
}

static void begin_fork(struct load *load)
{
	data_init(load);
	own(load);
	pattern_init(load);
}

/* A snapshot is made in each epoch whose number is a multiple of --period. */
static void run_fork(struct load *load, uint64_t records, long epoch)
{
	struct worker snapshot;
	size_t page = load->pages;
	bool writes = load->period && epoch && epoch % load->period == 0;

	if (writes) {
		snapshot = start(load, write_pages);
		mark_fork();
		page = 0;
	}
	while (records) {
		uint64_t n = records < TURN ? records : TURN;

		pattern_run(load, n);
		records -= n;
		if (page >= load->pages)
			continue;
		/* 0 means the end. */
		turn(&snapshot, page + 1);
		page += SNAPSHOT_PAGES;
	}
	for (; page < load->pages; page += SNAPSHOT_PAGES)
		turn(&snapshot, page + 1);
	if (writes)
		end(&snapshot);
}

void workers_begin(struct load *load)
{
	static void (*const begin[PROCESSES])(struct load *) = {
		[PROCESSES_SHARED] = begin_shared,
		[PROCESSES_TWO] = begin_two,
		[PROCESSES_CHURN] = begin_churn,
		[PROCESSES_FORK] = begin_fork,
	};

	begin[load->processes](load);
}

/* The processes have equal shares; of two, the second has --share per cent. */
static uint64_t share_of(const struct load *load, unsigned int worker)
{
	if (load->processes != PROCESSES_TWO || nr_workers < 2)
		return TURN;
	return worker ? TURN * load->share / 100 :
	       TURN - TURN * load->share / 100;
}

void workers_run(struct load *load, uint64_t records, long epoch)
{
	unsigned int i;

	load->accesses = 0;
	if (load->processes == PROCESSES_TWO && epoch == load->shift)
		start_small(load);
	load->accesses += records * pattern_lines(load);
	if (load->processes == PROCESSES_FORK) {
		run_fork(load, records, epoch);
		return;
	}
	if (load->processes == PROCESSES_CHURN) {
		run_churn(load, records);
		return;
	}
	for (i = 0; records; i = (i + 1) % nr_workers) {
		uint64_t n = share_of(load, i);

		n = n < records ? n : records;
		if (n)
			turn(&workers[i], n);
		records -= n;
	}
}

void workers_end(void)
{
	while (nr_workers)
		end(&workers[--nr_workers]);
}
