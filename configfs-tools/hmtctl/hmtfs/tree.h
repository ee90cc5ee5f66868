/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole configuration as JSON:
 *
 *	{ "hmt": 1,
 *	  "boot": TEXT,
 *	  "memories": { NAME: { PROPERTY: TEXT... } },
 *	  "tiers": { NAME: { ATTRIBUTE: TEXT..., "demotion": { ORDER: TIER } } },
 *	  "providers": { NAME: { ATTRIBUTE: TEXT... } },
 *	  "workloads": { NAME: { ATTRIBUTE: TEXT..., "started": { PID: TICKS } } } }
 *
 * TEXT is the content of an attribute. A memory of a tier is known by its
 * properties, see identity.h; its name is a hint. A process is known by its pid,
 * its start in clock ticks after the boot, and the ID of the boot. Restoring a
 * tree replaces all objects of its classes and leaves other classes unchanged.
 */
#ifndef HMTCTL_TREE_H
#define HMTCTL_TREE_H

#include <json-c/json.h>

#include "cli/command.h"

#define TREE_FORMAT	1
/* Key of the memories that the tiers of a saved tree name. */
#define TREE_MEMORIES	"memories"

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
/*
 * Check that the machine has all objects that @tree names; change nothing but the
 * names of memories in @tree, see tree_match().
 */
int tree_check_machine(const struct hmtctl *ctl, const char *file,
		       struct json_object *tree, const char *map);
/*
 * Find the memories of @tree by their identities, and replace their names in
 * @tree by those of today. @map has words OLD=NEW, or is NULL. Memories that the
 * machine lacks are members of the object @missing, with a text or null; nothing
 * is replaced then. Print a message if a name means another memory. Names that
 * were replaced, sizes that changed and memories without description add a text
 * to the array @notes.
 */
int tree_match(const struct hmtctl *ctl, const char *file,
	       struct json_object *tree, const char *map,
	       struct json_object *missing, struct json_object *notes);
/* Add the identities of the memories of tiers, and name the memories by name. */
void tree_describe_memories(const struct hmtctl *ctl, struct json_object *tree);
/*
 * Check whether a tier of the tree has the memory of a dax device, which is or
 * would be that of @node.
 */
bool tree_has_device(const struct hmtctl *ctl, struct json_object *tree,
		     const char *device, int node);
/*
 * Apply and commit a checked @tree. If a step is refused, or a signal arrives,
 * earlier steps are undone.
 */
int tree_write(const struct hmtctl *ctl, struct json_object *tree);
/* Print the changes that tree_write() would make, one in a line. */
int tree_print_changes(const struct hmtctl *ctl, struct json_object *tree);

/* Return the class @key of a tree, NULL if it is missing. */
struct json_object *tree_class(struct json_object *tree, const char *key);

#endif
