// SPDX-License-Identifier: GPL-2.0
/*
 * Loaded into hmtd by hmtd.sh: HMT_SERVE as a kernel that is made up fulfils it.
 * $STUB_SERVE is "closed": the other end is closed; "busy": plans never end;
 * "idle": there are none; or the number of an error.
 */
#include <errno.h>
#include <linux/hmt.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *feed(void *arg)
{
	struct hmt_remote_plan plan = { .id = 1, .pid = 1, .count = 1 };
	int fd = *(int *)arg;
	char answer[sizeof(struct hmt_remote_result) * 64];
	sigset_t all;

	/* Signals are for hmtd. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	while (send(fd, &plan, sizeof(plan), MSG_NOSIGNAL) > 0)
		while (recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > 0)
			;
	return NULL;
}

static int serve(const char *mode)
{
	static int ends[2];
	pthread_t thread;

	if (atoi(mode)) {
		errno = atoi(mode);
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		return -1;
	if (!strcmp(mode, "closed"))
		close(ends[1]);
	if (!strcmp(mode, "busy"))
		pthread_create(&thread, NULL, feed, &ends[1]);
	return ends[0];
}

int ioctl(int fd, unsigned long command, ...)
{
	const char *mode = getenv("STUB_SERVE");
	va_list list;
	void *arg;

	va_start(list, command);
	arg = va_arg(list, void *);
	va_end(list);
	if (command == HMT_SERVE && mode)
		return serve(mode);
	if (command == HMT_CHECK) {
		/* Slower than new plans come. */
		usleep(200);
		errno = ESRCH;
		return -1;
	}
	return syscall(SYS_ioctl, fd, command, arg);
}
