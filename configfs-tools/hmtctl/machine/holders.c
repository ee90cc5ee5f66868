// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/holders.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/units.h"
#include "util/words.h"

/* Number of processes that are named. */
#define HOLDERS_SHOWN	3

/*
 * Open a file of a process as a stream, because it can be long; NULL on
 * failure.
 */
static FILE *open_process_file(const struct hmtctl *ctl, int pid,
			       const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/%s", pid, file);
	return fs_stream(ctl->root, path);
}

void each_process(const struct hmtctl *ctl,
		  void (*each)(int pid, void *data), void *data)
{
	auto_words char **names = fs_list(ctl->root, "proc");
	uint64_t pid;
	int i;

	for (i = 0; names && names[i]; i++)
		if (parse_number(names[i], 1, INT_MAX, &pid))
			each((int)pid, data);
}

/* Parse "7f00 default anon=3 N0=1 N2=2 kernelpagesize_kB=4". */
static uint64_t pages_of_line(const char *line, const char *mark)
{
	const char *found = strstr(line, mark);
	const char *size = strstr(line, "kernelpagesize_kB=");
	uint64_t kib = size ? strtoull(strchr(size, '=') + 1, NULL, 10) : 4;

	if (!found)
		return 0;
	return strtoull(found + strlen(mark), NULL, 10) * kib / 4;
}

uint64_t process_pages(const struct hmtctl *ctl, int pid, unsigned int node)
{
	FILE *maps = open_process_file(ctl, pid, "numa_maps");
	char *line = NULL;
	uint64_t pages = 0;
	size_t size = 0;
	char mark[16];

	if (!maps)
		return 0;
	snprintf(mark, sizeof(mark), " N%u=", node);
	while (getline(&line, &size, maps) > 0)
		pages += pages_of_line(line, mark);
	free(line);
	fclose(maps);
	return pages;
}

/* Return a number of /proc/PID/status, in KiB. */
static uint64_t status_kib(const struct hmtctl *ctl, int pid, const char *key)
{
	FILE *status = open_process_file(ctl, pid, "status");
	size_t length = strlen(key);
	char *line = NULL;
	uint64_t kib = 0;
	size_t size = 0;

	if (!status)
		return 0;
	while (getline(&line, &size, status) > 0)
		if (!strncmp(line, key, length) && line[length] == ':')
			kib = strtoull(line + length + 1, NULL, 10);
	free(line);
	fclose(status);
	return kib;
}

/* Return "process 812 (qemu)"; the caller frees it. */
static char *process_name(const struct hmtctl *ctl, int pid)
{
	auto_text char *name = NULL;
	char path[32];
	char *text;

	snprintf(path, sizeof(path), "proc/%d/comm", pid);
	name = fs_read(ctl->root, path);
	text = format_text("process %d (%.16s)", pid, name ? name : "?");
	return text;
}

struct holder {
	int pid;
	uint64_t pages;
};

/**
 * struct holders - the processes with most pages on a node
 * @ctl: context
 * @node: number of the node
 * @others: number of further processes with pages
 * @top: processes, most pages first; unused entries have none
 */
struct holders {
	const struct hmtctl *ctl;
	unsigned int node;
	unsigned int others;
	struct holder top[HOLDERS_SHOWN];
};

static void consider_process(int pid, void *data)
{
	struct holders *holders = data;
	struct holder new = {
		pid, process_pages(holders->ctl, pid, holders->node)
	};
	struct holder old;
	int i;

	for (i = 0; i < HOLDERS_SHOWN && new.pages; i++) {
		if (new.pages <= holders->top[i].pages)
			continue;
		old = holders->top[i];
		holders->top[i] = new;
		new = old;
	}
	holders->others += new.pages > 0;
}

static void describe_holder(const struct hmtctl *ctl,
			    const struct holder *holder, FILE *out)
{
	auto_text char *name = process_name(ctl, holder->pid);
	uint64_t locked = status_kib(ctl, holder->pid, "VmLck");
	uint64_t pinned = status_kib(ctl, holder->pid, "VmPin");

	fprintf(out, "%s has %llu pages", name,
		(unsigned long long)holder->pages);
	if (locked)
		fprintf(out, ", %llu KiB locked", (unsigned long long)locked);
	if (pinned)
		fprintf(out, ", %llu KiB pinned", (unsigned long long)pinned);
}

char *node_holders(const struct hmtctl *ctl, unsigned int node)
{
	struct holders holders = { .ctl = ctl, .node = node };
	size_t length;
	char *text;
	FILE *out = must(open_memstream(&text, &length));
	int i;

	each_process(ctl, consider_process, &holders);
	for (i = 0; i < HOLDERS_SHOWN && holders.top[i].pages; i++) {
		fputs(i ? "; " : "", out);
		describe_holder(ctl, &holders.top[i], out);
	}
	if (holders.others)
		fprintf(out, "; %u more have some", holders.others);
	fclose(out);
	return must(text);
}

/**
 * struct file_user - search for a process that uses a file
 * @ctl: context
 * @path: path of the file
 * @pid: the process, 0 if none was found
 */
struct file_user {
	const struct hmtctl *ctl;
	const char *path;
	int pid;
};

static bool has_open(const struct file_user *user, int pid)
{
	auto_words char **names = NULL;
	char dir[64], target[PATH_MAX];
	auto_fd int fd = -1;
	ssize_t length;
	int i;

	snprintf(dir, sizeof(dir), "proc/%d/fd", pid);
	fd = fs_open_dir(user->ctl->root, dir);
	names = fd < 0 ? NULL : fs_list(fd, ".");
	for (i = 0; names && names[i]; i++) {
		length = readlinkat(fd, names[i], target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		if (!strcmp(target, user->path))
			return true;
	}
	return false;
}

static bool has_mapped(const struct file_user *user, int pid)
{
	FILE *maps = open_process_file(user->ctl, pid, "maps");
	char *line = NULL;
	bool found = false;
	size_t size = 0;
	char *path;

	if (!maps)
		return false;
	while (!found && getline(&line, &size, maps) > 0) {
		path = strchr(line, '/');
		found = path && !strncmp(path, user->path, strlen(user->path)) &&
			path[strlen(user->path)] == '\n';
	}
	free(line);
	fclose(maps);
	return found;
}

static void check_file_user(int pid, void *data)
{
	struct file_user *user = data;

	if (!user->pid && (has_open(user, pid) || has_mapped(user, pid)))
		user->pid = pid;
}

char *file_holder(const struct hmtctl *ctl, const char *path)
{
	struct file_user user = { .ctl = ctl, .path = path };

	each_process(ctl, check_file_user, &user);
	return user.pid ? process_name(ctl, user.pid) : NULL;
}
