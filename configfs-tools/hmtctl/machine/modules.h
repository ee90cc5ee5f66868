/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel modules, by libkmod. */
#ifndef HMTCTL_MODULES_H
#define HMTCTL_MODULES_H

#include <stdbool.h>

/*
 * Load a module and what it depends on. @name is a module, a plug-in of HMT
 * without its "hmt_", or the path of a .ko file. Loaded already is fine.
 * Prints a message on failure; returns an enum result.
 */
int module_load(const char *name);

/* Is there a module of that name or alias for this kernel? */
bool module_exists(const char *name);

/* Remove hmt and its plug-ins, users before what they use. */
int modules_unload(void);

#endif
