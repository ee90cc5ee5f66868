// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "hmtfs/configfs.h"
#include "hmtfs/facts.h"
#include "hmtfs/served.h"
#include "hmtfs/sysfs.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/fs.h"

static unsigned int read_balancing(const struct hmtctl *ctl)
{
	auto_text char *text = fs_read(ctl->root,
				       "proc/sys/kernel/numa_balancing");

	return text ? atoi(text) : 0;
}

int facts_read(const struct hmtctl *ctl, struct facts *facts)
{
	int result;

	*facts = (struct facts){
		.when = seconds_now(), .page = sysconf(_SC_PAGESIZE),
	};
	result = hmt_status(ctl, &facts->status);
	result = result ?: sysfs_memories(ctl, false, &facts->memories);
	result = result ?: sysfs_edges(ctl, false, &facts->edges);
	result = result ?: objects_read(ctl, &class_tier, false, &facts->tiers);
	result = result ?: objects_read(ctl, &class_workload, false,
					&facts->workloads);
	result = result ?: stats_read(ctl, false, &facts->stats);
	if (result)
		return result;
	facts->hmtd = hmt_daemon(ctl) ?: must(strdup(""));
	facts->balancing = read_balancing(ctl);
	facts->waiting = served_waiting(ctl, facts->stats);
	return RESULT_OK;
}
