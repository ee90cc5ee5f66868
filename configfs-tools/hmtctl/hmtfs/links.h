/* SPDX-License-Identifier: GPL-2.0 */
/* Demotion links of a tier. */
#ifndef HMTCTL_LINKS_H
#define HMTCTL_LINKS_H

#include "hmtfs/configfs.h"

/**
 * struct links - the links of a tier
 * @dir: directory that holds them
 * @orders: their names, lowest number first
 * @targets: names of the tiers that they lead to
 */
struct links {
	int dir;
	char **orders;
	char **targets;
};

/* 0 or -errno; to be closed in any case. */
int links_open(const struct object *tier, struct links *links);
void links_close(struct links *links);

/* Names of the target tiers in the order of the links. */
char **links_targets(const struct object *tier);
/* Make the links lead to @targets; on failure they are as they were. */
int links_replace(const struct object *tier, char *const *targets);
/* The same with the names of the links given. */
int links_write(const struct object *tier, char *const *orders,
		char *const *targets);

#endif
