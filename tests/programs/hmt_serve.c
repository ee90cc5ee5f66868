// SPDX-License-Identifier: GPL-2.0
/*
 * In the place of hmtd, and worse than it.
 *
 *	hmt_serve refusals	what HMT_SERVE and its descriptor must refuse
 *	hmt_serve wrong		answer one plan wrongly in all ways, then well
 *	hmt_serve hoard		take plans and never answer, until killed
 *	hmt_serve fuzz COUNT	random results
 *	hmt_serve without nice|ptrace COMMAND...
 *				run a command without CAP_SYS_NICE, CAP_SYS_PTRACE
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/hmt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libtest.h"

#define BAD_POINTER	((void *)0xffff800000000000ULL)

static int device;
static int service = -1;

static void expect(int wanted, long got, const char *what)
{
	int error = got < 0 ? errno : 0;

	if (error != wanted)
		die(EXIT_WRONG, "%s: %s instead of %s", what, strerror(error),
		    strerror(wanted));
}

static int serve(void)
{
	struct hmt_serve request = { .size = sizeof(request) };

	return ioctl(device, HMT_SERVE, &request);
}

static void begin(void)
{
	service = serve();
	expect(0, service, "HMT_SERVE");
}

static void refuse_requests(void)
{
	struct hmt_serve request = { .size = sizeof(request), .flags = 1 };

	expect(EINVAL, ioctl(device, HMT_SERVE, &request), "flags");
	request = (struct hmt_serve){ .size = sizeof(request),
				      .reserved = { 0, 1 } };
	expect(EINVAL, ioctl(device, HMT_SERVE, &request), "reserved");
	request = (struct hmt_serve){ .size = sizeof(request) - 1 };
	expect(EINVAL, ioctl(device, HMT_SERVE, &request), "size");
	expect(ENOTTY, ioctl(device, HMT_CHECK, &request),
	       "HMT_CHECK of the device");
}

static void refuse_calls(void)
{
	struct hmt_remote_result result = { .id = 1 };
	struct hmt_remote_plan plan;
	__u64 id = 1;

	expect(EBUSY, serve(), "a second one");
	expect(0, fcntl(service, F_SETFL, O_NONBLOCK), "fcntl");
	expect(EAGAIN, read(service, &plan, sizeof(plan)), "no plans");
	expect(EINVAL, read(service, &plan, sizeof(plan) - 1), "short read");
	expect(EINVAL, write(service, &result, 0), "empty write");
	expect(EINVAL, write(service, &result, sizeof(result) - 1),
	       "short write");
	expect(EFAULT, write(service, BAD_POINTER, sizeof(result)),
	       "bad pointer");
	expect(ENOENT, write(service, &result, sizeof(result)), "no such plan");
	expect(ENOENT, ioctl(service, HMT_CHECK, &id), "no such plan");
	expect(EFAULT, ioctl(service, HMT_CHECK, BAD_POINTER), "bad pointer");
	expect(ENOTTY, ioctl(service, HMT_QUERY, &id), "another request");
}

static void run_refusals(void)
{
	refuse_requests();
	begin();
	refuse_calls();
	close(service);
	begin();
	puts("ok");
}

/* Get the next plan; the first attempt has an invalid buffer. */
static void take(struct hmt_remote_plan *plan)
{
	struct pollfd wait = { .fd = service, .events = POLLIN };
	ssize_t got;

	do {
		expect(0, poll(&wait, 1, -1), "poll");
		/* There is no plan if the process has ended. */
		got = read(service, BAD_POINTER, sizeof(*plan));
		expect(EFAULT, got, "read to nowhere");
		got = read(service, plan, sizeof(*plan));
	} while (got < 0 && errno == EAGAIN);
	if (got != sizeof(*plan) || !plan->count ||
	    plan->count > HMT_REMOTE_PAGES || plan->flags & ~HMT_PLAN_ALL || plan->pid <= 0)
		die(EXIT_WRONG, "a bad plan");
}

static void run_wrong(void)
{
	struct hmt_remote_result result, two[2];
	struct hmt_remote_plan plan;
	size_t size = sizeof(result);
	unsigned int wrong;

	begin();
	take(&plan);
	expect(0, ioctl(service, HMT_CHECK, &plan.id), "HMT_CHECK");
	result = (struct hmt_remote_result){ .id = plan.id, .ns = ~0ULL,
					     .count = plan.count };
	memset(result.results, HMT_RESULT_BUSY, plan.count);
	result.count++;
	expect(EINVAL, write(service, &result, size), "count");
	result.count = plan.count;
	result.reserved = 1;
	expect(EINVAL, write(service, &result, size), "reserved");
	result.reserved = 0;
	/* Unknown, and the results that a plan cannot have. */
	for (wrong = HMT_PLAN_RESULTS; wrong <= HMT_RESULTS; wrong++) {
		result.results[0] = wrong;
		expect(EINVAL, write(service, &result, size), "result");
	}
	result.results[0] = 255;
	expect(EINVAL, write(service, &result, size), "largest result");
	result.results[0] = HMT_RESULT_BUSY;
	result.results[plan.count - 1] = HMT_RESULT_ABSENT;
	expect(EINVAL, write(service, &result, size), "last result");
	result.results[plan.count - 1] = HMT_RESULT_BUSY;
	two[0] = result;
	two[1] = result;
	if (write(service, two, sizeof(two)) != (ssize_t)size)
		die(EXIT_WRONG, "the second of two for one plan was taken");
	expect(ENOENT, write(service, &result, size), "answered already");
	expect(ENOENT, ioctl(service, HMT_CHECK, &plan.id), "answered already");
	puts("ok");
}

static void run_hoard(void)
{
	struct hmt_remote_plan plan;

	begin();
	puts("ready");
	for (;;)
		expect(0, read(service, &plan, sizeof(plan)), "read");
}

static void run_fuzz(unsigned long count)
{
	struct hmt_remote_result result;
	struct hmt_remote_plan plan = { };
	unsigned char *byte = (unsigned char *)&result;
	size_t i;

	begin();
	expect(0, fcntl(service, F_SETFL, O_NONBLOCK), "fcntl");
	while (count--) {
		for (i = 0; i < sizeof(result); i++)
			byte[i] = random_below(256);
		if (random_below(2) &&
		    read(service, &plan, sizeof(plan)) < 0 && errno != EAGAIN)
			die(EXIT_WRONG, "read: %s", strerror(errno));
		if (random_below(2))
			result.id = plan.id;
		if (random_below(2))
			result.count = plan.count;
		if (random_below(2))
			result.reserved = 0;
		for (i = 0; random_below(8) && i < HMT_REMOTE_PAGES; i++)
			result.results[i] %= HMT_PLAN_RESULTS;
		if (write(service, &result, sizeof(result)) < 0 &&
		    errno != EINVAL && errno != ENOENT)
			die(EXIT_WRONG, "write: %s", strerror(errno));
	}
	puts("ok");
}

static void drop_capability(unsigned int drop)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	/* execve(2) of root restores capabilities up to the bounding set. */
	if (prctl(PR_CAPBSET_DROP, drop) || syscall(SYS_capget, &header, data))
		die(EXIT_SYSTEM, "capabilities: %s", strerror(errno));
	data[drop / 32].effective &= ~(1U << drop % 32);
	data[drop / 32].permitted &= ~(1U << drop % 32);
	data[drop / 32].inheritable &= ~(1U << drop % 32);
	if (syscall(SYS_capset, &header, data))
		die(EXIT_SYSTEM, "capset: %s", strerror(errno));
}

static void run_without(const char *what, char **command)
{
	drop_capability(strcmp(what, "nice") ? CAP_SYS_PTRACE : CAP_SYS_NICE);
	execvp(command[0], command);
	die(EXIT_SYSTEM, "%s: %s", command[0], strerror(errno));
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "without") && argc > 3)
		run_without(argv[2], argv + 3);
	device = open(HMT_DEVICE, O_RDWR | O_CLOEXEC);
	expect(0, device, HMT_DEVICE);
	if (!strcmp(what, "refusals"))
		run_refusals();
	else if (!strcmp(what, "wrong"))
		run_wrong();
	else if (!strcmp(what, "hoard"))
		run_hoard();
	else if (!strcmp(what, "fuzz") && argc == 3)
		run_fuzz(number(argv[2]));
	else
		die(EXIT_USAGE, "usage: see the source");
	return 0;
}
