// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/errors.h"
#include "cli/interrupt.h"
#include "util/cleanup.h"
#include "util/fs.h"

struct global_values {
	const char *root;
	bool help;
	bool version;
	bool list_commands;
	bool list_options;
};

#define PLACE(member) offsetof(struct global_values, member)

const struct option_spec global_options[] = {
	{ 0, "root", "DIR", "prefix of /sys, for tests (or set HMT_ROOT)",
	  OPT_TEXT, PLACE(root), NULL },
	{ 'h', "help", NULL, "print this", OPT_FLAG, PLACE(help), NULL },
	{ 'V', "version", NULL, "print the version", OPT_FLAG, PLACE(version), NULL },
	/* For shell completion. */
	{ 0, "list-cmds", NULL, NULL, OPT_FLAG, PLACE(list_commands), NULL },
	{ 0, "list-opts", NULL, NULL, OPT_FLAG, PLACE(list_options), NULL },
	{ }
};

/*
 * Open descriptors 0 to 2 if the caller closed them. Otherwise the next file
 * gets one of them, and output is written to an attribute.
 */
static void hold_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Flush standard output; lost output is a failure of any command. */
static int finish_output(int result)
{
	bool bad = ferror(stdout);

	bad |= fflush(stdout) != 0;
	end_by_interrupt();
	if (bad)
		return fail(RESULT_REFUSED, "standard output: %s",
			    errno ? strerror(errno) : "write error");
	return result;
}

static int open_root(struct hmtctl *ctl, const char *path)
{
	char real[PATH_MAX];

	if (!path)
		path = getenv("HMT_ROOT");
	if (!path || !*path)
		path = "/";
	if (!realpath(path, real))
		return fail(RESULT_USAGE, "root '%.200s': %s", path,
			    strerror(errno));
	ctl->fake = strcmp(real, "/") != 0;
	ctl->root = fs_open_dir(AT_FDCWD, real);
	if (ctl->root < 0)
		return fail(RESULT_USAGE, "root '%.200s': %s", path,
			    strerror(-ctl->root));
	return RESULT_OK;
}

static int dispatch(const struct global_values *values, int argc, char **argv)
{
	struct hmtctl ctl = { .root = -1 };
	int result;

	if (values->help)
		return command_help((char *[]){ NULL });
	if (values->version) {
		puts("hmtctl " HMT_VERSION);
		return RESULT_OK;
	}
	if (values->list_commands)
		return command_list_names(argv);
	if (values->list_options)
		return command_list_options(argv);

	result = open_root(&ctl, values->root);
	if (!result)
		result = command_run(&ctl, "", commands, argc, argv);
	cleanup_fd(&ctl.root);
	return result;
}

int main(int argc, char **argv)
{
	struct global_values values = { };
	int first;

	hold_standard_fds();
	/* Width and validity of characters in tables. */
	setlocale(LC_CTYPE, "");
	first = options_parse("", global_options, &values, argc, argv,
			      OPTIONS_FIRST);
	if (first < 0)
		return RESULT_USAGE;
	return finish_output(dispatch(&values, argc - first, argv + first));
}
