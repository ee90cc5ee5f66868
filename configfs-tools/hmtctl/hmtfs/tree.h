/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole configuration as JSON:
 *
 *	{ "hmt": 1,
 *	  "boot": TEXT,
 *	  "tiers": { NAME: { ATTRIBUTE: TEXT..., "demotion": { ORDER: TIER } } },
 *	  "providers": { NAME: { ATTRIBUTE: TEXT... } },
 *	  "workloads": { NAME: { ATTRIBUTE: TEXT..., "started": { PID: TICKS } } } }
 *
 * TEXT is the content of an attribute. A process is known by its pid, its start
 * in clock ticks after the boot, and the ID of the boot. Restoring a tree replaces all objects of
 * its classes and leaves other classes unchanged.
 */
#ifndef HMTCTL_TREE_H
#define HMTCTL_TREE_H

#include <json-c/json.h>

#include "cli/command.h"

#define TREE_FORMAT	1

/**
 * enum tree_scope - parts of the configuration; each includes the ones before
 * @TREE_TIERS: tiers
 * @TREE_SETTINGS: providers, and workloads without pids
 * @TREE_PIDS: pids, as the kernel has them
 * @TREE_STARTS: the start times of their processes; left out are processes that
 *	have ended
 */
enum tree_scope {
	TREE_TIERS,
	TREE_SETTINGS,
	TREE_PIDS,
	TREE_STARTS,
};

/* These print a message on failure and return an enum result. */

/* Read the configuration. */
int tree_read(const struct hmtctl *ctl, enum tree_scope scope,
	      struct json_object **tree);
/*
 * Parse the text of a file. JSON with a NUL, or with a key twice in an object, is
 * refused. @file is for messages.
 */
int tree_parse(const char *file, const char *text, size_t length,
	       struct json_object **tree);
/* Check the form of @tree only. @file is for messages. */
int tree_check_form(const char *file, struct json_object *tree);
/* Check that the machine has all objects that @tree names; change nothing. */
int tree_check_machine(const struct hmtctl *ctl, const char *file,
		       struct json_object *tree);
/*
 * Apply and commit a checked @tree. If a step is refused, or a signal arrives,
 * earlier steps are undone.
 */
int tree_write(const struct hmtctl *ctl, struct json_object *tree);
/* Print the changes that tree_write() would make, one in a line. */
int tree_print_changes(const struct hmtctl *ctl, struct json_object *tree);

/* Check whether a tier of the tree has the memory, by name or UID. */
bool tree_has_memory(struct json_object *tree, const char *name_or_uid);
/* Return the class @key of a tree, NULL if it is missing. */
struct json_object *tree_class(struct json_object *tree, const char *key);

#endif
