// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that come and go.
 *
 *	hmt_churn SECONDS [MIB]
 *
 * It ends after some seconds, or at SIGTERM. Until then it keeps
 * a few children. Each has MIB (4) MiB that it rewrites and compares for a
 * short random time; then it exits, or becomes another program (this
 * one, as a child again), or makes a child that outlives it. Some are killed
 * before by their parent. Prints "killed" for each ten of these, and how many
 * children there were. HMT_SEED is the seed of all random choices.
 *
 * Exit status 3: a page did not hold what it must.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libtest.h"

#define CHILDREN	4
#define LIFE_MS		300
/* Number of execs of a process before it exits. */
#define GENERATIONS	3

static volatile sig_atomic_t stop_wanted;
static size_t pages = 4 * PAGES_PER_MIB;

static void use_memory(void)
{
	uint64_t end = now_ms() + random_below(LIFE_MS), *words;
	uint32_t version = 0;
	size_t i;

	words = map_pages(pages);
	for (i = 0; i < pages; i++)
		page_fill(words + i * PAGE_WORDS, getpid(), i, version);
	do {
		for (i = 0; i < pages / 4; i++) {
			uint64_t *page = words + i * PAGE_WORDS;

			if (!page_good(page, getpid(), i, version))
				die(EXIT_WRONG, "page %zu version %u", i,
				    version);
			page_fill(page, getpid(), i, version + 1);
		}
		version++;
	} while (now_ms() < end);
}

static void __attribute__((noreturn)) live(unsigned long generation)
{
	char mib[24], next[24];

	use_memory();
	if (generation == GENERATIONS)
		_exit(0);
	if (!random_below(3) && fork())
		_exit(0);
	snprintf(mib, sizeof(mib), "%zu", pages / PAGES_PER_MIB);
	snprintf(next, sizeof(next), "%lu", generation + 1);
	execl("/proc/self/exe", "hmt_churn", "child", mib, next, NULL);
	die(EXIT_SYSTEM, "exec: %s", strerror(errno));
}

static pid_t make_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die(EXIT_SYSTEM, "fork: %s", strerror(errno));
	if (!pid)
		live(0);
	return pid;
}

static void on_stop(int signal)
{
	(void)signal;
	stop_wanted = 1;
}

/* Also for orphans, because this process is their reaper. */
static void check_status(int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return;
	if (status)
		die(EXIT_WRONG, "a child ended with status %#x", status);
}

int main(int argc, char **argv)
{
	unsigned long made = CHILDREN, killed = 0;
	int status, i;
	uint64_t end;
	pid_t pid;

	if (argc > 2)
		pages = number(argv[2]) * PAGES_PER_MIB;
	if (argc == 4)
		live(number(argv[3]));
	if (argc < 2 || argc > 3)
		die(EXIT_USAGE, "usage: hmt_churn SECONDS [MIB]");
	end = now_ms() + number(argv[1]) * 1000;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGTERM, on_stop);
	puts("ready");
	fflush(stdout);
	for (i = 0; i < CHILDREN; i++)
		make_child();
	while (!stop_wanted && now_ms() < end) {
		pid = make_child();
		made++;
		usleep(random_below(LIFE_MS) * 500);
		if (random_below(2)) {
			kill(pid, SIGKILL);
			if (!(++killed % 10)) {
				puts("killed");
				fflush(stdout);
			}
		}
		while (made % CHILDREN == 0 && wait(&status) > 0)
			check_status(status);
		while (waitpid(-1, &status, WNOHANG) > 0)
			check_status(status);
	}
	while (wait(&status) > 0)
		check_status(status);
	printf("%lu children, %lu killed\n", made, killed);
	return 0;
}
