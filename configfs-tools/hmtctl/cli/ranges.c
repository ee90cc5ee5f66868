// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/ranges.h"
#include "libhmt/libhmt.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/units.h"

/* End of user addresses: maps has addresses of the kernel as well. */
#define USER_END	(1ULL << 56)

int parse_pid(const char *text, pid_t *pid)
{
	uint64_t value;

	if (!parse_number(text, 1, INT_MAX, &value))
		return fail(RESULT_USAGE, "'%.40s' is not a process: give its number",
			    text);
	*pid = value;
	return RESULT_OK;
}

/*
 * Return the length of "START-END" at the start of @text, 0 if it is missing.
 */
static int scan_range(const char *text, struct range *range)
{
	unsigned long long start, end;
	int length = 0;

	if (sscanf(text, "%16llx-%16llx%n", &start, &end, &length) != 2 ||
	    start >= end)
		return 0;
	range->start = start;
	range->end = end;
	return length;
}

static void add_range(struct ranges *ranges, const struct range *range)
{
	ranges->list = grow(ranges->list, ranges->count, &ranges->room,
			    sizeof(*ranges->list));
	ranges->list[ranges->count++] = *range;
}

static int fail_maps(pid_t pid, int error)
{
	if (error == ENOENT || error == ESRCH)
		return fail(RESULT_NO_OBJECT, "process %d: no such process", pid);
	return fail(RESULT_REFUSED, "process %d: maps: %s", pid,
		    explain(error, NULL));
}

/* Add the mapping of a line of maps. */
static void take_mapping(const char *line, struct ranges *ranges)
{
	struct range range;

	if (scan_range(line, &range) && range.end <= USER_END)
		add_range(ranges, &range);
}

/* Add the mapping of a line of smaps, and remove it if it has no pages. */
static void take_resident(const char *line, struct ranges *ranges)
{
	static const char rss[] = "Rss:";
	unsigned long long kib;

	if (strncmp(line, rss, strlen(rss)))
		take_mapping(line, ranges);
	else if (sscanf(line + strlen(rss), "%llu", &kib) == 1 && !kib &&
		 ranges->count)
		ranges->count--;
}

/* Read proc/PID/@name line by line. */
static int read_maps(const struct hmtctl *ctl, pid_t pid, const char *name,
		     void (*take)(const char *line, struct ranges *ranges),
		     struct ranges *ranges)
{
	char *line = NULL;
	size_t size = 0;
	char path[64];
	FILE *maps;
	int error;

	snprintf(path, sizeof(path), "proc/%d/%s", pid, name);
	maps = fs_stream(ctl->root, path);
	if (!maps)
		return fail_maps(pid, errno);
	errno = 0;
	while (getline(&line, &size, maps) > 0)
		take(line, ranges);
	error = ferror(maps) ? errno : 0;
	free(line);
	fclose(maps);
	return error ? fail_maps(pid, error) : RESULT_OK;
}

int ranges_parse(const struct hmtctl *ctl, pid_t pid, char **operands,
		 struct ranges *ranges)
{
	uint64_t page = sysconf(_SC_PAGESIZE);
	struct range range;

	if (!*operands)
		return read_maps(ctl, pid, "maps", take_mapping, ranges);
	for (; *operands; operands++) {
		if (scan_range(*operands, &range) != (int)strlen(*operands) ||
		    range.start % page || range.end % page)
			return fail(RESULT_USAGE, "'%.40s' is not a range as in /proc/%d/maps",
				    *operands, pid);
		add_range(ranges, &range);
	}
	return RESULT_OK;
}

int ranges_resident(const struct hmtctl *ctl, pid_t pid, struct ranges *ranges)
{
	return read_maps(ctl, pid, "smaps", take_resident, ranges);
}

int open_device(const struct hmtctl *ctl)
{
	int device = hmt_open_at(ctl->root, "dev/hmt");

	if (device >= 0)
		return device;
	if (device == -ENOENT && !faccessat(ctl->root, "sys/class/hmt", F_OK, 0))
		return -fail(RESULT_NOT_LOADED,
			     "/dev/hmt: does not exist, although HMT is loaded: a container needs the device, other systems udev or devtmpfs");
	if (device == -ENOENT || device == -ENXIO || device == -ENODEV)
		return -fail(RESULT_NOT_LOADED, "/dev/hmt: HMT is not loaded; run 'hmtctl load'");
	return -fail(RESULT_REFUSED, "/dev/hmt: %s", explain(-device, NULL));
}

int fail_about_process(pid_t pid, int error)
{
	static const struct remedy remedies[] = {
		{ ENOSPC, "too many ranges or shares; use larger ones, or clear some" },
		{ EPERM, "not permitted: requires ptrace read access, like move_pages(2)" },
		{ ESRCH, "no such process, or it is exiting" },
		{ EINVAL, "it is a kernel thread, or the range is not in its address space" },
		{ ENXIO,
		  "no graph is live; run 'hmtctl setup', or 'hmtctl commit' if there are tiers" },
		{ ENODEV, "the memory was removed; choose another one" },
		{ ENOENT, "the tier is not in the live graph" },
		{ EINTR, "interrupted" },
		{ }
	};

	return fail(error == -ESRCH ? RESULT_NO_OBJECT : RESULT_REFUSED,
		    "process %d: %s", pid, explain(-error, remedies));
}
