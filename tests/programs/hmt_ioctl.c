// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to /dev/hmt that must be fulfilled.
 *
 *	hmt_ioctl signals	a signal ends a move early, and nothing is lost
 *	hmt_ioctl vast		a range of a tebibyte, with three pages in it
 *	hmt_ioctl best		results of HMT_BEST on the topology "three"
 *	hmt_ioctl exclude	excluded pages stay
 *	hmt_ioctl included	nothing of this program is excluded
 *	hmt_ioctl heat PID START END	report that range as hot, until killed
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libioctl.h"

/*
 * Large ranges.
 */

static volatile sig_atomic_t signals;

static void on_alarm(int signal)
{
	(void)signal;
	signals++;
}

static void tick(unsigned int us)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = {
		.it_interval.tv_usec = us, .it_value.tv_usec = us,
	};

	sigaction(SIGALRM, &action, NULL);
	if (setitimer(ITIMER_REAL, &timer, NULL))
		die(EXIT_SYSTEM, "setitimer: %s", strerror(errno));
}

/* Move all pages, in several calls if needed; return the number of moves. */
static size_t move_all(void *start, size_t pages, __u32 uid,
		       unsigned int *calls)
{
	__u64 end = (uintptr_t)start + pages * PAGE_BYTES;
	union request what;
	size_t moved = 0;
	int error;

	make_move(&what)->move.uid = uid;
	for (what.move.next = (uintptr_t)start; what.move.next < end;) {
		what.move.start = what.move.next;
		what.move.length = end - what.move.start;
		error = request(HMT_MOVE, &what);
		if (error == EINTR)
			continue;
		expect(0, error, "move", *calls);
		if (what.move.next <= what.move.start)
			die(EXIT_WRONG, "success without progress");
		moved += what.move.pages[HMT_RESULT_MOVED];
		++*calls;
	}
	return moved;
}

static void run_signals(void)
{
	size_t pages = 16 * PAGES_PER_MIB, i;
	uint64_t *words = map_pages(pages);
	unsigned int calls = 0, round = 0;
	struct place place;

	for (i = 0; i < pages; i++)
		page_fill(words + i * PAGE_WORDS, 1, i, 0);
	move_all(words, pages, 0, &calls);
	calls = 0;
	tick(500);
	/* Until one of two calls has ended early. */
	while (round < 4 || (calls < 2 * round && round < 400)) {
		size_t moved = move_all(words, pages, ++round % 2 ? 1 : 0,
					&calls);

		if (moved != pages)
			die(EXIT_WRONG, "%zu of %zu pages moved", moved, pages);
	}
	tick(0);
	find_pages(0, words, pages, &place);
	if (place.nodes[round % 2] != pages)
		die(EXIT_WRONG, "they are elsewhere");
	for (i = 0; i < pages; i++)
		if (!page_good(words + i * PAGE_WORDS, 1, i, 0))
			die(EXIT_WRONG, "page %zu is wrong", i);
	if (calls == round)
		die(EXIT_WRONG, "no call ended early");
	printf("%u calls for %u rounds, %d signals\n", calls, round,
	       (int)signals);
}

static void run_vast(void)
{
	size_t pages = 1UL << (40 - 12), moved;
	char *start = map_pages(pages);
	const size_t touched[] = { 0, pages / 2, pages - 1 };
	unsigned int calls = 0;
	union request what;
	size_t i;

	for (i = 0; i < LENGTH_OF(touched); i++)
		start[touched[i] * PAGE_BYTES] = 'x';
	moved = move_all(start, pages, 1, &calls);
	expect(LENGTH_OF(touched), moved, "moved", moved);
	for (i = 0; i < LENGTH_OF(touched); i++) {
		make_query(&what)->query.start =
			(uintptr_t)start + touched[i] * PAGE_BYTES;
		what.query.length = PAGE_BYTES;
		expect(0, request(HMT_QUERY, &what), "query", i);
		expect(1, infos[0].uid, "uid", i);
	}
	make_move(&what)->move.start = (uintptr_t)start;
	what.move.length = pages * PAGE_BYTES;
	what.move.uid = 1;
	expect(0, request(HMT_MOVE, &what), "again", 0);
	if (what.move.pages[HMT_RESULT_THERE] != LENGTH_OF(touched) ||
	    what.move.pages[HMT_RESULT_ABSENT] != pages - LENGTH_OF(touched))
		die(EXIT_WRONG, "%llu there, %llu absent",
		    (unsigned long long)what.move.pages[HMT_RESULT_THERE],
		    (unsigned long long)what.move.pages[HMT_RESULT_ABSENT]);
}

static void run_best(void)
{
	cpu_set_t cpus;
	union request what;

	expect(0, request(HMT_BEST, make_best(&what)), "best", 0);
	expect(0, what.best.uid, "uid", 0);
	expect(HMT_BEST_BY_LATENCY, what.best.reason, "reason", 0);
	expect(1, what.best.second, "second", 0);
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	make_best(&what)->best.cpus = (uintptr_t)&cpus;
	what.best.cpus_size = sizeof(cpus);
	what.best.flags = HMT_BEST_BANDWIDTH;
	expect(0, request(HMT_BEST, &what), "bandwidth", 0);
	printf("reason %u\n", what.best.reason);
	/* More than is free in the fastest memory. */
	make_best(&what);
	expect(0, request(HMT_BEST, &what), "best", 1);
	what.best.bytes = what.best.free + (64 << 20);
	if (!request(HMT_BEST, &what) &&
	    (what.best.uid == 0 || what.best.no_room == 0))
		die(EXIT_WRONG, "no room, but %u", what.best.uid);
}

/*
 * Excluded ranges.
 */

static int advise(void *start, size_t pages, unsigned int advice)
{
	union request what;

	make_advise(&what)->advise.advice = advice;
	what.advise.start = (uintptr_t)start;
	what.advise.length = pages * PAGE_BYTES;
	return request(HMT_ADVISE, &what);
}

static void exclude(void *start, size_t pages, int wanted, size_t which)
{
	expect(wanted, advise(start, pages, HMT_ADVICE_EXCLUDE), "exclude",
	       which);
}

static void include(void *start, size_t pages, int wanted, size_t which)
{
	expect(wanted, advise(start, pages, HMT_ADVICE_INCLUDE), "include",
	       which);
}

/* Move the area to @uid: @excluded of its pages stay, the others are there. */
static void push_area(unsigned int uid, size_t excluded, size_t which)
{
	union request what;
	struct place place;

	make_move(&what)->move.uid = uid;
	expect(0, request(HMT_MOVE, &what), "move", which);
	expect(excluded, what.move.pages[HMT_RESULT_EXCLUDED], "excluded", which);
	find_pages(0, area, PAGES, &place);
	expect(PAGES - excluded, place.nodes[uid], "moved", which);
}

static void query_area(size_t first, size_t end)
{
	union request what;
	size_t i;

	expect(0, request(HMT_QUERY, make_query(&what)), "query", first);
	for (i = 0; i < PAGES; i++) {
		bool excluded = infos[i].state == HMT_STATE_EXCLUDED;

		if (excluded != (i >= first && i < end))
			die(EXIT_WRONG, "page %zu: state %u", i,
			    infos[i].state);
	}
}

static void exclude_parts(void)
{
	char *start = area;

	push_area(0, 0, 0);
	exclude(start + 8 * PAGE_BYTES, 8, 0, 0);
	query_area(8, 16);
	push_area(1, 8, 1);
	/* Adjacent, overlapping, equal and contained ranges. */
	exclude(start + 16 * PAGE_BYTES, 8, 0, 1);
	exclude(start + 4 * PAGE_BYTES, 8, 0, 2);
	exclude(start + 4 * PAGE_BYTES, 20, 0, 3);
	query_area(4, 24);
	include(start + 4 * PAGE_BYTES, 8, 0, 0);
	include(start + 20 * PAGE_BYTES, 40, 0, 1);
	query_area(12, 20);
	exclude(NULL, 0, 0, 4);
	query_area(0, PAGES);
	include(NULL, 0, 0, 2);
	query_area(0, 0);
	/* Only the pages that stayed are left to move. */
	push_area(1, 0, 2);
	/* Advice of one kind does not affect the other kind. */
	expect(0, advise(start, PAGES, HMT_ADVICE_FOLLOW), "follow", 0);
	expect(0, advise(start, PAGES, HMT_ADVICE_READ_MOSTLY), "read", 0);
	query_area(0, 0);
	exclude(start, PAGES, 0, 6);
	expect(0, advise(NULL, 0, HMT_ADVICE_UNFOLLOW), "unfollow", 0);
	expect(0, advise(NULL, 0, HMT_ADVICE_READ_WRITE), "unread", 0);
	query_area(0, PAGES);
	/* Ranges without pages have a result of their own. */
	exclude(start, PAGES, 0, 5);
	if (madvise(start, PAGE_BYTES, MADV_DONTNEED))
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
	query_area(1, PAGES);
	*start = 1;
	query_area(0, PAGES);
	include(start, PAGES, 0, 3);
}

static void exclude_many(void)
{
	char *start = map_pages(2 * HMT_ADVISED_MAX + 2);
	size_t i;

	for (i = 0; i < HMT_ADVISED_MAX; i++)
		exclude(start + 2 * i * PAGE_BYTES, 1, 0, i);
	exclude(start + 2 * i * PAGE_BYTES, 1, ENOSPC, i);
	/* A range that joins two frees an entry; one that divides needs one. */
	exclude(start + PAGE_BYTES, 1, 0, 0);
	exclude(start + 2 * i * PAGE_BYTES, 1, 0, i);
	include(start + PAGE_BYTES, 1, ENOSPC, 0);
	include(start + 2 * i * PAGE_BYTES, 1, 0, 1);
	include(start + PAGE_BYTES, 1, 0, 2);
	include(start, 2 * HMT_ADVISED_MAX + 2, 0, 3);
	exclude(start, 1, 0, 0);
	include(NULL, 0, 0, 4);
}

static void await(pid_t pid, const char *what)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		die(EXIT_WRONG, "%s: status %#x", what, status);
}

/* A child has no exclusions, nor has another program. */
static void exclude_inherited(void)
{
	pid_t pid;

	exclude(area, PAGES, 0, 0);
	pid = make_child();
	if (!pid) {
		query_area(0, 0);
		exclude(NULL, 0, 0, 1);
		query_area(0, PAGES);
		execl("/proc/self/exe", "hmt_ioctl", "included", NULL);
		_exit(127);
	}
	await(pid, "child");
	query_area(0, PAGES);
	include(area, PAGES, 0, 0);
}

/* Move the pages of the parent back and forth. */
static void __attribute__((noreturn)) push_parent(void)
{
	union request what;
	unsigned int uid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (uid = 0;; uid = !uid) {
		make_move(&what)->move.uid = uid;
		what.move.pid = getppid();
		expect(0, request(HMT_MOVE, &what), "push", uid);
	}
}

/* Pages that were written after a fork are mapped by the writer alone. */
static void unshare_area(void)
{
	volatile char *byte = area;
	size_t i;

	for (i = 0; i < PAGES; i++)
		byte[i * PAGE_BYTES] = byte[i * PAGE_BYTES];
}

static void exclude_raced(void)
{
	struct place before, after;
	size_t round, look, moved = 0;
	pid_t pid = make_child();

	if (!pid)
		push_parent();
	unshare_area();
	for (round = 0; round < 40; round++) {
		exclude(area, PAGES, 0, round);
		find_pages(0, area, PAGES, &before);
		moved += round && before.nodes[0] != after.nodes[0];
		after = before;
		for (look = 0; look < 10; look++) {
			usleep(200);
			find_pages(0, area, PAGES, &before);
			if (before.nodes[0] != after.nodes[0])
				die(EXIT_WRONG, "round %zu: excluded, and moved",
				    round);
		}
		include(area, PAGES, 0, round);
		usleep(1000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (!moved)
		die(EXIT_WRONG, "nothing moved at any time");
}

static void run_exclude(void)
{
	exclude_parts();
	exclude_many();
	exclude_inherited();
	exclude_raced();
}

static void __attribute__((noreturn))
run_heat(pid_t pid, const char *start, const char *end)
{
	union request what;
	int error;

	for (;;) {
		make_report(&what)->report.pid = pid;
		heat.start = strtoul(start, NULL, 16);
		heat.length = strtoul(end, NULL, 16) - heat.start;
		heat.score = HMT_REPORT_SCORE_MAX;
		error = request(HMT_REPORT, &what);
		/* The workload may not have found the process yet. */
		if (error && error != ENXIO)
			die(EXIT_WRONG, "report: %s", strerror(error));
		usleep(5000);
	}
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	open_device();
	if (!strcmp(command, "signals"))
		run_signals();
	else if (!strcmp(command, "vast"))
		run_vast();
	else if (!strcmp(command, "best"))
		run_best();
	else if (!strcmp(command, "exclude"))
		run_exclude();
	else if (!strcmp(command, "included"))
		query_area(0, 0);
	else if (!strcmp(command, "heat") && argc == 5)
		run_heat(number(argv[2]), argv[3], argv[4]);
	else
		die(EXIT_USAGE, "unknown command '%s'", command);
	return 0;
}
