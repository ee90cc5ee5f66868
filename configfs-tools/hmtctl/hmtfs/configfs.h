/* SPDX-License-Identifier: GPL-2.0 */
/* Tiers, providers and workloads: /sys/kernel/config/hmt. */
#ifndef HMTCTL_CONFIGFS_H
#define HMTCTL_CONFIGFS_H

#include <json-c/json.h>
#include <linux/hmt.h>
#include <stdbool.h>

#include "cli/command.h"

/**
 * struct object_class - tiers, providers or workloads
 * @noun: singular, for messages
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
 * struct object - an open tier, provider or workload
 * @class: its class
 * @name: its name; not copied
 * @parent: fd of the directory that contains it
 * @dir: fd of its directory
 * @fake: true for plain files of a fake root
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
/*
 * Return the state of hmtd: "absent", "ready" or "late"; NULL if not reported.
 */
char *hmt_daemon(const struct hmtctl *ctl);
int configfs_mount(const struct hmtctl *ctl);

/*
 * These print no message and return 0 or -errno; -EINTR if a signal ends the
 * change.
 */
int object_remove(struct object *object);
int object_write(const struct object *object, const char *file,
		 const char *value);
/* Read an attribute; NULL with errno set on failure. The caller frees it. */
char *object_read(const struct object *object, const char *file);
/*
 * Return the names of the readable and writable attributes; NULL with errno set
 * on failure.
 */
char **object_attributes(const struct object *object);
bool workload_is_live(const struct object *object);
void object_close(struct object *object);

/* Check for 1 to HMT_NAME_MAX characters of A-Z a-z 0-9 _ . - */
bool object_name_valid(const char *name);
/* Open hmt/; return an fd, or minus an enum result after a message. */
int config_open(const struct hmtctl *ctl);
bool configfs_mounted(const struct hmtctl *ctl);
bool hmt_present(const struct hmtctl *ctl);

static inline void cleanup_object(struct object *object)
{
	object_close(object);
}

#define auto_object	__attribute__((cleanup(cleanup_object)))

#endif
