// SPDX-License-Identifier: GPL-2.0
/*
 * The table of permissions in Documentation/device.rst, row by row.
 *
 *	hmt_permission table		who may ask about which process
 *	hmt_permission threads		who may ask about a process whose main
 *					thread has exited
 *	hmt_permission pages		which pages of it move
 *	hmt_permission device UID FILE	who may move pages to the memory UID of
 *					the device with the file FILE
 *	hmt_permission exec PROGRAM	ask all the time about a process that
 *					executes PROGRAM, a set-user-ID copy of
 *					this one
 *	hmt_permission move MIB [FILE]	as user OWNER, after opening FILE;
 *					commands, one a line:
 *			move UID|TIER	"MOVED THERE NOMEM LIMIT", pages
 *			quit
 *	hmt_permission run COMMAND...	as user OWNER
 *	hmt_permission idle		wait for a signal, if privileged
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libioctl.h"

#define OWNER_UID	65534
#define OTHER_UID	65533

/* Pages that are busy for a moment are moved again. */
#define TRIES		1000

/* Rounds of execve(2), and memory that makes each of them slow. */
#define EXEC_ROUNDS	8
#define EXEC_PAGES	(64 * PAGES_PER_MIB)

enum caller { ROOT, WITHOUT_NICE, OWNER, OTHER, IN_USERNS, IN_PIDNS, CALLERS };
enum target { SELF, OF_ROOT, OF_OWNER, HIDDEN, TARGETS };

static const char *const caller_names[CALLERS] = {
	[ROOT] = "root", [WITHOUT_NICE] = "root without CAP_SYS_NICE",
	[OWNER] = "owner", [OTHER] = "other user",
	[IN_USERNS] = "root of a user namespace",
	[IN_PIDNS] = "root in a PID namespace",
};

/* Requests about a process. */
static const int about_process[CALLERS][TARGETS] = {
	[ROOT] = { 0, 0, 0, 0 },
	[WITHOUT_NICE] = { 0, 0, 0, 0 },
	[OWNER] = { 0, EPERM, 0, EPERM },
	[OTHER] = { 0, EPERM, EPERM, EPERM },
	[IN_USERNS] = { 0, EPERM, EPERM, EPERM },
	[IN_PIDNS] = { 0, ESRCH, ESRCH, ESRCH },
};

/* HMT_SERVE, and HMT_MOVE of own pages to a device that is not open. */
static const int with_nice[CALLERS] = {
	[ROOT] = 0, [WITHOUT_NICE] = EPERM, [OWNER] = EPERM, [OTHER] = EPERM,
	[IN_USERNS] = EPERM, [IN_PIDNS] = 0,
};

static pid_t targets[TARGETS];

static void drop_nice(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		die(EXIT_SYSTEM, "capget: %s", strerror(errno));
	data[0].effective &= ~(1U << CAP_SYS_NICE);
	if (syscall(SYS_capset, &header, data))
		die(EXIT_SYSTEM, "capset: %s", strerror(errno));
}

static void become_user(unsigned int uid, bool dumpable)
{
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		die(EXIT_SYSTEM, "setresuid: %s", strerror(errno));
	prctl(PR_SET_DUMPABLE, dumpable);
	/* A change of credentials clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void enter_pid_namespace(void)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		die(EXIT_SYSTEM, "unshare: %s", strerror(errno));
	pid = make_child();
	if (!pid)
		return;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		_exit(EXIT_SYSTEM);
	_exit(WEXITSTATUS(status));
}

static void become(enum caller caller)
{
	switch (caller) {
	case WITHOUT_NICE:
		drop_nice();
		break;
	case OWNER:
		become_user(OWNER_UID, true);
		break;
	case OTHER:
		become_user(OTHER_UID, true);
		break;
	case IN_USERNS:
		become_user(OWNER_UID, true);
		if (unshare(CLONE_NEWUSER))
			die(EXIT_SYSTEM, "unshare: %s", strerror(errno));
		break;
	case IN_PIDNS:
		enter_pid_namespace();
		break;
	default:
		break;
	}
}

/* Run @what in a child that is @caller. */
static void run_as(enum caller caller, void (*what)(enum caller caller))
{
	pid_t pid = make_child();
	int status;

	if (!pid) {
		become(caller);
		what(caller);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die(EXIT_WRONG, "as %s: status %#x", caller_names[caller],
		    status);
}

static void idle(void)
{
	for (;;)
		pause();
}

static void tell(int fd)
{
	if (write(fd, "x", 1) != 1)
		_exit(EXIT_SYSTEM);
}

static void await(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		die(EXIT_SYSTEM, "the other process is gone");
}

static void make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC))
		die(EXIT_SYSTEM, "pipe: %s", strerror(errno));
}

/* Start a process with the area, which waits for a signal. */
static pid_t start_target(enum target target)
{
	int ready[2];
	pid_t pid;

	make_pipe(ready);
	pid = make_child();
	if (!pid) {
		memset(area, 2, PAGES * PAGE_BYTES);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (target != OF_ROOT)
			become_user(OWNER_UID, target != HIDDEN);
		tell(ready[1]);
		idle();
	}
	await(ready[0]);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int ask_kernel(pid_t pid)
{
	void *page = area;
	int status;

	return syscall(SYS_move_pages, pid, 1, &page, NULL, &status, 0) ?
	       errno : 0;
}

static void ask_about(enum caller caller, enum target target)
{
	int wanted = about_process[caller][target];
	pid_t pid = targets[target];
	union request what;

	expect(wanted, ask_kernel(pid), "move_pages(2) about", target);
	make_query(&what)->query.pid = pid;
	expect(wanted, request(HMT_QUERY, &what), "HMT_QUERY about", target);
	make_move(&what)->move.pid = pid;
	expect(wanted, request(HMT_MOVE, &what), "HMT_MOVE of", target);
	make_advise(&what)->advise.pid = pid;
	expect(wanted, request(HMT_ADVISE, &what), "HMT_ADVISE for", target);
	/* No workload takes reports. */
	make_report(&what)->report.pid = pid;
	expect(wanted ?: ENXIO, request(HMT_REPORT, &what), "HMT_REPORT of",
	       target);
}

static int serve(void)
{
	struct hmt_serve serve = { .size = sizeof(serve) };
	int fd = ioctl(device, HMT_SERVE, &serve);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void walk_table(enum caller caller)
{
	enum target target;
	union request what;

	for (target = SELF; target < TARGETS; target++)
		ask_about(caller, target);
	expect(0, request(HMT_BEST, make_best(&what)), "HMT_BEST", 0);
	expect(with_nice[caller], serve(), "HMT_SERVE", 0);
}

static void run_table(void)
{
	enum caller caller;
	enum target target;

	for (target = OF_ROOT; target < TARGETS; target++)
		targets[target] = start_target(target);
	for (caller = ROOT; caller < CALLERS; caller++)
		run_as(caller, walk_table);
	for (target = OF_ROOT; target < TARGETS; target++)
		end_process(targets[target]);
}

/* Change the credentials of this thread only, and let others look at it. */
static void drop_thread(void)
{
	if (syscall(SYS_setresgid, OWNER_UID, OWNER_UID, OWNER_UID) ||
	    syscall(SYS_setresuid, OWNER_UID, OWNER_UID, OWNER_UID))
		die(EXIT_SYSTEM, "setresuid: %s", strerror(errno));
	prctl(PR_SET_DUMPABLE, 1);
}

static int staying[2];

static void *stay(void *drop)
{
	if (drop)
		drop_thread();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	tell(staying[1]);
	idle();
	return NULL;
}

static bool is_zombie(pid_t pid)
{
	char path[32], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		die(EXIT_SYSTEM, "%s: no state", path);
	fclose(file);
	return state == 'Z';
}

/*
 * Start a process whose main thread has exited. One of its two threads is of
 * OWNER, the other of root; @dropped: that is the thread that stays.
 */
static pid_t start_headless(bool dropped)
{
	pid_t pid = make_child();
	pthread_t thread;

	if (!pid) {
		if (pthread_create(&thread, NULL, stay, dropped ? area : NULL))
			die(EXIT_SYSTEM, "pthread_create");
		await(staying[0]);
		if (!dropped)
			drop_thread();
		syscall(SYS_exit, 0);
	}
	while (!is_zombie(pid))
		usleep(1000);
	return pid;
}

static pid_t headless[2];

static void ask_about_threads(enum caller caller)
{
	union request what;
	int dropped;

	for (dropped = 0; dropped < 2; dropped++) {
		make_query(&what)->query.pid = headless[dropped];
		expect(about_process[caller][dropped ? OF_OWNER : OF_ROOT],
		       request(HMT_QUERY, &what), "HMT_QUERY about", dropped);
	}
}

/* The credentials of the thread count that has the memory. */
static void run_threads(void)
{
	make_pipe(staying);
	headless[0] = start_headless(false);
	headless[1] = start_headless(true);
	run_as(ROOT, ask_about_threads);
	run_as(OWNER, ask_about_threads);
	run_as(OTHER, ask_about_threads);
	end_process(headless[0]);
	end_process(headless[1]);
}

/* Move the area of @pid to memory @uid, and return the pages with @result. */
static size_t move_area(pid_t pid, __u32 uid, enum hmt_result result)
{
	union request what;

	make_move(&what)->move.pid = pid;
	what.move.uid = uid;
	expect(0, request(HMT_MOVE, &what), "HMT_MOVE to", uid);
	return what.move.pages[result];
}

/* Move all pages of the area of @pid to memory @uid, some of which are not there. */
static void move_all(pid_t pid, __u32 uid, const char *what, size_t which)
{
	size_t moved = 0, tries;

	for (tries = 0; tries < TRIES; tries++) {
		moved += move_area(pid, uid, HMT_RESULT_MOVED);
		if (move_area(pid, uid, HMT_RESULT_THERE) == PAGES)
			break;
	}
	expect(true, moved && tries < TRIES, what, which);
}

static int ask_kernel_to_move(pid_t pid, int node)
{
	void *page = area;
	int status = -1;

	if (syscall(SYS_move_pages, pid, 1, &page, &node, &status, 1 << 1) < 0)
		die(EXIT_SYSTEM, "move_pages: %s", strerror(errno));
	return status < 0 ? -status : 0;
}

/*
 * Parent and child map the same pages; the child has excluded them in its
 * address space only.
 */
static void share_pages(enum caller caller)
{
	int ready[2];
	pid_t pid;

	make_pipe(ready);
	memset(area, 3, PAGES * PAGE_BYTES);
	move_area(0, 0, HMT_RESULT_MOVED);
	move_all(0, 1, "own", caller);
	move_all(0, 0, "own", caller);
	pid = make_child();
	if (!pid) {
		union request what;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		make_advise(&what)->advise.advice = HMT_ADVICE_EXCLUDE;
		expect(0, request(HMT_ADVISE, &what), "exclude", 0);
		tell(ready[1]);
		idle();
	}
	await(ready[0]);
	expect(EACCES, ask_kernel_to_move(0, 1), "move_pages(2)", caller);
	expect(PAGES, move_area(0, 1, HMT_RESULT_SHARED), "shared", caller);
	expect(PAGES, move_area(pid, 1, HMT_RESULT_EXCLUDED), "excluded",
	       caller);
	end_process(pid);
	move_all(0, 1, "alone", caller);
}

static void run_pages(void)
{
	run_as(ROOT, share_pages);
	run_as(WITHOUT_NICE, share_pages);
	run_as(OWNER, share_pages);
}

static __u32 device_uid;
static const char *device_file;

static int move_to_device(pid_t pid)
{
	union request what;

	make_move(&what)->move.pid = pid;
	what.move.uid = device_uid;
	return request(HMT_MOVE, &what);
}

static void use_closed(enum caller caller)
{
	memset(area, 4, PAGES * PAGE_BYTES);
	expect(with_nice[caller], move_to_device(0), "own to device", caller);
	if (with_nice[caller])
		return;
	move_all(0, 0, "from device", caller);
	move_all(0, device_uid, "to device", caller);
}

/* Open the device, become @caller, and share pages on the device. */
static void use_open(enum caller caller)
{
	int fd = open(device_file, O_RDWR | O_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		die(EXIT_SYSTEM, "%s: %s", device_file, strerror(errno));
	become(caller);
	memset(area, 4, PAGES * PAGE_BYTES);
	move_all(0, device_uid, "open", caller);
	pid = make_child();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		idle();
	}
	expect(PAGES, move_area(0, 0, HMT_RESULT_SHARED), "parent", caller);
	expect(PAGES, move_area(pid, 0, HMT_RESULT_SHARED), "child", caller);
	/* The child has another address space, for which nothing is open. */
	expect(EPERM, move_to_device(pid), "child", caller);
	end_process(pid);
	move_all(0, 0, "back", caller);
	close(fd);
	expect(EPERM, move_to_device(0), "closed", caller);
}

static void use_open_as(enum caller caller)
{
	pid_t pid = make_child();
	int status;

	if (!pid) {
		use_open(caller);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die(EXIT_WRONG, "open as %s: status %#x", caller_names[caller],
		    status);
}

static void run_device(const char *uid, const char *file)
{
	enum caller caller;

	device_uid = number(uid);
	device_file = file;
	for (caller = ROOT; caller < CALLERS; caller++)
		run_as(caller, use_closed);
	use_open_as(WITHOUT_NICE);
	use_open_as(OWNER);
}

/*
 * Ask about a process from before its execve(2) until the requests are refused.
 * ESRCH is about the old address space, which the process has left. Nothing may
 * show the new one.
 */
static void watch_exec(const char *program)
{
	union request what;
	void *ballast;
	int ret, go[2];
	pid_t pid;

	make_pipe(go);
	pid = make_child();
	if (!pid) {
		ballast = map_pages(EXEC_PAGES);
		memset(ballast, 1, EXEC_PAGES * PAGE_BYTES);
		tell(go[1]);
		execl(program, program, "idle", NULL);
		_exit(EXIT_SYSTEM);
	}
	await(go[0]);
	do {
		make_query(&what)->query.pid = pid;
		ret = request(HMT_QUERY, &what);
	} while (!ret || ret == ESRCH);
	expect(EPERM, ret, "during execve(2)", 0);
	expect(EPERM, ask_kernel(pid), "move_pages(2)", 0);
	make_move(&what)->move.pid = pid;
	expect(EPERM, request(HMT_MOVE, &what), "HMT_MOVE", 0);
	end_process(pid);
	close(go[0]);
	close(go[1]);
}

static void run_exec(const char *program)
{
	unsigned int i;

	become_user(OWNER_UID, true);
	for (i = 0; i < EXEC_ROUNDS; i++)
		watch_exec(program);
}

static void do_move(char *to, void *start, size_t pages)
{
	char *end;
	union request what;
	const __u64 *count = what.move.pages;

	make_move(&what)->move.start = (uintptr_t)start;
	what.move.length = pages * PAGE_BYTES;
	what.move.uid = strtoul(to, &end, 10);
	if (*end) {
		what.move.uid = HMT_UID_NONE;
		strncpy(what.move.tier, to, sizeof(what.move.tier) - 1);
	}
	if (request(HMT_MOVE, &what))
		printf("%s\n", strerrorname_np(errno));
	else
		printf("%llu %llu %llu %llu\n", count[HMT_RESULT_MOVED],
		       count[HMT_RESULT_THERE], count[HMT_RESULT_NOMEM],
		       count[HMT_RESULT_LIMIT]);
}

static void run_move(unsigned long mib, const char *file)
{
	size_t pages = mib * PAGES_PER_MIB;
	void *start = map_pages(pages);
	char line[80];

	if (file && open(file, O_RDWR | O_CLOEXEC) < 0)
		die(EXIT_SYSTEM, "%s: %s", file, strerror(errno));
	memset(start, 1, pages * PAGE_BYTES);
	become_user(OWNER_UID, true);
	setlinebuf(stdout);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, "move ", 5)) {
			do_move(line + 5, start, pages);
		} else if (!strcmp(line, "quit")) {
			puts("ok");
			return;
		}
	}
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (!strcmp(command, "idle")) {
		if (geteuid())
			die(EXIT_SYSTEM, "not privileged");
		idle();
	}
	if (!strcmp(command, "run") && argc > 2) {
		become_user(OWNER_UID, true);
		execvp(argv[2], argv + 2);
		die(EXIT_SYSTEM, "%s: %s", argv[2], strerror(errno));
	}
	open_device();
	if (!strcmp(command, "table"))
		run_table();
	else if (!strcmp(command, "threads"))
		run_threads();
	else if (!strcmp(command, "pages"))
		run_pages();
	else if (!strcmp(command, "device") && argc == 4)
		run_device(argv[2], argv[3]);
	else if (!strcmp(command, "exec") && argc == 3)
		run_exec(argv[2]);
	else if (!strcmp(command, "move") && (argc == 3 || argc == 4))
		run_move(number(argv[2]), argv[3]);
	else
		die(EXIT_USAGE, "unknown command '%s'", command);
	return 0;
}
