// SPDX-License-Identifier: GPL-2.0
/*
 * One operation with the first, second, ... failing allocation or copy, by
 * /proc/PID/fail-nth of a kernel with fault injection.
 *
 *	hmt_failnth [OPTION]... DO [/ UNDO]...
 *	hmt_failnth [OPTION]... thread PID PASSES TURN VALUE...
 *
 *	--state PATH	what must be the same after each failure that is reported: the
 *			text of a file, the names in a directory and below
 *	--reason FILE	has "refused" after a failure that is reported
 *	--first 1	UNDO comes first as well
 *	--also NAME	an errno with which it may fail as well, for example EINVAL
 *	--from N --to N	first and last failure; without --to, until the operation ends
 *			before the failure
 *	--steps P	after failure N comes that P percent further, at least the next; by
 *			default the next
 *
 * DO and UNDO:
 *	write FILE TEXT, mkdir DIR, rmdir DIR, link TARGET LINK, unlink FILE, read FILE
 *	insmod FILE [PARAMETER]..., rmmod NAME
 *	query, move UID, exclude, include, report, best	(requests to /dev/hmt)
 *	device FILE FLAGS	a simulated device adds the area up
 *	touch		the CPU compares the area
 *
 * After each failure the operation has either succeeded, and the state is that of
 * the operation without a failure, or has failed with ENOMEM or EFAULT, and the
 * state is that before it; then the same operation succeeds. UNDO, without
 * failures, restores the state before. The area must be right at any time.
 *
 * thread: the failures are those of the thread PID; each is waited for until the
 * number in the file PASSES has grown by 3, after two whole passes. The VALUEs are
 * written to the file TURN in turn, so that the thread has something to do.
 *
 * Prints the number of failures and how the operation took them. Exit status 3:
 * wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/hmt_sim.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libioctl.h"
#include "libstate.h"

#define WORDS_MAX	12
#define ALSO_MAX	8
#define UNDO_MAX	4
#define NTH_MAX		5000
/* A thread that ends no pass in that time hangs. */
#define HANG_MS		600000

struct operation {
	const char *words[WORDS_MAX];
	int count;
};

static struct operation do_it, undo_it[UNDO_MAX];
static size_t nr_undo;
static const char *reason;
static unsigned long from = 1, to = NTH_MAX, steps, undo_first;
static const char *also[ALSO_MAX];
static size_t nr_also;

/* Results of the operation under failure. */
static unsigned long faults, refused_nomem, refused_fault, refused_also, unharmed,
		     last_nth;

static bool is_wanted(int error)
{
	const char *name = strerrorname_np(error);
	size_t i;

	for (i = 0; i < nr_also; i++)
		if (!strcmp(also[i], name))
			return true;
	return error == ENOMEM || error == EFAULT;
}

/*
 * Operations. Each returns 0 or an errno.
 */

static int result_of(long result)
{
	return result < 0 ? errno : 0;
}

static int do_write(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error;

	if (fd < 0)
		return errno;
	error = result_of(write(fd, what, strlen(what)));
	close(fd);
	return error;
}

static int do_read(const char *path)
{
	char part[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	ssize_t got;

	if (fd < 0)
		return errno;
	while ((got = read(fd, part, sizeof(part))) > 0)
		;
	error = result_of(got);
	close(fd);
	return error;
}

static int do_insmod(const struct operation *what)
{
	char parameters[512] = "";
	int fd = open(what->words[1], O_RDONLY | O_CLOEXEC), error, i;

	if (fd < 0)
		die(EXIT_USAGE, "%s: %s", what->words[1], strerror(errno));
	for (i = 2; i < what->count; i++) {
		strcat(parameters, what->words[i]);
		strcat(parameters, " ");
	}
	error = result_of(syscall(SYS_finit_module, fd, parameters, 0));
	close(fd);
	return error;
}

static void open_area(void)
{
	size_t i;

	if (area)
		return;
	area = map_windows(PAGES);
	for (i = 0; i < PAGES; i++)
		page_fill((uint64_t *)area + i * PAGE_WORDS, 1, i, 0);
	device = open(HMT_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		die(EXIT_SYSTEM, HMT_DEVICE ": %s", strerror(errno));
}

static sigjmp_buf lost;
static const int error_of_signal = EFAULT;

static void on_sigbus(int signal)
{
	siglongjmp(lost, signal);
}

/* Return EFAULT if the access gets a signal. */
static int do_touch(void)
{
	volatile size_t i;

	for (i = 0; area && i < PAGES; i++) {
		if (sigsetjmp(lost, 1))
			return error_of_signal;
		if (!page_good((uint64_t *)area + i * PAGE_WORDS, 1, i, 0))
			die(EXIT_WRONG, "failure %lu: page %zu is wrong",
			    last_nth, i);
	}
	return 0;
}

static int do_advise(unsigned int advice)
{
	union request what;

	make_advise(&what)->advise.advice = advice;
	return request(HMT_ADVISE, &what);
}

static int do_move(const char *uid)
{
	union request what;

	make_move(&what)->move.uid = number(uid);
	return request(HMT_MOVE, &what);
}

static int do_device(const char *path, const char *flags)
{
	struct hmt_sim_run run = {
		.size = sizeof(run),
		.kernel = HMT_SIM_SUM,
		.flags = number(flags),
		.src = (uintptr_t)area,
		.bytes = PAGES * PAGE_BYTES,
	};
	uint64_t sum = 0;
	size_t i, page;
	int fd = open(path, O_RDWR | O_CLOEXEC), error;

	if (fd < 0)
		return errno;
	error = result_of(ioctl(fd, HMT_SIM_RUN, &run));
	for (page = 0; page < PAGES; page++)
		for (i = 0; i < PAGE_WORDS; i++)
			sum += page_word(1, page, i, 0);
	if (!error && run.value != sum)
		die(EXIT_WRONG, "failure %lu: the device read wrong pages",
		    last_nth);
	close(fd);
	return error;
}

static int do_request(const struct operation *what)
{
	const char *name = what->words[0];
	union request request_of;

	open_area();
	if (!strcmp(name, "query"))
		return request(HMT_QUERY, make_query(&request_of));
	if (!strcmp(name, "report"))
		return request(HMT_REPORT, make_report(&request_of));
	if (!strcmp(name, "best"))
		return request(HMT_BEST, make_best(&request_of));
	if (!strcmp(name, "exclude"))
		return do_advise(HMT_ADVICE_EXCLUDE);
	if (!strcmp(name, "include"))
		return do_advise(HMT_ADVICE_INCLUDE);
	if (!strcmp(name, "move") && what->count == 2)
		return do_move(what->words[1]);
	if (!strcmp(name, "device") && what->count == 3)
		return do_device(what->words[1], what->words[2]);
	die(EXIT_USAGE, "unknown operation '%s'", name);
}

static bool is_request(const struct operation *what)
{
	static const char names[] = " query report best exclude include move device touch ";
	char word[16];

	snprintf(word, sizeof(word), " %s ", what->words[0]);
	return strstr(names, word);
}

static int perform(const struct operation *what)
{
	const char *name = what->words[0];
	const char *first = what->words[1] ?: "", *second = what->words[2] ?: "";

	if (!strcmp(name, "write"))
		return do_write(first, second);
	if (!strcmp(name, "read"))
		return do_read(first);
	if (!strcmp(name, "mkdir"))
		return result_of(mkdir(first, 0755));
	if (!strcmp(name, "rmdir"))
		return result_of(rmdir(first));
	if (!strcmp(name, "link"))
		return result_of(symlink(first, second));
	if (!strcmp(name, "unlink"))
		return result_of(unlink(first));
	if (!strcmp(name, "insmod"))
		return do_insmod(what);
	if (!strcmp(name, "rmmod"))
		return result_of(syscall(SYS_delete_module, first, O_NONBLOCK));
	if (!strcmp(name, "touch"))
		return do_touch();
	return do_request(what);
}

/*
 * Failures.
 */

static int nth_fd;

static void open_nth(const char *path)
{
	nth_fd = open(path, O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
}

static void arm(unsigned long nth)
{
	char number_text[16];
	int length = snprintf(number_text, sizeof(number_text), "%lu", nth);

	if (pwrite(nth_fd, number_text, length, 0) != length)
		die(EXIT_SYSTEM, "fail-nth: %s", strerror(errno));
}

/* Return whether the failure has happened. */
static bool is_spent(void)
{
	char number_text[16];
	ssize_t got = pread(nth_fd, number_text, sizeof(number_text), 0);

	return got > 0 && number_text[0] == '0';
}

static bool disarm(void)
{
	bool spent = is_spent();

	arm(0);
	return spent;
}

static void expect_same(const char *wanted, const char *when, unsigned long nth)
{
	char description[96];

	snprintf(description, sizeof(description), "failure %lu: %s", nth, when);
	expect_state(wanted, description);
}

static void expect_success(const struct operation *what, const char *when,
			   unsigned long nth)
{
	int error = perform(what);

	if (error)
		die(EXIT_WRONG, "failure %lu: %s: %s: %s", nth, when,
		    what->words[0], strerrorname_np(error));
}

static void perform_undo(unsigned long nth)
{
	size_t i;

	for (i = 0; i < nr_undo; i++)
		expect_success(&undo_it[i], "undo", nth);
}

/* Restore the state @before, without failures. */
static void restore(const char *before, unsigned long nth)
{
	perform_undo(nth);
	if (nr_undo)
		expect_same(before, "after undo", nth);
}

static void expect_reason(unsigned long nth)
{
	if (reason && !has_word(reason, "refused"))
		die(EXIT_WRONG, "failure %lu: no reason in %s", nth, reason);
}

/* Return whether the failure was reached. */
static bool fail_once(unsigned long nth, const char *before, const char *after)
{
	bool spent;
	int error;

	last_nth = nth;
	arm(nth);
	error = perform(&do_it);
	spent = disarm();
	if (error && !spent)
		die(EXIT_WRONG, "failure %lu: %s, and nothing failed", nth,
		    strerrorname_np(error));
	if (error && !is_wanted(error))
		die(EXIT_WRONG, "failure %lu: %s", nth, strerrorname_np(error));
	if (error) {
		expect_same(before, "after the failure", nth);
		expect_reason(nth);
		expect_success(&do_it, "again, without a failure", nth);
	}
	expect_same(after,
		    error ? "after success" : "after a failure without effect",
		    nth);
	if (do_touch())
		die(EXIT_WRONG, "failure %lu: a page is lost", nth);
	restore(before, nth);
	faults += spent;
	refused_nomem += error == ENOMEM;
	refused_fault += error == EFAULT;
	refused_also += error && error != ENOMEM && error != EFAULT;
	unharmed += spent && !error;
	return spent;
}

static unsigned long next_nth(unsigned long nth)
{
	return nth + 1 + nth * steps / 100;
}

static void print_result(void)
{
	printf("%lu failures up to the %luth: %lu ENOMEM, %lu EFAULT, ", faults,
	       last_nth, refused_nomem, refused_fault);
	if (refused_also)
		printf("%lu other errors, ", refused_also);
	printf("%lu without effect\n", unharmed);
}

static void sweep(void)
{
	char *before, *after;
	unsigned long nth;

	open_nth("/proc/thread-self/fail-nth");
	signal(SIGBUS, on_sigbus);
	if (is_request(&do_it))
		open_area();
	if (undo_first)
		perform_undo(0);
	before = read_state();
	expect_success(&do_it, "without failures", 0);
	after = read_state();
	restore(before, 0);
	for (nth = from; nth <= to; nth = next_nth(nth))
		if (!fail_once(nth, before, after))
			break;
	if (nth > NTH_MAX)
		die(EXIT_WRONG, "no end after %d failures", NTH_MAX);
	print_result();
}

static unsigned long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned long value;

	if (!file || fscanf(file, "%lu", &value) != 1)
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	fclose(file);
	return value;
}

/* Wait until the failure has happened, or two whole passes are over. */
static bool wait_thread(const char *passes)
{
	unsigned long first = read_number(passes);
	uint64_t end = now_ms() + HANG_MS;

	while (!is_spent() && read_number(passes) < first + 3) {
		if (now_ms() > end)
			die(EXIT_WRONG, "failure %lu: the thread ends no pass",
			    last_nth);
		usleep(2000);
	}
	return disarm();
}

/* Two in a row that are not reached are the end: passes differ. */
static void sweep_thread(void)
{
	int turn = 0, missed = 0, values = do_it.count - 4;
	const char *passes = do_it.words[2];
	char path[64];

	if (values < 1)
		die(EXIT_USAGE, "thread PID PASSES TURN VALUE...");
	snprintf(path, sizeof(path), "/proc/%s/fail-nth", do_it.words[1]);
	open_nth(path);
	for (last_nth = from; last_nth <= to && missed < 2;
	     last_nth = next_nth(last_nth)) {
		arm(last_nth);
		if (do_write(do_it.words[3], do_it.words[4 + turn++ % values]))
			die(EXIT_SYSTEM, "%s", do_it.words[3]);
		if (wait_thread(passes)) {
			faults++;
			missed = 0;
		} else {
			missed++;
		}
	}
	unharmed = faults;
	print_result();
}

static void read_operations(int argc, char **argv)
{
	struct operation *what = &do_it;
	int i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "/")) {
			if (nr_undo == UNDO_MAX)
				die(EXIT_USAGE, "too many operations");
			what = &undo_it[nr_undo++];
			continue;
		}
		if (what->count == WORDS_MAX - 1)
			die(EXIT_USAGE, "too many words");
		what->words[what->count++] = argv[i];
	}
	if (!do_it.count)
		die(EXIT_USAGE, "usage: hmt_failnth [OPTION]... DO [/ UNDO]...");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "state", required_argument, NULL, 's' },
		{ "reason", required_argument, NULL, 'r' },
		{ "first", required_argument, NULL, 'i' },
		{ "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' },
		{ "also", required_argument, NULL, 'a' },
		{ "steps", required_argument, NULL, 'p' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (option) {
		case 's':
			add_state(optarg);
			break;
		case 'r':
			reason = optarg;
			break;
		case 'i':
			undo_first = number(optarg);
			break;
		case 'f':
			from = number(optarg);
			break;
		case 't':
			to = number(optarg);
			break;
		case 'a':
			if (nr_also == ALSO_MAX)
				die(EXIT_USAGE, "too many errors");
			also[nr_also++] = optarg;
			break;
		case 'p':
			steps = number(optarg);
			break;
		default:
			exit(EXIT_USAGE);
		}
	}
	read_operations(argc - optind, argv + optind);
	if (!strcmp(do_it.words[0], "thread"))
		sweep_thread();
	else
		sweep();
	return 0;
}
