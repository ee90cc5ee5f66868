// SPDX-License-Identifier: GPL-2.0
/*
 * System calls, and how each ended: "ok", "short" (less was written than asked
 * for) or the name of the error.
 *
 *	write FILE TEXT...	one write(2) for each; interpreted no further
 *	copy FILE		what is read from standard input, in one write(2)
 *	mkdir, rmdir DIR
 *	link TARGET LINK	symbolic
 *	unlink FILE
 *	rmmod MODULE
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libtest.h"

#define COPY_MAX	65536

/* Larger than any errno: a short write. */
#define WAS_SHORT	1

static long try_write(const char *path, const void *data, size_t length)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written;
	int error;

	if (fd < 0)
		return -1;
	written = write(fd, data, length);
	error = errno;
	close(fd);
	errno = error;
	if (written < 0)
		return -1;
	return (size_t)written == length ? 0 : WAS_SHORT;
}

static long try_copy(const char *path)
{
	static char data[COPY_MAX];
	size_t length = 0;
	ssize_t got;

	while ((got = read(0, data + length, sizeof(data) - length)) > 0)
		length += got;
	return try_write(path, data, length);
}

static long try_call(const char *name, const char *first, const char *second)
{
	if (!strcmp(name, "write") && second)
		return try_write(first, second, strlen(second));
	if (!strcmp(name, "link") && second)
		return symlink(first, second);
	if (second)
		die(EXIT_USAGE, "too many arguments for '%s'", name);
	if (!strcmp(name, "copy"))
		return try_copy(first);
	if (!strcmp(name, "mkdir"))
		return mkdir(first, 0755);
	if (!strcmp(name, "rmdir"))
		return rmdir(first);
	if (!strcmp(name, "unlink"))
		return unlink(first);
	if (!strcmp(name, "rmmod"))
		return syscall(SYS_delete_module, first, O_NONBLOCK);
	die(EXIT_USAGE, "unknown call '%s'", name);
}

static void report(long result)
{
	if (result < 0)
		puts(strerrorname_np(errno));
	else
		puts(result == WAS_SHORT ? "short" : "ok");
}

int main(int argc, char **argv)
{
	int i = 3;

	if (argc < 3)
		die(EXIT_USAGE, "usage: hmt_try CALL ARGUMENT...");
	do {
		report(try_call(argv[1], argv[2], argv[i]));
	} while (++i < argc);
	return 0;
}
