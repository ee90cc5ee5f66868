// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that ksmd merges all the time.
 *
 *	hmt_merge own|forked MIB
 *
 * own: MIB MiB with MADV_MERGEABLE that have four different contents; each 20 ms
 * a tenth of the pages is compared and gets another content.
 *
 * forked: MIB MiB without MADV_MERGEABLE, of which two pages each are equal. A
 * child that shares them asks KSM to merge its mapping, for a second; then its
 * parent compares and rewrites all pages, and forks again.
 *
 * Ends at SIGTERM. Exit status 3: a page does not have its content.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libtest.h"

#define CONTENTS	4
#define ROUND_US	20000
#define CHILD_SECONDS	1

static volatile sig_atomic_t stop_wanted;
static uint64_t *words;
static size_t pages;

static void on_stop(int signal)
{
	(void)signal;
	stop_wanted = 1;
}

static uint64_t *page_at(size_t page)
{
	return words + page * PAGE_WORDS;
}

static void check_page(size_t page, size_t content, uint32_t version)
{
	if (!page_good(page_at(page), 0, content, version))
		die(EXIT_WRONG, "page %zu is not content %zu, version %u", page,
		    content, version);
}

static void make_mergeable(void)
{
	if (madvise(words, pages * PAGE_BYTES, MADV_MERGEABLE))
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
}

static void merge_own(void)
{
	uint8_t *content = calloc(pages, 1);
	size_t i, page;

	if (!content)
		die(EXIT_SYSTEM, "no memory");
	make_mergeable();
	for (i = 0; i < pages; i++)
		page_fill(page_at(i), 0, 0, 0);
	puts("ready");
	fflush(stdout);
	while (!stop_wanted) {
		for (i = 0; i < pages / 10; i++) {
			page = random_below(pages);
			check_page(page, content[page], 0);
			content[page] = random_below(CONTENTS);
			page_fill(page_at(page), 0, content[page], 0);
		}
		usleep(ROUND_US);
	}
	for (i = 0; i < pages; i++)
		check_page(i, content[i], 0);
}

static void __attribute__((noreturn)) live_as_child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, SIG_DFL);
	make_mergeable();
	sleep(CHILD_SECONDS);
	_exit(0);
}

static void wait_for_child(void)
{
	int status;

	while (wait(&status) < 0)
		if (errno != EINTR)
			die(EXIT_SYSTEM, "wait: %s", strerror(errno));
	if (status)
		die(EXIT_WRONG, "the child ended with status %#x", status);
}

static void merge_forked(void)
{
	uint32_t version = 0;
	size_t i;
	pid_t pid;

	for (i = 0; i < pages; i++)
		page_fill(page_at(i), 0, i / 2, version);
	puts("ready");
	fflush(stdout);
	while (!stop_wanted) {
		pid = fork();
		if (pid < 0)
			die(EXIT_SYSTEM, "fork: %s", strerror(errno));
		if (!pid)
			live_as_child();
		wait_for_child();
		for (i = 0; i < pages; i++) {
			check_page(i, i / 2, version);
			page_fill(page_at(i), 0, i / 2, version + 1);
		}
		version++;
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_stop };

	if (argc != 3)
		die(EXIT_USAGE, "usage: hmt_merge own|forked MIB");
	pages = number(argv[2]) * PAGES_PER_MIB;
	words = map_pages(pages);
	sigaction(SIGTERM, &action, NULL);
	if (!strcmp(argv[1], "own"))
		merge_own();
	else
		merge_forked();
	return 0;
}
