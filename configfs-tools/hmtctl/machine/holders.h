/* SPDX-License-Identifier: GPL-2.0 */
/* Processes that use a node or a device. */
#ifndef HMTCTL_HOLDERS_H
#define HMTCTL_HOLDERS_H

#include <stdint.h>

#include "cli/command.h"

/* Call @each with the ID of each process. */
void each_process(const struct hmtctl *ctl,
		  void (*each)(int pid, void *data), void *data);

/*
 * Return the number of pages of a process on a node; 0 if the process has
 * exited or must not be read.
 */
uint64_t process_pages(const struct hmtctl *ctl, int pid, unsigned int node);

/*
 * Describe the processes with pages on @node, most pages first: "process 812
 * (qemu) has 300 pages, 200 KiB locked". Empty if there are none; the caller
 * frees it.
 */
char *node_holders(const struct hmtctl *ctl, unsigned int node);

/*
 * Return the first process that has the file open or mapped, "process 812
 * (qemu)", or NULL; the caller frees it.
 */
char *file_holder(const struct hmtctl *ctl, const char *path);

#endif
