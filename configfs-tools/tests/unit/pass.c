// SPDX-License-Identifier: GPL-2.0
/* Passes read from a pipe. Prints TAP. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "trace/heattrace.h"
#include "tap.h"

/* Append a pass of process @pid, as trace_pipe has it. */
static void put_pass(FILE *out, const char *when, int pid)
{
	fprintf(out, "hmt/db-77 [001] ..... %s: hmt_heat: workload=db pid=%d ",
		when, pid);
	fputs("addr=7f0000000000 heat= place=00\n", out);
	fprintf(out, "hmt/db-77 [001] ..... %s: hmt_tier: workload=db tier=dram ",
		when);
	fputs("index=0 tiers=1 capacity=8 free=0 low=0 high=0 limit=8 ", out);
	fputs("promote=1 demote=1 targets=\n", out);
}

/* Open a pipe without blocking, as that of a trace instance. */
static void open_trace(struct heat_trace *trace, int ends[2])
{
	if (pipe(ends) || fcntl(ends[0], F_SETFL, O_NONBLOCK))
		exit(1);
	*trace = (struct heat_trace){ .live = true, .pid = 812, .timeout = 0.2 };
	trace->in = fdopen(ends[0], "r");
}

static void close_trace(struct heat_trace *trace, int ends[2])
{
	fclose(trace->in);
	close(ends[1]);
	free(trace->line);
}

/* Put the passes of @pids into the pipe with one write. */
static void fill(int fd, const int *pids)
{
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	for (; *pids; pids++)
		put_pass(out, "1.500000", *pids);
	fclose(out);
	if (write(fd, text, strlen(text)) < 0)
		exit(1);
}

static void test_buffer(void)
{
	struct trace_pass pass = { };
	struct heat_trace trace;
	bool end = false;
	int ends[2];

	open_trace(&trace, ends);
	fill(ends[1], (int []){ 812, 812, 0 });
	ok(!heat_trace_next(&trace, &pass, &end) && !end, "a pass");
	/* The pipe is empty now. */
	ok(!heat_trace_next(&trace, &pass, &end) && !end && pass.nr_chunks == 1,
	   "the next pass, which was read with the first one");
	errors_mute(true);
	ok(heat_trace_next(&trace, &pass, &end) == RESULT_REFUSED,
	   "no pass until the deadline");
	errors_mute(false);
	trace_pass_release(&pass);
	close_trace(&trace, ends);
}

static void test_others(void)
{
	struct trace_pass pass = { };
	struct heat_trace trace;
	bool end = false;
	int ends[2];

	/* Passes that were there before the deadline do not count after it. */
	open_trace(&trace, ends);
	trace.timeout = 0.000000001;
	fill(ends[1], (int []){ 5, 5, 812, 0 });
	errors_mute(true);
	ok(heat_trace_next(&trace, &pass, &end) == RESULT_REFUSED,
	   "the deadline passes between passes of others");
	errors_mute(false);
	trace_pass_release(&pass);
	close_trace(&trace, ends);
}

int main(void)
{
	test_buffer();
	test_others();
	return end_of_tests();
}
