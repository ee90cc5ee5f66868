// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "hmtfs/tree.h"
#include "machine/dax.h"
#include "machine/hotplug.h"
#include "util/alloc.h"
#include "util/cleanup.h"

/* More than the largest tree: 16 tiers and some hundred workloads. */
#define FILE_MAX	(4 << 20)

struct restore_values {
	const char *device;
	const char *map;
	bool dry_run;
	bool json;
};

#define PLACE(member) offsetof(struct restore_values, member)

static const struct option_spec options[] = {
	{ 0, "device", "DEV",
	  "only if a tier of FILE has the memory of DEV; bring it online first",
	  OPT_TEXT, PLACE(device), NULL },
	{ 0, "map", "OLD=NEW",
	  "memory OLD of FILE is NEW now (repeat for more)", OPT_WORDS,
	  PLACE(map), NULL },
	{ 'n', "dry-run", NULL, "print the changes, make none", OPT_FLAG,
	  PLACE(dry_run), NULL },
	{ 'j', "json", NULL, "print the changes as JSON", OPT_FLAG,
	  PLACE(json), NULL },
	{ }
};

/*
 * Read everything, with its length; a NUL follows it. NULL with errno set on
 * failure.
 */
static char *read_descriptor(int fd, size_t *length)
{
	char *text = must(malloc(FILE_MAX + 2));
	ssize_t got;

	*length = 0;
	do {
		got = read(fd, text + *length, FILE_MAX + 1 - *length);
		if (got > 0)
			*length += got;
	} while (got > 0 && *length <= FILE_MAX);
	text[*length] = '\0';
	if (got >= 0 && *length <= FILE_MAX)
		return text;
	if (got >= 0)
		errno = EFBIG;
	free(text);
	return NULL;
}

static int load_tree(const char *file, struct json_object **tree)
{
	static const struct remedy remedies[] = {
		{ ENOENT, "no such file; write it with 'hmtctl save FILE'" },
		{ }
	};
	auto_text char *text = NULL;
	auto_fd int fd = -1;
	size_t length;

	fd = strcmp(file, "-") ? open(file, O_RDONLY | O_CLOEXEC) : dup(0);
	if (fd < 0)
		return fail(errno == ENOENT ? RESULT_NO_OBJECT : RESULT_REFUSED,
			    "'%.200s': %s", file, explain(errno, remedies));
	text = read_descriptor(fd, &length);
	if (!text)
		return fail(RESULT_REFUSED, "'%.200s': %s", file,
			    explain(errno, NULL));
	return tree_parse(file, text, length, tree);
}

/*
 * Bring the memory of a device online if a tier of the tree has it, and set
 * *@ready if it is online then. Memory that is online already is left as it is.
 */
static int online_device(const struct hmtctl *ctl,
			 const struct restore_values *values,
			 struct json_object *tree, bool *ready)
{
	const struct hotplug how = {
		.movable = true, .dry_run = values->dry_run,
	};
	auto_dax struct dax dax = DAX_NONE;
	int result;

	*ready = false;
	result = dax_open(&dax);
	if (!result)
		result = dax_find(&dax, values->device);
	if (result)
		return result;
	if (!tree_has_device(ctl, tree, dax_name(&dax),
			     daxctl_dev_get_target_node(dax.dev)))
		return RESULT_OK;
	result = memory_online(ctl, &dax, &how);
	*ready = dax_is_ram(&dax);
	return *ready ? RESULT_OK : result;
}

static int restore_tree(const struct hmtctl *ctl, const char *file,
			const struct restore_values *values,
			struct json_object *tree)
{
	int result = tree_check_machine(ctl, file, tree, values->map);

	if (result)
		return result;
	if (values->dry_run)
		return tree_print_changes(ctl, tree);
	result = tree_write(ctl, tree);
	if (!result && values->json)
		print_status_json("restore");
	return result;
}

static int cmd_restore_run(const struct hmtctl *ctl, const void *arguments,
			   char **operands)
{
	const struct restore_values *values = arguments;
	auto_json struct json_object *tree = NULL;
	bool ready = true;
	int result;

	if (values->device && ctl->fake)
		return fail(RESULT_USAGE,
			    "restore: there are no devices on a fake root; omit --root and HMT_ROOT");
	if (values->device && values->map)
		return fail(RESULT_USAGE,
			    "restore: --device and --map exclude each other");
	result = load_tree(operands[0], &tree);
	if (!result)
		result = tree_check_form(operands[0], tree);
	if (!result && values->device)
		result = online_device(ctl, values, tree, &ready);
	if (result || !ready)
		return result;
	return restore_tree(ctl, operands[0], values, tree);
}

const struct command cmd_restore = {
	.name = "restore",
	.operands = "FILE [OPTION...]",
	.summary = "Restore the configuration from a file and commit it.",
	.man = "hmtctl-save",
	.options = options,
	.values_size = sizeof(struct restore_values),
	.min_operands = 1,
	.max_operands = 1,
	.run = cmd_restore_run,
};
