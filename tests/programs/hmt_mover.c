// SPDX-License-Identifier: GPL-2.0
/*
 * Move the memory of other processes by HMT_MOVE from node to node all the time.
 *
 *	hmt_mover FILE NODE...
 *
 * FILE has their IDs, as cgroup.procs of a control group does. Each round moves all
 * that they have mapped to the next node. On SIGTERM it prints "rounds N", and "RESULT
 * PAGES" for each result that pages had, and ends.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../configfs-tools/libhmt/libhmt.h"
#include "libioctl.h"

/* Of a larger range only the beginning moves: most of it has no page. */
#define RANGE_BYTES	(1024UL * 1024 * 1024)
/* Between two rounds, so that the processes get CPU time. */
#define PAUSE_US	1000

static volatile sig_atomic_t stop_wanted;
static unsigned long pages[HMT_RESULTS];

static void on_stop(int signal)
{
	(void)signal;
	stop_wanted = 1;
}

/* The process may have ended, or unmapped the range. */
static void move_range(pid_t pid, unsigned long start, unsigned long end,
		       unsigned long node)
{
	union request what;
	unsigned int i;

	if (stop_wanted || start == end)
		return;
	make_move(&what)->move.uid = node;
	what.move.pid = pid;
	what.move.start = start;
	what.move.length = end - start < RANGE_BYTES ? end - start : RANGE_BYTES;
	if (request(HMT_MOVE, &what))
		return;
	for (i = 0; i < HMT_RESULTS; i++)
		pages[i] += what.move.pages[i];
}

/* Each request may wait for all CPUs, so it has all mappings without gaps. */
static void move_process(pid_t pid, unsigned long node)
{
	unsigned long first = 0, last = 0, start, end;
	char path[64], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "r");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) != 2)
			continue;
		if (start != last) {
			move_range(pid, first, last, node);
			first = start;
		}
		last = end;
	}
	move_range(pid, first, last, node);
	fclose(file);
}

static void move_all(const char *path, unsigned long node)
{
	FILE *file = fopen(path, "r");
	int pid;

	if (!file)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	while (!stop_wanted && fscanf(file, "%d", &pid) == 1)
		move_process(pid, node);
	fclose(file);
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_stop };
	unsigned long rounds;
	unsigned int i;

	if (argc < 3)
		die(EXIT_USAGE, "usage: hmt_mover FILE NODE...");
	/* A request that is under way ends as well. */
	sigaction(SIGTERM, &action, NULL);
	open_device();
	printf("ready %d\n", getpid());
	fflush(stdout);
	for (rounds = 0; !stop_wanted; rounds++) {
		move_all(argv[1], number(argv[2 + rounds % (argc - 2)]));
		usleep(PAUSE_US);
	}
	printf("rounds %lu\n", rounds);
	for (i = 0; i < HMT_RESULTS; i++)
		if (pages[i])
			printf("%s %lu\n", hmt_result_name(i), pages[i]);
	return 0;
}
