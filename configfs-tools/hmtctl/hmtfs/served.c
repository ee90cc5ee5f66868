// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "cli/output.h"
#include "hmtfs/served.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"

/* hmtd locks this file while it serves "damon"; it contains why it waits. */
#define PROVIDER	"damon"
#define WATCH_FILE	"run/hmt/damon-watch"
#define ABSENT \
	"no program serves it; start 'hmtd --damon' (hmtd-damon.service)"

/* Return the reason for which the provider reports nothing, or NULL. */
static char *find_reason(const struct hmtctl *ctl)
{
	auto_fd int fd = openat(ctl->root, WATCH_FILE, O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0 && errno != ENOENT)
		return NULL;
	if (fd < 0 || !flock(fd, LOCK_SH | LOCK_NB))
		return must(strdup(ABSENT));
	text = fs_read(ctl->root, WATCH_FILE);
	if (text && *text)
		return text;
	free(text);
	return NULL;
}

static bool waits_for_provider(struct json_object *workload)
{
	struct json_object *lines =
		json_object_object_get(workload, "providers");
	size_t i;

	if (!json_object_is_type(lines, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(lines); i++)
		if (!strcmp(json_text(json_object_array_get_idx(lines, i),
				      "provider"), PROVIDER))
			return true;
	return false;
}

static void add_waiting(struct json_object *array, const char *workload,
			const char *reason)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "workload",
			       json_object_new_string(workload));
	json_object_object_add(json, "provider",
			       json_object_new_string(PROVIDER));
	json_object_object_add(json, "reason", json_object_new_string(reason));
	json_object_array_add(array, json);
}

struct json_object *served_waiting(const struct hmtctl *ctl,
				   struct json_object *stats)
{
	struct json_object *array = json_object_new_array();
	auto_text char *reason = find_reason(ctl);
	struct json_object *of;
	size_t i;

	for (i = 0; reason && stats && i < json_object_array_length(stats);
	     i++) {
		of = json_object_array_get_idx(stats, i);
		if (!strcmp(json_text(of, "state"), "running") &&
		    waits_for_provider(of))
			add_waiting(array, json_text(of, "name"), reason);
	}
	return array;
}

void served_print(struct json_object *waiting)
{
	struct json_object *json;
	size_t i;

	for (i = 0; i < json_object_array_length(waiting); i++) {
		json = json_object_array_get_idx(waiting, i);
		printf("workload '%s': provider '%s' reports no heat: %s\n",
		       json_text(json, "workload"), json_text(json, "provider"),
		       json_text(json, "reason"));
	}
}
