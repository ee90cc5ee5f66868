// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "command.h"
#include "report.h"
#include "tree.h"

/* More than the largest tree: 16 tiers and some hundred workloads. */
#define FILE_MAX	(4 << 20)
#define DEPTH_MAX	8

static int refuse(const char *file, const char *why)
{
	return fail(RESULT_USAGE, "'%.200s': %s", file, why);
}

/* All of it, with its length: a NUL is not the end. NULL with errno set. */
static char *read_all(int fd, size_t *length)
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

static int parse(const char *file, const char *text, size_t length,
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
		result = refuse(file, "not JSON: it ends too early");
	else if (error != json_tokener_success)
		result = refuse(file, json_tokener_error_desc(error));
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
	text = read_all(fd, &length);
	if (!text)
		return fail(RESULT_REFUSED, "'%.200s': %s", file,
			    explain(errno, NULL));
	return parse(file, text, length, tree);
}

static int run(const struct hmtctl *ctl, const void *arguments,
	       char **operands)
{
	auto_json struct json_object *tree = NULL;
	int result = load_tree(operands[0], &tree);

	(void)arguments;
	if (!result)
		result = tree_check_form(operands[0], tree);
	if (!result)
		result = tree_check_machine(ctl, operands[0], tree);
	return result ? result : tree_write(ctl, tree);
}

const struct command cmd_restore = {
	.name = "restore",
	.operands = "FILE",
	.summary = "Make the configuration what a file says, and commit it.",
	.man = "hmtctl-save",
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
