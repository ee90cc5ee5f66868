// SPDX-License-Identifier: GPL-2.0
#include <glob.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/errors.h"
#include "cmd/commands.h"
#include "hmtfs/configfs.h"
#include "machine/modules.h"
#include "util/alloc.h"
#include "util/cleanup.h"

/* Check whether hmt itself is among the modules that the user named. */
static bool names_core(char **modules)
{
	bool core = false;

	for (; *modules && !core; modules++) {
		auto_text char *copy = must(strdup(*modules));
		char *name = basename(copy);

		name[strcspn(name, ".")] = '\0';
		core = !strcmp(name, "hmt");
	}
	return core;
}

static void print_mounted(void)
{
	if (!json_wanted())
		puts("mounted configfs on /sys/kernel/config");
}

static int load_configfs(const struct hmtctl *ctl)
{
	int result;

	if (configfs_mounted(ctl))
		return RESULT_OK;
	result = module_load("configfs");
	if (!result && !configfs_mounted(ctl)) {
		result = configfs_mount(ctl);
		if (!result)
			print_mounted();
	}
	return result;
}

/*
 * Load hmt_dax where there are dax devices: without it their memory is taken for
 * DRAM. Paths name another build, whose hmt_dax need not be the installed one.
 */
static int load_dax(char **operands)
{
	glob_t devices;
	bool found;

	for (; *operands; operands++)
		if (strchr(*operands, '/'))
			return RESULT_OK;
	found = !glob("/sys/bus/dax/devices/dax*", GLOB_NOSORT, NULL, &devices);
	globfree(&devices);
	return found && module_exists("hmt_dax") ? module_load("hmt_dax") :
						   RESULT_OK;
}

/* Load a plug-in; "dax" is short for hmt_dax. */
static int load_plugin(const char *name)
{
	auto_text char *full = NULL;
	bool as_it_is = strchr(name, '/') || !strcmp(name, "hmt") ||
			!strncmp(name, "hmt_", 4);

	full = format_text("%s%s", as_it_is ? "" : "hmt_", name);
	return module_load(full);
}

static int cmd_load_run(const struct hmtctl *ctl, const void *values,
			char **operands)
{
	char **names = operands;
	int result;

	(void)values;
	if (ctl->fake)
		return fail(RESULT_USAGE,
			    "load: modules cannot be loaded into a fake root; omit --root and HMT_ROOT");
	result = load_configfs(ctl);
	if (!result && !names_core(operands))
		result = module_load("hmt");
	for (; *operands && !result; operands++)
		result = load_plugin(*operands);
	return result ? result : load_dax(names);
}

const struct command cmd_load = {
	.name = "load",
	.operands = "[MODULE...]",
	.summary = "Load HMT and plug-ins, mount configfs.",
	.man = "hmtctl-load",
	.max_operands = -1,
	.run = cmd_load_run,
};
