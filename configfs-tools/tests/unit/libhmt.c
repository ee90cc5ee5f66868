// SPDX-License-Identifier: GPL-2.0
/* libhmt: requests, on a kernel that is made up. Prints TAP. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../../libhmt/libhmt.h"
#include "tap.h"

#define RANGES	(HMT_REPORT_MAX + 1000)

/* A range with this score is invalid for the kernel. */
#define BAD_SCORE	7

static struct hmt_heat_range ranges[RANGES];
static unsigned int calls;
static unsigned int signals;
static int refusal;
static __u32 last_flags;
static __u32 last_size;

static int fail_with(int error)
{
	errno = error;
	return -1;
}

/* As the kernel: stop in front of a bad range, refuse one that comes first. */
static int fake_report(struct hmt_heat_report *report)
{
	const struct hmt_heat_range *list = (void *)(uintptr_t)report->ranges;

	for (report->done = 0; report->done < report->count; report->done++)
		if (list[report->done].score == BAD_SCORE)
			break;
	report->dropped = 0;
	return report->done ? 0 : fail_with(ERANGE);
}

/* A page moves in each call. */
static int fake_move(struct hmt_move *move)
{
	memset(move->pages, 0, sizeof(move->pages));
	move->pages[HMT_RESULT_MOVED] = 1;
	move->next = move->start + 4096;
	return 0;
}

int ioctl(int fd, unsigned long command, ...)
{
	va_list list;
	__u32 *request;

	(void)fd;
	va_start(list, command);
	request = va_arg(list, void *);
	va_end(list);
	calls++;
	last_size = request[0];
	last_flags = request[1];
	if (signals && signals--)
		return fail_with(EINTR);
	if (refusal)
		return fail_with(refusal);
	if (command == HMT_REPORT)
		return fake_report((struct hmt_heat_report *)request);
	if (command == HMT_MOVE)
		return fake_move((struct hmt_move *)request);
	if (command == HMT_QUERY)
		((struct hmt_query *)request)->next =
			((struct hmt_query *)request)->start +
			((struct hmt_query *)request)->length;
	return 0;
}

static void reset(void)
{
	size_t i;

	for (i = 0; i < RANGES; i++)
		ranges[i] = (struct hmt_heat_range){ i * 4096, 4096, 64, 0 };
	calls = 0;
	signals = 0;
	refusal = 0;
}

static void test_report(void)
{
	size_t lost = 0;

	reset();
	ok(!hmt_report_heat(3, 812, 0, ranges, RANGES, &lost) && !lost &&
	   calls == 2, "a long report takes two calls");
	reset();
	refusal = EINVAL;
	ok(hmt_report_heat(3, 812, 0, ranges, 1000, &lost) == -EINVAL &&
	   !lost && calls == 1, "a kernel thread is an error, not lost ranges");
	ok(hmt_report_heat(3, 812, 4, ranges, 1000, &lost) == -EINVAL &&
	   !lost && calls == 2, "so are unknown flags");
	refusal = ENXIO;
	ok(hmt_report_heat(3, 812, 0, ranges, 1, &lost) == -ENXIO,
	   "so is a process that is not managed");
	reset();
	ranges[0].score = BAD_SCORE;
	ranges[500].score = BAD_SCORE;
	ranges[999].score = BAD_SCORE;
	ok(!hmt_report_heat(3, 812, 0, ranges, 1000, &lost) && lost == 3,
	   "bad ranges are lost, and no others");
	reset();
	signals = 3;
	ok(!hmt_report_heat(3, 812, 0, ranges, 10, &lost) && calls == 4,
	   "a report goes on after signals");
	reset();
	ranges[0].score = BAD_SCORE;
	ok(!hmt_report_heat(3, 812, 0, ranges, 2, NULL),
	   "the number of lost ranges may be left out");
	hmt_report_heat(3, 812, HMT_REPORT_DAMON | HMT_PIDFD, ranges, 1, NULL);
	ok(last_flags == (HMT_REPORT_DAMON | HMT_PIDFD),
	   "flags of a report reach the kernel");
}

/* A struct of a program that was compiled with another version. */
union other {
	struct hmt_moved moved;
	unsigned char bytes[sizeof(struct hmt_moved) + 64];
};

static int move_into(union other *other, __u32 size)
{
	memset(other, 0xaa, sizeof(*other));
	other->moved.size = size;
	return hmt_move_pages(3, 812, HMT_PIDFD, 0x10000, 2 * 4096, 1, NULL,
			      NULL, &other->moved);
}

static bool is_filled(const union other *other, size_t from, size_t to,
		      unsigned char byte)
{
	for (; from < to; from++)
		if (other->bytes[from] != byte)
			return false;
	return true;
}

static void test_sizes(void)
{
	const size_t size = sizeof(struct hmt_moved);
	struct hmt_best best = { .size = 40 };
	union other other;

	reset();
	ok(!move_into(&other, size) && other.moved.size == size &&
	   other.moved.next == 0x12000 &&
	   other.moved.pages[HMT_RESULT_MOVED] == 2 &&
	   is_filled(&other, size, sizeof(other), 0xaa),
	   "the sums of a move are in the struct and not behind it");
	ok(last_flags == HMT_PIDFD, "flags of a move reach the kernel");
	ok(!move_into(&other, size + 32) &&
	   is_filled(&other, size, size + 32, 0) &&
	   is_filled(&other, size + 32, sizeof(other), 0xaa),
	   "a longer struct has zeros in fields that the library lacks");
	calls = 0;
	ok(move_into(&other, size - 1) == -EINVAL && !calls,
	   "a struct without its size, or too short, is refused");
	hmt_best_for(3, &best);
	ok(last_size == 40, "the size of the best memory is that of the caller");
}

static void test_flags(void)
{
	struct hmt_page_info info;

	reset();
	hmt_query_pages(3, 9, HMT_PIDFD, 0, 4096, &info);
	ok(last_flags == HMT_PIDFD, "flags of a query reach the kernel");
	hmt_advise_pages(3, 9, HMT_PIDFD, 0, 0, HMT_ADVICE_EXCLUDE);
	ok(last_flags == HMT_PIDFD, "flags of advice reach the kernel");
	hmt_advise_tier(3, 9, HMT_PIDFD, 0, 0, HMT_ADVICE_AVOID, "dram", 0);
	ok(last_flags == HMT_PIDFD, "flags of advice on a tier do");
	reset();
	ok(hmt_advise_tier(3, 9, 0, 0, 0, HMT_ADVICE_AVOID,
			   "a name that is longer than a tier has", 0) ==
	   -ENOENT && !calls, "a name that is too long is not sent");
}

static void test_versions(void)
{
	char version[32];
	int error = hmt_module_version(version, sizeof(version));

	ok(!strcmp(hmt_version(), HMT_VERSION), "the version of the library");
	ok(error == -ENOENT || (!error && *version),
	   "the version of the modules, if they are loaded");
	ok(hmt_module_version(version, 0) == -EINVAL, "no room for a version");
}

int main(void)
{
	test_report();
	test_sizes();
	test_flags();
	test_versions();
	hmt_read_mostly_end(NULL);
	ok(true, "no read-mostly range ends");
	return end_of_tests();
}
