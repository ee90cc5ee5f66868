// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <string.h>

#include "cli/errors.h"
#include "cmd/commands.h"
#include "hmtfs/change.h"
#include "hmtfs/configfs.h"
#include "hmtfs/links.h"
#include "hmtfs/sysfs.h"
#include "machine/emptying.h"
#include "machine/holders.h"
#include "machine/modules.h"
#include "util/cleanup.h"
#include "util/signals.h"
#include "util/words.h"

struct unload_values {
	bool force;
};

static const struct option_spec options[] = {
	{ 'f', "force", NULL, "stop and remove workloads and tiers first",
	  OPT_FLAG, offsetof(struct unload_values, force), NULL },
	{ }
};

typedef int (*object_fn)(struct object *object);

static int unload_each(const struct hmtctl *ctl,
		       const struct object_class *class, object_fn act)
{
	auto_words char **names = NULL;
	int result = object_list(ctl, class, &names);
	int i;

	for (i = 0; !result && names[i]; i++) {
		auto_object struct object object = OBJECT_NONE;

		result = object_open(ctl, class, names[i], &object);
		if (!result)
			result = act(&object);
	}
	return result;
}

static int refuse_live(struct object *workload)
{
	if (!workload_is_live(workload))
		return RESULT_OK;
	return fail(RESULT_REFUSED, "unload: workload '%s' is live; stop it first or use --force",
		    workload->name);
}

/* Refuse any object, because it keeps the module in use. */
static int refuse_any(struct object *object)
{
	return fail(RESULT_REFUSED,
		    "unload: %s '%s' keeps the module in use; remove it first or use --force",
		    object->class->noun, object->name);
}

static int unload_result(const struct object *object, int err)
{
	if (!err)
		return RESULT_OK;
	return fail(RESULT_REFUSED, "unload: %s '%s': %s", object->class->noun,
		    object->name, explain(-err, NULL));
}

static int unload_workload(struct object *workload)
{
	int err = 0;

	if (workload_is_live(workload))
		err = object_write(workload, "live", "0");
	if (!err)
		err = object_remove(workload);
	return unload_result(workload, err);
}

static int unload_links(struct object *tier)
{
	return unload_result(tier, links_replace(tier, (char *[]){ NULL }));
}

static int unload_tier(struct object *tier)
{
	return unload_result(tier, object_remove(tier));
}

static int refuse_used(const struct hmtctl *ctl)
{
	int result = unload_each(ctl, &class_workload, refuse_live);

	if (!result)
		result = unload_each(ctl, &class_workload, refuse_any);
	if (!result)
		result = unload_each(ctl, &class_tier, refuse_any);
	return result;
}

/*
 * Remove all links before tiers, because a target cannot be removed. Nothing is
 * undone, so that a signal ends it between two objects.
 */
static int unload_objects(const struct hmtctl *ctl)
{
	int result = unload_each(ctl, &class_workload, unload_workload);

	if (!result)
		result = unload_each(ctl, &class_tier, unload_links);
	if (!result)
		result = unload_each(ctl, &class_tier, unload_tier);
	if (!result)
		result = hmt_commit(ctl);
	return result;
}

/* Refuse while hmtd runs: it has the device open, and systemd restarts it. */
static int refuse_hmtd(const struct hmtctl *ctl)
{
	auto_text char *hmtd = hmt_daemon(ctl);
	auto_text char *holder = NULL;

	if (!hmtd || !strcmp(hmtd, "absent"))
		return RESULT_OK;
	holder = file_holder(ctl, "/dev/hmt");
	return fail(RESULT_REFUSED,
		    "unload: hmtd keeps the module in use; stop it first ('systemctl stop hmtd', or end %s)",
		    holder ? holder : "its process");
}

/* Refuse while a process has the device open, and name it. */
static int refuse_open(const struct hmtctl *ctl)
{
	auto_text char *holder = file_holder(ctl, "/dev/hmt");

	if (!holder)
		return RESULT_OK;
	return fail(RESULT_REFUSED,
		    "unload: %s has /dev/hmt open and keeps the module in use; end it first",
		    holder);
}

static int clear_configuration(const struct hmtctl *ctl, bool force)
{
	struct change change;
	int result = change_begin(ctl, &change);

	if (result)
		return result;
	result = refuse_hmtd(ctl);
	if (!result)
		result = refuse_open(ctl);
	if (!result)
		result = force ? unload_objects(ctl) : refuse_used(ctl);
	result = change_end(&change, result);
	/* Removing the modules can take long; a signal may end it in between. */
	if (!result)
		signals_release(&change.mask);
	return result;
}

static uint64_t used_on_devices(const void *ctl)
{
	return sysfs_used_on_devices(ctl);
}

static int cmd_unload_run(const struct hmtctl *ctl, const void *arguments,
			  char **operands)
{
	const struct unload_values *values = arguments;
	struct emptying devices = { .used = used_on_devices, .memory = ctl };
	int result = RESULT_OK;

	(void)operands;
	if (ctl->fake)
		return fail(RESULT_USAGE,
			    "unload: modules cannot be removed from a fake root; omit --root and HMT_ROOT");
	if (hmt_present(ctl))
		result = clear_configuration(ctl, values->force);
	return result ? result : modules_unload(&devices);
}

const struct command cmd_unload = {
	.name = "unload",
	.operands = "[OPTION...]",
	.summary = "Remove the modules of HMT.",
	.man = "hmtctl-load",
	.options = options,
	.values_size = sizeof(struct unload_values),
	.run = cmd_unload_run,
};
