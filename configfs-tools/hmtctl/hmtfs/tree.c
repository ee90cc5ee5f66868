// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "hmtfs/configfs.h"
#include "hmtfs/links.h"
#include "hmtfs/tree.h"
#include "util/cleanup.h"
#include "util/words.h"

struct json_object *tree_class(struct json_object *tree, const char *key)
{
	return json_object_object_get(tree, key);
}

bool tree_has_memory(struct json_object *tree, const char *name_or_uid)
{
	struct json_object *tiers = tree_class(tree, class_tier.dir);

	if (!tiers)
		return false;
	json_object_object_foreach(tiers, name, tier) {
		auto_words char **memories = words_split(json_text(tier, "memories"));

		(void)name;
		if (words_contain(memories, name_or_uid))
			return true;
	}
	return false;
}

static struct json_object *read_links(const struct object *tier)
{
	struct json_object *json = json_object_new_object();
	struct links links = { .dir = -1 };
	int i;

	if (!links_open(tier, &links))
		for (i = 0; links.orders[i]; i++)
			json_object_object_add(json, links.orders[i],
					       json_object_new_string(links.targets[i]));
	links_close(&links);
	return json;
}

static int read_object(const struct object *object, struct json_object *into)
{
	auto_words char **names = object_attributes(object);
	struct json_object *json = json_object_new_object();
	int i;

	json_object_object_add(into, object->name, json);
	for (i = 0; names && names[i]; i++) {
		auto_text char *text = object_read(object, names[i]);

		if (!text)
			return fail(RESULT_REFUSED, "%s '%s': reading %s: %s",
				    object->class->noun, object->name,
				    names[i], explain(errno, NULL));
		json_object_object_add(json, names[i],
				       json_object_new_string(text));
	}
	if (object->class == &class_tier)
		json_object_object_add(json, "demotion", read_links(object));
	return RESULT_OK;
}

static int read_class(const struct hmtctl *ctl,
		      const struct object_class *class,
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
			result = read_object(&object, json);
	}
	return result;
}

int tree_read(const struct hmtctl *ctl, bool tiers_only,
	      struct json_object **tree)
{
	int result;

	*tree = json_object_new_object();
	json_object_object_add(*tree, "hmt", json_object_new_int(TREE_FORMAT));
	result = read_class(ctl, &class_tier, *tree);
	if (!result && !tiers_only)
		result = read_class(ctl, &class_provider, *tree);
	if (!result && !tiers_only)
		result = read_class(ctl, &class_workload, *tree);
	return result;
}
