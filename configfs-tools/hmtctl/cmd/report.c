// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/ranges.h"
#include "cmd/commands.h"
#include "cmd/report-page.h"
#include "libhmt/libhmt.h"
#include "trace/samples.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/limits.h"
#include "util/units.h"

/* Longest delay of addresses that were read, in ms. */
#define WAIT_MS		100
#define LINE_BYTES	256

struct report_values {
	bool json;
	const char *score;
	struct page_values page;
};

#define PAGE(member) offsetof(struct report_values, page.member)

static const struct option_spec options[] = {
	{ 0, "score", "N", "evidence of one access, 1 to "
	  LIMIT_TEXT(HMT_REPORT_SCORE_MAX) "; default "
	  LIMIT_TEXT(HMT_REPORT_SCORE_HIT) ", a hit",
	  OPT_TEXT, offsetof(struct report_values, score), NULL },
	{ 'j', "json", NULL, "print JSON", OPT_FLAG,
	  offsetof(struct report_values, json), NULL },
	{ 0, "html", "FILE", "write a page with pictures and tables instead",
	  OPT_TEXT, PAGE(html), NULL },
	{ 0, "picture", "NAME", "print heat, residency or cdf as SVG instead",
	  OPT_TEXT, PAGE(picture), NULL },
	{ 0, "from", "FILE", "passes of the recorded FILE", OPT_TEXT,
	  PAGE(from), NULL },
	{ 0, "passes", "N", "number of passes, default 10 or all of FILE",
	  OPT_TEXT, PAGE(passes), NULL },
	{ }
};

/**
 * struct reporting - a report in progress
 * @device: descriptor of /dev/hmt
 * @pid: process of the addresses
 * @error: -errno of the device, 0 without error
 * @deadline: time to report the addresses at, in ms
 * @read: number of addresses that were read
 * @others: number of them that are not addresses of a process
 * @ranges: number of reported ranges
 * @lost: number of them that the kernel dropped
 * @samples: addresses that are not reported yet
 */
struct reporting {
	int device;
	pid_t pid;
	int error;
	uint64_t deadline;
	uint64_t read;
	uint64_t others;
	uint64_t ranges;
	size_t lost;
	struct samples samples;
};

static void flush_samples(struct reporting *reporting)
{
	static struct hmt_heat_range ranges[HMT_REPORT_MAX];
	size_t count = samples_take(&reporting->samples, ranges);

	reporting->error = hmt_report_heat(reporting->device, reporting->pid, 0,
					   ranges, count, &reporting->lost);
	if (!reporting->error)
		reporting->ranges += count;
}

static int take_line(struct reporting *reporting, const char *line)
{
	uint64_t address;

	/* perf script prints an empty line for a sample without address. */
	if (!line[strspn(line, " \t\n")])
		return RESULT_OK;
	if (!samples_parse(line, &address))
		return fail(RESULT_USAGE,
			    "report: '%.40s' is not an address: use the output of '%s'",
			    line, "perf script -F addr");
	reporting->read++;
	if (!reporting->samples.count)
		reporting->deadline = ms_now() + WAIT_MS;
	if (!samples_add(&reporting->samples, address))
		reporting->others++;
	return RESULT_OK;
}

/* Wait for input until the deadline; return false if there is none. */
static bool wait_input(const struct reporting *reporting)
{
	uint64_t now = ms_now();
	int wait = -1;

	if (reporting->samples.count)
		wait = reporting->deadline > now ?
		       (int)(reporting->deadline - now) : 0;
	return wait_readable(STDIN_FILENO, wait) > 0;
}

/*
 * Process all complete lines of @text. Returns the number of remaining bytes,
 * which are moved to the front.
 */
static size_t take_lines(struct reporting *reporting, char *text, size_t length,
			 int *result)
{
	char *line = text, *end;

	while (!*result && !reporting->error &&
	       (end = memchr(line, '\n', text + length - line))) {
		*end = '\0';
		*result = take_line(reporting, line);
		line = end + 1;
		if (samples_full(&reporting->samples))
			flush_samples(reporting);
	}
	length -= line - text;
	memmove(text, line, length);
	return length;
}

/* Process input until it, or the process, ends. */
static int take_input(struct reporting *reporting)
{
	static char text[64 * 1024];
	size_t length = 0;
	ssize_t got = 1;
	int result = RESULT_OK;

	while (!result && !reporting->error && !interrupted && got > 0) {
		if (wait_input(reporting)) {
			got = read(STDIN_FILENO, text + length,
				   sizeof(text) - 1 - length);
			if (got < 0 && errno != EINTR)
				return fail(RESULT_REFUSED, "standard input: %s",
					    strerror(errno));
			length += got > 0 ? got : 0;
			length = take_lines(reporting, text, length, &result);
		}
		/* After an error the remaining lines are not looked at. */
		if (!result && !reporting->error && length >= LINE_BYTES)
			result = fail(RESULT_USAGE, "report: a line of %zu bytes is not an address",
				      length);
		if (!result && reporting->samples.count &&
		    ms_now() >= reporting->deadline)
			flush_samples(reporting);
	}
	text[length] = '\0';
	if (!result && !reporting->error && length)
		result = take_line(reporting, text);
	if (!result && !reporting->error)
		flush_samples(reporting);
	return result;
}

static void print_reporting(const struct reporting *reporting, bool json)
{
	auto_json struct json_object *numbers = json_object_new_object();

	if (!json) {
		printf("process %d: %llu addresses, %llu of them not of a process; ",
		       reporting->pid, (unsigned long long)reporting->read,
		       (unsigned long long)reporting->others);
		printf("%llu ranges reported, %zu of them lost\n",
		       (unsigned long long)reporting->ranges, reporting->lost);
		return;
	}
	json_object_object_add(numbers, "pid",
			       json_object_new_int64(reporting->pid));
	json_object_object_add(numbers, "addresses",
			       json_object_new_uint64(reporting->read));
	json_object_object_add(numbers, "others",
			       json_object_new_uint64(reporting->others));
	json_object_object_add(numbers, "ranges",
			       json_object_new_uint64(reporting->ranges));
	json_object_object_add(numbers, "lost",
			       json_object_new_uint64(reporting->lost));
	print_result(numbers, false);
}

static int report_input(struct reporting *reporting,
			const struct report_values *values)
{
	int result;

	catch_interrupts();
	result = take_input(reporting);
	/* The process may have exited after its last samples. */
	if (reporting->error == -ESRCH && reporting->ranges)
		reporting->error = 0;
	if (result)
		return result;
	if (reporting->error == -ENXIO)
		return fail(RESULT_REFUSED, "process %d: %s", reporting->pid,
			    "no live workload takes reports of it: add the provider 'report'");
	if (reporting->error)
		return fail_about_process(reporting->pid, reporting->error);
	print_reporting(reporting, values->json);
	return RESULT_OK;
}

static int cmd_report_run(const struct hmtctl *ctl, const void *arguments,
			  char **operands)
{
	const struct report_values *values = arguments;
	uint64_t score = HMT_REPORT_SCORE_HIT;
	struct reporting *reporting;
	auto_fd int device = -1;
	pid_t pid;
	int result;

	if (wants_page(&values->page) && (values->json || values->score))
		return fail(RESULT_USAGE,
			    "report: --json and --score are for reported addresses, not for pictures");
	if (wants_page(&values->page))
		return report_page(ctl, &values->page, operands[0]);
	if (!operands[0])
		return fail(RESULT_USAGE,
			    "report: a process is missing, or --picture or --html (see 'hmtctl help report')");
	result = parse_pid(operands[0], &pid);
	if (result)
		return result;
	if (values->score && !parse_number(values->score, 1,
					   HMT_REPORT_SCORE_MAX, &score))
		return fail(RESULT_USAGE, "report: '%s' is not a score: 1 to %d",
			    values->score, HMT_REPORT_SCORE_MAX);
	device = open_device(ctl);
	if (device < 0)
		return -device;
	reporting = must(calloc(1, sizeof(*reporting)));
	reporting->device = device;
	reporting->pid = pid;
	reporting->samples.page = sysconf(_SC_PAGESIZE);
	reporting->samples.score = score;
	result = report_input(reporting, values);
	free(reporting);
	return result;
}

const struct command cmd_report = {
	.name = "report",
	.operands = "[OPTION...] [PID]",
	.summary = "Report accesses, read from standard input, or print a report.",
	.man = "hmtctl-heat",
	.options = options,
	.values_size = sizeof(struct report_values),
	.max_operands = 1,
	.run = cmd_report_run,
};
