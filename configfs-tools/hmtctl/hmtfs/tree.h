/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole configuration as JSON:
 *
 *	{ "hmt": 1,
 *	  "tiers": { NAME: { ATTRIBUTE: TEXT..., "demotion": { ORDER: TIER } } },
 *	  "providers": { NAME: { ATTRIBUTE: TEXT... } },
 *	  "workloads": { NAME: { ATTRIBUTE: TEXT... } } }
 *
 * Texts are what the attributes hold. A class that is not there is not touched
 * when the tree is restored; one that is there is all there shall be.
 */
#ifndef HMTCTL_TREE_H
#define HMTCTL_TREE_H

#include <json-c/json.h>

#include "cli/command.h"

#define TREE_FORMAT	1

/* All print a message on failure and return an enum result. */

/* Of the whole tree, or of the tiers only. */
int tree_read(const struct hmtctl *ctl, bool tiers_only,
	      struct json_object **tree);
/* Is this a tree? Does not look at the machine. @file is for messages. */
int tree_check_form(const char *file, struct json_object *tree);
/* Is all there that the tree names? Changes nothing. */
int tree_check_machine(const struct hmtctl *ctl, const char *file,
		       struct json_object *tree);
/*
 * Make the configuration what a checked @tree says, and commit. When something
 * is refused, what was done is undone.
 */
int tree_write(const struct hmtctl *ctl, struct json_object *tree);

/* Does a tier of the tree have the memory, by its name or its UID? */
bool tree_has_memory(struct json_object *tree, const char *name_or_uid);
/* The class @key of a tree, NULL when it is not there. */
struct json_object *tree_class(struct json_object *tree, const char *key);

#endif
