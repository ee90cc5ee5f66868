// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "hmtfs/tree.h"
#include "util/alloc.h"
#include "util/cleanup.h"

struct save_values {
	bool tiers;
};

static const struct option_spec options[] = {
	{ 'T', "tiers", NULL, "save the tiers only", OPT_FLAG,
	  offsetof(struct save_values, tiers), NULL },
	{ }
};

static int refuse_save(const char *file)
{
	return fail(RESULT_REFUSED, "'%.200s': %s", file,
		    explain(errno, NULL));
}

/* Write a temporary file and rename it, so that the file is always complete. */
static int write_file(const char *file, struct json_object *tree)
{
	auto_text char *path = NULL;
	auto_fd int fd = -1;
	FILE *out;
	int failed;

	if (asprintf(&path, "%s.XXXXXX", file) < 0)
		must(NULL);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return refuse_save(file);
	out = must(fdopen(dup(fd), "w"));
	fprintf(out, "%s\n", json_object_to_json_string_ext(tree, JSON_STYLE));
	failed = fflush(out) || fsync(fd);
	failed |= fclose(out);
	if (!failed && !fchmod(fd, 0644) && !rename(path, file))
		return RESULT_OK;
	failed = refuse_save(file);
	unlink(path);
	return failed;
}

static int cmd_save_run(const struct hmtctl *ctl, const void *arguments,
			char **operands)
{
	const struct save_values *values = arguments;
	auto_json struct json_object *tree = NULL;
	int result = tree_read(ctl, values->tiers, &tree);

	if (result)
		return result;
	if (strcmp(operands[0], "-"))
		return write_file(operands[0], tree);
	print_json(tree, false);
	return RESULT_OK;
}

const struct command cmd_save = {
	.name = "save",
	.operands = "FILE [OPTION...]",
	.summary = "Write the configuration to a file.",
	.man = "hmtctl-save",
	.options = options,
	.values_size = sizeof(struct save_values),
	.min_operands = 1,
	.max_operands = 1,
	.run = cmd_save_run,
};
