// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "loop.h"
#include "service.h"

/*
 * Name the group that may open the device: hmtd.service runs as a user that is in
 * no group.
 */
static int explain_access(const char *device, int error)
{
	const struct group *group = NULL;
	struct stat info;

	if (!stat(device, &info) && info.st_mode & 0020)
		group = getgrgid(info.st_gid);
	if (error != EACCES || !group)
		return log_error("%s: %s", device, strerror(error));
	return log_error("%s: only group '%.40s' may open it; see SupplementaryGroups= in hmtd(8)",
			 device, group->gr_name);
}

int service_open_device(const char *device, int *status)
{
	int fd = open(device, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EPERM) {
		*status = EXIT_POINTLESS;
		return explain_access(device, errno);
	}
	*status = EXIT_FAILURE;
	if (errno != ENOENT && errno != ENXIO && errno != ENODEV)
		return log_error("%s: %s", device, strerror(errno));
	*status = EXIT_POINTLESS;
	return log_error("%s: missing; load the modules first (hmtctl load)",
			 device);
}

/* Check for HMT: other devices do not know the request. */
static bool knows_hmt(int fd)
{
	return ioctl(fd, HMT_QUERY, NULL) && errno == EFAULT;
}

static int explain_serve(const char *device, int fd, int error, int *status)
{
	*status = EXIT_POINTLESS;
	if (error == EBUSY)
		return log_error("%s: another hmtd is at work; stop it first",
				 device);
	if (error == EPERM)
		return log_error("%s: moving pages requires CAP_SYS_NICE (run it as root)",
				 device);
	if (error == ENOTTY && knows_hmt(fd))
		return log_error("%s: the loaded modules are older than hmtd; reload them",
				 device);
	if (error == ENOTTY)
		return log_error("%s: not the device of HMT; omit --device",
				 device);
	*status = EXIT_FAILURE;
	return log_error("%s: %s", device, strerror(error));
}

int service_open(const char *device, int *status)
{
	struct hmt_serve serve = { .size = sizeof(serve) };
	int fd = service_open_device(device, status), service;

	if (fd < 0)
		return -1;
	service = ioctl(fd, HMT_SERVE, &serve);
	if (service < 0)
		service = explain_serve(device, fd, errno, status);
	close(fd);
	if (service >= 0 && fcntl(service, F_SETFL, O_NONBLOCK)) {
		close(service);
		*status = EXIT_FAILURE;
		return log_error("%s: %s", device, strerror(errno));
	}
	return service;
}

ssize_t service_read(int service, struct hmt_remote_plan *plans, size_t most)
{
	ssize_t got = read(service, plans, most * sizeof(*plans));

	if (got > 0)
		return got / sizeof(*plans);
	if (!got)
		return log_error("reading plans: the kernel has closed the connection");
	/* Their processes have exited in the meantime. */
	return errno == EAGAIN || errno == EINTR ? 0 :
	       log_error("reading plans: %s", strerror(errno));
}

int service_write(int service, const struct hmt_remote_result *results,
		  size_t count)
{
	ssize_t put;

	while (count) {
		put = write(service, results, count * sizeof(*results));
		if (put < 0 && errno != ENOENT)
			return log_error("writing results: %s",
					 strerror(errno));
		put = put < 0 ? 1 : put / (ssize_t)sizeof(*results);
		results += put;
		count -= put;
	}
	return 0;
}

int service_check(int service, __u64 id)
{
	return ioctl(service, HMT_CHECK, &id);
}
