// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "hmtfs/configfs.h"
#include "hmtfs/process.h"
#include "hmtfs/tree.h"
#include "machine/modules.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/limits.h"
#include "util/units.h"
#include "util/words.h"

#define ATTRIBUTE_NAME_MAX	63

/**
 * struct place - position in a file, for messages
 * @file: name of the file
 * @class: name of the class, NULL at the top
 * @name: name of the object, NULL outside
 * @key: name of the attribute, NULL outside
 */
struct place {
	const char *file;
	const char *class;
	const char *name;
	const char *key;
};

static int refuse_tree(const struct place *place, const char *why)
{
	return fail(RESULT_USAGE, "'%.200s': %s%s%.40s%s%.70s: %s",
		    place->file, place->class ? place->class : "file",
		    place->name ? " " : "", place->name ? place->name : "",
		    place->key ? " " : "", place->key ? place->key : "", why);
}

static bool is_object(struct json_object *json)
{
	return json_object_is_type(json, json_type_object);
}

static bool attribute_name_valid(const char *name)
{
	size_t length = strlen(name);

	return length && length <= ATTRIBUTE_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

/* Check a value: a @path has controls but no line end, other texts the reverse. */
static bool text_valid(struct json_object *json, bool path)
{
	const char *text;
	size_t length;
	size_t i;

	if (!json_object_is_type(json, json_type_string))
		return false;
	text = json_object_get_string(json);
	length = json_object_get_string_len(json);
	if (path)
		return length <= ATTRIBUTE_MAX && !strchr(text, '\n') &&
		       strlen(text) == length;
	for (i = 0; i < length; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\n') ||
		    text[i] == 0x7f)
			return false;
	return length <= ATTRIBUTE_MAX;
}

/*
 * Return the fault of a link. NULL if it leads to another tier of the file and
 * no earlier link leads there.
 */
static const char *link_fault(struct json_object *tiers, const char *tier,
			      struct json_object *links, const char *order,
			      struct json_object *target)
{
	const char *name = json_object_get_string(target);
	uint64_t number;

	if (!parse_number(order, 0, HMT_TARGETS_MAX - 1, &number))
		return "the order of a demotion link is not a number below "
		       LIMIT_TEXT(HMT_TARGETS_MAX);
	if (!json_object_is_type(target, json_type_string) ||
	    !json_object_object_get_ex(tiers, name, NULL))
		return "the target of a demotion link is not a tier of the file";
	if (!strcmp(name, tier))
		return "a tier cannot demote to itself";
	json_object_object_foreach(links, other, value) {
		if (!strcmp(other, order))
			break;
		if (json_object_equal(value, target))
			return "two demotion links lead to one tier";
	}
	return NULL;
}

static int check_links(struct json_object *tiers, struct json_object *links,
		       const struct place *place)
{
	const char *fault;

	if (!is_object(links))
		return refuse_tree(place, "not an object");
	json_object_object_foreach(links, order, target) {
		fault = link_fault(tiers, place->name, links, order, target);
		if (fault)
			return refuse_tree(place, fault);
	}
	return RESULT_OK;
}

/* Attributes that had other names when configurations were saved already. */
static const struct {
	const char *class;
	const char *old;
	const char *new;
} renamed[] = {
	{ "workloads", "promote_mbps", "promote_mib_per_s" },
	{ "workloads", "demote_mbps", "demote_mib_per_s" },
};

static int check_name(const struct place *place)
{
	auto_text char *why = NULL;
	size_t i;

	if (!attribute_name_valid(place->key))
		return refuse_tree(place, "not the name of an attribute");
	for (i = 0; i < sizeof(renamed) / sizeof(*renamed); i++) {
		if (strcmp(place->class, renamed[i].class) ||
		    strcmp(place->key, renamed[i].old))
			continue;
		why = format_text("is called %s now; change the name in the file",
				  renamed[i].new);
		return refuse_tree(place, why);
	}
	return RESULT_OK;
}

static int check_starts(struct json_object *starts, const struct place *place)
{
	uint64_t pid;

	if (!is_object(starts))
		return refuse_tree(place, "not an object");
	json_object_object_foreach(starts, number, ticks)
		if (!parse_number(number, 1, INT_MAX, &pid) ||
		    !json_object_is_type(ticks, json_type_int))
			return refuse_tree(place, "not start times of processes");
	return RESULT_OK;
}

/* A pid alone may be the number of another process by now. */
static int check_pids(struct json_object *workload, struct place *place)
{
	struct json_object *starts = json_object_object_get(workload, "started");
	const char *text = json_text(workload, "pids");
	auto_words char **pids = words_split(text);
	int i;

	place->key = "pids";
	for (i = 0; pids[i]; i++)
		if (!starts || !json_object_object_get_ex(starts, pids[i], NULL))
			return refuse_tree(place,
					   "the start of a process is missing; save it with --pids, or remove the pids from the file");
	place->key = NULL;
	return RESULT_OK;
}

static bool is_number(struct json_object *value)
{
	uint64_t number;

	return json_object_is_type(value, json_type_string) &&
	       parse_number(json_object_get_string(value), 0, UINT64_MAX,
			    &number);
}

static int check_member(struct json_object *class, struct json_object *value,
			const struct place *place)
{
	bool path = !strcmp(place->class, "workloads") &&
		    !strcmp(place->key, "cgroup");
	int result;

	if (!strcmp(place->class, "tiers") && !strcmp(place->key, "demotion"))
		return check_links(class, value, place);
	if (!strcmp(place->class, "workloads") &&
	    !strcmp(place->key, "started"))
		return check_starts(value, place);
	result = check_name(place);
	if (!result && !strcmp(place->class, TREE_MEMORIES) &&
	    !strcmp(place->key, "size") && !is_number(value))
		result = refuse_tree(place, "not a number of bytes");
	if (!result && !text_valid(value, path))
		result = refuse_tree(place,
				     "not a text that an attribute can hold");
	return result;
}

static int check_object(struct json_object *class, struct json_object *object,
			struct place *place)
{
	int result = RESULT_OK;

	if (!object_name_valid(place->name))
		return refuse_tree(place, "not a name: 1 to "
				   LIMIT_TEXT(HMT_NAME_MAX) " of A-Z a-z 0-9 _ . -");
	if (!is_object(object))
		return refuse_tree(place, "not an object");
	json_object_object_foreach(object, key, value) {
		place->key = key;
		result = check_member(class, value, place);
		if (result)
			break;
	}
	place->key = NULL;
	if (!result && !strcmp(place->class, "workloads"))
		result = check_pids(object, place);
	return result;
}

static int check_class(struct json_object *class, struct place *place)
{
	int result = RESULT_OK;

	if (!is_object(class))
		return refuse_tree(place, "not an object");
	if (!strcmp(place->class, "tiers") &&
	    json_object_object_length(class) > HMT_TIERS_MAX)
		return refuse_tree(place,
				   "more than " LIMIT_TEXT(HMT_TIERS_MAX) " tiers");
	json_object_object_foreach(class, name, object) {
		place->name = name;
		result = check_object(class, object, place);
		if (result)
			break;
	}
	place->name = NULL;
	return result;
}

static bool is_class(const char *key)
{
	return !strcmp(key, TREE_MEMORIES) ||
	       !strcmp(key, class_tier.dir) ||
	       !strcmp(key, class_provider.dir) ||
	       !strcmp(key, class_workload.dir);
}

int tree_check_form(const char *file, struct json_object *tree)
{
	struct place place = { .file = file };
	struct json_object *format;
	int result;

	if (!is_object(tree))
		return refuse_tree(&place, "not an object");
	format = json_object_object_get(tree, "hmt");
	if (!json_object_is_type(format, json_type_int) ||
	    json_object_get_int64(format) != TREE_FORMAT)
		return refuse_tree(&place,
				   "not written by 'hmtctl save' (no \"hmt\": 1)");
	json_object_object_foreach(tree, key, class) {
		if (!strcmp(key, "hmt"))
			continue;
		place.class = key;
		if (!strcmp(key, "boot") &&
		    json_object_is_type(class, json_type_string))
			continue;
		if (!is_class(key))
			return refuse_tree(&place,
					   "not memories, tiers, providers or workloads");
		result = check_class(class, &place);
		if (result)
			return result;
	}
	return RESULT_OK;
}

/**
 * struct missing - objects that a tree names and the machine lacks
 * @ctl: the machine
 * @absent: memories that are missing, each with a text or null
 * @boot: true if the tree was saved in this boot, so that its pids may be valid
 * @out: receives the list
 * @count: length of the list
 * @memories: number of memories in it
 */
struct missing {
	const struct hmtctl *ctl;
	struct json_object *absent;
	bool boot;
	FILE *out;
	unsigned int count;
	unsigned int memories;
};

static void note_missing(struct missing *missing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note_missing(struct missing *missing, const char *format, ...)
{
	va_list args;

	if (missing->count++)
		fputs(", ", missing->out);
	va_start(args, format);
	vfprintf(missing->out, format, args);
	va_end(args);
}

static bool path_exists(const struct missing *missing, const char *dir,
			const char *name)
{
	auto_text char *path = NULL;
	struct stat info;

	path = format_text("%s/%s", dir, name);
	return !fstatat(missing->ctl->root, path, &info, 0);
}

static void check_tier(struct missing *missing, const char *name,
		       struct json_object *tier)
{
	auto_words char **memories = words_split(json_text(tier, "memories"));
	struct json_object *text;
	int i;

	for (i = 0; memories[i]; i++) {
		if (!json_object_object_get_ex(missing->absent, memories[i],
					       &text))
			continue;
		note_missing(missing, "memory '%.40s' (tier '%s')", memories[i],
			     name);
		if (text)
			fprintf(missing->out, " [%s]",
				json_object_get_string(text));
		missing->memories++;
	}
}

static bool provider_exists(const struct missing *missing, const char *name)
{
	auto_text char *alias = NULL;

	if (path_exists(missing, "sys/kernel/config/hmt/providers", name))
		return true;
	if (missing->ctl->fake)
		return false;
	alias = format_text("hmt-provider-%s", name);
	return module_exists(alias);
}

static void check_process(struct missing *missing, const char *name,
			  const char *pid, struct json_object *starts)
{
	uint64_t ticks;

	if (process_start(missing->ctl, pid, &ticks))
		note_missing(missing, "process %.20s (workload '%s')", pid,
			     name);
	else if (!missing->boot || json_number(starts, pid) != ticks)
		note_missing(missing,
			     "process %.20s (workload '%s'; another process has its number now)",
			     pid, name);
}

static void check_workload(struct missing *missing, const char *name,
			   struct json_object *workload)
{
	auto_words char **providers =
		words_split(json_text(workload, "providers"));
	auto_words char **pids = words_split(json_text(workload, "pids"));
	int i;

	for (i = 0; providers[i]; i++) {
		providers[i][strcspn(providers[i], ":")] = '\0';
		if (!provider_exists(missing, providers[i]))
			note_missing(missing,
				     "provider '%.40s' (workload '%s')",
				     providers[i], name);
	}
	for (i = 0; pids[i]; i++)
		check_process(missing, name, pids[i],
			      json_object_object_get(workload, "started"));
}

static void check_provider(struct missing *missing, const char *name,
			   struct json_object *provider)
{
	(void)provider;
	if (!provider_exists(missing, name))
		note_missing(missing, "provider '%s'", name);
}

static void check_each(struct missing *missing, struct json_object *class,
		       void (*check)(struct missing *missing, const char *name,
				     struct json_object *object))
{
	if (!class)
		return;
	json_object_object_foreach(class, name, object)
		check(missing, name, object);
}

/* Fail with the list of all objects that the machine lacks. */
static int check_missing(struct missing *missing, const char *file,
			 struct json_object *tree)
{
	auto_text char *list = NULL;
	size_t length;

	missing->out = must(open_memstream(&list, &length));
	check_each(missing, tree_class(tree, "tiers"), check_tier);
	check_each(missing, tree_class(tree, "providers"), check_provider);
	check_each(missing, tree_class(tree, "workloads"), check_workload);
	fclose(missing->out);
	if (!missing->count)
		return RESULT_OK;
	/* Memories come by themselves, so a service need not fail for them. */
	return fail(missing->memories == missing->count ? RESULT_NO_MEMORY :
							  RESULT_NO_OBJECT,
		    "'%.200s': nothing is changed, because this machine lacks %.1500s",
		    file, (char *)must(list));
}

int tree_check_machine(const struct hmtctl *ctl, const char *file,
		       struct json_object *tree, const char *map)
{
	auto_json struct json_object *absent = json_object_new_object();
	struct missing missing = { .ctl = ctl, .absent = absent };
	auto_json struct json_object *notes = json_object_new_array();
	auto_text char *boot = boot_id(ctl);
	int result;
	size_t i;

	missing.boot = boot && !strcmp(boot, json_text(tree, "boot"));
	result = tree_match(ctl, file, tree, map, absent, notes);
	if (!result)
		result = check_missing(&missing, file, tree);
	for (i = 0; !result && i < json_object_array_length(notes); i++)
		fail(RESULT_OK, "'%.200s': %s", file,
		     json_object_get_string(json_object_array_get_idx(notes,
								      i)));
	return result;
}
