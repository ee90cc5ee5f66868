// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libioctl.h"

int device;
void *area;
struct hmt_page_info infos[PAGES];
struct hmt_heat_range heat;

void open_device(void)
{
	device = open(HMT_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		die(EXIT_SYSTEM, HMT_DEVICE ": %s", strerror(errno));
	area = map_pages(PAGES);
	memset(area, 1, PAGES * PAGE_BYTES);
}

int request(unsigned long command, void *argument)
{
	return ioctl(device, command, argument) ? errno : 0;
}

union request *make_query(union request *what)
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

union request *make_move(union request *what)
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

union request *make_advise(union request *what)
{
	memset(what, 0, sizeof(*what));
	what->advise = (struct hmt_advise) {
		.size = sizeof(what->advise),
		.advice = HMT_ADVICE_INCLUDE,
		.start = (uintptr_t)area,
		.length = PAGES * PAGE_BYTES,
	};
	return what;
}

union request *make_report(union request *what)
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

union request *make_best(union request *what)
{
	memset(what, 0, sizeof(*what));
	what->best.size = sizeof(what->best);
	return what;
}

union request *make(unsigned long command, union request *what)
{
	switch (command) {
	case HMT_QUERY:
		return make_query(what);
	case HMT_MOVE:
		return make_move(what);
	case HMT_ADVISE:
		return make_advise(what);
	case HMT_REPORT:
		return make_report(what);
	default:
		return make_best(what);
	}
}

void expect(int wanted, int got, const char *what, size_t which)
{
	if (wanted != got)
		die(EXIT_WRONG, "%s %zu: %d instead of %d", what, which, got,
		    wanted);
}

pid_t make_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die(EXIT_SYSTEM, "fork: %s", strerror(errno));
	return pid;
}
