/* SPDX-License-Identifier: GPL-2.0 */
/* Commands of hmtctl: description, lookup and execution. */
#ifndef HMTCTL_COMMAND_H
#define HMTCTL_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/options.h"

/**
 * struct hmtctl - context of a command
 * @root: directory fd of "/" or of the fake root
 * @fake: true if @root is a fake root, where plain files replace those of the
 *	kernel
 */
struct hmtctl {
	int root;
	bool fake;
};

/**
 * struct command - one command or a group of them
 * @name: last word of its name
 * @operands: description of its operands, for the help
 * @summary: one line for the help
 * @man: name of its man page
 * @options: table of options, may be NULL. A command without the option json
 *	prints nothing else: it gets one, which prints its exit status
 * @values_size: size of the struct that @options fill
 * @min_operands: fewest operands
 * @max_operands: most operands, -1 for any number
 * @failure: exit status of any failure, for a command whose status is that of
 *	another program; 0 for an enum result
 * @run: handler; @values are the parsed options, @operands end with NULL;
 *	returns an enum result. NULL for a group
 * @subcommands: commands of a group, NULL for a command
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
	int failure;
	int (*run)(const struct hmtctl *ctl, const void *values,
		   char **operands);
	const struct command *const *subcommands;
};

/* The commands of hmtctl, defined by cmd/commands.c; ends with NULL. */
extern const struct command *const commands[];
/* Options before the command. */
extern const struct option_spec global_options[];

/* Run the command argv[0] of @table; @path has the words before it. */
int command_run(const struct hmtctl *ctl, const char *path,
		const struct command *const *table, int argc, char **argv);
/* Print the help of the command that @words name, or of hmtctl. */
int command_help(char **words);
/*
 * Print the commands of the group that @words name, or of hmtctl, one per line.
 */
int command_list_names(char **words);
/*
 * Print the options of the command that @words name, or of hmtctl, one per
 * line.
 */
int command_list_options(char **words);

#endif
