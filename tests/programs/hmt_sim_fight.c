// SPDX-License-Identifier: GPL-2.0
/*
 * CPU and simulated accelerators fight for the same pages. Each of them has a part
 * of every page, compares its last write there, and writes another value, on
 * random pages. So pages move while they are written, and a lost write is found.
 *
 *	hmt_sim_fight MIB DEVICE...
 *
 * It prints "ready" and fights until the command quit, or a wrong value. Commands,
 * one a line; each is answered by one line:
 *	turns		how often each compared and wrote, CPU first
 *	lost		pages that gave SIGBUS
 *	range		addresses, as in /proc/PID/maps
 *	lossy		allow lost pages: SIGBUS, or the value that a CPU reads
 *			without memory; end children
 *	one		let all fight for the first page
 *	whole		replace lost pages, and allow no more
 *	leave		close the devices
 *	return		open the devices that exist
 *	quit		compare all pages: "ok"
 *
 * Children compare all pages with their content at the fork, and write to them.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/hmt_sim.h>

#include "libtest.h"

#define DEVICES_MAX	4
#define FIGHTERS_MAX	(1 + DEVICES_MAX)
/* Content of a part that was not written since the page was replaced. */
#define UNKNOWN		0
/* A device moves all but one of that many parts to its memory. */
#define STAY		4

enum result { DONE, WRONG, LOST, GONE };

/**
 * struct fighter - the CPU, or a device
 * @index: 0 for the CPU
 * @name: name of the device
 * @fd: the open device, or -1
 * @seed: seed of random numbers
 * @may_lose: pages could be lost at its last turn
 * @turns: number of comparisons and writes
 * @version: version of its last write to each page; protected by @quiet
 * @thread: its thread
 */
struct fighter {
	unsigned int index;
	const char *name;
	int fd;
	unsigned int seed;
	bool may_lose;
	unsigned long turns;
	uint32_t *version;
	pthread_t thread;
};

static struct fighter fighters[FIGHTERS_MAX];
static unsigned int nr_fighters;
static uint64_t *area;
static size_t pages, contested, words;
static unsigned long lost_pages;
static bool lossy, away, over;

/* Held for reading while a fighter uses a page. */
static pthread_rwlock_t quiet;
/* Held while there is a child. */
static pthread_mutex_t child = PTHREAD_MUTEX_INITIALIZER;

static __thread sigjmp_buf lost;

static void on_sigbus(int signal)
{
	siglongjmp(lost, signal);
}

/* Word 0 of a part; each following word is one more. */
static uint64_t first_word(const struct fighter *fighter, size_t page,
			   uint32_t version)
{
	return page_word(fighter->index, page, 0, version);
}

static uint64_t *part_of(const struct fighter *fighter, size_t page)
{
	return area + page * PAGE_WORDS + fighter->index * words;
}

/* Compare by the CPU, whichever fighter wrote it. */
static enum result compare(const struct fighter *fighter, size_t page,
			   uint32_t version)
{
	const volatile uint64_t *part = part_of(fighter, page);
	uint64_t first = first_word(fighter, page, version);
	size_t i;

	for (i = 0; i < words; i++)
		if (part[i] != first + i)
			return WRONG;
	return DONE;
}

static void write_part(const struct fighter *fighter, size_t page,
		       uint32_t version)
{
	volatile uint64_t *part = part_of(fighter, page);
	uint64_t first = first_word(fighter, page, version);
	size_t i;

	for (i = 0; i < words; i++)
		part[i] = first + i;
}

static enum result cpu_turn(struct fighter *fighter, size_t page)
{
	uint32_t *version = &fighter->version[page];
	uint32_t old = *version;

	if (sigsetjmp(lost, 1))
		return LOST;
	if (old != UNKNOWN && compare(fighter, page, old) != DONE)
		return WRONG;
	*version = UNKNOWN;
	write_part(fighter, page, old + 1);
	*version = old + 1;
	return DONE;
}

static enum result run(const struct fighter *fighter,
		       struct hmt_sim_run *request)
{
	request->size = sizeof(*request);
	if (!ioctl(fighter->fd, HMT_SIM_RUN, request))
		return DONE;
	if (errno == ENODEV)
		return GONE;
	if (errno == EFAULT)
		return LOST;
	fprintf(stderr, "%s: %s\n", fighter->name, strerror(errno));
	return WRONG;
}

static enum result device_compare(struct fighter *fighter, size_t page,
				  unsigned int flags)
{
	uint64_t first = first_word(fighter, page, fighter->version[page]);
	struct hmt_sim_run request = {
		.kernel = HMT_SIM_SUM,
		.flags = flags,
		.src = (uintptr_t)part_of(fighter, page),
		.bytes = words * sizeof(uint64_t),
	};
	enum result result = run(fighter, &request);

	if (result != DONE)
		return result;
	return request.value == words * first + words * (words - 1) / 2 ?
	       DONE : WRONG;
}

static enum result device_write(struct fighter *fighter, size_t page,
				uint32_t version, unsigned int flags)
{
	struct hmt_sim_run request = {
		.kernel = HMT_SIM_SCATTER,
		.flags = flags,
		.dst = (uintptr_t)part_of(fighter, page),
		.bytes = words * sizeof(uint64_t),
		.value = first_word(fighter, page, version),
	};

	return run(fighter, &request);
}

static enum result device_turn(struct fighter *fighter, size_t page)
{
	uint32_t *version = &fighter->version[page];
	unsigned int flags = rand_r(&fighter->seed) % STAY ? HMT_SIM_MIGRATE : 0;
	uint32_t old = *version;
	enum result result = DONE;

	if (old != UNKNOWN)
		result = device_compare(fighter, page, flags);
	if (result == DONE) {
		*version = UNKNOWN;
		result = device_write(fighter, page, old + 1, flags);
	}
	if (result == DONE)
		*version = old + 1;
	return result;
}

/* Caller holds @quiet for writing: no other fighter uses a page. */
static void replace(size_t page)
{
	unsigned int i;

	if (madvise(area + page * PAGE_WORDS, PAGE_BYTES, MADV_DONTNEED))
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
	for (i = 0; i < nr_fighters; i++)
		fighters[i].version[page] = UNKNOWN;
	lost_pages++;
}

/* The page may have been replaced in the meantime, and is replaced again. */
static void lose(const struct fighter *fighter, size_t page, const char *how)
{
	if (!fighter->may_lose)
		die(EXIT_WRONG, "%s: page %zu is %s", fighter->name, page, how);
	pthread_rwlock_wrlock(&quiet);
	replace(page);
	pthread_rwlock_unlock(&quiet);
}

/* Return false if there is no such device now. */
static bool is_open(struct fighter *fighter)
{
	char path[64];

	if (!fighter->index)
		return true;
	if (fighter->fd < 0 && !away) {
		snprintf(path, sizeof(path), "/dev/%s", fighter->name);
		fighter->fd = open(path, O_RDWR | O_CLOEXEC);
	}
	return fighter->fd >= 0;
}

static void shut(struct fighter *fighter)
{
	if (fighter->fd >= 0)
		close(fighter->fd);
	fighter->fd = -1;
}

static enum result turn(struct fighter *fighter, size_t page)
{
	enum result result = GONE;

	pthread_rwlock_rdlock(&quiet);
	fighter->may_lose = lossy;
	if (is_open(fighter))
		result = fighter->index ? device_turn(fighter, page) :
					  cpu_turn(fighter, page);
	if (result == GONE)
		shut(fighter);
	pthread_rwlock_unlock(&quiet);
	return result;
}

static void *fight(void *arg)
{
	struct fighter *fighter = arg;

	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		size_t page = rand_r(&fighter->seed) % contested;

		switch (turn(fighter, page)) {
		case DONE:
			fighter->turns++;
			break;
		case WRONG:
			lose(fighter, page, "wrong");
			break;
		case LOST:
			lose(fighter, page, "lost");
			break;
		case GONE:
			usleep(5000);
		}
	}
	return NULL;
}

/* Compare all parts of all pages. */
static bool all_good(void)
{
	unsigned int i;
	size_t page;

	for (page = 0; page < pages; page++)
		for (i = 0; i < nr_fighters; i++) {
			const struct fighter *fighter = &fighters[i];
			uint32_t version = fighter->version[page];

			if (version != UNKNOWN &&
			    compare(fighter, page, version) != DONE)
				return false;
		}
	return true;
}

static void be_child(void)
{
	size_t page;

	signal(SIGBUS, SIG_DFL);
	if (!all_good())
		_exit(EXIT_WRONG);
	for (page = 0; page < pages; page += 3)
		fighters[0].version[page] += 1000;
	for (page = 0; page < pages; page += 3)
		write_part(&fighters[0], page, fighters[0].version[page]);
	_exit(all_good() ? 0 : EXIT_WRONG);
}

static void have_child(void)
{
	int status;
	pid_t pid;

	pthread_rwlock_wrlock(&quiet);
	pid = fork();
	if (!pid)
		be_child();
	pthread_rwlock_unlock(&quiet);
	if (pid < 0)
		die(EXIT_SYSTEM, "fork: %s", strerror(errno));
	if (waitpid(pid, &status, 0) != pid || status)
		die(EXIT_WRONG, "wrong in a child: %#x", status);
}

static void *have_children(void *arg)
{
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		pthread_mutex_lock(&child);
		if (!lossy)
			have_child();
		pthread_mutex_unlock(&child);
		usleep(100000);
	}
	return arg;
}

/* Touch every page, and replace lost ones. */
static void make_whole(void)
{
	volatile size_t page;

	for (page = 0; page < pages; page++) {
		if (sigsetjmp(lost, 1))
			replace(page);
		(void)*(volatile uint64_t *)(area + page * PAGE_WORDS);
	}
}

static const char *say_turns(void)
{
	static char text[128];
	unsigned int i;
	int length = 0;

	for (i = 0; i < nr_fighters; i++)
		length += snprintf(text + length, sizeof(text) - length,
				   "%s%lu", i ? " " : "", fighters[i].turns);
	return text;
}

static const char *answer_to(const char *command)
{
	static char text[64];
	unsigned int i;

	if (!strcmp(command, "turns"))
		return say_turns();
	if (!strcmp(command, "lost")) {
		snprintf(text, sizeof(text), "%lu", lost_pages);
		return text;
	}
	if (!strcmp(command, "range")) {
		snprintf(text, sizeof(text), "%lx-%lx", (unsigned long)area,
			 (unsigned long)area + pages * PAGE_BYTES);
		return text;
	}
	pthread_mutex_lock(&child);
	pthread_rwlock_wrlock(&quiet);
	if (!strcmp(command, "whole")) {
		make_whole();
		lossy = false;
	} else if (!strcmp(command, "lossy")) {
		lossy = true;
	} else if (!strcmp(command, "one")) {
		contested = 1;
	} else if (!strcmp(command, "leave")) {
		away = true;
		for (i = 0; i < nr_fighters; i++)
			shut(&fighters[i]);
	} else if (!strcmp(command, "return")) {
		away = false;
	} else {
		die(EXIT_USAGE, "unknown command '%s'", command);
	}
	pthread_rwlock_unlock(&quiet);
	pthread_mutex_unlock(&child);
	return "ok";
}

/* Prefer writers: a fighter that waits for all others is next. */
static void init_quiet(void)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
				      PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&quiet, &attr);
}

static void init_fighters(char **names)
{
	struct sigaction action = { .sa_handler = on_sigbus };
	unsigned int i;

	sigaction(SIGBUS, &action, NULL);
	for (i = 0; i < FIGHTERS_MAX && (!i || names[i - 1]); i++) {
		fighters[i] = (struct fighter) {
			.index = i,
			.name = i ? names[i - 1] : "cpu",
			.fd = -1,
			.seed = i + 1,
			.version = calloc(pages, sizeof(uint32_t)),
		};
		if (!fighters[i].version)
			die(EXIT_SYSTEM, "no memory");
	}
	nr_fighters = i;
	words = PAGE_WORDS / nr_fighters;
}

static void begin(pthread_t *thread, void *(*what)(void *), void *arg)
{
	int error = pthread_create(thread, NULL, what, arg);

	if (error)
		die(EXIT_SYSTEM, "pthread_create: %s", strerror(error));
}

int main(int argc, char **argv)
{
	pthread_t parent;
	unsigned int i;
	char line[64];

	if (argc < 2)
		die(EXIT_USAGE, "usage: hmt_sim_fight MIB DEVICE...");
	pages = number(argv[1]) * PAGES_PER_MIB;
	contested = pages;
	area = map_windows(pages);
	init_quiet();
	init_fighters(argv + 2);
	for (i = 0; i < nr_fighters; i++)
		begin(&fighters[i].thread, fight, &fighters[i]);
	begin(&parent, have_children, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "quit"))
			break;
		puts(answer_to(line));
	}
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	for (i = 0; i < nr_fighters; i++)
		pthread_join(fighters[i].thread, NULL);
	pthread_join(parent, NULL);
	if (sigsetjmp(lost, 1))
		die(EXIT_WRONG, "lost in the end");
	if (!all_good())
		die(EXIT_WRONG, "wrong in the end");
	puts("ok");
	return 0;
}
