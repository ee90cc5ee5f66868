// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/limits.h"
#include "util/text.h"
#include "util/words.h"

/* Twice the most that the kernel returns for an attribute, a page. */
#define READ_MAX 8192

int fs_open_dir(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

FILE *fs_stream(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !stream)
		close(fd);
	return stream;
}

/* Read a file without its last newline, and mask all controls but @kept. */
static char *read_masked(int at, const char *path, const char *kept)
{
	auto_fd int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
	char buffer[READ_MAX + 1];
	size_t length = 0;
	ssize_t got;

	if (fd < 0)
		return NULL;
	/* A value that is cut would be taken for the whole one. */
	do {
		got = read(fd, buffer + length, sizeof(buffer) - length);
		if (got < 0)
			return NULL;
		length += got;
	} while (got && length <= READ_MAX);
	if (length > READ_MAX) {
		errno = EFBIG;
		return NULL;
	}

	if (length && buffer[length - 1] == '\n')
		length--;
	buffer[length] = '\0';
	text_mask(buffer, kept);
	return must(strdup(buffer));
}

char *fs_read(int at, const char *path)
{
	return read_masked(at, path, "\n");
}

char *fs_read_name(int at, const char *path)
{
	static const char controls[] =
		"\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25\26\27"
		"\30\31\32\33\34\35\36\37\177";

	return read_masked(at, path, controls);
}

int fs_write(int at, const char *path, const char *value, bool create)
{
	auto_text char *line = NULL;
	auto_fd int fd = -1;
	int flags = O_WRONLY | O_TRUNC | O_CLOEXEC | (create ? O_CREAT : 0);
	ssize_t done;
	int length;

	length = asprintf(&line, "%s\n", value);
	if (length < 0)
		return -ENOMEM;
	if (length > ATTRIBUTE_MAX + 1)
		return -EFBIG;
	fd = openat(at, path, flags, 0644);
	if (fd < 0)
		return -errno;
	done = write(fd, line, length);
	if (done < 0)
		return -errno;
	return done == length ? 0 : -EIO;
}

static int is_name(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

char **fs_list(int at, const char *path)
{
	struct dirent **entries;
	char **names;
	int count;
	int i;

	count = scandirat(at, path, &entries, is_name, versionsort);
	if (count < 0)
		return NULL;
	names = must(calloc(count + 1, sizeof(*names)));
	for (i = 0; i < count; i++) {
		names[i] = must(strdup(entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	return names;
}

static int remove_entry(int at, const char *name)
{
	if (!unlinkat(at, name, 0))
		return 0;
	if (errno == EISDIR || errno == EPERM)
		return fs_remove_tree(at, name);
	return -errno;
}

bool fs_is_same(const struct stat *one, const struct stat *other)
{
	return one->st_ino == other->st_ino && one->st_dev == other->st_dev;
}

int fs_remove_tree(int at, const char *name)
{
	auto_words char **names = fs_list(at, name);
	auto_fd int dir = fs_open_dir(at, name);
	int err;
	int i;

	if (dir < 0)
		return dir;
	for (i = 0; names && names[i]; i++) {
		err = remove_entry(dir, names[i]);
		if (err)
			return err;
	}
	return unlinkat(at, name, AT_REMOVEDIR) ? -errno : 0;
}
