// SPDX-License-Identifier: GPL-2.0
/* State of exec that a task has, since v7.2 or earlier. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/sched/exec_state.h>

static_assert(__same_type(((struct task_exec_state *)NULL)->dumpable,
			  enum task_dumpable));
