// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stddef.h>
#include <string.h>

#include "cleanup.h"
#include "command.h"
#include "configfs.h"
#include "output.h"
#include "report.h"

struct status_values {
	bool json;
};

static const struct option_spec options[] = {
	{ 'j', "json", NULL, "print JSON", OPT_FLAG,
	  offsetof(struct status_values, json), NULL },
	{ }
};

/* "generation N" or "generation N, refused: REASON" */
static struct json_object *to_json(const char *line)
{
	static const char mark[] = "refused: ";
	struct json_object *json = json_object_new_object();
	const char *reason = strstr(line, mark);
	unsigned long long generation;

	if (sscanf(line, "generation %llu", &generation) != 1)
		generation = 0;
	json_object_object_add(json, "generation",
			       json_object_new_uint64(generation));
	json_object_object_add(json, "refused", !reason ? NULL :
			       json_object_new_string(reason + strlen(mark)));
	return json;
}

static int run(const struct hmtctl *ctl, const void *arguments,
	       char **operands)
{
	auto_json struct json_object *json = NULL;
	auto_text char *line = NULL;
	const struct status_values *values = arguments;
	int result = hmt_status(ctl, &line);

	(void)operands;
	if (result)
		return result;
	if (values->json) {
		json = to_json(line);
		print_json(json, false);
	} else {
		puts(line);
	}
	return RESULT_OK;
}

const struct command cmd_status = {
	.name = "status",
	.operands = "[OPTION...]",
	.summary = "Say which graph is live, and why the last commit failed.",
	.man = "hmtctl-commit",
	.options = options,
	.values_size = sizeof(struct status_values),
	.run = run,
};
