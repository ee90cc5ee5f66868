// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/errors.h"
#include "hmtfs/attrs.h"
#include "hmtfs/sysfs.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/units.h"
#include "util/words.h"

#define CLASS_DIR "sys/class/hmt"

static const struct attr memory_attrs[] = {
	{ "uid", ATTR_NUMBER },
	{ "kind", ATTR_TEXT },
	{ "parts", ATTR_LIMITS },
	{ "origin", ATTR_TEXT },
	{ "dax_device", ATTR_WORDS },
	{ "dax_region", ATTR_WORDS },
	{ "movable", ATTR_BOOL },
	{ "unmovable_permille", ATTR_NUMBER },
	{ "size", ATTR_SIZE },
	{ "available", ATTR_SIZE },
	{ "used", ATTR_SIZE },
	{ "returned", ATTR_NUMBER },
	{ "bounced", ATTR_NUMBER },
	{ "held", ATTR_NUMBER },
	{ "created", ATTR_NUMBER },
	{ "evicted", ATTR_NUMBER },
	{ "replicas", ATTR_NUMBER },
	{ "replicas_made", ATTR_NUMBER },
	{ "replicas_dropped", ATTR_NUMBER },
	{ "replicas_displaced", ATTR_NUMBER },
	{ "tier", ATTR_TEXT },
	{ "demotes_to", ATTR_WORDS },
	{ "read_latency", ATTR_LATENCY },
	{ "write_latency", ATTR_LATENCY },
	{ "loaded_latency", ATTR_LATENCY },
	{ "read_bandwidth", ATTR_RATE },
	{ "write_bandwidth", ATTR_RATE },
	{ "device_read_latency", ATTR_LATENCY },
	{ "device_write_latency", ATTR_LATENCY },
	{ "device_read_bandwidth", ATTR_RATE },
	{ "device_write_bandwidth", ATTR_RATE },
	{ "system_read_latency", ATTR_LATENCY },
	{ "system_write_latency", ATTR_LATENCY },
	{ "system_read_bandwidth", ATTR_RATE },
	{ "system_write_bandwidth", ATTR_RATE },
	{ "performance_source", ATTR_TEXT },
	{ "initiators", ATTR_TEXT },
	{ "numa_node", ATTR_NUMBER },
	{ }
};

static const struct attr edge_attrs[] = {
	{ "moved", ATTR_NUMBER },
	{ "bytes", ATTR_SIZE },
	{ "ns", ATTR_TIME },
	{ "failed_pinned", ATTR_NUMBER },
	{ "failed_busy", ATTR_NUMBER },
	{ "failed_nomem", ATTR_NUMBER },
	{ "failed_raced", ATTR_NUMBER },
	{ "kernel_demoted", ATTR_NUMBER },
	{ "split", ATTR_NUMBER },
	{ }
};

typedef int (*memory_fn)(int dir, const char *name, bool human,
			 struct json_object *array);

bool sysfs_present(const struct hmtctl *ctl)
{
	auto_fd int class = fs_open_dir(ctl->root, CLASS_DIR);

	return class >= 0;
}

static int read_memory(int dir, const char *name, bool human,
		       struct json_object *array)
{
	struct json_object *memory = json_object_new_object();

	json_object_object_add(memory, "name", json_object_new_string(name));
	json_object_array_add(array, memory);
	return attrs_read(dir, memory_attrs, human, "memory", name, memory);
}

static int read_edge(int edges, const char *from, const char *to, int order,
		     bool human, struct json_object *array)
{
	auto_fd int dir = edges < 0 ? edges : fs_open_dir(edges, to);
	struct json_object *edge = json_object_new_object();

	json_object_object_add(edge, "from", json_object_new_string(from));
	json_object_object_add(edge, "to", json_object_new_string(to));
	json_object_object_add(edge, "direction",
			       json_object_new_string(order < 0 ? "promote" :
						      "demote"));
	if (order >= 0)
		json_object_object_add(edge, "order",
				       json_object_new_int(order));
	json_object_array_add(array, edge);
	if (dir < 0)
		return RESULT_OK;
	return attrs_read(dir, edge_attrs, human, "edges of memory", from,
			  edge);
}

/* Read demotion edges in their order, then edges of promotion only. */
static int read_edges(int dir, const char *name, bool human,
		      struct json_object *array)
{
	auto_text char *line = fs_read(dir, "demotes_to");
	auto_words char **targets = words_split(line);
	auto_words char **others = fs_list(dir, "edges");
	auto_fd int edges = fs_open_dir(dir, "edges");
	int result = RESULT_OK;
	int i;

	for (i = 0; targets[i]; i++)
		result |= read_edge(edges, name, targets[i], i, human, array);
	for (i = 0; others && others[i]; i++)
		if (!words_contain(targets, others[i]))
			result |= read_edge(edges, name, others[i], -1, human,
					    array);
	return result;
}

static int each_memory(const struct hmtctl *ctl, memory_fn add, bool human,
		       struct json_object **array)
{
	auto_fd int class = fs_open_dir(ctl->root, CLASS_DIR);
	auto_words char **names = NULL;
	int result = RESULT_OK;
	int dir;
	int i;

	if (class < 0)
		return fail(RESULT_NOT_LOADED, "HMT is not loaded; run 'hmtctl load'");
	names = fs_list(class, ".");
	if (!names)
		return fail(RESULT_REFUSED, "/" CLASS_DIR ": %s",
			    strerror(errno));
	*array = json_object_new_array();
	for (i = 0; names[i]; i++) {
		dir = fs_open_dir(class, names[i]);
		if (dir < 0)
			continue;
		result |= add(dir, names[i], human, *array);
		close(dir);
	}
	return result;
}

int sysfs_memories(const struct hmtctl *ctl, bool human,
		   struct json_object **array)
{
	return each_memory(ctl, read_memory, human, array);
}

int sysfs_edges(const struct hmtctl *ctl, bool human,
		struct json_object **array)
{
	return each_memory(ctl, read_edges, human, array);
}

static bool has_value(int class, const char *name, const char *file,
		      const char *value)
{
	auto_fd int dir = fs_open_dir(class, name);
	auto_text char *own = dir < 0 ? NULL : fs_read(dir, file);

	return own && !strcmp(own, value);
}

/* Return the name of a memory whose @file contains @value, NULL without one. */
static char *find_value(const struct hmtctl *ctl, const char *file,
			const char *value)
{
	auto_fd int class = fs_open_dir(ctl->root, CLASS_DIR);
	auto_words char **names = class < 0 ? NULL : fs_list(class, ".");
	int i;

	for (i = 0; names && names[i]; i++)
		if (has_value(class, names[i], file, value))
			return must(strdup(names[i]));
	return NULL;
}

char **sysfs_names(const struct hmtctl *ctl)
{
	auto_fd int class = fs_open_dir(ctl->root, CLASS_DIR);
	char **names = class < 0 ? NULL : fs_list(class, ".");

	return names ? names : words_split("");
}

uint64_t sysfs_used_on_devices(const struct hmtctl *ctl)
{
	auto_words char **names = sysfs_names(ctl);
	auto_fd int class = fs_open_dir(ctl->root, CLASS_DIR);
	uint64_t sum = 0, used;
	int i;

	for (i = 0; class >= 0 && names[i]; i++) {
		auto_fd int dir = fs_open_dir(class, names[i]);
		auto_text char *kind = dir < 0 ? NULL : fs_read(dir, "kind");
		auto_text char *text = dir < 0 ? NULL : fs_read(dir, "used");

		if (kind && text && !strncmp(kind, "device-", 7) &&
		    parse_number(text, 0, UINT64_MAX, &used))
			sum += used;
	}
	return sum;
}

char *sysfs_memory_name(const struct hmtctl *ctl, const char *name_or_uid)
{
	auto_words char **names = sysfs_names(ctl);

	return words_contain(names, name_or_uid) ? must(strdup(name_or_uid)) :
	       find_value(ctl, "uid", name_or_uid);
}

bool sysfs_has_memory(const struct hmtctl *ctl, const char *name_or_uid)
{
	auto_text char *name = sysfs_memory_name(ctl, name_or_uid);

	return name;
}

bool sysfs_is_offline(const struct hmtctl *ctl, const char *name)
{
	auto_text char *possible = NULL;
	unsigned int node;
	char rest;

	if (sysfs_has_memory(ctl, name) ||
	    (sscanf(name, "node%9u%c", &node, &rest) != 1 &&
	     sscanf(name, "%9u%c", &node, &rest) != 1))
		return false;
	possible = fs_read(ctl->root, "sys/devices/system/node/possible");
	return possible && list_has(possible, node);
}

/* Return the memories of a staged tier as it names them, NULL without one. */
static char *staged_memories(const struct hmtctl *ctl, const char *tier)
{
	char path[128];

	if (strchr(tier, '/'))
		return NULL;
	snprintf(path, sizeof(path), "sys/kernel/config/hmt/tiers/%.64s/memories",
		 tier);
	return fs_read(ctl->root, path);
}

bool sysfs_is_staged(const struct hmtctl *ctl, const char *tier)
{
	auto_text char *staged = staged_memories(ctl, tier);

	return staged;
}

char *sysfs_offline_part(const struct hmtctl *ctl, const char *tier)
{
	auto_text char *staged = staged_memories(ctl, tier);
	auto_words char **words = words_split(staged);
	size_t i;

	for (i = 0; words[i]; i++)
		if (sysfs_is_offline(ctl, words[i]))
			return must(strdup(words[i]));
	return NULL;
}

bool sysfs_has_tier(const struct hmtctl *ctl, const char *tier)
{
	auto_text char *name = find_value(ctl, "tier", tier);

	return name;
}
