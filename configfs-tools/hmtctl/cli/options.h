/* SPDX-License-Identifier: GPL-2.0 */
/* Options of commands as tables, for parsing and for the help. */
#ifndef HMTCTL_OPTIONS_H
#define HMTCTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * enum option_kind - effect of an option on its value
 * @OPT_FLAG: bool set to true
 * @OPT_TEXT: const char * set to the argument
 * @OPT_CONST: const char * set to &option.constant
 * @OPT_MAYBE: const char * set to the optional number, else to &option.constant
 * @OPT_WORDS: char * to which the words of the argument are appended;
 *	allocated, released by options_release()
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
 * @value: name of the argument in the help, NULL without argument
 * @help: one line; NULL hides the option from the help
 * @kind: its effect
 * @offset: offset of its value in the command's struct of values
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

/* Stop at the first operand, for options before the command. */
#define OPTIONS_FIRST 1

/*
 * Parse the options of @argv into @values and move operands to the end.
 * Messages name @command, as typed by the user. Returns the index of the first
 * operand, or -1 after a message.
 */
int options_parse(const char *command, const struct option_spec *specs,
		  void *values, int argc, char **argv, int flags);
/* Return the flag named @name in @values, false if there is none. */
bool options_flag(const struct option_spec *specs, const void *values,
		  const char *name);
/* Check whether @specs has the option @name. */
bool options_have(const struct option_spec *specs, const char *name);
/*
 * Return @specs and @more, which the caller frees. @specs may be NULL.
 */
struct option_spec *options_with(const struct option_spec *specs,
				 const struct option_spec *more);
void options_release(const struct option_spec *specs, void *values);
void options_describe(FILE *out, const struct option_spec *specs);

#endif
