// SPDX-License-Identifier: GPL-2.0
/* Memory policy with which the data is touched first, and room in node 0. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "load.h"

#define MPOL_DEFAULT	0
#define MPOL_PREFERRED	1
#define MPOL_INTERLEAVE	3

static void set_policy(int mode, unsigned long nodes)
{
	if (syscall(SYS_set_mempolicy, mode, nodes ? &nodes : NULL,
		    nodes ? sizeof(nodes) * 8 : 0))
		die("set_mempolicy: %s", strerror(errno));
}

void policy_begin(const struct load *load)
{
	if (load->interleave)
		set_policy(MPOL_INTERLEAVE, 3);
	else if (load->start >= 0)
		set_policy(MPOL_PREFERRED, 1UL << load->start);
}

void policy_prefer(int node)
{
	set_policy(MPOL_PREFERRED, 1UL << node);
}

/* The policy must not restrict the moves of a setting. */
void policy_end(void)
{
	set_policy(MPOL_DEFAULT, 0);
}

size_t policy_room(int node)
{
	unsigned long kib = 0;
	char line[128];
	FILE *file;

	snprintf(line, sizeof(line), "/sys/devices/system/node/node%d/meminfo",
		 node);
	file = fopen(line, "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Node %*d MemFree: %lu", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib * 1024 / PAGE_BYTES;
}
