// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/errors.h"
#include "util/alloc.h"
#include "util/cleanup.h"

static const struct command *find_command(const struct command *const *table,
					  const char *name)
{
	for (; *table; table++)
		if (!strcmp((*table)->name, name))
			return *table;
	return NULL;
}

/* Return "tier create" for "tier" and "create"; the caller frees it. */
static char *extend_path(const char *path, const char *name)
{
	char *longer;

	longer = format_text("%s%s%s", path, *path ? " " : "", name);
	return longer;
}

static int refuse_unknown(const char *path, const char *name)
{
	return fail(RESULT_USAGE, "unknown command '%s%s%.64s' (see 'hmtctl help%s%s')",
		    path, *path ? " " : "", name, *path ? " " : "", path);
}

static void list_commands(const struct command *const *table)
{
	for (; *table; table++)
		printf("  %-12s %s\n", (*table)->name, (*table)->summary);
}

static void print_help(const char *path, const struct command *command)
{
	printf("Usage: hmtctl %s %s\n%s\n", path, command->operands,
	       command->summary);
	if (command->subcommands) {
		puts("\nCommands:");
		list_commands(command->subcommands);
	} else {
		puts("\nOptions:");
		options_describe(stdout, command->options);
		printf("  %-28s %s\n", "-h, --help", "print this");
	}
	printf("\nSee 'man %s'.\n", command->man);
}

static bool wants_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

/* Check for --help at any place among the options. */
static bool help_among(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (wants_help(argv[i]))
			return true;
	return false;
}

static int check_operands(const char *path, const struct command *command,
			  int count)
{
	if (count < command->min_operands)
		return fail(RESULT_USAGE, "%s: a name is missing (see 'hmtctl help %s')",
			    path, path);
	if (command->max_operands >= 0 && count > command->max_operands)
		return fail(RESULT_USAGE, "%s: too many words (see 'hmtctl help %s')",
			    path, path);
	return RESULT_OK;
}

static int run_leaf(const struct hmtctl *ctl, const char *path,
		    const struct command *command, int argc, char **argv)
{
	void *values = must(calloc(1, command->values_size + 1));
	int result = RESULT_USAGE;
	int first;

	first = options_parse(path, command->options, values, argc, argv, 0);
	if (first >= 0)
		errors_json(options_flag(command->options, values, "json"));
	if (first >= 0)
		result = check_operands(path, command, argc - first);
	if (!result)
		result = command->run(ctl, values, argv + first);
	options_release(command->options, values);
	free(values);
	if (command->failure && result && result <= RESULT_NOT_LOADED)
		return command->failure;
	return result;
}

int command_run(const struct hmtctl *ctl, const char *path,
		const struct command *const *table, int argc, char **argv)
{
	auto_text char *longer = NULL;
	const struct command *command;

	if (!argc)
		return fail(RESULT_USAGE, "%s%sa command is missing (see 'hmtctl help%s%s')",
			    path, *path ? ": " : "", *path ? " " : "", path);
	command = find_command(table, argv[0]);
	if (!command)
		return refuse_unknown(path, argv[0]);
	longer = extend_path(path, command->name);
	if (command->subcommands && (argc < 2 || !wants_help(argv[1])))
		return command_run(ctl, longer, command->subcommands,
				   argc - 1, argv + 1);
	if (help_among(argc, argv)) {
		print_help(longer, command);
		return RESULT_OK;
	}
	return run_leaf(ctl, longer, command, argc, argv);
}

/* Find the command that @words name; return NULL after a message. */
static const struct command *walk_commands(char **words, char **path)
{
	const struct command *const *table = commands;
	const struct command *command = NULL;
	char *head;

	*path = must(strdup(""));
	for (; *words; words++) {
		command = table ? find_command(table, *words) : NULL;
		if (!command) {
			refuse_unknown(*path, *words);
			return NULL;
		}
		head = *path;
		*path = extend_path(head, command->name);
		free(head);
		table = command->subcommands;
	}
	return command;
}

static void print_overview(void)
{
	puts("Usage: hmtctl [--root DIR] COMMAND [OPTION...]\n"
	     "Manage heterogeneous memory tiers.\n"
	     "\n"
	     "Commands:");
	list_commands(commands);
	puts("\nOptions:");
	options_describe(stdout, global_options);
	puts("\nSee 'hmtctl help COMMAND' and 'man hmtctl'.");
}

int command_help(char **words)
{
	auto_text char *path = NULL;
	const struct command *command;

	if (!*words) {
		print_overview();
		return RESULT_OK;
	}
	command = walk_commands(words, &path);
	if (!command)
		return RESULT_USAGE;
	print_help(path, command);
	return RESULT_OK;
}

int command_list_names(char **words)
{
	auto_text char *path = NULL;
	const struct command *const *table = commands;
	const struct command *command;

	if (*words) {
		command = walk_commands(words, &path);
		if (!command)
			return RESULT_USAGE;
		table = command->subcommands;
	}
	for (; table && *table; table++)
		puts((*table)->name);
	return RESULT_OK;
}

int command_list_options(char **words)
{
	auto_text char *path = NULL;
	const struct option_spec *option = global_options;
	const struct command *command;

	if (*words) {
		command = walk_commands(words, &path);
		if (!command)
			return RESULT_USAGE;
		option = command->options;
		puts("--help");
	}
	for (; option && option->name; option++)
		if (option->help)
			printf("--%s\n", option->name);
	return RESULT_OK;
}
