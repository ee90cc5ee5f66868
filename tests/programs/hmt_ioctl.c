// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to /dev/hmt that must be fulfilled.
 *
 *	hmt_ioctl signals	a signal ends a move early, and nothing is lost
 *	hmt_ioctl vast		a range of a tebibyte, with three pages in it
 *	hmt_ioctl best		what HMT_BEST says on the topology "three"
 *	hmt_ioctl heat PID START END	report that range as hot, until killed
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
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

/* Move all of it, in as many calls as it takes; returns how many moved. */
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
		moved += what.move.moved;
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
	/* Until it was seen that one call in two did not go all the way. */
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
	if (what.move.there != LENGTH_OF(touched) ||
	    what.move.absent != pages - LENGTH_OF(touched))
		die(EXIT_WRONG, "%llu there, %llu absent",
		    (unsigned long long)what.move.there,
		    (unsigned long long)what.move.absent);
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
	/* More than is free where it is fastest. */
	make_best(&what);
	expect(0, request(HMT_BEST, &what), "best", 1);
	what.best.bytes = what.best.free + (64 << 20);
	if (!request(HMT_BEST, &what) &&
	    (what.best.uid == 0 || what.best.no_room == 0))
		die(EXIT_WRONG, "no room, but %u", what.best.uid);
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
	else if (!strcmp(command, "heat") && argc == 5)
		run_heat(number(argv[2]), argv[3], argv[4]);
	else
		die(EXIT_USAGE, "unknown command '%s'", command);
	return 0;
}
