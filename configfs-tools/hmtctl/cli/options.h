/* SPDX-License-Identifier: GPL-2.0 */
/* Command line options as tables: parsed and described from one place. */
#ifndef HMTCTL_OPTIONS_H
#define HMTCTL_OPTIONS_H

#include <stddef.h>
#include <stdio.h>

/**
 * enum option_kind - what an option does to its place in the values
 * @OPT_FLAG: bool set to true
 * @OPT_TEXT: const char * set to the argument
 * @OPT_CONST: const char * set to &option.constant
 * @OPT_MAYBE: const char * set to the number that may follow, else to
 *	&option.constant
 * @OPT_WORDS: char * to which the words of the argument are added; allocated,
 *	released by options_release()
 */
enum option_kind {
	OPT_FLAG,
	OPT_TEXT,
	OPT_CONST,
	OPT_MAYBE,
	OPT_WORDS,
};

/**
 * struct option_spec - one option of one command
 * @letter: short form, 0 for none
 * @name: long form; NULL ends a table
 * @value: how the help calls the argument, NULL without one
 * @help: one line; NULL hides the option from the help
 * @kind: what it does
 * @offset: place in the command's struct of values
 * @constant: see @kind
 */
struct option_spec {
	char letter;
	const char *name;
	const char *value;
	const char *help;
	enum option_kind kind;
	size_t offset;
	const char *constant;
};

/* For options that come before the command: stop at the first operand. */
#define OPTIONS_FIRST 1

/*
 * Fill @values from @argv, @command (as the user wrote it) naming the command
 * in messages. Returns the index of the first operand, operands being moved
 * to the end, or -1 after a message.
 */
int options_parse(const char *command, const struct option_spec *specs,
		  void *values, int argc, char **argv, int flags);
void options_release(const struct option_spec *specs, void *values);
void options_describe(FILE *out, const struct option_spec *specs);

#endif
