// SPDX-License-Identifier: LGPL-2.1
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libhmt.h"

/* Size of struct hmt_moved in version 0.1, the first one. */
#define MOVED_SIZE_0_1	(offsetof(struct hmt_moved, pages) + 24 * sizeof(uint64_t))

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const state_names[] = {
	[HMT_STATE_ABSENT] = "absent",
	[HMT_STATE_MOVABLE] = "movable",
	[HMT_STATE_BUSY] = "busy",
	[HMT_STATE_PINNED] = "pinned",
	[HMT_STATE_HUGE] = "huge",
	[HMT_STATE_FILE] = "file",
	[HMT_STATE_EXCLUDED] = "excluded",
	[HMT_STATE_MERGEABLE] = "mergeable",
	[HMT_STATE_SHARED] = "shared",
	[HMT_STATE_HUGETLB] = "hugetlb",
};

static const char *const why_names[] = {
	[HMT_WHY_NONE] = "none",
	[HMT_WHY_UNMANAGED] = "unmanaged",
	[HMT_WHY_OUTSIDE] = "outside",
	[HMT_WHY_NEW] = "new",
	[HMT_WHY_STUCK] = "stuck",
	[HMT_WHY_KEPT] = "kept",
	[HMT_WHY_PROMOTE] = "promote",
	[HMT_WHY_DEMOTE] = "demote",
	[HMT_WHY_ADVISED] = "advised",
	[HMT_WHY_HOME] = "home",
};

static const char *const result_names[HMT_RESULTS] = {
	[HMT_RESULT_MOVED] = "moved",
	[HMT_RESULT_PINNED] = "pinned",
	[HMT_RESULT_BUSY] = "busy",
	[HMT_RESULT_NOMEM] = "nomem",
	[HMT_RESULT_RACED] = "raced",
	[HMT_RESULT_POLICY] = "policy",
	[HMT_RESULT_THERE] = "there",
	[HMT_RESULT_ABSENT] = "absent",
	[HMT_RESULT_HUGE] = "huge",
	[HMT_RESULT_FILE] = "file",
	[HMT_RESULT_EXCLUDED] = "excluded",
	[HMT_RESULT_MERGEABLE] = "mergeable",
	[HMT_RESULT_SHARED] = "shared",
	[HMT_RESULT_LIMIT] = "limit",
};

static const char *const reason_names[] = {
	[HMT_BEST_ONLY] = "only",
	[HMT_BEST_BY_LATENCY] = "latency",
	[HMT_BEST_BY_BANDWIDTH] = "bandwidth",
	[HMT_BEST_BY_ROOM] = "room",
	[HMT_BEST_BY_KIND] = "kind",
	[HMT_BEST_BY_DISTANCE] = "distance",
};

static const char *value_name(const char *const *names, size_t count,
			      unsigned int value)
{
	/* A newer kernel may return more values. */
	return value < count ? names[value] : "unknown";
}

const char *hmt_state_name(unsigned int state)
{
	return value_name(state_names, COUNT(state_names), state);
}

const char *hmt_why_name(unsigned int why)
{
	return value_name(why_names, COUNT(why_names), why);
}

const char *hmt_result_name(unsigned int result)
{
	return value_name(result_names, COUNT(result_names), result);
}

const char *hmt_reason_name(unsigned int reason)
{
	return value_name(reason_names, COUNT(reason_names), reason);
}

int hmt_open_at(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int hmt_open(void)
{
	return hmt_open_at(AT_FDCWD, HMT_DEVICE);
}

/*
 * Return 0, 1 if a signal interrupted the request before it did anything, or
 * -errno.
 */
static int send_request(int device, unsigned long command, void *request)
{
	if (!ioctl(device, command, request))
		return 0;
	return errno == EINTR ? 1 : -errno;
}

int hmt_query_pages(int device, pid_t pid, unsigned int flags, uint64_t start,
		    uint64_t length, struct hmt_page_info *pages)
{
	uint64_t page = sysconf(_SC_PAGESIZE), end = start + length;
	struct hmt_query query;
	int result;

	do {
		query = (struct hmt_query) {
			.size = sizeof(query),
			.flags = flags,
			.pid = pid,
			.start = start,
			.length = end - start,
			.pages = (uintptr_t)pages,
		};
		result = send_request(device, HMT_QUERY, &query);
		if (!result) {
			pages += (query.next - start) / page;
			start = query.next;
		}
	} while (result > 0 || (!result && start < end));
	return result;
}

static void add_move_counts(struct hmt_moved *sum, const struct hmt_move *part)
{
	size_t i;

	sum->next = part->next;
	for (i = 0; i < HMT_RESULTS_MAX; i++)
		sum->pages[i] += part->pages[i];
}

static int move_range(int device, struct hmt_move *what, uint64_t end,
		      const volatile int *stop, struct hmt_moved *sum)
{
	struct hmt_move move;
	int answer;

	do {
		move = *what;
		move.start = sum->next;
		move.length = end - sum->next;
		answer = send_request(device, HMT_MOVE, &move);
		if (!answer)
			add_move_counts(sum, &move);
		if (stop && *stop && sum->next < end)
			return -EINTR;
	} while (answer > 0 || (!answer && sum->next < end));
	return answer;
}

/*
 * Copy @from to a struct of the caller, which may have been compiled with a
 * shorter or longer one: fields that the library does not know are zero.
 */
static void copy_moved(struct hmt_moved *to, const struct hmt_moved *from)
{
	size_t size = to->size, known = sizeof(*from);

	memcpy(to, from, size < known ? size : known);
	if (size > known)
		memset((char *)to + known, 0, size - known);
	to->size = size;
}

int hmt_move_pages(int device, pid_t pid, unsigned int flags, uint64_t start,
		   uint64_t length, uint32_t uid, const char *tier,
		   const volatile int *stop, struct hmt_moved *result)
{
	struct hmt_move move = {
		.size = sizeof(move),
		.flags = flags,
		.pid = pid,
		.uid = uid,
	};
	struct hmt_moved sum = { .next = start };
	int error = -ENOENT;

	if (result->size < MOVED_SIZE_0_1)
		return -EINVAL;
	if (!tier || strlen(tier) <= HMT_NAME_MAX) {
		if (tier)
			strcpy(move.tier, tier);
		error = move_range(device, &move, start + length, stop, &sum);
	}
	copy_moved(result, &sum);
	return error;
}

int hmt_advise_tier(int device, pid_t pid, unsigned int flags, uint64_t start,
		    uint64_t length, uint32_t advice, const char *tier,
		    unsigned int share)
{
	struct hmt_advise advise = {
		.size = sizeof(advise),
		.flags = flags,
		.pid = pid,
		.advice = advice,
		.start = start,
		.length = length,
		.share = share,
	};

	if (strlen(tier) > HMT_NAME_MAX)
		return -ENOENT;
	strcpy(advise.tier, tier);
	return ioctl(device, HMT_ADVISE, &advise) ? -errno : 0;
}

int hmt_advise_pages(int device, pid_t pid, unsigned int flags, uint64_t start,
		     uint64_t length, uint32_t advice)
{
	return hmt_advise_tier(device, pid, flags, start, length, advice, "",
			       0);
}

int hmt_report_heat(int device, pid_t pid, unsigned int flags,
		    const struct hmt_heat_range *ranges, size_t count,
		    size_t *lost)
{
	struct hmt_heat_report report = {
		.size = sizeof(report),
		.flags = flags,
		.pid = pid,
	};

	size_t dropped = 0;
	int answer = 0;

	while (count && answer >= 0) {
		report.ranges = (uintptr_t)ranges;
		report.count = count < HMT_REPORT_MAX ? count : HMT_REPORT_MAX;
		report.done = 0;
		report.dropped = 0;
		answer = send_request(device, HMT_REPORT, &report);
		if (answer == -ERANGE) {
			/* Only the first range is at fault. */
			report.done = 1;
			report.dropped = 1;
			answer = 0;
		}
		if (answer)
			continue;
		dropped += report.dropped;
		ranges += report.done;
		count -= report.done;
	}
	if (lost)
		*lost += dropped;
	return answer < 0 ? answer : 0;
}

int hmt_best_for(int device, struct hmt_best *best)
{
	return ioctl(device, HMT_BEST, best) ? -errno : 0;
}
