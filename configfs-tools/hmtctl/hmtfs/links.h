/* SPDX-License-Identifier: GPL-2.0 */
/* Demotion links of a tier. */
#ifndef HMTCTL_LINKS_H
#define HMTCTL_LINKS_H

#include "hmtfs/configfs.h"

/**
 * struct links - the links of a tier
 * @dir: fd of their directory
 * @orders: their names, lowest number first
 * @targets: names of their target tiers
 */
struct links {
	int dir;
	char **orders;
	char **targets;
};

/* Open the links of @tier; return 0 or -errno. Close @links in any case. */
int links_open(const struct object *tier, struct links *links);
void links_close(struct links *links);

/* Return the names of the target tiers in the order of the links. */
char **links_targets(const struct object *tier);
/* Replace the links by links to @targets; on failure they are unchanged. */
int links_replace(const struct object *tier, char *const *targets);
/* Replace the links by links of the names @orders; likewise. */
int links_write(const struct object *tier, char *const *orders,
		char *const *targets);
/* Restore the links that links_open() read, to undo a later step. */
void links_restore(const struct object *tier, const struct links *old);

#endif
