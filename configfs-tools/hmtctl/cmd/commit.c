// SPDX-License-Identifier: GPL-2.0
#include "cmd/commands.h"
#include "hmtfs/change.h"
#include "hmtfs/configfs.h"

static int cmd_commit_run(const struct hmtctl *ctl, const void *values,
			  char **operands)
{
	struct change change;
	int result = change_begin(ctl, &change);

	(void)values;
	(void)operands;
	return result ? result : change_end(&change, hmt_commit(ctl));
}

const struct command cmd_commit = {
	.name = "commit",
	.operands = "",
	.summary = "Make the staged tiers the live graph.",
	.man = "hmtctl-commit",
	.run = cmd_commit_run,
};
