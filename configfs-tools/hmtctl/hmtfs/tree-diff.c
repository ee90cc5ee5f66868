// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "hmtfs/configfs.h"
#include "hmtfs/tree.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/text.h"

/**
 * struct diff - printing of the differences of two trees
 * @class: class of the objects that are compared
 * @count: number of changes
 * @changes: array of them for JSON, or NULL: they are printed as lines
 */
struct diff {
	const struct object_class *class;
	unsigned int count;
	struct json_object *changes;
};

/* Add a change to the array; return its object. */
static struct json_object *add_change(struct diff *diff, const char *name,
				      const char *text)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "class",
			       json_object_new_string(diff->class->noun));
	json_object_object_add(object, "name", json_object_new_string(name));
	json_object_object_add(object, "change", json_object_new_string(text));
	json_object_array_add(diff->changes, object);
	return object;
}

static void print_object(struct diff *diff, const char *name, const char *text)
{
	if (diff->changes)
		add_change(diff, name, text);
	else
		printf("%s '%s': %s\n", diff->class->noun, name, text);
	diff->count++;
}

/* Print a text of the file, which may have controls, for a terminal. */
static void print_masked(const char *text)
{
	auto_text char *copy = must(strdup(text));

	text_mask(copy, "\n");
	fputs(copy, stdout);
}

/* Print "0=cxl 1=pmem" for links, a text as it is. */
static void print_value(struct json_object *value)
{
	const char *blank = "";

	putchar('\'');
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, order, target) {
			printf("%s%s=", blank, order);
			print_masked(json_object_get_string(target));
			blank = " ";
		}
	} else if (value) {
		print_masked(json_object_get_string(value));
	}
	putchar('\'');
}

static void print_attribute(struct diff *diff, const char *name,
			    const char *key, struct json_object *old,
			    struct json_object *value)
{
	struct json_object *object;

	if (diff->changes) {
		object = add_change(diff, name, "set");
		json_object_object_add(object, "attribute",
				       json_object_new_string(key));
		json_object_object_add(object, "old", json_object_get(old));
		json_object_object_add(object, "new", json_object_get(value));
		return;
	}
	printf("%s '%s': %s: ", diff->class->noun, name, key);
	print_value(old);
	fputs(" -> ", stdout);
	print_value(value);
	putchar('\n');
}

/* Print the attributes of @wanted that differ; return true if any does. */
static bool print_attributes(struct diff *diff, const char *name,
			     struct json_object *now,
			     struct json_object *wanted)
{
	struct json_object *old;
	bool differs = false;

	json_object_object_foreach(wanted, key, value) {
		old = json_object_object_get(now, key);
		if (json_object_equal(old, value) || !strcmp(key, "started"))
			continue;
		print_attribute(diff, name, key, old, value);
		diff->count++;
		differs = true;
	}
	return differs;
}

static void diff_object(struct diff *diff, const char *name,
			struct json_object *now, struct json_object *wanted)
{
	bool is_workload = diff->class == &class_workload;

	if (!now)
		print_object(diff, name, diff->class == &class_provider ?
			     "loaded" : "created");
	if (print_attributes(diff, name, now, wanted) && is_workload &&
	    now && !strcmp(json_text(now, "live"), "1"))
		print_object(diff, name, "stopped for the change");
}

static void diff_class(struct diff *diff, struct json_object *now,
		       struct json_object *tree)
{
	struct json_object *wanted = tree_class(tree, diff->class->dir);
	struct json_object *old = tree_class(now, diff->class->dir);

	if (!wanted)
		return;
	if (diff->class != &class_provider) {
		json_object_object_foreach(old, name, value) {
			(void)value;
			if (!json_object_object_get_ex(wanted, name, NULL))
				print_object(diff, name, "removed");
		}
	}
	json_object_object_foreach(wanted, key, object)
		diff_object(diff, key, json_object_object_get(old, key),
			    object);
}

int tree_print_changes(const struct hmtctl *ctl, struct json_object *tree)
{
	static const struct object_class *const classes[] = {
		&class_tier, &class_provider, &class_workload
	};
	auto_json struct json_object *now = NULL;
	auto_json struct json_object *changes = json_wanted() ?
						json_object_new_array() : NULL;
	struct diff diff = { .changes = changes };
	int result = tree_read(ctl, TREE_PIDS, &now);
	size_t i;

	if (result)
		return result;
	for (i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		diff.class = classes[i];
		diff_class(&diff, now, tree);
	}
	if (changes) {
		print_array("changes", changes);
		return RESULT_OK;
	}
	if (!diff.count)
		puts("no change");
	if (tree_class(tree, class_tier.dir))
		puts("the tiers are committed");
	return RESULT_OK;
}
