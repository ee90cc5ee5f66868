// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "hmtfs/configfs.h"
#include "hmtfs/links.h"
#include "hmtfs/process.h"
#include "hmtfs/tree.h"
#include "util/cleanup.h"
#include "util/words.h"

struct json_object *tree_class(struct json_object *tree, const char *key)
{
	return json_object_object_get(tree, key);
}

static int refuse_read(const struct object *object, const char *file, int err)
{
	return fail(RESULT_REFUSED, "%s '%s': reading %s: %s",
		    object->class->noun, object->name, file,
		    explain(-err, NULL));
}

static int read_links(const struct object *tier, struct json_object *into)
{
	struct json_object *json = json_object_new_object();
	struct links links = { .dir = -1 };
	int err = links_open(tier, &links);
	int i;

	json_object_object_add(into, "demotion", json);
	for (i = 0; !err && links.orders[i]; i++)
		json_object_object_add(json, links.orders[i],
				       json_object_new_string(links.targets[i]));
	links_close(&links);
	/* A fake root has the directory only if there are links. */
	if (!err || (err == -ENOENT && tier->fake))
		return RESULT_OK;
	return refuse_read(tier, "demotion", err);
}

static int read_texts(const struct object *object, enum tree_scope scope,
		      struct json_object *json)
{
	auto_words char **names = object_attributes(object);
	int i;

	if (!names)
		return refuse_read(object, "its attributes", -errno);
	for (i = 0; names[i]; i++) {
		auto_text char *text = NULL;

		if (object->class == &class_workload && scope < TREE_PIDS &&
		    !strcmp(names[i], "pids"))
			continue;
		text = object_read(object, names[i]);
		if (!text)
			return refuse_read(object, names[i], -errno);
		json_object_object_add(json, names[i],
				       json_object_new_string(text));
	}
	return RESULT_OK;
}

/* Add the start times of the pids, and remove pids of ended processes. */
static int add_starts(const struct hmtctl *ctl, const struct object *object,
		      struct json_object *workload)
{
	auto_words char **pids = words_split(json_text(workload, "pids"));
	struct json_object *starts = json_object_new_object();
	auto_text char *text = NULL;
	size_t kept = 0;
	int failed = 0;
	uint64_t ticks;
	size_t i;
	int err;

	for (i = 0; pids[i]; i++) {
		err = process_start(ctl, pids[i], &ticks);
		if (err && err != -ESRCH)
			failed = err;
		if (!err) {
			json_object_object_add(starts, pids[i],
					       json_object_new_uint64(ticks));
			pids[kept++] = pids[i];
		} else {
			free(pids[i]);
		}
	}
	pids[kept] = NULL;
	text = words_join(pids);
	json_object_object_add(workload, "pids", json_object_new_string(text));
	json_object_object_add(workload, "started", starts);
	return failed ? refuse_read(object, "the start of its processes",
				    failed) : RESULT_OK;
}

static int read_object(const struct hmtctl *ctl, const struct object *object,
		       enum tree_scope scope, struct json_object *into)
{
	struct json_object *json = json_object_new_object();
	int result;

	json_object_object_add(into, object->name, json);
	result = read_texts(object, scope, json);
	if (result)
		return result;
	if (object->class == &class_tier)
		result = read_links(object, json);
	if (scope >= TREE_STARTS && json_object_object_get(json, "pids"))
		result = add_starts(ctl, object, json);
	return result;
}

static int read_class(const struct hmtctl *ctl,
		      const struct object_class *class, enum tree_scope scope,
		      struct json_object *tree)
{
	struct json_object *json = json_object_new_object();
	auto_words char **names = NULL;
	int result;
	int i;

	json_object_object_add(tree, class->dir, json);
	result = object_list(ctl, class, &names);
	for (i = 0; !result && names[i]; i++) {
		auto_object struct object object = OBJECT_NONE;

		result = object_open(ctl, class, names[i], &object);
		if (!result)
			result = read_object(ctl, &object, scope, json);
	}
	return result;
}

static int add_boot(const struct hmtctl *ctl, struct json_object *tree)
{
	auto_text char *id = boot_id(ctl);

	if (!id)
		return fail(RESULT_REFUSED, "/" BOOT_ID ": %s",
			    explain(errno, NULL));
	json_object_object_add(tree, "boot", json_object_new_string(id));
	return RESULT_OK;
}

int tree_read(const struct hmtctl *ctl, enum tree_scope scope,
	      struct json_object **tree)
{
	int result = RESULT_OK;

	*tree = json_object_new_object();
	json_object_object_add(*tree, "hmt", json_object_new_int(TREE_FORMAT));
	if (scope >= TREE_STARTS)
		result = add_boot(ctl, *tree);
	if (!result)
		result = read_class(ctl, &class_tier, scope, *tree);
	if (!result && scope >= TREE_SETTINGS)
		result = read_class(ctl, &class_provider, scope, *tree);
	if (!result && scope >= TREE_SETTINGS)
		result = read_class(ctl, &class_workload, scope, *tree);
	return result;
}
