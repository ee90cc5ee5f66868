/* SPDX-License-Identifier: GPL-2.0 */
/* Identity of the processes of a saved configuration. */
#ifndef HMTCTL_PROCESS_H
#define HMTCTL_PROCESS_H

#include <stdint.h>

#include "cli/command.h"

#define BOOT_ID	"proc/sys/kernel/random/boot_id"

/*
 * Return the ID of this boot; NULL with errno set on failure. The caller frees
 * it.
 */
char *boot_id(const struct hmtctl *ctl);
/*
 * Read the start of a process in clock ticks after the boot. Returns 0 or
 * -errno; -ESRCH if there is no such process.
 */
int process_start(const struct hmtctl *ctl, const char *pid, uint64_t *ticks);

#endif
