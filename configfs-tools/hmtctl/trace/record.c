// SPDX-License-Identifier: GPL-2.0
/* The file of a recording, which replaces an older one when it is complete. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "trace/record.h"
#include "util/alloc.h"
#include "util/fs.h"
#include "util/replace.h"

/* The recording that an exit removes. */
static struct heat_record *open_record;

static void discard_record(void)
{
	if (open_record && open_record->beside)
		unlink(open_record->beside);
}

/* Return the standard descriptor that has the file open, or -1. */
static int standard_fd_of(const struct stat *file)
{
	struct stat info;
	int fd;

	for (fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (!fstat(fd, &info) && fs_is_same(&info, file))
			return fd;
	return -1;
}

/* Open a device, a FIFO or a standard descriptor: nothing can replace it. */
static FILE *open_in_place(const char *path, const struct stat *info)
{
	int fd = standard_fd_of(info);

	if (fd < 0)
		return fopen(path, "we");
	fd = dup(fd);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static FILE *open_beside(struct heat_record *record, const struct stat *old)
{
	int fd;

	record->beside = format_text("%s.XXXXXX", record->path);
	fd = mkostemp(record->beside, O_CLOEXEC);
	if (fd < 0) {
		free(record->beside);
		record->beside = NULL;
		return NULL;
	}
	/* A user who may not give the file away gets one of his own. */
	if (file_inherit(fd, old))
		file_inherit(fd, NULL);
	return fdopen(fd, "w");
}

int heat_record_open(struct heat_record *record, const char *path, FILE *from)
{
	char real[PATH_MAX];
	struct stat info, input;
	bool exists = !stat(path, &info);

	if (exists && from && !fstat(fileno(from), &input) &&
	    fs_is_same(&info, &input))
		return fail(RESULT_USAGE,
			    "'%.200s': a recording cannot be read and written at once; use another file",
			    path);
	if (!exists && !lstat(path, &info))
		return fail(RESULT_REFUSED,
			    "'%.200s': a link that leads to no file; create the file first, or name it",
			    path);
	/* A signal must not leave half of a file behind. */
	catch_interrupts();
	record->path = must(strdup(exists && realpath(path, real) ? real : path));
	if (exists && (!S_ISREG(info.st_mode) || standard_fd_of(&info) >= 0))
		record->out = open_in_place(path, &info);
	else
		record->out = open_beside(record, exists ? &info : NULL);
	if (!record->out)
		return fail(RESULT_REFUSED, "%.200s: %s", path, strerror(errno));
	if (!open_record)
		atexit(discard_record);
	open_record = record;
	return RESULT_OK;
}

/* Write everything to the disk, and give the file its name. */
static int finish_file(struct heat_record *record)
{
	int error = ferror(record->out) ? EIO : 0;

	if (fflush(record->out))
		error = errno;
	if (!error && record->beside && fsync(fileno(record->out)))
		error = errno;
	if (!error && record->beside && rename(record->beside, record->path))
		error = errno;
	return error;
}

int heat_record_close(struct heat_record *record, bool keep)
{
	int error = record->out && keep ? finish_file(record) : 0;

	if (record->beside && (error || !keep))
		unlink(record->beside);
	if (record->out)
		fclose(record->out);
	open_record = NULL;
	free(record->beside);
	if (error)
		fail(RESULT_REFUSED, "%.200s: %s", record->path, strerror(error));
	free(record->path);
	*record = (struct heat_record){ };
	return error ? RESULT_REFUSED : RESULT_OK;
}
