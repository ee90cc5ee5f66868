/* SPDX-License-Identifier: GPL-2.0 */
/* Locks between processes of hmtctl. */
#ifndef HMTCTL_LOCK_H
#define HMTCTL_LOCK_H

/*
 * Lock an open file or directory for this process alone. After a second a
 * message names the process that has locked it and changes @what, "the
 * configuration". Returns 0 or -errno; closing @fd unlocks.
 */
int lock_exclusive(int fd, const char *what);

#endif
