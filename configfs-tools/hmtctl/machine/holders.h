/* SPDX-License-Identifier: GPL-2.0 */
/* Who uses a node, or a device. */
#ifndef HMTCTL_HOLDERS_H
#define HMTCTL_HOLDERS_H

#include <stdint.h>

#include "cli/command.h"

/* Call @each with the id of every process. */
void each_process(const struct hmtctl *ctl,
		  void (*each)(int pid, void *data), void *data);

/* Pages that a process has on a node; 0 when it is gone or is not ours. */
uint64_t process_pages(const struct hmtctl *ctl, int pid, unsigned int node);

/*
 * Who has pages on @node, the largest first: "process 812 (qemu) has 300 pages,
 * 200 KiB locked". To be freed; empty for nobody.
 */
char *node_holders(const struct hmtctl *ctl, unsigned int node);

/* The first process that has the file open or mapped: "process 812 (qemu)". */
char *file_holder(const struct hmtctl *ctl, const char *path);

#endif
