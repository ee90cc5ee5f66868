// SPDX-License-Identifier: GPL-2.0
/*
 * The cgroup of a workload. It is configured as a path and found again at each
 * search for processes, because a service that is restarted, or one of its
 * parents, gets a new cgroup at the same path. No cgroup is pinned between two
 * searches. A path without a cgroup is valid, because services start later than
 * the workload at boot.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "tasks.h"
#include "workload.h"

/*
 * Check whether a cgroup is part of a threaded subtree: it holds threads, and
 * its processes, hence its memory, belong to the domain above it.
 */
static bool hmt_cgroup_is_threaded(const struct cgroup *cgroup)
{
	return READ_ONCE(cgroup->dom_cgrp) != cgroup;
}

static bool hmt_cgroup_name_is_valid(const char *name)
{
	return strcmp(name, ".") && strcmp(name, "..") &&
	       strlen(name) <= NAME_MAX && !strchr(name, '\n');
}

/*
 * Copy the names of @text, which begins with a slash, to @path, which has room
 * for it, each after one slash. Return -EINVAL for a name that no cgroup can have.
 */
static int hmt_cgroup_normalise(const char *text, char *path)
{
	char *copy = kstrdup(text, GFP_KERNEL), *rest = copy, *name;
	size_t room = strlen(text) + 1, len;
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	*path = '\0';
	while (!ret && (name = strsep(&rest, "/"))) {
		if (!hmt_cgroup_name_is_valid(name)) {
			ret = -EINVAL;
		} else if (*name) {
			len = scnprintf(path, room, "/%s", name);
			path += len;
			room -= len;
		}
	}
	kfree(copy);
	return ret;
}

/*
 * Get the path of the root of the caller's cgroup namespace, without a slash at
 * its end, in @buf of PATH_MAX bytes.
 */
static int hmt_cgroup_root(char *buf)
{
	struct cgroup *root = cgroup_get_from_path("/");
	int len;

	if (IS_ERR(root))
		return PTR_ERR(root);
	len = cgroup_path(root, buf, PATH_MAX);
	cgroup_put(root);
	if (len < 0 || len >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!strcmp(buf, "/"))
		*buf = '\0';
	return 0;
}

/* Check the cgroup at @path, if there is one, in the caller's namespace. */
static int hmt_cgroup_check(const char *path)
{
	struct cgroup *cgroup = cgroup_get_from_path(path);
	int ret;

	if (IS_ERR(cgroup))
		return PTR_ERR(cgroup) == -ENOENT ? 0 : PTR_ERR(cgroup);
	ret = hmt_cgroup_is_threaded(cgroup) ? -EOPNOTSUPP : 0;
	cgroup_put(cgroup);
	return ret;
}

/*
 * Convert @text, a path from the root of the caller's cgroup namespace, to
 * @path from the root of the hierarchy; the caller frees it. Return 0, -EINVAL
 * for a malformed path, -ENAMETOOLONG, -ENOTDIR if it names a file, -EOPNOTSUPP
 * for a threaded cgroup, or -ENOMEM.
 */
int hmt_cgroup_parse(const char *text, char **path)
{
	char *full;
	int ret;

	if (*text != '/')
		return -EINVAL;
	if (strlen(text) >= PATH_MAX)
		return -ENAMETOOLONG;
	full = kmalloc(2 * PATH_MAX, GFP_KERNEL);
	if (!full)
		return -ENOMEM;
	ret = hmt_cgroup_root(full);
	if (!ret)
		ret = hmt_cgroup_normalise(text, full + strlen(full));
	if (!ret)
		ret = hmt_cgroup_check(text);
	if (!ret && strlen(full) >= PATH_MAX)
		ret = -ENAMETOOLONG;
	if (!ret) {
		*path = kstrdup(*full ? full : "/", GFP_KERNEL);
		ret = *path ? 0 : -ENOMEM;
	}
	kfree(full);
	return ret;
}

/* Print "/.." for each name of @root at @buf + @at. Return the length. */
static int hmt_cgroup_show_up(const char *root, char *buf, int at)
{
	int len = 0;

	for (; (root = strchr(root, '/')); root++)
		len += sysfs_emit_at(buf, at + len, "/..");
	return len;
}

/*
 * Print @path from the root of the caller's cgroup namespace at @at in @buf of a
 * page. A path outside of the namespace begins with "/..", as in
 * /proc/PID/cgroup. Return the length.
 */
int hmt_cgroup_show(const char *path, char *buf, int at)
{
	char *root = kmalloc(PATH_MAX, GFP_KERNEL);
	size_t up;
	int len = 0;

	if (root && !hmt_cgroup_root(root)) {
		up = strlen(root);
		if (strncmp(path, root, up) || (path[up] && path[up] != '/'))
			len = hmt_cgroup_show_up(root, buf, at);
		else
			path += up;
	}
	kfree(root);
	return len + sysfs_emit_at(buf, at + len, "%s", *path ? path : "/");
}

/*
 * Find the cgroup of @tasks and take a reference, in @tasks->root. The caller
 * is a kernel thread, so the path begins at the root of the hierarchy.
 */
void hmt_cgroup_find(struct hmt_tasks *tasks)
{
	struct cgroup *cgroup;

	lockdep_assert_held(&hmt_tasks_lock);
	tasks->root = NULL;
	tasks->cgroup_state = HMT_CGROUP_FOUND;
	if (!tasks->cgroup)
		return;
	cgroup = cgroup_get_from_path(tasks->cgroup);
	if (IS_ERR(cgroup)) {
		tasks->cgroup_state = HMT_CGROUP_ABSENT;
	} else if (hmt_cgroup_is_threaded(cgroup)) {
		tasks->cgroup_state = HMT_CGROUP_THREADED;
		cgroup_put(cgroup);
	} else {
		tasks->root = cgroup;
	}
}
