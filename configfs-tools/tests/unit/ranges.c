// SPDX-License-Identifier: GPL-2.0
/* The mappings of a process, and the limit of short files. Prints TAP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/ranges.h"
#include "util/fs.h"
#include "tap.h"

#define MAPPINGS	2000
#define SHORT_MAX	8192

static void write_maps(const char *path)
{
	FILE *maps = fopen(path, "w");
	unsigned int i;

	if (!maps)
		exit(2);
	for (i = 0; i < MAPPINGS; i++)
		fprintf(maps, "%x-%x rw-p 00000000 00:00 0      /lib/%u\n",
			0x1000000 + i * 0x2000, 0x1001000 + i * 0x2000, i);
	fputs("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n",
	      maps);
	fclose(maps);
}

static void test_maps(struct hmtctl *ctl)
{
	char *none = NULL;
	struct ranges ranges = { };

	ok(!ranges_parse(ctl, 812, &none, &ranges), "a map of 90 KB is read");
	ok(ranges.count == MAPPINGS, "with all of its mappings");
	ok(ranges.count && ranges.list[ranges.count - 1].end ==
	   0x1001000 + (MAPPINGS - 1) * 0x2000, "up to the last one");
	cleanup_ranges(&ranges);
}

/* Return the length of a file of @length bytes as fs_read() has it, or -errno. */
static int length_read(int root, size_t length)
{
	char *text = calloc(1, length + 1);
	FILE *file = fopen("file", "w");
	int result;

	if (!text || !file)
		exit(2);
	memset(text, 'x', length);
	fputs(text, file);
	fclose(file);
	free(text);
	text = fs_read(root, "file");
	result = text ? (int)strlen(text) : -errno;
	free(text);
	remove("file");
	return result;
}

int main(void)
{
	char directory[] = "/tmp/hmtctl-ranges.XXXXXX";
	struct hmtctl ctl = { .fake = true };

	if (!mkdtemp(directory) || chdir(directory) ||
	    mkdir("proc", 0700) || mkdir("proc/812", 0700))
		return 2;
	write_maps("proc/812/maps");
	ctl.root = fs_open_dir(-1, directory);
	test_maps(&ctl);
	ok(length_read(ctl.root, SHORT_MAX) == SHORT_MAX,
	   "a short file is read as a whole");
	ok(length_read(ctl.root, SHORT_MAX + 1) == -EFBIG,
	   "a longer one is refused");
	fs_remove_tree(-1, directory);
	close(ctl.root);
	return end_of_tests();
}
