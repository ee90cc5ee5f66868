// SPDX-License-Identifier: GPL-2.0
#include "cli/errors.h"
#include "cli/process.h"
#include "cli/ranges.h"
#include "cmd/commands.h"
#include "libhmt/libhmt.h"
#include "util/cleanup.h"
#include "util/limits.h"
#include "util/units.h"

struct advise_values {
	bool clear;
	const char *share;
};

/* Arguments of hmt_advise_tier(). */
struct advice {
	uint32_t advice;
	const char *tier;
	unsigned int share;
};

static const struct option_spec options[] = {
	{ 0, "clear", NULL, "withdraw the advice", OPT_FLAG,
	  offsetof(struct advise_values, clear), NULL },
	{ }
};

static const struct option_spec prefer_options[] = {
	{ 0, "clear", NULL, "withdraw advice about the tier", OPT_FLAG,
	  offsetof(struct advise_values, clear), NULL },
	{ 0, "share", "N", "pages out of 1000, 1 to " LIMIT_TEXT(HMT_SHARE_MAX)
	  "; default all",
	  OPT_TEXT, offsetof(struct advise_values, share), NULL },
	{ }
};

static int advise_range(int device, const struct process *process,
			uint64_t start, uint64_t length,
			const struct advice *advice)
{
	return hmt_advise_tier(device, process_number(process),
			       process_flags(process), start, length,
			       advice->advice, advice->tier, advice->share);
}

static int advise_ranges(int device, const struct process *process,
			 const struct ranges *ranges,
			 const struct advice *advice)
{
	int error = 0;
	size_t i;

	for (i = 0; i < ranges->count && !error; i++)
		error = advise_range(device, process, ranges->list[i].start,
				     ranges->list[i].end - ranges->list[i].start,
				     advice);
	return error;
}

static int advise_process(const struct hmtctl *ctl, const struct advice *advice,
			  char **operands)
{
	auto_process struct process process = { .fd = -1 };
	auto_ranges struct ranges ranges = { };
	auto_fd int device = -1;
	int result = process_open(ctl, operands[0], &process), error;

	result = result ?: ranges_parse(ctl, process.pid, operands + 1,
					&ranges);
	if (result)
		return result;
	device = open_device(ctl);
	if (device < 0)
		return -device;
	/* Without ranges the advice includes later mappings. */
	if (operands[1])
		error = advise_ranges(device, &process, &ranges, advice);
	else
		error = advise_range(device, &process, 0, 0, advice);
	return error ? fail_about_process(process.pid, error) : RESULT_OK;
}

static int cmd_exclude_run(const struct hmtctl *ctl, const void *arguments,
			   char **operands)
{
	const struct advise_values *values = arguments;
	const struct advice advice = {
		values->clear ? HMT_ADVICE_INCLUDE : HMT_ADVICE_EXCLUDE, "", 0
	};

	return advise_process(ctl, &advice, operands);
}

static int cmd_follow_run(const struct hmtctl *ctl, const void *arguments,
			  char **operands)
{
	const struct advise_values *values = arguments;
	const struct advice advice = {
		values->clear ? HMT_ADVICE_UNFOLLOW : HMT_ADVICE_FOLLOW, "", 0
	};

	return advise_process(ctl, &advice, operands);
}

static int cmd_read_mostly_run(const struct hmtctl *ctl, const void *arguments,
			       char **operands)
{
	const struct advise_values *values = arguments;
	const struct advice advice = {
		values->clear ? HMT_ADVICE_READ_WRITE : HMT_ADVICE_READ_MOSTLY,
		"", 0
	};

	return advise_process(ctl, &advice, operands);
}

static int cmd_prefer_run(const struct hmtctl *ctl, const void *arguments,
			  char **operands)
{
	const struct advise_values *values = arguments;
	struct advice advice = { HMT_ADVICE_PREFER, operands[0],
	HMT_SHARE_MAX };
	uint64_t share;

	if (values->clear)
		advice = (struct advice){ HMT_ADVICE_NEUTRAL, operands[0], 0 };
	if (values->share) {
		if (values->clear ||
		    !parse_number(values->share, 1, HMT_SHARE_MAX, &share))
			return fail(RESULT_USAGE,
				    "prefer: '%s' is not a share: 1 to "
				    LIMIT_TEXT(HMT_SHARE_MAX) ", without --clear",
				    values->share);
		advice.share = share;
	}
	return advise_process(ctl, &advice, operands + 1);
}

static int cmd_avoid_run(const struct hmtctl *ctl, const void *arguments,
			 char **operands)
{
	const struct advise_values *values = arguments;
	const struct advice advice = {
		values->clear ? HMT_ADVICE_NEUTRAL : HMT_ADVICE_AVOID,
		operands[0], 0
	};

	return advise_process(ctl, &advice, operands + 1);
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
	.run = cmd_exclude_run,
};

const struct command cmd_follow = {
	.name = "follow",
	.operands = "[OPTION...] PID [START-END...]",
	.summary = "Let memory of a process move to devices that access it.",
	.man = "hmtctl-query",
	.options = options,
	.values_size = sizeof(struct advise_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = cmd_follow_run,
};

const struct command cmd_read_mostly = {
	.name = "read-mostly",
	.operands = "[OPTION...] PID [START-END...]",
	.summary = "Let devices keep replicas of memory that they read.",
	.man = "hmtctl-query",
	.options = options,
	.values_size = sizeof(struct advise_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = cmd_read_mostly_run,
};

const struct command cmd_prefer = {
	.name = "prefer",
	.operands = "[OPTION...] TIER PID [START-END...]",
	.summary = "Prefer a tier for memory of a process.",
	.man = "hmtctl-query",
	.options = prefer_options,
	.values_size = sizeof(struct advise_values),
	.min_operands = 2,
	.max_operands = -1,
	.run = cmd_prefer_run,
};

const struct command cmd_avoid = {
	.name = "avoid",
	.operands = "[OPTION...] TIER PID [START-END...]",
	.summary = "Avoid a tier for memory of a process.",
	.man = "hmtctl-query",
	.options = options,
	.values_size = sizeof(struct advise_values),
	.min_operands = 2,
	.max_operands = -1,
	.run = cmd_avoid_run,
};
