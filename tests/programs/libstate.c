// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libstate.h"
#include "libtest.h"

#define STATES_MAX	8
/* A state that does not settle in that time is wrong. */
#define SETTLE_MS	30000

static const char *states[STATES_MAX];
static size_t nr_states;

void add_state(const char *path)
{
	if (nr_states == STATES_MAX)
		die(EXIT_USAGE, "too many states");
	states[nr_states++] = path;
}

static char *text;
static size_t text_size;
static FILE *text_file;

static void read_text(const char *path)
{
	char part[4096];
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		fprintf(text_file, "%s: %s\n", path, strerrorname_np(errno));
		return;
	}
	while ((got = read(fd, part, sizeof(part))) > 0)
		fprintf(text_file, "%s: %.*s\n", path, (int)got, part);
	close(fd);
}

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

static void read_tree(const char *path)
{
	struct dirent **entries;
	char below[PATH_MAX];
	int count = scandir(path, &entries, no_dots, alphasort), i;

	for (i = 0; i < count; i++) {
		snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
		fprintf(text_file, "%s\n", below);
		if (entries[i]->d_type == DT_DIR)
			read_tree(below);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	else
		fprintf(text_file, "%s: %s\n", path, strerrorname_np(errno));
}

char *read_state(void)
{
	struct stat stat;
	size_t i;

	text_file = open_memstream(&text, &text_size);
	for (i = 0; i < nr_states; i++)
		if (!lstat(states[i], &stat) && S_ISDIR(stat.st_mode))
			read_tree(states[i]);
		else
			read_text(states[i]);
	fclose(text_file);
	return text;
}

static __attribute__((noreturn)) void
report_state(const char *wanted, const char *now, const char *when)
{
	const char *a = wanted, *b = now;

	while (*a && *a == *b)
		a++, b++;
	while (a > wanted && a[-1] != '\n')
		a--, b--;
	die(EXIT_WRONG, "%s: the state is '%.*s' and not '%.*s'", when, (int)strcspn(b, "\n"),
	    b, (int)strcspn(a, "\n"), a);
}

void expect_state(const char *wanted, const char *when)
{
	uint64_t end = now_ms() + SETTLE_MS;
	char *now = read_state();

	while (strcmp(now, wanted)) {
		if (now_ms() > end)
			report_state(wanted, now, when);
		free(now);
		usleep(10000);
		now = read_state();
	}
	free(now);
}

bool has_word(const char *path, const char *word)
{
	bool has;

	text_file = open_memstream(&text, &text_size);
	read_text(path);
	fclose(text_file);
	has = strstr(text, word);
	free(text);
	return has;
}
