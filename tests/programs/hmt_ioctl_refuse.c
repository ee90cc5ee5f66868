// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to /dev/hmt that must be refused.
 *
 *	hmt_ioctl_refuse refusals KTHREAD	each field with a wrong value;
 *			KTHREAD is the PID of a kernel thread; the graph must
 *			have a tier "dram" with node 0
 *	hmt_ioctl_refuse access	permissions, as those of move_pages(2)
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libioctl.h"

#define NOBODY		65534
#define MOST_OTHERS	4

/**
 * struct flaw - a wrong field in a request that is valid otherwise
 * @command: command of the request
 * @offset: offset of the field
 * @width: width of the field
 * @value: wrong value
 * @error: expected errno
 */
struct flaw {
	unsigned long command;
	size_t offset;
	size_t width;
	__u64 value;
	int error;
};

#define QUERY(field, width, value, error) \
	{ HMT_QUERY, offsetof(struct hmt_query, field), width, value, error }
#define MOVE(field, width, value, error) \
	{ HMT_MOVE, offsetof(struct hmt_move, field), width, value, error }
#define BEST(field, width, value, error) \
	{ HMT_BEST, offsetof(struct hmt_best, field), width, value, error }

#define ADVISE(field, width, value, error) \
	{ HMT_ADVISE, offsetof(struct hmt_advise, field), width, value, error }
#define REPORT(field, width, value, error) \
	{ HMT_REPORT, offsetof(struct hmt_heat_report, field), width, value, \
	  error }

static const struct flaw flaws[] = {
	QUERY(size, 4, 0, EINVAL),
	QUERY(size, 4, sizeof(struct hmt_query) - 1, EINVAL),
	QUERY(size, 4, PAGE_BYTES + 1, E2BIG),
	QUERY(size, 4, UINT_MAX, E2BIG),
	QUERY(flags, 4, 1, EINVAL),
	QUERY(flags, 4, HMT_PIDFD >> 1, EINVAL),
	QUERY(pid, 4, -1, ESRCH),
	QUERY(pid, 4, INT_MAX, ESRCH),
	QUERY(reserved, 4, 1, EINVAL),
	QUERY(reserved2[0], 8, 1, EINVAL),
	QUERY(reserved2[1], 8, 1ULL << 63, EINVAL),
	QUERY(start, 8, 1, EINVAL),
	QUERY(start, 8, 1ULL << 63, EINVAL),
	QUERY(start, 8, -PAGE_BYTES, EINVAL),
	QUERY(length, 8, 0, EINVAL),
	QUERY(length, 8, PAGE_BYTES - 1, EINVAL),
	QUERY(length, 8, -PAGE_BYTES, EINVAL),
	QUERY(pages, 8, 0, EFAULT),
	QUERY(pages, 8, BAD_POINTER, EFAULT),
	MOVE(size, 4, 0, EINVAL),
	MOVE(size, 4, sizeof(struct hmt_move) - 1, EINVAL),
	MOVE(size, 4, PAGE_BYTES + 1, E2BIG),
	MOVE(flags, 4, 1, EINVAL),
	MOVE(flags, 4, HMT_PIDFD >> 1, EINVAL),
	MOVE(pid, 4, -1, ESRCH),
	MOVE(pid, 4, INT_MAX, ESRCH),
	MOVE(uid, 4, 77, ENODEV),
	MOVE(uid, 4, HMT_UID_DEVICE, ENODEV),
	MOVE(uid, 4, HMT_UID_NONE, EINVAL),
	MOVE(start, 8, 1, EINVAL),
	MOVE(start, 8, 1ULL << 63, EINVAL),
	MOVE(length, 8, 0, EINVAL),
	MOVE(length, 8, 1, EINVAL),
	MOVE(length, 8, -PAGE_BYTES, EINVAL),
	MOVE(tier[0], 1, 'x', EINVAL),
	MOVE(tier[1], 1, 'x', EINVAL),
	MOVE(tier[HMT_NAME_MAX], 1, 'x', EINVAL),
	MOVE(reserved[0], 8, 1, EINVAL),
	MOVE(reserved[1], 8, 1, EINVAL),
	ADVISE(size, 4, 0, EINVAL),
	ADVISE(size, 4, sizeof(struct hmt_advise) - 1, EINVAL),
	ADVISE(size, 4, PAGE_BYTES + 1, E2BIG),
	ADVISE(flags, 4, 1, EINVAL),
	ADVISE(flags, 4, HMT_PIDFD >> 1, EINVAL),
	ADVISE(pid, 4, -1, ESRCH),
	ADVISE(pid, 4, INT_MAX, ESRCH),
	ADVISE(advice, 4, HMT_ADVICE_READ_WRITE + 1, EINVAL),
	ADVISE(advice, 4, HMT_ADVICE_PREFER, EINVAL),
	ADVISE(advice, 4, HMT_ADVICE_AVOID, EINVAL),
	ADVISE(tier[0], 1, 'x', EINVAL),
	ADVISE(tier[1], 1, 'x', EINVAL),
	ADVISE(tier[HMT_NAME_MAX], 1, 'x', EINVAL),
	ADVISE(share, 4, 1, EINVAL),
	ADVISE(reserved2, 4, 1, EINVAL),
	ADVISE(advice, 4, UINT_MAX, EINVAL),
	ADVISE(start, 8, 1, EINVAL),
	ADVISE(start, 8, 1ULL << 63, EINVAL),
	ADVISE(length, 8, 0, EINVAL),
	ADVISE(length, 8, 1, EINVAL),
	ADVISE(length, 8, -PAGE_BYTES, EINVAL),
	ADVISE(reserved[0], 8, 1, EINVAL),
	ADVISE(reserved[3], 8, 1, EINVAL),
	REPORT(size, 4, 0, EINVAL),
	REPORT(size, 4, sizeof(struct hmt_heat_report) - 1, EINVAL),
	REPORT(size, 4, PAGE_BYTES + 1, E2BIG),
	REPORT(flags, 4, HMT_REPORT_DAMON << 1, EINVAL),
	REPORT(flags, 4, HMT_PIDFD >> 1, EINVAL),
	REPORT(pid, 4, -1, ESRCH),
	REPORT(count, 4, 0, EINVAL),
	REPORT(count, 4, HMT_REPORT_MAX + 1, EINVAL),
	REPORT(ranges, 8, BAD_POINTER, EFAULT),
	REPORT(reserved[0], 8, 1, EINVAL),
	REPORT(reserved[1], 8, 1, EINVAL),
	BEST(size, 4, 0, EINVAL),
	BEST(size, 4, sizeof(struct hmt_best) - 1, EINVAL),
	BEST(size, 4, PAGE_BYTES + 1, E2BIG),
	BEST(flags, 4, 2, EINVAL),
	BEST(cpus, 8, 1, EINVAL),
	BEST(cpus_size, 4, 8, EFAULT),
	BEST(cpus_size, 4, HMT_BEST_CPUS_MAX + 1, EINVAL),
	BEST(devices, 8, (uintptr_t)infos, EINVAL),
	BEST(nr_devices, 4, 1, EFAULT),
	BEST(nr_devices, 4, HMT_BEST_DEVICES_MAX + 1, EINVAL),
	BEST(bytes, 8, ULLONG_MAX, ENOSPC),
	BEST(reserved[0], 8, 1, EINVAL),
	BEST(reserved[1], 8, 1, EINVAL),
};

static void refuse_fields(void)
{
	union request what;
	size_t i;

	for (i = 0; i < LENGTH_OF(flaws); i++) {
		const struct flaw *flaw = &flaws[i];

		expect(flaw->command == HMT_REPORT ? ENXIO : 0,
		       request(flaw->command, make(flaw->command, &what)),
		       "before flaw", i);
		make(flaw->command, &what);
		memcpy(what.bytes + flaw->offset, &flaw->value, flaw->width);
		expect(flaw->error, request(flaw->command, &what), "flaw", i);
	}
}

/* A larger request of a newer program is accepted if the rest is zero. */
static void refuse_sizes(void)
{
	static const unsigned long commands[] = {
		HMT_QUERY, HMT_MOVE, HMT_ADVISE, HMT_BEST
	};
	union request what;
	size_t i, size;

	for (i = 0; i < LENGTH_OF(commands); i++) {
		size = make(commands[i], &what)->size;
		what.size = size + 16;
		expect(0, request(commands[i], &what), "longer", i);
		make(commands[i], &what)->size = size + 16;
		what.bytes[size + 15] = 1;
		expect(E2BIG, request(commands[i], &what), "newer", i);
		expect(EFAULT, request(commands[i], NULL), "null", i);
		expect(EFAULT, request(commands[i], (void *)BAD_POINTER),
		       "kernel pointer", i);
	}
	expect(ENOTTY, request(_IO(HMT_IOC, 99), &what), "number", 99);
	expect(ENOTTY, request(_IO('x', 0), &what), "type", 'x');
	expect(ENOTTY, request(_IOR(HMT_IOC, 0, int), &what), "direction", 0);
}

/* The counters are output: their input is ignored, and all are filled. */
static void ignore_counters(void)
{
	union request what;
	size_t i, pages = 0;

	memset(make_move(&what)->move.pages, 0xff, sizeof(what.move.pages));
	expect(0, request(HMT_MOVE, &what), "counters", 0);
	for (i = 0; i < HMT_RESULTS; i++)
		pages += what.move.pages[i];
	expect(PAGES, pages, "sum of counters", pages);
	for (; i < HMT_RESULTS_MAX; i++)
		expect(0, what.move.pages[i], "counter", i);
}

static void refuse_tiers(void)
{
	union request what;

	make_move(&what)->move.uid = HMT_UID_NONE;
	strcpy(what.move.tier, "nosuch");
	expect(ENOENT, request(HMT_MOVE, &what), "tier", 0);
	make_move(&what)->move.uid = HMT_UID_NONE;
	memset(what.move.tier, 'x', sizeof(what.move.tier));
	expect(EINVAL, request(HMT_MOVE, &what), "tier", 1);
	make_move(&what)->move.uid = HMT_UID_NONE;
	strcpy(what.move.tier, "dram");
	what.move.tier[sizeof(what.move.tier) - 2] = 'x';
	expect(EINVAL, request(HMT_MOVE, &what), "tier", 2);
	make_move(&what)->move.uid = HMT_UID_NONE;
	strcpy(what.move.tier, "dram");
	expect(0, request(HMT_MOVE, &what), "tier", 3);
}

static void refuse_heat(void)
{
	static const struct flaw wrong[] = {
		{ 0, offsetof(struct hmt_heat_range, start), 8, 1, ERANGE },
		{ 0, offsetof(struct hmt_heat_range, start), 8, 1ULL << 63,
		  ERANGE },
		{ 0, offsetof(struct hmt_heat_range, length), 8, 0, ERANGE },
		{ 0, offsetof(struct hmt_heat_range, length), 8, -PAGE_BYTES,
		  ERANGE },
		{ 0, offsetof(struct hmt_heat_range, score), 4, 0, ERANGE },
		{ 0, offsetof(struct hmt_heat_range, score), 4,
		  HMT_REPORT_SCORE_MAX + 1, ERANGE },
		{ 0, offsetof(struct hmt_heat_range, reserved), 4, 1, ERANGE },
	};
	union request what;
	size_t i;

	for (i = 0; i < LENGTH_OF(wrong); i++) {
		make_report(&what);
		memcpy((char *)&heat + wrong[i].offset, &wrong[i].value,
		       wrong[i].width);
		expect(wrong[i].error, request(HMT_REPORT, &what), "heat", i);
	}
}

static void refuse_best(void)
{
	unsigned char cpus[8] = { 0 };
	__u32 device_uid = HMT_UID_DEVICE | 12345;
	union request what;

	make_best(&what)->best.cpus = (uintptr_t)cpus;
	what.best.cpus_size = sizeof(cpus);
	expect(EINVAL, request(HMT_BEST, &what), "no CPU", 0);
	make_best(&what)->best.devices = (uintptr_t)&device_uid;
	what.best.nr_devices = 1;
	expect(ENODEV, request(HMT_BEST, &what), "no device", 0);
	device_uid = 0;
	expect(ENODEV, request(HMT_BEST, &what), "a node", 0);
}

/* Flag of requests about a process: HMT_PIDFD or 0. */
static __u32 by;

static int ask_about(int process)
{
	union request what;

	make_query(&what)->query.pid = process;
	what.query.flags = by;
	return request(HMT_QUERY, &what);
}

static int push(int process)
{
	union request what;

	make_move(&what)->move.pid = process;
	what.move.flags = by;
	return request(HMT_MOVE, &what);
}

static int advise(int process)
{
	union request what;

	make_advise(&what)->advise.pid = process;
	what.advise.flags = by;
	return request(HMT_ADVISE, &what);
}

static int report(int process)
{
	union request what;

	make_report(&what)->report.pid = process;
	what.report.flags = by;
	return request(HMT_REPORT, &what);
}

static void refuse_processes(pid_t kthread)
{
	siginfo_t info;
	pid_t pid = make_child();

	if (!pid)
		_exit(0);
	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		die(EXIT_SYSTEM, "waitid: %s", strerror(errno));
	expect(ESRCH, ask_about(pid), "zombie", 0);
	expect(ESRCH, push(pid), "zombie", 1);
	expect(ESRCH, advise(pid), "zombie", 2);
	waitpid(pid, NULL, 0);
	expect(ESRCH, ask_about(pid), "gone", 0);
	expect(ESRCH, push(pid), "gone", 1);
	expect(EINVAL, ask_about(kthread), "kthread", 0);
	expect(EINVAL, push(kthread), "kthread", 1);
	expect(EINVAL, advise(kthread), "kthread", 2);
}

static int open_pidfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		die(EXIT_SYSTEM, "pidfd_open: %s", strerror(errno));
	return fd;
}

static void refuse_pidfd(int fd, int error, const char *what)
{
	expect(error, ask_about(fd), what, 0);
	expect(error, push(fd), what, 1);
	expect(error, advise(fd), what, 2);
	expect(error, report(fd), what, 3);
}

/* Start a process with this PID, which is free. */
static pid_t make_child_with(pid_t pid)
{
	__u64 tid = pid;
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&pid,
		.set_tid_size = 1,
	};

	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die(EXIT_SYSTEM, "clone3 with PID %d: %s", (int)tid,
		    strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A pidfd never becomes another process with the same number. */
static void refuse_reused(void)
{
	pid_t pid = make_child(), again;
	int fd;

	if (!pid)
		for (;;)
			pause();
	fd = open_pidfd(pid);
	by = HMT_PIDFD;
	expect(0, ask_about(fd), "pidfd", 0);
	expect(0, push(fd), "pidfd", 1);
	expect(0, advise(fd), "pidfd", 2);
	expect(ENXIO, report(fd), "pidfd", 3);
	end_child(pid);
	refuse_pidfd(fd, ESRCH, "pidfd of a process that is gone");
	again = make_child_with(pid);
	expect(pid, again, "PID", 0);
	refuse_pidfd(fd, ESRCH, "pidfd, and another process has its number");
	by = 0;
	expect(0, ask_about(pid), "the other process", 0);
	end_child(again);
	close(fd);
}

static void refuse_pidfds(pid_t kthread)
{
	int fds[] = {
		-1, INT_MAX, device, epoll_create1(EPOLL_CLOEXEC),
		open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		open("/proc/self", O_PATH | O_CLOEXEC),
		memfd_create("[pidfd]", MFD_CLOEXEC),
	};
	size_t i;
	int fd;

	by = HMT_PIDFD;
	for (i = 0; i < LENGTH_OF(fds); i++)
		refuse_pidfd(fds[i], EBADF, "not a pidfd");
	for (i = 3; i < LENGTH_OF(fds); i++)
		close(fds[i]);
	refuse_pidfd(fds[3], EBADF, "closed");
	fd = open_pidfd(kthread);
	refuse_pidfd(fd, EINVAL, "pidfd of a kernel thread");
	close(fd);
	fd = open_pidfd(getpid());
	expect(0, ask_about(fd), "pidfd of the caller", 0);
	expect(0, push(fd), "pidfd of the caller", 1);
	expect(0, advise(fd), "pidfd of the caller", 2);
	close(fd);
	by = 0;
	refuse_reused();
}

static void run_refusals(pid_t kthread)
{
	refuse_fields();
	refuse_sizes();
	ignore_counters();
	refuse_tiers();
	refuse_heat();
	refuse_best();
	refuse_processes(kthread);
	refuse_pidfds(kthread);
}

/*
 * Permissions, compared with those of move_pages(2).
 */

static int ask_kernel(pid_t pid)
{
	void *page = area;
	int status;

	return syscall(SYS_move_pages, pid, 1, &page, NULL, &status, 0) ?
	       errno : 0;
}

static void become_nobody(bool dumpable)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		die(EXIT_SYSTEM, "setresuid: %s", strerror(errno));
	prctl(PR_SET_DUMPABLE, dumpable);
}

/* Start a process of root or of user "nobody" that waits for a signal. */
static pid_t make_other(bool nobody, bool dumpable)
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe(ready))
		die(EXIT_SYSTEM, "pipe: %s", strerror(errno));
	pid = make_child();
	if (!pid) {
		close(device);
		if (nobody)
			become_nobody(dumpable);
		/* A change of credentials clears it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ready[0], &byte, 1) != 1)
		die(EXIT_SYSTEM, "the other process is gone");
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void drop_capability(unsigned int drop)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		die(EXIT_SYSTEM, "capget: %s", strerror(errno));
	data[drop / 32].effective &= ~(1U << drop % 32);
	data[drop / 32].permitted &= ~(1U << drop % 32);
	if (syscall(SYS_capset, &header, data))
		die(EXIT_SYSTEM, "capset: %s", strerror(errno));
}

enum { AS_ROOT, AS_ROOT_WITHOUT_PTRACE, AS_NOBODY, KINDS_OF_CALLERS };

/* Compare each result with move_pages(2); return the number of refusals. */
static int compare_as(int who, const pid_t *others, size_t count)
{
	pid_t pid = make_child();
	int status;
	size_t i;

	if (!pid) {
		int fds[MOST_OTHERS];

		for (i = 0; i < count; i++)
			fds[i] = open_pidfd(others[i]);
		status = 0;
		if (who == AS_ROOT_WITHOUT_PTRACE)
			drop_capability(CAP_SYS_PTRACE);
		if (who == AS_NOBODY)
			become_nobody(true);
		for (i = 0; i < count; i++) {
			int wanted = ask_kernel(others[i]);

			expect(wanted, ask_about(others[i]), "query as", who);
			expect(wanted, push(others[i]), "move as", who);
			expect(wanted, advise(others[i]), "advise as", who);
			by = HMT_PIDFD;
			expect(wanted, ask_about(fds[i]), "pidfd as", who);
			expect(wanted, push(fds[i]), "pidfd as", who);
			expect(wanted, advise(fds[i]), "pidfd as", who);
			by = 0;
			status += wanted == EPERM;
		}
		_exit(status);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		die(EXIT_WRONG, "caller %d died", who);
	return WEXITSTATUS(status);
}

static void run_access(void)
{
	/* Root without the capability can do less than other root processes. */
	static const int wanted[KINDS_OF_CALLERS] = { 0, 4, 3 };
	const pid_t others[MOST_OTHERS] = {
		make_other(false, false), make_other(true, true),
		make_other(true, false), getpid(),
	};
	int who;
	size_t i;

	for (who = 0; who < KINDS_OF_CALLERS; who++)
		expect(wanted[who],
		       compare_as(who, others, LENGTH_OF(others)),
		       "refusals of caller", who);
	for (i = 0; i + 1 < LENGTH_OF(others); i++) {
		kill(others[i], SIGKILL);
		waitpid(others[i], NULL, 0);
	}
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	open_device();
	if (!strcmp(command, "refusals") && argc == 3)
		run_refusals(number(argv[2]));
	else if (!strcmp(command, "access"))
		run_access();
	else
		die(EXIT_USAGE, "unknown command '%s'", command);
	return 0;
}
