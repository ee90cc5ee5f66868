// SPDX-License-Identifier: GPL-2.0
#include "../libhmt/libhmt.h"
#include "cleanup.h"
#include "command.h"
#include "ranges.h"
#include "report.h"

struct advise_values {
	bool clear;
};

static const struct option_spec options[] = {
	{ 'c', "clear", NULL, "take it back", OPT_FLAG,
	  offsetof(struct advise_values, clear), NULL },
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

static int advise(const struct hmtctl *ctl, uint32_t advice, char **operands)
{
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

static int run_exclude(const struct hmtctl *ctl, const void *arguments,
		       char **operands)
{
	const struct advise_values *values = arguments;

	return advise(ctl, values->clear ? HMT_ADVICE_INCLUDE :
					   HMT_ADVICE_EXCLUDE, operands);
}

static int run_follow(const struct hmtctl *ctl, const void *arguments,
		      char **operands)
{
	const struct advise_values *values = arguments;

	return advise(ctl, values->clear ? HMT_ADVICE_UNFOLLOW :
					   HMT_ADVICE_FOLLOW, operands);
}

const struct command cmd_exclude = {
	.name = "exclude",
	.operands = "[OPTION...] PID [START-END...]",
	.summary = "Keep HMT from moving memory of a process.",
	.man = "hmtctl-query",
	.options = options,
	.values_size = sizeof(struct advise_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = run_exclude,
};

const struct command cmd_follow = {
	.name = "follow",
	.operands = "[OPTION...] PID [START-END...]",
	.summary = "Let memory of a process go to devices that touch it.",
	.man = "hmtctl-query",
	.options = options,
	.values_size = sizeof(struct advise_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = run_follow,
};
