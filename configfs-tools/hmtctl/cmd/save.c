// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "hmtfs/tree.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/replace.h"

struct save_values {
	bool tiers;
	bool pids;
	bool json;
};

#define PLACE(member) offsetof(struct save_values, member)

static const struct option_spec options[] = {
	{ 'T', "tiers", NULL, "save the tiers only", OPT_FLAG, PLACE(tiers),
	  NULL },
	{ 0, "pids", NULL, "save the pids of workloads, valid until they end",
	  OPT_FLAG, PLACE(pids), NULL },
	{ 'j', "json", NULL, "print the result as JSON, as the file is",
	  OPT_FLAG, PLACE(json), NULL },
	{ }
};

static int write_file(const char *file, struct json_object *tree)
{
	static const struct remedy remedies[] = {
		{ ELOOP, "a link that leads to no file; create the file first, or name it" },
		{ ENOENT, "no such directory" },
		{ }
	};
	auto_text char *json = format_json(tree, false);
	auto_text char *text = NULL;
	int length = asprintf(&text, "%s\n", json);
	int err;

	if (length < 0)
		must(NULL);
	err = file_replace(file, text, length);
	return err ? fail(RESULT_REFUSED, "'%.200s': %s", file,
			  explain(-err, remedies)) : RESULT_OK;
}

static int cmd_save_run(const struct hmtctl *ctl, const void *arguments,
			char **operands)
{
	const struct save_values *values = arguments;
	auto_json struct json_object *tree = NULL;
	enum tree_scope scope = TREE_SETTINGS;
	int result;

	if (values->tiers && values->pids)
		return fail(RESULT_USAGE,
			    "save: --tiers and --pids exclude each other");
	if (values->tiers)
		scope = TREE_TIERS;
	else if (values->pids)
		scope = TREE_STARTS;
	result = tree_read(ctl, scope, &tree);
	if (result)
		return result;
	tree_describe_memories(ctl, tree);
	if (!strcmp(operands[0], "-")) {
		print_json(tree, false);
		return RESULT_OK;
	}
	result = write_file(operands[0], tree);
	if (!result && values->json)
		print_status_json("save");
	return result;
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
