// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read.h"

bool attribute_read(int root, const char *path, char *text, size_t size)
{
	int file = openat(root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t length = 0;
	ssize_t got = -1;

	if (file < 0)
		return false;
	while (length < size &&
	       (got = read(file, text + length, size - length)) > 0)
		length += got;
	close(file);
	if (got || length == size)
		return false;
	while (length && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	return true;
}

bool attribute_number(int root, const char *path, uint64_t *number)
{
	char text[32], *end;

	if (!attribute_read(root, path, text, sizeof(text)) ||
	    *text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !*end && !errno;
}

static int compare_entries(const struct dirent **one,
			   const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

char **attribute_names(int root, const char *path)
{
	struct dirent **entries = NULL;
	int count = scandirat(root, path, &entries, is_visible, compare_entries);
	char **names = calloc(count > 0 ? count + 1 : 1, sizeof(*names));
	int i;

	for (i = 0; i < count; i++) {
		if (names)
			names[i] = strdup(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return names;
}

void attribute_names_free(char **names)
{
	char **name;

	for (name = names; name && *name; name++)
		free(*name);
	free(names);
}
