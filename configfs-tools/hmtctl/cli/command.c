// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/errors.h"
#include "cli/output.h"
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

static bool has_json(const struct command *command)
{
	return options_have(command->options, "json");
}

/* Return the options of a command with --json, which the caller frees. */
static struct option_spec *all_options(const struct command *command)
{
	const struct option_spec json = {
		'j', "json", NULL, "print the result as JSON", OPT_FLAG,
		command->values_size, NULL
	};
	static const struct option_spec none;

	return options_with(command->options,
			    has_json(command) ? &none : &json);
}

static void print_help(const char *path, const struct command *command)
{
	printf("Usage: hmtctl %s %s\n%s\n", path, command->operands,
	       command->summary);
	if (command->subcommands) {
		puts("\nCommands:");
		list_commands(command->subcommands);
	} else {
		struct option_spec *specs = all_options(command);

		puts("\nOptions:");
		options_describe(stdout, specs);
		free(specs);
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
			  int count, char **operands)
{
	if (count < command->min_operands)
		return fail(RESULT_USAGE,
			    "%s: a word is missing, as in 'hmtctl %s %s' (see 'hmtctl help %s')",
			    path, path, command->operands, path);
	if (command->max_operands >= 0 && count > command->max_operands)
		return fail(RESULT_USAGE, "%s: '%.64s' is one word too many (see 'hmtctl help %s')",
			    path, operands[command->max_operands], path);
	return RESULT_OK;
}

static int run_leaf(const struct hmtctl *ctl, const char *path,
		    const struct command *command, int argc, char **argv)
{
	struct option_spec *specs = all_options(command);
	void *values = must(calloc(1, command->values_size + 1));
	int result = RESULT_USAGE;
	int first;

	first = options_parse(path, specs, values, argc, argv, 0);
	if (first >= 0)
		errors_json(options_flag(specs, values, "json"));
	if (first >= 0)
		result = check_operands(path, command, argc - first,
					argv + first);
	if (!result)
		result = command->run(ctl, values, argv + first);
	if (!result && json_wanted() && !has_json(command))
		print_status_json(path);
	options_release(specs, values);
	free(specs);
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

/* Return the commands of @table with their options; the caller puts them. */
static struct json_object *describe_commands(const struct command *const *table)
{
	struct json_object *array = json_object_new_array();

	for (; *table; table++) {
		struct json_object *object = json_object_new_object();
		struct json_object *names = json_object_new_array();
		struct option_spec *specs = all_options(*table), *spec;

		json_object_object_add(object, "name",
				       json_object_new_string((*table)->name));
		json_object_object_add(object, "summary",
				       json_object_new_string((*table)->summary));
		json_object_object_add(object, "man",
				       json_object_new_string((*table)->man));
		if ((*table)->subcommands)
			json_object_object_add(object, "commands",
					       describe_commands((*table)->subcommands));
		for (spec = specs; spec->name && !(*table)->subcommands; spec++)
			if (spec->help)
				json_object_array_add(names,
						      json_object_new_string(spec->name));
		json_object_object_add(object, "options", names);
		free(specs);
		json_object_array_add(array, object);
	}
	return array;
}

/* Print the help of one command, or of all, as JSON. */
static void print_help_json(const struct command *command)
{
	const struct command *const one[] = { command, NULL };
	auto_json struct json_object *array =
		describe_commands(command ? one : commands);

	print_array("commands", array);
}

int command_help(char **words)
{
	auto_text char *path = NULL;
	const struct command *command;

	if (!*words && json_wanted()) {
		print_help_json(NULL);
		return RESULT_OK;
	}
	if (!*words) {
		print_overview();
		return RESULT_OK;
	}
	command = walk_commands(words, &path);
	if (!command)
		return RESULT_USAGE;
	if (json_wanted())
		print_help_json(command);
	else
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

static void list_options(const struct option_spec *option)
{
	for (; option->name; option++)
		if (option->help)
			printf("--%s\n", option->name);
}

int command_list_options(char **words)
{
	auto_text char *path = NULL;
	const struct command *command;
	struct option_spec *specs;

	if (!*words) {
		list_options(global_options);
		return RESULT_OK;
	}
	command = walk_commands(words, &path);
	if (!command)
		return RESULT_USAGE;
	puts("--help");
	if (command->subcommands)
		return RESULT_OK;
	specs = all_options(command);
	list_options(specs);
	free(specs);
	return RESULT_OK;
}
