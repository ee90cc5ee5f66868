/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel modules, by libkmod. */
#ifndef HMTCTL_MODULES_H
#define HMTCTL_MODULES_H

#include <stdbool.h>

struct emptying;

/*
 * Load a module and its dependencies. @name is a name or alias, or the path of
 * a .ko file. Succeeds if the module is loaded already. Prints a message on
 * failure; returns an enum result.
 */
int module_load(const char *name);

/* Check whether this kernel has a module of this name or alias. */
bool module_exists(const char *name);

/* Remove hmt and its plug-ins, users first; show how drivers empty their devices. */
int modules_unload(struct emptying *devices);

#endif
