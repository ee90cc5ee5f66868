// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hmtfs/change.h"
#include "hmtfs/links.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/words.h"

static char *link_target(int dir, const char *name)
{
	char path[PATH_MAX];
	ssize_t length = readlinkat(dir, name, path, sizeof(path) - 1);

	path[length < 0 ? 0 : length] = '\0';
	return must(strdup(basename(path)));
}

int links_open(const struct object *tier, struct links *links)
{
	size_t count;
	size_t i;

	links->dir = fs_open_dir(tier->dir, "demotion");
	if (links->dir < 0)
		return links->dir;
	links->orders = fs_list(links->dir, ".");
	if (!links->orders)
		return -errno;
	count = words_count(links->orders);
	links->targets = must(calloc(count + 1, sizeof(char *)));
	for (i = 0; i < count; i++)
		links->targets[i] = link_target(links->dir, links->orders[i]);
	return 0;
}

void links_close(struct links *links)
{
	cleanup_fd(&links->dir);
	words_free(links->orders);
	words_free(links->targets);
}

/*
 * configfs resolves the target from the working directory when the link is
 * created. Change to the directory of the link, so that the path is valid for
 * both.
 */
static int link_add(int dir, const char *order, const char *target)
{
	auto_text char *path = NULL;
	int err = change_check();

	if (err)
		return err;
	if (asprintf(&path, "../../%s", target) < 0)
		return -ENOMEM;
	if (fchdir(dir))
		return -errno;
	return symlinkat(path, dir, order) ? -errno : 0;
}

static int links_remove(int dir, char *const *orders)
{
	int err;
	int i;

	for (i = 0; orders[i]; i++) {
		err = change_check();
		if (!err && unlinkat(dir, orders[i], 0))
			err = -errno;
		if (err)
			return err;
	}
	return 0;
}

static int links_make(int dir, char *const *orders, char *const *targets)
{
	int err;
	int i;

	for (i = 0; targets[i]; i++) {
		err = link_add(dir, orders[i], targets[i]);
		if (err)
			return err;
	}
	return 0;
}

static void links_revert(const struct links *old)
{
	char **now = fs_list(old->dir, ".");

	change_insist();
	if (now)
		links_remove(old->dir, now);
	words_free(now);
	links_make(old->dir, old->orders, old->targets);
}

int links_write(const struct object *tier, char *const *orders,
		char *const *targets)
{
	struct links old = { .dir = -1 };
	int err;

	/* configfs creates the directory itself, a fake root does not. */
	if (tier->fake)
		mkdirat(tier->dir, "demotion", 0755);
	err = links_open(tier, &old);
	if (!err) {
		err = links_remove(old.dir, old.orders);
		if (!err)
			err = links_make(old.dir, orders, targets);
		if (err)
			links_revert(&old);
	}
	links_close(&old);
	return err;
}

int links_replace(const struct object *tier, char *const *targets)
{
	size_t count = words_count(targets);
	auto_words char **orders = must(calloc(count + 1, sizeof(char *)));
	size_t i;

	for (i = 0; i < count; i++)
		orders[i] = format_text("%zu", i);
	return links_write(tier, orders, targets);
}

void links_restore(const struct object *tier, const struct links *old)
{
	change_insist();
	if (old->targets)
		links_write(tier, old->orders, old->targets);
	else
		links_replace(tier, (char *[]){ NULL });
}

char **links_targets(const struct object *tier)
{
	struct links links = { .dir = -1 };
	char **targets;

	if (links_open(tier, &links))
		targets = words_split(NULL);
	else
		targets = links.targets;
	if (targets == links.targets)
		links.targets = NULL;
	links_close(&links);
	return targets;
}
