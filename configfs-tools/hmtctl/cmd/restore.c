// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cmd/commands.h"
#include "hmtfs/tree.h"
#include "machine/dax.h"
#include "machine/hotplug.h"
#include "util/alloc.h"
#include "util/cleanup.h"

/* More than the largest tree: 16 tiers and some hundred workloads. */
#define FILE_MAX	(4 << 20)
#define DEPTH_MAX	8

struct restore_values {
	const char *device;
};

static const struct option_spec options[] = {
	{ 0, "device", "DEV",
	  "only if a tier of FILE has the memory of DEV; bring it online first",
	  OPT_TEXT, offsetof(struct restore_values, device), NULL },
	{ }
};

static int refuse_file(const char *file, const char *why)
{
	return fail(RESULT_USAGE, "'%.200s': %s", file, why);
}

/*
 * Read everything, with its length, because a NUL does not end it. NULL with
 * errno set on failure.
 */
static char *read_descriptor(int fd, size_t *length)
{
	char *text = must(malloc(FILE_MAX + 1));
	ssize_t got;

	*length = 0;
	do {
		got = read(fd, text + *length, FILE_MAX + 1 - *length);
		if (got > 0)
			*length += got;
	} while (got > 0 && *length <= FILE_MAX);
	if (got >= 0 && *length <= FILE_MAX)
		return text;
	if (got >= 0)
		errno = EFBIG;
	free(text);
	return NULL;
}

static int parse_tree(const char *file, const char *text, size_t length,
		      struct json_object **tree)
{
	struct json_tokener *tokener = must(json_tokener_new_ex(DEPTH_MAX));
	enum json_tokener_error error;
	int result = RESULT_OK;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	*tree = json_tokener_parse_ex(tokener, text, (int)length);
	error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue)
		result = refuse_file(file, "not JSON: it ends too early");
	else if (error != json_tokener_success)
		result = refuse_file(file, json_tokener_error_desc(error));
	json_tokener_free(tokener);
	return result;
}

static int load_tree(const char *file, struct json_object **tree)
{
	auto_text char *text = NULL;
	auto_fd int fd = -1;
	size_t length;

	fd = strcmp(file, "-") ? open(file, O_RDONLY | O_CLOEXEC) : dup(0);
	if (fd < 0)
		return fail(errno == ENOENT ? RESULT_NO_OBJECT : RESULT_REFUSED,
			    "'%.200s': %s", file, explain(errno, NULL));
	text = read_descriptor(fd, &length);
	if (!text)
		return fail(RESULT_REFUSED, "'%.200s': %s", file,
			    explain(errno, NULL));
	return parse_tree(file, text, length, tree);
}

/*
 * Bring the memory of a device online if a tier of the tree has it, and set
 * *@named in that case. Memory that is online already is left as it is.
 */
static int online_device(const struct hmtctl *ctl, const char *device,
			 struct json_object *tree, bool *named)
{
	static const struct hotplug how = { .movable = true };
	auto_dax struct dax dax = DAX_NONE;
	char name[32], uid[16];
	int result, node;

	result = dax_open(&dax);
	if (!result)
		result = dax_find(&dax, device);
	if (result)
		return result;
	node = daxctl_dev_get_target_node(dax.dev);
	snprintf(name, sizeof(name), "node%d", node);
	snprintf(uid, sizeof(uid), "%d", node);
	*named = tree_has_memory(tree, name) || tree_has_memory(tree, uid);
	if (!*named)
		return RESULT_OK;
	result = memory_online(ctl, &dax, &how);
	return dax_is_ram(&dax) ? RESULT_OK : result;
}

static int restore_tree(const struct hmtctl *ctl, const char *file,
			struct json_object *tree)
{
	int result = tree_check_machine(ctl, file, tree);

	return result ? result : tree_write(ctl, tree);
}

static int cmd_restore_run(const struct hmtctl *ctl, const void *arguments,
			   char **operands)
{
	const struct restore_values *values = arguments;
	auto_json struct json_object *tree = NULL;
	bool named = true;
	int result;

	if (values->device && ctl->fake)
		return fail(RESULT_USAGE,
			    "restore: there are no devices on a fake root; omit --root and HMT_ROOT");
	result = load_tree(operands[0], &tree);
	if (!result)
		result = tree_check_form(operands[0], tree);
	if (!result && values->device)
		result = online_device(ctl, values->device, tree, &named);
	if (result || !named)
		return result;
	return restore_tree(ctl, operands[0], tree);
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
