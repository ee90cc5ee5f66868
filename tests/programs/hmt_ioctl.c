// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to /dev/hmt that must be refused, or must not do harm.
 *
 *	hmt_ioctl refusals KTHREAD	each field wrong once; KTHREAD is the
 *			PID of a kernel thread; there is a graph with a tier
 *			"dram" that holds node 0
 *	hmt_ioctl access	who may look into whom: as move_pages(2) says
 *	hmt_ioctl signals	a signal ends a move early, and nothing is lost
 *	hmt_ioctl vast		a range of a tebibyte, with three pages in it
 *	hmt_ioctl best		what HMT_BEST says on the topology "three"
 *	hmt_ioctl fuzz COUNT	random requests, on processes that come and go
 *	hmt_ioctl heat PID START END	report that range as hot, until killed
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/hmt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libtest.h"

#define NOBODY		65534
#define PAGES		64
#define BAD_POINTER	0xffff800000000000ULL
#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

union request {
	__u32 size;
	struct hmt_query query;
	struct hmt_move move;
	struct hmt_heat_report report;
	struct hmt_best best;
	char bytes[8192];
};

static int device;
static void *area;
static struct hmt_page_info infos[PAGES];
static struct hmt_heat_range heat;

/* 0 or the errno. */
static int request(unsigned long command, void *argument)
{
	return ioctl(device, command, argument) ? errno : 0;
}

static union request *make_query(union request *what)
{
	memset(what, 0, sizeof(*what));
	what->query = (struct hmt_query) {
		.size = sizeof(what->query),
		.start = (uintptr_t)area,
		.length = PAGES * PAGE_BYTES,
		.pages = (uintptr_t)infos,
	};
	return what;
}

static union request *make_move(union request *what)
{
	memset(what, 0, sizeof(*what));
	what->move = (struct hmt_move) {
		.size = sizeof(what->move),
		.uid = 0,
		.start = (uintptr_t)area,
		.length = PAGES * PAGE_BYTES,
	};
	return what;
}

static union request *make_report(union request *what)
{
	memset(what, 0, sizeof(*what));
	heat = (struct hmt_heat_range) {
		.start = (uintptr_t)area,
		.length = PAGES * PAGE_BYTES,
		.score = HMT_REPORT_SCORE_HIT,
	};
	what->report = (struct hmt_heat_report) {
		.size = sizeof(what->report),
		.count = 1,
		.ranges = (uintptr_t)&heat,
	};
	return what;
}

static union request *make_best(union request *what)
{
	memset(what, 0, sizeof(*what));
	what->best.size = sizeof(what->best);
	return what;
}

/*
 * Refusals.
 */

/**
 * struct flaw - one field that is wrong in a request that is right otherwise
 * @command: which request
 * @offset: of the field
 * @width: of the field
 * @value: what it is set to
 * @error: what comes of it
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

#define REPORT(field, width, value, error) \
	{ HMT_REPORT, offsetof(struct hmt_heat_report, field), width, value, \
	  error }

static const struct flaw flaws[] = {
	QUERY(size, 4, 0, EINVAL),
	QUERY(size, 4, sizeof(struct hmt_query) - 1, EINVAL),
	QUERY(size, 4, PAGE_BYTES + 1, E2BIG),
	QUERY(size, 4, UINT_MAX, E2BIG),
	QUERY(flags, 4, 1, EINVAL),
	QUERY(flags, 4, 1U << 31, EINVAL),
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
	MOVE(reserved[3], 8, 1, EINVAL),
	REPORT(size, 4, 0, EINVAL),
	REPORT(size, 4, sizeof(struct hmt_heat_report) - 1, EINVAL),
	REPORT(size, 4, PAGE_BYTES + 1, E2BIG),
	REPORT(flags, 4, 1, EINVAL),
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

static union request *make(unsigned long command, union request *what)
{
	switch (command) {
	case HMT_QUERY:
		return make_query(what);
	case HMT_MOVE:
		return make_move(what);
	case HMT_REPORT:
		return make_report(what);
	default:
		return make_best(what);
	}
}

static void expect(int wanted, int got, const char *what, size_t which)
{
	if (wanted != got)
		die(EXIT_WRONG, "%s %zu: %d instead of %d", what, which, got,
		    wanted);
}

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

/* What a newer program sends is taken when it asks for nothing new. */
static void refuse_sizes(void)
{
	static const unsigned long commands[] = {
		HMT_QUERY, HMT_MOVE, HMT_BEST
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
		{ 0, offsetof(struct hmt_heat_range, start), 8, 1, EINVAL },
		{ 0, offsetof(struct hmt_heat_range, start), 8, 1ULL << 63,
		  EINVAL },
		{ 0, offsetof(struct hmt_heat_range, length), 8, 0, EINVAL },
		{ 0, offsetof(struct hmt_heat_range, length), 8, -PAGE_BYTES,
		  EINVAL },
		{ 0, offsetof(struct hmt_heat_range, score), 4, 0, EINVAL },
		{ 0, offsetof(struct hmt_heat_range, score), 4,
		  HMT_REPORT_SCORE_MAX + 1, EINVAL },
		{ 0, offsetof(struct hmt_heat_range, reserved), 4, 1, EINVAL },
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

static pid_t make_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die(EXIT_SYSTEM, "fork: %s", strerror(errno));
	return pid;
}

static int ask_about(pid_t pid)
{
	union request what;

	make_query(&what)->query.pid = pid;
	return request(HMT_QUERY, &what);
}

static int push(pid_t pid)
{
	union request what;

	make_move(&what)->move.pid = pid;
	return request(HMT_MOVE, &what);
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
	waitpid(pid, NULL, 0);
	expect(ESRCH, ask_about(pid), "gone", 0);
	expect(ESRCH, push(pid), "gone", 1);
	expect(EINVAL, ask_about(kthread), "kthread", 0);
	expect(EINVAL, push(kthread), "kthread", 1);
}

static void run_refusals(pid_t kthread)
{
	refuse_fields();
	refuse_sizes();
	refuse_tiers();
	refuse_heat();
	refuse_best();
	refuse_processes(kthread);
}

/*
 * Who may: the kernel's own move_pages(2) knows.
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

/* A process that waits as root, or as nobody, until it is killed. */
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
		/* A change of credentials takes it back. */
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

/* Each answer of ours is that of move_pages(2). Returns how many refusals. */
static int compare_as(int who, const pid_t *others, size_t count)
{
	pid_t pid = make_child();
	int status;
	size_t i;

	if (!pid) {
		status = 0;
		if (who == AS_ROOT_WITHOUT_PTRACE)
			drop_capability(CAP_SYS_PTRACE);
		if (who == AS_NOBODY)
			become_nobody(true);
		for (i = 0; i < count; i++) {
			int wanted = ask_kernel(others[i]);

			expect(wanted, ask_about(others[i]), "query as", who);
			expect(wanted, push(others[i]), "move as", who);
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
	/* Root without the capability can do less than the other two roots. */
	static const int wanted[KINDS_OF_CALLERS] = { 0, 4, 3 };
	const pid_t others[] = {
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

/*
 * Large ranges.
 */

static volatile sig_atomic_t signals;

static void on_alarm(int signal)
{
	(void)signal;
	signals++;
}

static void tick(unsigned int us)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = {
		.it_interval.tv_usec = us, .it_value.tv_usec = us,
	};

	sigaction(SIGALRM, &action, NULL);
	if (setitimer(ITIMER_REAL, &timer, NULL))
		die(EXIT_SYSTEM, "setitimer: %s", strerror(errno));
}

/* Move all of it, in as many calls as it takes; returns how many moved. */
static size_t move_all(void *start, size_t pages, __u32 uid,
		       unsigned int *calls)
{
	__u64 end = (uintptr_t)start + pages * PAGE_BYTES;
	union request what;
	size_t moved = 0;
	int error;

	make_move(&what)->move.uid = uid;
	for (what.move.next = (uintptr_t)start; what.move.next < end;) {
		what.move.start = what.move.next;
		what.move.length = end - what.move.start;
		error = request(HMT_MOVE, &what);
		if (error == EINTR)
			continue;
		expect(0, error, "move", *calls);
		if (what.move.next <= what.move.start)
			die(EXIT_WRONG, "success without progress");
		moved += what.move.moved;
		++*calls;
	}
	return moved;
}

static void run_signals(void)
{
	size_t pages = 16 * PAGES_PER_MIB, i;
	uint64_t *words = map_pages(pages);
	unsigned int calls = 0, round = 0;
	struct place place;

	for (i = 0; i < pages; i++)
		page_fill(words + i * PAGE_WORDS, 1, i, 0);
	move_all(words, pages, 0, &calls);
	calls = 0;
	tick(500);
	/* Until it was seen that one call in two did not go all the way. */
	while (round < 4 || (calls < 2 * round && round < 400)) {
		size_t moved = move_all(words, pages, ++round % 2 ? 1 : 0,
					&calls);

		if (moved != pages)
			die(EXIT_WRONG, "%zu of %zu pages moved", moved, pages);
	}
	tick(0);
	find_pages(0, words, pages, &place);
	if (place.nodes[round % 2] != pages)
		die(EXIT_WRONG, "they are elsewhere");
	for (i = 0; i < pages; i++)
		if (!page_good(words + i * PAGE_WORDS, 1, i, 0))
			die(EXIT_WRONG, "page %zu is wrong", i);
	if (calls == round)
		die(EXIT_WRONG, "no call ended early");
	printf("%u calls for %u rounds, %d signals\n", calls, round,
	       (int)signals);
}

static void run_vast(void)
{
	size_t pages = 1UL << (40 - 12), moved;
	char *start = map_pages(pages);
	const size_t touched[] = { 0, pages / 2, pages - 1 };
	unsigned int calls = 0;
	union request what;
	size_t i;

	for (i = 0; i < LENGTH_OF(touched); i++)
		start[touched[i] * PAGE_BYTES] = 'x';
	moved = move_all(start, pages, 1, &calls);
	expect(LENGTH_OF(touched), moved, "moved", moved);
	for (i = 0; i < LENGTH_OF(touched); i++) {
		make_query(&what)->query.start =
			(uintptr_t)start + touched[i] * PAGE_BYTES;
		what.query.length = PAGE_BYTES;
		expect(0, request(HMT_QUERY, &what), "query", i);
		expect(1, infos[0].uid, "uid", i);
	}
	make_move(&what)->move.start = (uintptr_t)start;
	what.move.length = pages * PAGE_BYTES;
	what.move.uid = 1;
	expect(0, request(HMT_MOVE, &what), "again", 0);
	if (what.move.there != LENGTH_OF(touched) ||
	    what.move.absent != pages - LENGTH_OF(touched))
		die(EXIT_WRONG, "%llu there, %llu absent",
		    (unsigned long long)what.move.there,
		    (unsigned long long)what.move.absent);
}

static void run_best(void)
{
	cpu_set_t cpus;
	union request what;

	expect(0, request(HMT_BEST, make_best(&what)), "best", 0);
	expect(0, what.best.uid, "uid", 0);
	expect(HMT_BEST_BY_LATENCY, what.best.reason, "reason", 0);
	expect(1, what.best.second, "second", 0);
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	make_best(&what)->best.cpus = (uintptr_t)&cpus;
	what.best.cpus_size = sizeof(cpus);
	what.best.flags = HMT_BEST_BANDWIDTH;
	expect(0, request(HMT_BEST, &what), "bandwidth", 0);
	printf("reason %u\n", what.best.reason);
	/* More than is free where it is fastest. */
	make_best(&what);
	expect(0, request(HMT_BEST, &what), "best", 1);
	what.best.bytes = what.best.free + (64 << 20);
	if (!request(HMT_BEST, &what) &&
	    (what.best.uid == 0 || what.best.no_room == 0))
		die(EXIT_WRONG, "no room, but %u", what.best.uid);
}

/*
 * Random requests.
 */

static const pid_t *fuzz_pids;

static __u64 fuzz_number(void)
{
	switch (random_below(6)) {
	case 0:
		return 0;
	case 1:
		return 1ULL << random_below(64);
	case 2:
		return -(1ULL << random_below(64));
	case 3:
		return (uintptr_t)area + random_below(PAGES) * PAGE_BYTES;
	case 4:
		return random_below(PAGES) * PAGE_BYTES;
	default:
		return random_below(1UL << 32) << 32 | random_below(1UL << 32);
	}
}

/* Only where it may be written to. */
static __u64 fuzz_pointer(void *good)
{
	switch (random_below(8)) {
	case 0:
		return 0;
	case 1:
		return BAD_POINTER;
	case 2:
		return ULLONG_MAX - random_below(64);
	default:
		return (uintptr_t)good;
	}
}

static pid_t fuzz_pid(void)
{
	if (!random_below(8))
		return random_below(400);
	return fuzz_pids[random_below(4)];
}

static void fuzz_bytes(union request *what, size_t size)
{
	size_t i, count = random_below(3);

	for (i = 0; i < count; i++)
		what->bytes[4 + random_below(size - 4)] = random_below(256);
	if (!random_below(16))
		what->size = random_below(6000);
}

static void fuzz_once(void *pages)
{
	static const unsigned long commands[] = {
		HMT_QUERY, HMT_MOVE, HMT_REPORT, HMT_BEST
	};
	unsigned long command = commands[random_below(LENGTH_OF(commands))];
	union request what;

	fuzz_bytes(make(command, &what), make(command, &what)->size);
	if (command == HMT_QUERY) {
		what.query.pid = fuzz_pid();
		if (!random_below(2))
			what.query.start = fuzz_number();
		if (!random_below(2))
			what.query.length = fuzz_number() % (1 << 22);
		what.query.pages = fuzz_pointer(pages);
	} else if (command == HMT_MOVE) {
		what.move.pid = fuzz_pid();
		what.move.uid = random_below(8) ? random_below(3) :
						  fuzz_number();
		if (!random_below(2))
			what.move.start = fuzz_number();
		if (!random_below(2))
			what.move.length = fuzz_number();
	} else if (command == HMT_REPORT) {
		what.report.pid = fuzz_pid();
		what.report.ranges = fuzz_pointer(&heat);
		heat.start = fuzz_number();
		heat.length = fuzz_number();
	} else {
		what.best.cpus = fuzz_pointer(infos);
		what.best.devices = fuzz_pointer(infos);
		what.best.bytes = fuzz_number();
	}
	if (!random_below(32))
		command = _IO(HMT_IOC, random_below(256));
	request(command, &what);
}

/* What follows the array must not be written to. */
static void *map_guarded(size_t bytes)
{
	char *start = mmap(NULL, bytes + (64 << 20), PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED || mprotect(start, bytes,
					    PROT_READ | PROT_WRITE))
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	return start;
}

static void fuzz_as_child(void)
{
	char *mine = map_pages(PAGES);
	unsigned long end = random_below(1000);

	while (end--)
		mine[random_below(PAGES) * PAGE_BYTES]++;
	_exit(0);
}

static void run_fuzz(unsigned long count)
{
	uint64_t *words = area;
	void *pages = map_guarded(PAGES * sizeof(struct hmt_page_info));
	pid_t pids[4] = { 0, getpid(), 0, 2 };
	unsigned long i;

	for (i = 0; i < PAGES; i++)
		page_fill(words + i * PAGE_WORDS, 7, i, 0);
	fuzz_pids = pids;
	for (i = 0; i < count; i++) {
		if (i % 50 == 0) {
			if (pids[2])
				waitpid(pids[2], NULL, 0);
			pids[2] = make_child();
			if (!pids[2])
				fuzz_as_child();
		}
		fuzz_once(pages);
	}
	waitpid(pids[2], NULL, 0);
	for (i = 0; i < PAGES; i++)
		if (!page_good(words + i * PAGE_WORDS, 7, i, 0))
			die(EXIT_WRONG, "page %lu is wrong", i);
}

static void __attribute__((noreturn))
run_heat(pid_t pid, const char *start, const char *end)
{
	union request what;
	int error;

	for (;;) {
		make_report(&what)->report.pid = pid;
		heat.start = strtoul(start, NULL, 16);
		heat.length = strtoul(end, NULL, 16) - heat.start;
		heat.score = HMT_REPORT_SCORE_MAX;
		error = request(HMT_REPORT, &what);
		/* The workload may not have found the process yet. */
		if (error && error != ENXIO)
			die(EXIT_WRONG, "report: %s", strerror(error));
		usleep(5000);
	}
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	device = open(HMT_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		die(EXIT_SYSTEM, HMT_DEVICE ": %s", strerror(errno));
	area = map_pages(PAGES);
	memset(area, 1, PAGES * PAGE_BYTES);
	if (!strcmp(command, "refusals") && argc == 3)
		run_refusals(number(argv[2]));
	else if (!strcmp(command, "access"))
		run_access();
	else if (!strcmp(command, "signals"))
		run_signals();
	else if (!strcmp(command, "vast"))
		run_vast();
	else if (!strcmp(command, "best"))
		run_best();
	else if (!strcmp(command, "fuzz") && argc == 3)
		run_fuzz(number(argv[2]));
	else if (!strcmp(command, "heat") && argc == 5)
		run_heat(number(argv[2]), argv[3], argv[4]);
	else
		die(EXIT_USAGE, "unknown command '%s'", command);
	return 0;
}
