// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/progress.h"
#include "hmtfs/change.h"
#include "hmtfs/configfs.h"
#include "hmtfs/links.h"
#include "hmtfs/tree.h"
#include "machine/modules.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/words.h"

/*
 * True while the configuration before is written back. Undoing does as much as
 * possible: a part that fails does not prevent the parts after it.
 */
static bool undoing;

/* Progress of writing a tree, in objects that are visited. */
static struct progress progress;
static uint64_t steps_done, steps_total;

/* Count @class once for each time that its objects are visited. */
static void add_steps(struct json_object *tree, const char *class,
		      unsigned int times)
{
	struct json_object *objects = tree_class(tree, class);

	if (objects)
		steps_total += times * json_object_object_length(objects);
}

/* Begin to show how much of @tree is written, which replaces @before. */
static void begin_progress(struct json_object *before,
			   struct json_object *tree)
{
	steps_done = 0;
	steps_total = 1;
	add_steps(tree, "tiers", 3);
	add_steps(tree, "providers", 1);
	add_steps(tree, "workloads", 1);
	if (tree_class(tree, "tiers"))
		add_steps(before, "tiers", 2);
	if (tree_class(tree, "workloads"))
		add_steps(before, "workloads", 1);
	progress_begin(&progress, "restore");
}

/* An object is about to be written, which may wait for passes to end. */
static void show_step(void)
{
	progress_show(&progress, steps_done++, steps_total);
}

/* Check whether the steps after one with @result are omitted. */
static bool stops(int result)
{
	return result && !undoing;
}

static bool class_has(struct json_object *class, const char *name)
{
	return json_object_object_get_ex(class, name, NULL);
}

/* Check whether @now has all texts of @wanted; it may have others. */
static bool is_unchanged(struct json_object *now, struct json_object *wanted)
{
	json_object_object_foreach(wanted, key, value)
		if (json_object_is_type(value, json_type_string) &&
		    !json_object_equal(json_object_object_get(now, key), value))
			return false;
	return true;
}

static int object_result(const struct object *object, const char *what, int err)
{
	if (!err)
		return RESULT_OK;
	progress_end(&progress);
	return fail(RESULT_REFUSED, "%s '%s': %s: %s", object->class->noun,
		    object->name, what, explain(-err, NULL));
}

static int write_text(const struct object *object, const char *key,
		      struct json_object *value)
{
	const char *text = json_object_get_string(value);
	int err = object_write(object, key, text);
	auto_text char *what = NULL;

	/* The kernel also returns ENOENT for a cgroup or tier that is missing. */
	if (err == -ENOENT && faccessat(object->dir, key, F_OK, 0))
		return fail(RESULT_REFUSED,
			    "%s '%s': %s: this version of HMT has no such attribute; remove it from the file",
			    object->class->noun, object->name, key);
	what = format_text("%s '%.80s'", key, text);
	return object_result(object, what, err);
}

/* Write all attributes except for links of a tier and "live" of a workload. */
static int write_texts(const struct object *object, struct json_object *now,
		       struct json_object *wanted)
{
	int result = RESULT_OK;

	json_object_object_foreach(wanted, key, value) {
		if (!json_object_is_type(value, json_type_string) ||
		    (object->class == &class_workload && !strcmp(key, "live")))
			continue;
		if (json_object_equal(json_object_object_get(now, key), value))
			continue;
		result |= write_text(object, key, value);
		if (stops(result))
			break;
	}
	return result;
}

static int tier_write_links(const struct object *tier,
			    struct json_object *links)
{
	size_t count = links ? json_object_object_length(links) : 0;
	auto_words char **orders = must(calloc(count + 1, sizeof(char *)));
	auto_words char **targets = must(calloc(count + 1, sizeof(char *)));
	size_t i = 0;

	if (links) {
		json_object_object_foreach(links, order, target) {
			orders[i] = must(strdup(order));
			targets[i++] =
				must(strdup(json_object_get_string(target)));
		}
	}
	return object_result(tier, "demotion", links_write(tier, orders,
							   targets));
}

typedef int (*tier_fn)(struct object *tier, struct json_object *now,
		       struct json_object *wanted);

/* Call @act for each tier of @tiers. */
static int each_tier(const struct hmtctl *ctl, struct json_object *tiers,
		     struct json_object *now, struct json_object *wanted,
		     tier_fn act)
{
	int failed = RESULT_OK;
	int result;

	json_object_object_foreach(tiers, name, value) {
		auto_object struct object tier = OBJECT_NONE;

		(void)value;
		show_step();
		result = object_open(ctl, &class_tier, name, &tier);
		if (!result)
			result = act(&tier, json_object_object_get(now, name),
				     json_object_object_get(wanted, name));
		failed |= result;
		if (stops(failed))
			break;
	}
	return failed;
}

static bool links_change(struct json_object *now, struct json_object *wanted)
{
	struct json_object *links;

	if (!wanted)
		return true;
	return json_object_object_get_ex(wanted, "demotion", &links) &&
	       !json_object_equal(json_object_object_get(now, "demotion"),
				  links);
}

static int tier_drop_links(struct object *tier, struct json_object *now,
			   struct json_object *wanted)
{
	return links_change(now, wanted) ? tier_write_links(tier,
							    NULL) : RESULT_OK;
}

static int tier_drop(struct object *tier, struct json_object *now,
		     struct json_object *wanted)
{
	(void)now;
	return wanted ? RESULT_OK : object_result(tier, "removing",
						  object_remove(tier));
}

static int tier_set_texts(struct object *tier, struct json_object *now,
			  struct json_object *wanted)
{
	return write_texts(tier, now, wanted);
}

static int tier_set_links(struct object *tier, struct json_object *now,
			  struct json_object *wanted)
{
	if (!links_change(now, wanted))
		return RESULT_OK;
	return tier_write_links(tier, json_object_object_get(wanted,
							     "demotion"));
}

static int create_tiers(const struct hmtctl *ctl, struct json_object *now,
			struct json_object *wanted)
{
	int result = RESULT_OK;

	json_object_object_foreach(wanted, name, value) {
		auto_object struct object tier = OBJECT_NONE;

		(void)value;
		show_step();
		if (class_has(now, name))
			continue;
		result |= object_create(ctl, &class_tier, name, &tier);
		if (stops(result))
			break;
	}
	return result;
}

/*
 * Remove links before tiers, and create tiers before links: a tier with links
 * to it cannot be removed, and a link needs both tiers.
 */
static int write_tiers(const struct hmtctl *ctl, struct json_object *now,
		       struct json_object *wanted)
{
	int result = each_tier(ctl, now, now, wanted, tier_drop_links);

	if (!stops(result))
		result |= each_tier(ctl, now, now, wanted, tier_drop);
	if (!stops(result))
		result |= create_tiers(ctl, now, wanted);
	if (!stops(result))
		result |= each_tier(ctl, wanted, now, wanted, tier_set_texts);
	if (!stops(result))
		result |= each_tier(ctl, wanted, now, wanted, tier_set_links);
	return result;
}

static int load_provider(const struct hmtctl *ctl, const char *name)
{
	auto_text char *alias = NULL;

	if (ctl->fake)
		return RESULT_OK;
	alias = format_text("hmt-provider-%s", name);
	return module_load(alias);
}

static int write_providers(const struct hmtctl *ctl, struct json_object *now,
			   struct json_object *wanted)
{
	int failed = RESULT_OK;
	int result;

	json_object_object_foreach(wanted, name, value) {
		auto_object struct object provider = OBJECT_NONE;
		struct json_object *old = json_object_object_get(now, name);

		show_step();
		result = old ? RESULT_OK : load_provider(ctl, name);
		if (!result)
			result = object_open(ctl, &class_provider, name,
					     &provider);
		if (!result)
			result = write_texts(&provider, old, value);
		failed |= result;
		if (stops(failed))
			break;
	}
	return failed;
}

static int switch_workload(const struct object *workload, const char *live)
{
	return object_result(workload, *live == '1' ? "starting" : "stopping",
			     object_write(workload, "live", live));
}

static int drop_workloads(const struct hmtctl *ctl, struct json_object *now,
			  struct json_object *wanted)
{
	int failed = RESULT_OK;
	int result;

	json_object_object_foreach(now, name, value) {
		auto_object struct object workload = OBJECT_NONE;

		(void)value;
		show_step();
		if (class_has(wanted, name))
			continue;
		result = object_open(ctl, &class_workload, name, &workload);
		if (!result && workload_is_live(&workload))
			result = switch_workload(&workload, "0");
		if (!result)
			result = object_result(&workload, "removing",
					       object_remove(&workload));
		failed |= result;
		if (stops(failed))
			break;
	}
	return failed;
}

/* Check for a workload that has neither processes nor a cgroup. */
static bool lacks_processes(const struct object *workload)
{
	auto_text char *pids = object_read(workload, "pids");
	auto_text char *cgroup = object_read(workload, "cgroup");

	return (!pids || !*pids) && (!cgroup || !*cgroup);
}

/*
 * Set "live". The pids of a workload are usually not saved, and without
 * processes it cannot be live; that is no reason to refuse the rest of a file.
 */
static int resume_workload(const struct object *workload, const char *live)
{
	if (*live == '1' && lacks_processes(workload)) {
		progress_end(&progress);
		fail(RESULT_OK,
		     "workload '%s': not started, because it has no processes; add them with 'hmtctl workload set %s --add-pid PID --start'",
		     workload->name, workload->name);
		return RESULT_OK;
	}
	return switch_workload(workload, live);
}

static int write_workload(const struct hmtctl *ctl, const char *name,
			  struct json_object *now, struct json_object *wanted)
{
	auto_object struct object workload = OBJECT_NONE;
	struct json_object *live = json_object_object_get(wanted, "live");
	int result;

	show_step();
	if (now && is_unchanged(now, wanted))
		return RESULT_OK;
	result = now ? object_open(ctl, &class_workload, name, &workload) :
		       object_create(ctl, &class_workload, name, &workload);
	if (!result && workload_is_live(&workload))
		result = switch_workload(&workload, "0");
	if (!result)
		result = write_texts(&workload, now, wanted);
	if (workload.dir >= 0 && !stops(result) && live)
		result |= resume_workload(&workload,
					  json_object_get_string(live));
	return result;
}

static int write_workloads(const struct hmtctl *ctl, struct json_object *now,
			   struct json_object *wanted)
{
	int result = drop_workloads(ctl, now, wanted);

	if (stops(result))
		return result;
	json_object_object_foreach(wanted, name, value) {
		result |= write_workload(ctl, name,
					 json_object_object_get(now, name),
					 value);
		if (stops(result))
			break;
	}
	return result;
}

/**
 * enum commit - what to do after staging tiers
 * @COMMIT: commit them
 * @NO_COMMIT: nothing, the live graph already has these tiers
 */
enum commit { COMMIT, NO_COMMIT };

/*
 * Write the graph first, because it is the most likely to be refused and stops
 * no workload. *@live is set if the graph was committed.
 */
static int write_classes(const struct hmtctl *ctl, struct json_object *now,
			 struct json_object *tree, enum commit commit,
			 bool *live)
{
	struct json_object *tiers = tree_class(tree, "tiers");
	struct json_object *providers = tree_class(tree, "providers");
	struct json_object *workloads = tree_class(tree, "workloads");
	int result = RESULT_OK;

	*live = false;
	if (tiers)
		result = write_tiers(ctl, tree_class(now, "tiers"), tiers);
	if (tiers && !stops(result) && commit == COMMIT) {
		*live = !hmt_commit(ctl);
		result |= *live ? 0 : RESULT_REFUSED;
	}
	if (providers && !stops(result))
		result |= write_providers(ctl, tree_class(now, "providers"),
					  providers);
	if (workloads && !stops(result))
		result |= write_workloads(ctl, tree_class(now, "workloads"),
					  workloads);
	return result;
}

static void undo_write(const struct hmtctl *ctl, struct json_object *before,
		       bool live)
{
	auto_json struct json_object *now = NULL;
	int result;

	change_insist();
	undoing = true;
	errors_mute(true);
	result = tree_read(ctl, TREE_PIDS, &now);
	if (!result)
		result = write_classes(ctl, now, before,
				       live ? COMMIT : NO_COMMIT, &live);
	errors_mute(false);
	undoing = false;
	if (result)
		fail(result,
		     "undoing the changes failed in part; see 'hmtctl list' and 'hmtctl status'");
}

static int write_or_undo(const struct hmtctl *ctl, struct json_object *tree)
{
	auto_json struct json_object *before = NULL;
	bool live;
	int result = tree_read(ctl, TREE_PIDS, &before);

	if (result)
		return result;
	begin_progress(before, tree);
	result = write_classes(ctl, before, tree, COMMIT, &live);
	progress_end(&progress);
	if (result)
		undo_write(ctl, before, live);
	return result;
}

int tree_write(const struct hmtctl *ctl, struct json_object *tree)
{
	struct change change;
	int result = change_begin(ctl, &change);

	return result ? result : change_end(&change, write_or_undo(ctl, tree));
}
