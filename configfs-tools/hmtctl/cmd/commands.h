/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of hmtctl. */
#ifndef HMTCTL_COMMANDS_H
#define HMTCTL_COMMANDS_H

#include "cli/command.h"

extern const struct command cmd_avoid;
extern const struct command cmd_best;
extern const struct command cmd_commit;
extern const struct command cmd_exclude;
extern const struct command cmd_explain;
extern const struct command cmd_follow;
extern const struct command cmd_heat;
extern const struct command cmd_help;
extern const struct command cmd_list;
extern const struct command cmd_load;
extern const struct command cmd_memory;
extern const struct command cmd_metrics;
extern const struct command cmd_move;
extern const struct command cmd_prefer;
extern const struct command cmd_query;
extern const struct command cmd_read_mostly;
extern const struct command cmd_replay;
extern const struct command cmd_report;
extern const struct command cmd_restore;
extern const struct command cmd_run;
extern const struct command cmd_save;
extern const struct command cmd_setup;
extern const struct command cmd_stat;
extern const struct command cmd_status;
extern const struct command cmd_tier;
extern const struct command cmd_tier_list;
extern const struct command cmd_tier_show;
extern const struct command cmd_top;
extern const struct command cmd_unload;
extern const struct command cmd_workload;
extern const struct command cmd_workload_list;
extern const struct command cmd_workload_show;

#endif
