// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "log.h"
#include "service.h"

static int explain_open(const char *device, int error)
{
	if (error == ENOENT)
		return log_error("%s: missing; load the modules first (hmtctl load)",
				 device);
	return log_error("%s: %s", device, strerror(error));
}

static int explain_serve(const char *device, int error)
{
	if (error == EBUSY)
		return log_error("%s: another hmtd is at work; stop it first",
				 device);
	if (error == EPERM)
		return log_error("%s: moving pages requires CAP_SYS_NICE (run it as root)",
				 device);
	if (error == ENOTTY)
		return log_error("%s: the loaded modules are older than hmtd; reload them",
				 device);
	return log_error("%s: %s", device, strerror(error));
}

int service_open(const char *device)
{
	struct hmt_serve serve = { .size = sizeof(serve) };
	int fd = open(device, O_RDWR | O_CLOEXEC), service;

	if (fd < 0)
		return explain_open(device, errno);
	service = ioctl(fd, HMT_SERVE, &serve);
	if (service < 0)
		service = explain_serve(device, errno);
	close(fd);
	if (service >= 0 && fcntl(service, F_SETFL, O_NONBLOCK)) {
		close(service);
		return log_error("%s: %s", device, strerror(errno));
	}
	return service;
}

ssize_t service_read(int service, const sigset_t *unblocked,
		     struct hmt_remote_plan *plans, size_t most)
{
	struct pollfd wait = { .fd = service, .events = POLLIN };
	ssize_t got;

	if (ppoll(&wait, 1, NULL, unblocked) < 0)
		return errno == EINTR ? 0 : log_error("waiting for plans: %s",
						      strerror(errno));
	got = read(service, plans, most * sizeof(*plans));
	if (got >= 0)
		return got / sizeof(*plans);
	/* Their processes have exited in the meantime. */
	return errno == EAGAIN ? 0 : log_error("reading plans: %s",
					       strerror(errno));
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
