// SPDX-License-Identifier: LGPL-2.1
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libhmt.h"

#define MODULE_VERSION	"/sys/module/hmt/version"

const char *hmt_version(void)
{
	return HMT_VERSION;
}

int hmt_module_version(char *version, size_t size)
{
	int fd, error = 0;
	ssize_t got;

	if (!size)
		return -EINVAL;
	fd = open(MODULE_VERSION, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, version, size);
	if (got < 0)
		error = -errno;
	else if ((size_t)got == size)
		error = -ENAMETOOLONG;
	else
		version[got] = '\0';
	close(fd);
	if (!error)
		version[strcspn(version, "\n")] = '\0';
	return error;
}
