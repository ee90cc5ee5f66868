// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include "cmd/commands.h"

/* In the order in which the help lists them. */
const struct command *const commands[] = {
	&cmd_load,
	&cmd_unload,
	&cmd_list,
	&cmd_memory,
	&cmd_setup,
	&cmd_tier,
	&cmd_commit,
	&cmd_status,
	&cmd_workload,
	&cmd_stat,
	&cmd_metrics,
	&cmd_top,
	&cmd_explain,
	&cmd_heat,
	&cmd_report,
	&cmd_replay,
	&cmd_run,
	&cmd_save,
	&cmd_restore,
	&cmd_query,
	&cmd_move,
	&cmd_exclude,
	&cmd_follow,
	&cmd_read_mostly,
	&cmd_prefer,
	&cmd_avoid,
	&cmd_best,
	&cmd_help,
	NULL
};
