// SPDX-License-Identifier: GPL-2.0
#include "cmd/commands.h"

static int cmd_help_run(const struct hmtctl *ctl, const void *values,
			char **operands)
{
	(void)ctl;
	(void)values;
	return command_help(operands);
}

const struct command cmd_help = {
	.name = "help",
	.operands = "[COMMAND...]",
	.summary = "Explain a command.",
	.man = "hmtctl",
	.max_operands = -1,
	.run = cmd_help_run,
};
