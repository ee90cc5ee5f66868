// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/replace.h"
#include "util/signals.h"
#include "util/units.h"
#include "util/words.h"

/* Between the name of a file and the digits of the one that replaces it. */
#define SUCCESSOR	".hmtctl-"
/* Hexadecimal digits of a random number. */
#define DIGITS		16

static int write_all(int fd, const char *text, size_t length)
{
	ssize_t done;

	while (length) {
		done = write(fd, text, length);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		text += done;
		length -= done;
	}
	return 0;
}

/* Return a copy of the descriptor that has the file open for writing, or -1. */
static int open_already(const struct stat *file)
{
	auto_words char **names = fs_list(AT_FDCWD, "/proc/self/fd");
	struct stat info;
	uint64_t fd;
	int i;

	for (i = 0; names && names[i]; i++)
		if (parse_number(names[i], 0, INT_MAX, &fd) &&
		    !fstat((int)fd, &info) && fs_is_same(&info, file) &&
		    (fcntl((int)fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
			return fcntl((int)fd, F_DUPFD_CLOEXEC, 0);
	return -1;
}

/*
 * Create the successor of a file in @dir: without a name where the file system
 * can do that, so that SIGKILL leaves nothing while it is written. @name receives
 * its name, or becomes empty.
 */
static int create_successor(int dir, const char *path, char *name, size_t size)
{
	int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	*name = '\0';
	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return -errno;
	snprintf(name, size, "%s.XXXXXX", path);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		*name = '\0';
	return fd < 0 ? -errno : fd;
}

/* Check whether @name is one that name_successor() gives for the file @base. */
static bool is_successor(const char *name, const char *base)
{
	size_t length = strlen(base);

	if (strncmp(name, base, length) ||
	    strncmp(name + length, SUCCESSOR, strlen(SUCCESSOR)))
		return false;
	name += length + strlen(SUCCESSOR);
	return strlen(name) == DIGITS &&
	       strspn(name, "0123456789abcdef") == DIGITS;
}

/*
 * Remove successors of the file at @path in @dir whose processes are no longer
 * there: SIGKILL may end one between linkat() and rename(). A process has its
 * successor locked; its number says nothing in another PID namespace. A lock for
 * writing needs a file that is open for writing on NFS.
 */
static void remove_leftovers(int dir, const char *path)
{
	auto_text char *copy = must(strdup(path));
	auto_words char **names = fs_list(dir, ".");
	const char *base = basename(copy);
	int i;

	for (i = 0; names && names[i]; i++) {
		auto_fd int fd = -1;

		if (!is_successor(names[i], base))
			continue;
		fd = openat(dir, names[i],
			    O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
			unlinkat(dir, names[i], 0);
	}
}

/*
 * Give the file of @fd a name next to @path, which no other file has. It is locked
 * before, so that no other process removes it.
 */
static int name_successor(int fd, const char *path, char *name, size_t size)
{
	char self[32];
	uint64_t number;
	int err;

	flock(fd, LOCK_EX | LOCK_NB);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	do {
		err = 0;
		if (getrandom(&number, sizeof(number), 0) != sizeof(number)) {
			err = -EIO;
			break;
		}
		snprintf(name, size, "%s" SUCCESSOR "%0*llx", path, DIGITS,
			 (unsigned long long)number);
		if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW))
			err = -errno;
	} while (err == -EEXIST);
	if (err)
		*name = '\0';
	return err;
}

int file_inherit(int fd, const struct stat *old)
{
	mode_t mask;

	if (!old) {
		mask = umask(0);
		umask(mask);
		return fchmod(fd, 0666 & ~mask) ? -errno : 0;
	}
	if (fchown(fd, old->st_uid, old->st_gid) ||
	    fchmod(fd, old->st_mode & 0777))
		return -errno;
	return 0;
}

/* Replace the file at @path, which is no link; @old is NULL for a new one. */
static int replace_file(const char *path, const struct stat *old,
			const char *text, size_t length)
{
	auto_text char *copy = must(strdup(path));
	char name[PATH_MAX + 32];
	auto_fd int dir = fs_open_dir(AT_FDCWD, dirname(copy));
	auto_fd int fd = -1;
	int err;

	if (dir < 0)
		return dir;
	fd = create_successor(dir, path, name, sizeof(name));
	if (fd < 0)
		return fd;
	err = write_all(fd, text, length);
	if (!err)
		err = file_inherit(fd, old);
	if (!err && fsync(fd))
		err = -errno;
	if (!err && signals_arrived())
		err = -EINTR;
	if (!err)
		remove_leftovers(dir, path);
	if (!err && !*name)
		err = name_successor(fd, path, name, sizeof(name));
	if (!err && rename(name, path))
		err = -errno;
	if (err && *name)
		unlink(name);
	/* The name must survive a loss of power as well, if there is a disk. */
	if (!err && fsync(dir) && errno != EINVAL)
		err = -errno;
	return err;
}

/* Write to a device, a FIFO, or a file that is open already. */
static int write_to(const char *file, const struct stat *info, const char *text,
		    size_t length)
{
	auto_fd int fd = open_already(info);

	if (fd < 0)
		fd = open(file, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : write_all(fd, text, length);
}

/* Check whether @path is the regular file of @info, and not open already. */
static bool is_replaceable(const char *path, const struct stat *info)
{
	auto_fd int fd = open_already(info);
	struct stat real;

	return S_ISREG(info->st_mode) && fd < 0 && !stat(path, &real) &&
	       fs_is_same(&real, info);
}

int file_replace(const char *file, const char *text, size_t length)
{
	char path[PATH_MAX];
	struct stat info;
	sigset_t mask;
	bool exists;
	int err;

	exists = !stat(file, &info);
	if (!exists && errno != ENOENT)
		return -errno;
	if (!exists && !lstat(file, &info))
		return -ELOOP;
	if (exists && (!realpath(file, path) || !is_replaceable(path, &info)))
		return write_to(file, &info, text, length);
	signals_hold(&mask);
	err = replace_file(exists ? path : file, exists ? &info : NULL, text,
			   length);
	if (!err)
		signals_discard();
	signals_release(&mask);
	return err;
}
