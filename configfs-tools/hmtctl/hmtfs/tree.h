/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole configuration as JSON:
 *
 *	{ "hmt": 1,
 *	  "tiers": { NAME: { ATTRIBUTE: TEXT..., "demotion": { ORDER: TIER } } },
 *	  "providers": { NAME: { ATTRIBUTE: TEXT... } },
 *	  "workloads": { NAME: { ATTRIBUTE: TEXT... } } }
 *
 * TEXT is the content of an attribute. Restoring a tree replaces all objects of
 * its classes and leaves other classes unchanged.
 */
#ifndef HMTCTL_TREE_H
#define HMTCTL_TREE_H

#include <json-c/json.h>

#include "cli/command.h"

#define TREE_FORMAT	1

/* These print a message on failure and return an enum result. */

/* Read the whole configuration, or the tiers only. */
int tree_read(const struct hmtctl *ctl, bool tiers_only,
	      struct json_object **tree);
/* Check the form of @tree only. @file is for messages. */
int tree_check_form(const char *file, struct json_object *tree);
/* Check that the machine has all objects that @tree names; change nothing. */
int tree_check_machine(const struct hmtctl *ctl, const char *file,
		       struct json_object *tree);
/*
 * Apply and commit a checked @tree. If a step is refused, earlier steps are
 * undone.
 */
int tree_write(const struct hmtctl *ctl, struct json_object *tree);

/* Check whether a tier of the tree has the memory, by name or UID. */
bool tree_has_memory(struct json_object *tree, const char *name_or_uid);
/* Return the class @key of a tree, NULL if it is missing. */
struct json_object *tree_class(struct json_object *tree, const char *key);

#endif
