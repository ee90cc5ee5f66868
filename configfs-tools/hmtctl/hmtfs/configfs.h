/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tiers and workloads: /sys/kernel/config/hmt. Nothing else in hmtctl knows
 * where they are.
 */
#ifndef HMTCTL_CONFIGFS_H
#define HMTCTL_CONFIGFS_H

#include <json-c/json.h>
#include <linux/hmt.h>
#include <stdbool.h>

#include "cli/command.h"

/**
 * struct object_class - tiers or workloads
 * @noun: for messages
 * @dir: directory below hmt/
 */
struct object_class {
	const char *noun;
	const char *dir;
};

extern const struct object_class class_tier;
extern const struct object_class class_workload;
extern const struct object_class class_provider;

/**
 * struct object - an open tier or workload
 * @class: which of them
 * @name: its name; not copied
 * @parent: directory that holds it
 * @dir: its own directory
 * @fake: plain files on a fake root
 */
struct object {
	const struct object_class *class;
	const char *name;
	int parent;
	int dir;
	bool fake;
};

#define OBJECT_NONE { .parent = -1, .dir = -1 }

/* These print a message on failure and return an enum result. */
int object_open(const struct hmtctl *ctl, const struct object_class *class,
		const char *name, struct object *object);
int object_create(const struct hmtctl *ctl, const struct object_class *class,
		  const char *name, struct object *object);
int object_list(const struct hmtctl *ctl, const struct object_class *class,
		char ***names);
int objects_read(const struct hmtctl *ctl, const struct object_class *class,
		 bool human, struct json_object **array);
int stats_read(const struct hmtctl *ctl, bool human,
	       struct json_object **array);
int hmt_commit(const struct hmtctl *ctl);
int hmt_status(const struct hmtctl *ctl, char **line);
/* Is hmtd there: "absent", "ready", "late"; NULL: the kernel does not say. */
char *hmt_daemon(const struct hmtctl *ctl);
int configfs_mount(const struct hmtctl *ctl);

/* These are silent and return 0 or -errno. */
int object_remove(struct object *object);
int object_write(const struct object *object, const char *file,
		 const char *value);
/* NULL with errno set on failure; to be freed. */
char *object_read(const struct object *object, const char *file);
/* Files that hold what can be set and read; NULL with errno set. */
char **object_attributes(const struct object *object);
bool workload_is_live(const struct object *object);
void object_close(struct object *object);

/* 1 to HMT_NAME_MAX of A-Z a-z 0-9 _ . - */
bool object_name_valid(const char *name);
/*
 * Wait until nobody else changes the whole tree. An fd that unlocks it when it
 * is closed, or minus an enum result after a message.
 */
int hmt_lock(const struct hmtctl *ctl);
bool configfs_mounted(const struct hmtctl *ctl);
bool hmt_present(const struct hmtctl *ctl);

static inline void cleanup_object(struct object *object)
{
	object_close(object);
}

#define auto_object	__attribute__((cleanup(cleanup_object)))

#endif
