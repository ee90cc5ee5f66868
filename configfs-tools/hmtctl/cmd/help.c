// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include "cmd/commands.h"

struct help_values {
	bool json;
};

static const struct option_spec options[] = {
	{ 'j', "json", NULL, "print commands and options as JSON", OPT_FLAG,
	  offsetof(struct help_values, json), NULL },
	{ }
};

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
	.options = options,
	.values_size = sizeof(struct help_values),
	.max_operands = -1,
	.run = cmd_help_run,
};
