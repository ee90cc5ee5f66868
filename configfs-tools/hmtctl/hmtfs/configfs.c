// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cli/errors.h"
#include "hmtfs/attrs.h"
#include "hmtfs/change.h"
#include "hmtfs/configfs.h"
#include "hmtfs/links.h"
#include "hmtfs/sysfs.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/limits.h"
#include "util/words.h"

#ifndef CONFIGFS_MAGIC
#define CONFIGFS_MAGIC 0x62656570
#endif

#define CONFIGFS_DIR "sys/kernel/config"
#define HMT_DIR CONFIGFS_DIR "/hmt"

const struct object_class class_tier = { "tier", "tiers" };
const struct object_class class_workload = { "workload", "workloads" };
const struct object_class class_provider = { "provider", "providers" };

static const struct attr tier_attrs[] = {
	{ "memories", ATTR_WORDS },
	{ "weights", ATTR_NUMBERS },
	{ "low_watermark", ATTR_NUMBER },
	{ "high_watermark", ATTR_NUMBER },
	{ }
};

static const struct attr workload_attrs[] = {
	{ "live", ATTR_BOOL },
	{ "pids", ATTR_NUMBERS },
	{ "cgroup", ATTR_PATH },
	{ "providers", ATTR_WEIGHTS },
	{ "scan_interval_ms", ATTR_NUMBER },
	{ "scan_interval_min_ms", ATTR_NUMBER },
	{ "scan_interval_max_ms", ATTR_NUMBER },
	{ "samples", ATTR_NUMBER },
	{ "promote_mib_per_s", ATTR_NUMBER },
	{ "demote_mib_per_s", ATTR_NUMBER },
	{ "limits", ATTR_LIMITS },
	{ "protect", ATTR_LIMITS },
	{ "dry_run", ATTR_BOOL },
	{ "promote_in_fault", ATTR_BOOL },
	{ "spread_load", ATTR_BOOL },
	{ }
};

static const struct attr stats_attrs[] = {
	{ "state", ATTR_TEXT },
	{ "reason", ATTR_TEXT },
	{ "processes", ATTR_NUMBER },
	{ "foreign", ATTR_NUMBER },
	{ "pids", ATTR_NUMBERS },
	{ "passes", ATTR_NUMBER },
	{ "samples_taken", ATTR_NUMBER },
	{ "surveys", ATTR_NUMBER },
	{ "promoted", ATTR_NUMBER },
	{ "demoted", ATTR_NUMBER },
	{ "brought_home", ATTR_NUMBER },
	{ "failed", ATTR_NUMBER },
	{ "planned", ATTR_NUMBER },
	{ "expired", ATTR_NUMBER },
	{ "skipped_huge", ATTR_NUMBER },
	{ "skipped_file", ATTR_NUMBER },
	{ "skipped_mergeable", ATTR_NUMBER },
	{ "skipped_shared", ATTR_NUMBER },
	{ "skipped_hugetlb", ATTR_NUMBER },
	{ "huge_skewed", ATTR_NUMBER },
	{ "huge_rejoined", ATTR_NUMBER },
	{ "skipped_excluded", ATTR_NUMBER },
	{ "skipped_pinned", ATTR_NUMBER },
	{ "skipped_policy", ATTR_NUMBER },
	{ "skipped_locked", ATTR_NUMBER },
	{ "demand", ATTR_NUMBER },
	{ "yielded", ATTR_NUMBER },
	{ "fault_promoted", ATTR_NUMBER },
	{ "fault_kept", ATTR_NUMBER },
	{ "star_permille", ATTR_NUMBER },
	{ "strr_permille", ATTR_NUMBER },
	{ "returned", ATTR_NUMBER },
	{ "scan_ns", ATTR_TIME },
	{ "plan_ns", ATTR_TIME },
	{ "move_ns", ATTR_TIME },
	{ "cpu_ns", ATTR_TIME },
	{ "program_ns", ATTR_TIME },
	{ "heat_bytes", ATTR_SIZE },
	{ "interval_ms", ATTR_NUMBER },
	{ "sample_pages", ATTR_NUMBER },
	{ "margin", ATTR_NUMBER },
	{ "load_permille", ATTR_NUMBER },
	{ "clean", ATTR_NUMBER },
	{ "tiers", ATTR_TIERS },
	{ "guaranteed", ATTR_TIERS },
	{ "histogram", ATTR_HISTOGRAM },
	{ "providers", ATTR_PROVIDERS },
	{ }
};

bool hmt_present(const struct hmtctl *ctl)
{
	auto_fd int dir = fs_open_dir(ctl->root, HMT_DIR);

	return dir >= 0;
}

bool configfs_mounted(const struct hmtctl *ctl)
{
	auto_fd int dir = fs_open_dir(ctl->root, CONFIGFS_DIR);
	struct statfs info;

	return dir >= 0 && !fstatfs(dir, &info) &&
	       info.f_type == CONFIGFS_MAGIC;
}

int configfs_mount(const struct hmtctl *ctl)
{
	(void)ctl;
	if (mount("configfs", "/" CONFIGFS_DIR, "configfs",
		  MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return fail(RESULT_REFUSED, "mounting configfs on /" CONFIGFS_DIR ": %s",
			    explain(errno, NULL));
	return RESULT_OK;
}

static int not_loaded(const struct hmtctl *ctl, int error)
{
	if (error != -ENOENT && error != -ENOTDIR)
		return fail(RESULT_REFUSED, "/" HMT_DIR ": %s",
			    explain(-error, NULL));
	if (sysfs_present(ctl))
		return fail(RESULT_NOT_LOADED, "configfs is not mounted; run 'hmtctl load'");
	return fail(RESULT_NOT_LOADED, "HMT is not loaded; run 'hmtctl load'");
}

/* Open hmt/ or a directory in it; return an fd, or minus an enum result. */
static int open_hmt(const struct hmtctl *ctl, const char *path)
{
	auto_fd int hmt = fs_open_dir(ctl->root, HMT_DIR);
	int dir;

	if (hmt < 0)
		return -not_loaded(ctl, hmt);
	dir = fs_open_dir(hmt, path);
	if (dir < 0)
		return -fail(RESULT_REFUSED, "/" HMT_DIR "/%s: %s", path,
			     explain(-dir, NULL));
	return dir;
}

bool object_name_valid(const char *name)
{
	size_t length = strlen(name);
	const char *c;

	if (!length || length > HMT_NAME_MAX)
		return false;
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
			return false;
	return true;
}

static int open_parent(const struct hmtctl *ctl,
		       const struct object_class *class, const char *name,
		       struct object *object)
{
	if (!object_name_valid(name))
		return fail(RESULT_USAGE, "%s '%.40s%s': not a name: 1 to "
			    LIMIT_TEXT(HMT_NAME_MAX) " of A-Z a-z 0-9 _ . -",
			    class->noun, name, strlen(name) > 40 ? "..." : "");
	object->class = class;
	object->name = name;
	object->fake = ctl->fake;
	object->dir = -1;
	object->parent = open_hmt(ctl, class->dir);
	return object->parent < 0 ? -object->parent : RESULT_OK;
}

int object_open(const struct hmtctl *ctl, const struct object_class *class,
		const char *name, struct object *object)
{
	int result = open_parent(ctl, class, name, object);

	if (result)
		return result;
	object->dir = fs_open_dir(object->parent, name);
	if (object->dir == -ENOENT)
		return fail(RESULT_NO_OBJECT, "%s '%s': no such %s (see 'hmtctl list --%s')",
			    class->noun, name, class->noun, class->dir);
	if (object->dir < 0)
		return fail(RESULT_REFUSED, "%s '%s': %s", class->noun, name,
			    explain(-object->dir, NULL));
	return RESULT_OK;
}

int object_create(const struct hmtctl *ctl, const struct object_class *class,
		  const char *name, struct object *object)
{
	static const struct remedy remedies[] = {
		{ EEXIST, "exists already; change it with 'set' or remove it" },
		{ ENOSPC, "the limit is reached; remove another one" },
		{ EINVAL, "the kernel refuses this name; choose another one" },
		{ }
	};
	int result = open_parent(ctl, class, name, object);
	int err;

	if (result)
		return result;
	err = change_check();
	if (!err && mkdirat(object->parent, name, 0755))
		err = -errno;
	if (err)
		return fail(RESULT_REFUSED, "%s '%s': %s", class->noun, name,
			    explain(-err, remedies));
	object->dir = fs_open_dir(object->parent, name);
	if (object->dir < 0)
		return fail(RESULT_REFUSED, "%s '%s': %s", class->noun, name,
			    explain(-object->dir, NULL));
	return RESULT_OK;
}

int object_remove(struct object *object)
{
	int err = change_check();

	if (err)
		return err;
	if (!unlinkat(object->parent, object->name, AT_REMOVEDIR))
		return 0;
	/* configfs removes the attributes itself, a fake root does not. */
	if (object->fake && errno == ENOTEMPTY)
		return fs_remove_tree(object->parent, object->name);
	return -errno;
}

int object_write(const struct object *object, const char *file,
		 const char *value)
{
	int err = change_check();

	return err ? err : fs_write(object->dir, file, value, object->fake);
}

char *object_read(const struct object *object, const char *file)
{
	return strcmp(file, "cgroup") ? fs_read(object->dir, file) :
					fs_read_name(object->dir, file);
}

char **object_attributes(const struct object *object)
{
	char **names = fs_list(object->dir, ".");
	size_t kept = 0;
	struct stat info;
	size_t i;

	for (i = 0; names && names[i]; i++) {
		if (fstatat(object->dir, names[i], &info, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(info.st_mode) || (~info.st_mode & 0600))
			free(names[i]);
		else
			names[kept++] = names[i];
	}
	if (names)
		names[kept] = NULL;
	return names;
}

int config_open(const struct hmtctl *ctl)
{
	return open_hmt(ctl, ".");
}

bool workload_is_live(const struct object *object)
{
	auto_text char *live = object_read(object, "live");

	return live && !strcmp(live, "1");
}

void object_close(struct object *object)
{
	cleanup_fd(&object->dir);
	cleanup_fd(&object->parent);
}

int object_list(const struct hmtctl *ctl, const struct object_class *class,
		char ***names)
{
	auto_fd int dir = open_hmt(ctl, class->dir);

	if (dir < 0)
		return -dir;
	*names = fs_list(dir, ".");
	if (!*names)
		return fail(RESULT_REFUSED, "/" HMT_DIR "/%s: %s", class->dir,
			    strerror(errno));
	return RESULT_OK;
}

static void add_links(const struct object *tier, struct json_object *into)
{
	auto_words char **targets = links_targets(tier);
	struct json_object *array = json_object_new_array();
	int i;

	for (i = 0; targets[i]; i++)
		json_object_array_add(array,
				      json_object_new_string(targets[i]));
	json_object_object_add(into, "demotes_to", array);
}

static int add_object(const struct object *object, bool human,
		      struct json_object *array)
{
	struct json_object *json = json_object_new_object();
	bool is_tier = object->class == &class_tier;
	int result;

	json_object_object_add(json, "name",
			       json_object_new_string(object->name));
	json_object_array_add(array, json);
	result = attrs_read(object->dir, is_tier ? tier_attrs : workload_attrs,
			    human, object->class->noun, object->name, json);
	if (is_tier)
		add_links(object, json);
	return result;
}

static int add_stats(const struct object *object, bool human,
		     struct json_object *array)
{
	auto_fd int dir = fs_open_dir(object->dir, "stats");
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "name",
			       json_object_new_string(object->name));
	json_object_array_add(array, json);
	if (dir < 0)
		return RESULT_OK;
	return attrs_read(dir, stats_attrs, human, "workload", object->name,
			  json);
}

static int each_object(const struct hmtctl *ctl,
		       const struct object_class *class,
		       int (*add)(const struct object *object, bool human,
				  struct json_object *array),
		       bool human, struct json_object **array)
{
	auto_words char **names = NULL;
	struct object object = { .class = class, .fake = ctl->fake };
	int result = object_list(ctl, class, &names);
	int i;

	if (result)
		return result;
	object.parent = open_hmt(ctl, class->dir);
	if (object.parent < 0)
		return -object.parent;
	*array = json_object_new_array();
	for (i = 0; names[i]; i++) {
		object.name = names[i];
		object.dir = fs_open_dir(object.parent, names[i]);
		if (object.dir < 0)
			continue;
		result |= add(&object, human, *array);
		cleanup_fd(&object.dir);
	}
	cleanup_fd(&object.parent);
	return result;
}

int objects_read(const struct hmtctl *ctl, const struct object_class *class,
		 bool human, struct json_object **array)
{
	return each_object(ctl, class, add_object, human, array);
}

int stats_read(const struct hmtctl *ctl, bool human,
	       struct json_object **array)
{
	return each_object(ctl, &class_workload, add_stats, human, array);
}

int hmt_status(const struct hmtctl *ctl, char **line)
{
	auto_fd int hmt = open_hmt(ctl, ".");

	if (hmt < 0)
		return -hmt;
	*line = fs_read(hmt, "status");
	if (!*line)
		return fail(RESULT_REFUSED, "/" HMT_DIR "/status: %s",
			    explain(errno, NULL));
	return RESULT_OK;
}

char *hmt_daemon(const struct hmtctl *ctl)
{
	auto_fd int hmt = open_hmt(ctl, ".");

	return hmt < 0 ? NULL : fs_read(hmt, "hmtd");
}

/* Return the text after "refused: " in the status line, NULL if missing. */
static const char *refusal(const char *status)
{
	static const char mark[] = "refused: ";
	const char *found = status ? strstr(status, mark) : NULL;

	return found ? found + strlen(mark) : NULL;
}

int hmt_commit(const struct hmtctl *ctl)
{
	auto_fd int hmt = open_hmt(ctl, ".");
	auto_text char *status = NULL;
	const char *reason = NULL;
	int err;

	if (hmt < 0)
		return -hmt;
	err = change_check();
	if (!err)
		err = fs_write(hmt, "commit", "1", ctl->fake);
	if (!err)
		return RESULT_OK;
	/* A write that did not reach the kernel leaves no reason. */
	if (err != -EACCES && err != -EPERM && err != -EINTR) {
		status = fs_read(hmt, "status");
		reason = refusal(status);
	}
	return fail(RESULT_REFUSED, "commit refused: %s",
		    reason ? reason : explain(-err, NULL));
}
