// SPDX-License-Identifier: GPL-2.0
#include "../libhmt/libhmt.h"
#include "cleanup.h"
#include "command.h"
#include "ranges.h"
#include "report.h"

struct exclude_values {
	bool clear;
};

static const struct option_spec options[] = {
	{ 'c', "clear", NULL, "let HMT move it again", OPT_FLAG,
	  offsetof(struct exclude_values, clear), NULL },
	{ }
};

static int advise_all(int device, pid_t pid, const struct ranges *ranges,
		      uint32_t advice)
{
	int error = 0;
	size_t i;

	for (i = 0; i < ranges->count && !error; i++)
		error = hmt_advise_pages(device, pid, ranges->list[i].start,
					 ranges->list[i].end -
					 ranges->list[i].start, advice);
	return error;
}

static int run(const struct hmtctl *ctl, const void *arguments,
	       char **operands)
{
	const struct exclude_values *values = arguments;
	uint32_t advice = values->clear ? HMT_ADVICE_INCLUDE :
					  HMT_ADVICE_EXCLUDE;
	auto_ranges struct ranges ranges = { };
	auto_fd int device = -1;
	pid_t pid;
	int result = parse_pid(operands[0], &pid), error;

	result = result ?: ranges_parse(ctl, pid, operands + 1, &ranges);
	if (result)
		return result;
	device = open_device(ctl);
	if (device < 0)
		return -device;
	/* Without any range what is mapped later counts, too. */
	if (operands[1])
		error = advise_all(device, pid, &ranges, advice);
	else
		error = hmt_advise_pages(device, pid, 0, 0, advice);
	return error ? fail_about_process(pid, error) : RESULT_OK;
}

const struct command cmd_exclude = {
	.name = "exclude",
	.operands = "[OPTION...] PID [START-END...]",
	.summary = "Keep HMT from moving memory of a process.",
	.man = "hmtctl-query",
	.options = options,
	.values_size = sizeof(struct exclude_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = run,
};
