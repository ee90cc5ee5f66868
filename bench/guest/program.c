// SPDX-License-Identifier: GPL-2.0
/*
 * Another program as the load. This process becomes the program, so that a tool
 * that manages the process manages it. A child process marks the epochs. It is
 * the client if the program is a server.
 */
#include <errno.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "load.h"
#include "marker.h"

/*
 * Addresses of data: below 4 GiB, as programs that are not relocated and the
 * heap of Java; after a relocated program; and below the stack. vm/run turns
 * random addresses off.
 */
static const struct {
	unsigned long low;
	unsigned long end;
} ranges[] = {
	{ 0x200000, 0x100000000 },
	{ 0x555555400000, 0x555635400000 },
	{ 0x7ffef7e00000, 0x7ffff8000000 },
};

DEFINE_MARK(mark_program, MARK_PROGRAM);
DEFINE_MARK(mark_shared, MARK_SHARED);
DEFINE_MARK(mark_slices, MARK_SLICES);
DEFINE_MARK(mark_ask, MARK_ASK);

/* Smaller shared mappings are not the data. */
#define SHARED_LEAST	(16UL << 20)

static pid_t pid;
static int output;

static void end_program(void)
{
	/* Nothing that is written now counts. */
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
}

static void __attribute__((noreturn)) become(char **command, int to)
{
	setpgid(0, 0);
	/* Standard output is for results. */
	dup2(to, 1);
	close(to);
	execvp(*command, command);
	die("%s: %s", *command, strerror(errno));
}

/* Returns in the child. */
void program_begin(struct load *load)
{
	int ends[2];
	size_t i;

	if (pipe(ends))
		die("pipe: %s", strerror(errno));
	pid = getpid();
	load->pid = pid;
	mark_program(load->name);
	for (i = 0; i < sizeof(ranges) / sizeof(*ranges) && !load->shared; i++)
		mark_range((char *)ranges[i].low, (char *)ranges[i].end);
	fflush(stdout);
	if (fork()) {
		close(ends[0]);
		become(load->command, ends[1]);
	}
	close(ends[1]);
	output = ends[0];
	atexit(end_program);
}

/* Wait for a line of the program. */
static void wait_line(long epoch)
{
	char byte = 0;

	while (byte != '\n')
		if (read(output, &byte, 1) != 1)
			die("the program ended before epoch %ld", epoch);
}

/* Mark the largest mapping that a process shares, false: it has none. */
static bool mark_shared_of(const char *maps)
{
	unsigned long low, high, least = SHARED_LEAST, base = 0;
	FILE *file = fopen(maps, "r");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx rw-s", &low, &high) == 2 &&
		    strstr(line, " rw-s ") && high - low >= least) {
			base = low;
			least = high - low;
		}
	}
	if (file)
		fclose(file);
	if (base)
		mark_shared((char *)base, (char *)base + least);
	return base;
}

static void find_shared(void)
{
	glob_t found;
	size_t i;

	if (glob("/proc/[0-9]*/maps", 0, NULL, &found))
		die("no processes");
	for (i = 0; i < found.gl_pathc; i++)
		if (mark_shared_of(found.gl_pathv[i]))
			break;
	if (i == found.gl_pathc)
		die("no process of the program shares memory");
	globfree(&found);
}

static void follow_lines(const struct load *load)
{
	char name[24];
	long epoch;

	if (load->shared) {
		wait_line(0);
		find_shared();
	}
	for (epoch = 0; epoch < load->epochs; epoch++) {
		wait_line(epoch);
		snprintf(name, sizeof(name), "%ld", epoch);
		mark_segment(name);
	}
	wait_line(epoch);
	mark_stop();
}

/* The model counts instructions, and ends the segments. */
static void follow_model(const struct load *load)
{
	static char ended, text[4096];
	struct pollfd readable = { .fd = output, .events = POLLIN };

	mark_slices(load->fill, load->every, load->epochs);
	while (mark_ask(&ended), !ended) {
		if (poll(&readable, 1, 100) <= 0)
			continue;
		if (read(output, text, sizeof(text)) <= 0)
			die("the program ended before the last epoch");
	}
}

void program_run(struct load *load)
{
	if (load->every)
		follow_model(load);
	else
		follow_lines(load);
}
