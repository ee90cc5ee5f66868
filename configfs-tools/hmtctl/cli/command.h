/* SPDX-License-Identifier: GPL-2.0 */
/* A command of hmtctl and how it is found and run. */
#ifndef HMTCTL_COMMAND_H
#define HMTCTL_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/options.h"

/**
 * struct hmtctl - what every command is given
 * @root: directory fd of "/" or of the fake root
 * @fake: @root is a fake root: plain files stand in for the kernel's
 */
struct hmtctl {
	int root;
	bool fake;
};

/**
 * struct command - one command or a group of them
 * @name: last word of the command
 * @operands: what follows it, for the help
 * @summary: one line
 * @man: man page that describes it
 * @options: table of options, may be NULL
 * @values_size: size of the struct that @options fill
 * @min_operands: fewest operands
 * @max_operands: most operands, -1 for any number
 * @run: does it; @values are parsed, @operands end with NULL; returns an
 *	enum result. NULL for a group
 * @subcommands: the group, NULL for a command
 */
struct command {
	const char *name;
	const char *operands;
	const char *summary;
	const char *man;
	const struct option_spec *options;
	size_t values_size;
	int min_operands;
	int max_operands;
	int (*run)(const struct hmtctl *ctl, const void *values,
		   char **operands);
	const struct command *const *subcommands;
};

/* The commands of hmtctl, defined by cmd/commands.c; ends with NULL. */
extern const struct command *const commands[];
/* Options that come before the command. */
extern const struct option_spec global_options[];

/* Run argv[0] of @table; @path are the words before it. */
int command_run(const struct hmtctl *ctl, const char *path,
		const struct command *const *table, int argc, char **argv);
/* Print the help of the command that @words name; of hmtctl without any. */
int command_help(char **words);
/* One name a line: the commands of hmtctl, or of the group @words name. */
int command_list_names(char **words);
/* One long option a line, of the command that @words name, or of hmtctl. */
int command_list_options(char **words);

#endif
