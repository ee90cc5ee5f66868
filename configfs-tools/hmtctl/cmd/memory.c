// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "machine/dax.h"
#include "machine/hotplug.h"
#include "util/cleanup.h"
#include "util/units.h"

#define SECONDS_MAX	86400
#define SECONDS_DEFAULT	30

struct memory_values {
	bool no_movable;
	bool lose_data;
	bool in_use;
	bool cpu_node;
	bool dry_run;
	const char *timeout;
	bool human;
	bool json;
	bool table;
};

#define PLACE(member) offsetof(struct memory_values, member)

#define DRY_RUN_OPTION \
	{ 'n', "dry-run", NULL, "print the effect, change nothing", OPT_FLAG, \
	  PLACE(dry_run), NULL }

static const struct option_spec online_options[] = {
	{ 0, "no-movable", NULL, "let the kernel use it as well, permanently",
	  OPT_FLAG, PLACE(no_movable), NULL },
	{ 0, "lose-data", NULL, "convert a namespace, which loses its data",
	  OPT_FLAG, PLACE(lose_data), NULL },
	{ 0, "in-use", NULL, "even if a program has the device open", OPT_FLAG,
	  PLACE(in_use), NULL },
	{ 0, "cpu-node", NULL, "even if its node has CPUs and other memory",
	  OPT_FLAG, PLACE(cpu_node), NULL },
	DRY_RUN_OPTION,
	{ 'j', "json", NULL, "print JSON, a line per device", OPT_FLAG,
	  PLACE(json), NULL },
	{ }
};

static const struct option_spec offline_options[] = {
	{ 0, "timeout", "S", "give up after S seconds, default 30",
	  OPT_TEXT, PLACE(timeout), NULL },
	DRY_RUN_OPTION,
	{ 'j', "json", NULL, "print JSON, a line per device", OPT_FLAG,
	  PLACE(json), NULL },
	{ }
};

static const struct option_spec list_options[] = {
	{ 'u', "human", NULL, "sizes with units", OPT_FLAG, PLACE(human),
	  NULL },
	{ 'j', "json", NULL, "print JSON, which is the default", OPT_FLAG,
	  PLACE(json), NULL },
	{ 0, "table", NULL, "print a table instead of JSON", OPT_FLAG,
	  PLACE(table), NULL },
	{ }
};

static const struct column columns[] = {
	{ "DEVICE", "device", false },
	{ "ORIGIN", "origin", false },
	{ "MODE", "mode", false },
	{ "SIZE", "size", true },
	{ "NODE", "target_node", true },
	{ "BLOCKS", "blocks", true },
	{ "ONLINE", "blocks_online", true },
	{ "MOVABLE", "movable", false },
	{ }
};

static int refuse_fake(const struct hmtctl *ctl)
{
	if (!ctl->fake)
		return RESULT_OK;
	return fail(RESULT_USAGE,
		    "memory: there are no devices on a fake root; omit --root and HMT_ROOT");
}

static int open_dax(const struct hmtctl *ctl, struct dax *dax)
{
	int result = refuse_fake(ctl);

	return result ? result : dax_open(dax);
}

static bool is_namespace(const char *name)
{
	return !strncmp(name, "namespace", strlen("namespace"));
}

static int cmd_memory_online_run(const struct hmtctl *ctl,
				 const void *arguments, char **operands)
{
	const struct memory_values *values = arguments;
	struct hotplug how = {
		.movable = !values->no_movable, .in_use = values->in_use,
		.cpu_node = values->cpu_node, .dry_run = values->dry_run,
		.json = values->json,
	};
	int result = RESULT_OK;

	for (; *operands && !result; operands++) {
		auto_dax struct dax dax = DAX_NONE;

		how.last = !operands[1];
		result = open_dax(ctl, &dax);
		if (!result)
			result = is_namespace(*operands) ?
				 dax_convert_namespace(ctl, &dax, *operands,
						       values->lose_data,
						       &how) :
				 dax_find(&dax, *operands);
		/* A namespace that a dry run does not convert has no device. */
		if (!result && dax.dev)
			result = memory_online(ctl, &dax, &how);
	}
	return result;
}

static int cmd_memory_offline_run(const struct hmtctl *ctl,
				  const void *arguments, char **operands)
{
	const struct memory_values *values = arguments;
	uint64_t seconds = SECONDS_DEFAULT;
	struct hotplug how = {
		.dry_run = values->dry_run, .json = values->json,
	};
	int result = RESULT_OK;

	if (values->timeout &&
	    !parse_number(values->timeout, 1, SECONDS_MAX, &seconds))
		return fail(RESULT_USAGE,
			    "memory offline: timeout '%.40s': not a number from 1 to %d",
			    values->timeout, SECONDS_MAX);
	how.seconds = seconds;
	for (; *operands && !result; operands++) {
		auto_dax struct dax dax = DAX_NONE;

		how.last = !operands[1];
		result = open_dax(ctl, &dax);
		if (!result)
			result = is_namespace(*operands) ?
				 dax_find_namespace(&dax, *operands) :
				 dax_find(&dax, *operands);
		if (!result)
			result = memory_offline(ctl, &dax, &how);
	}
	return result;
}

static int cmd_memory_list_run(const struct hmtctl *ctl, const void *arguments,
			       char **operands)
{
	const struct memory_values *values = arguments;
	auto_json struct json_object *array = NULL;
	auto_dax struct dax dax = DAX_NONE;
	int result = RESULT_OK;

	(void)operands;
	if (values->json && values->table)
		result = fail(RESULT_USAGE, "memory list: only one of --json and --table");
	result = result ?: open_dax(ctl, &dax);
	if (result)
		return result;
	array = dax_list(&dax, values->human || values->table);
	if (values->table)
		print_table(columns, array);
	else
		print_array("devices", array);
	return RESULT_OK;
}

static const struct command memory_online_command = {
	.name = "online",
	.operands = "DEV... [OPTION...]",
	.summary = "Make persistent or CXL memory a node.",
	.man = "hmtctl-memory",
	.options = online_options,
	.values_size = sizeof(struct memory_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = cmd_memory_online_run,
};

static const struct command memory_offline_command = {
	.name = "offline",
	.operands = "DEV... [OPTION...]",
	.summary = "Move pages away from a node and make it a device again.",
	.man = "hmtctl-memory",
	.options = offline_options,
	.values_size = sizeof(struct memory_values),
	.min_operands = 1,
	.max_operands = -1,
	.run = cmd_memory_offline_run,
};

static const struct command memory_list_command = {
	.name = "list",
	.operands = "[OPTION...]",
	.summary = "List dax devices, and namespaces without dax device.",
	.man = "hmtctl-memory",
	.options = list_options,
	.values_size = sizeof(struct memory_values),
	.run = cmd_memory_list_run,
};

const struct command cmd_memory = {
	.name = "memory",
	.operands = "COMMAND [OPTION...]",
	.summary = "Bring persistent and CXL memory online and take it offline.",
	.man = "hmtctl-memory",
	.subcommands = (const struct command *const []) {
		&memory_online_command, &memory_offline_command,
		&memory_list_command, NULL
	},
};
