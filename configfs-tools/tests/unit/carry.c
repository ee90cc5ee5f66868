// SPDX-License-Identifier: GPL-2.0
/* hmtd: carrying out plans, on a kernel that is made up. Prints TAP. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../../hmtd/carry.h"
#include "tap.h"

/* Behaviour of a page of the fake; its address is its number, from 1 on. */
enum nature { MOVES, STAYS, GONE, SHARED };

#define PAGES	8

static const enum nature natures[PAGES] = {
	MOVES, MOVES, STAYS, GONE, SHARED, MOVES, STAYS, MOVES,
};

static int where[PAGES];
/* Pages for which the node has room. */
static unsigned int room;
/* Calls that move pages, and the others. */
static unsigned int moves;
static unsigned int calls;
static int refusal;
static __u64 invalid;

static int fake_check(__u64 id)
{
	errno = ESRCH;
	return id == invalid ? -1 : 0;
}

static int place_of(size_t page)
{
	return natures[page] == GONE ? -ENOENT : where[page];
}

/* The run of pages that were taken hold of: all move but those that stay. */
static long flush(void **pages, size_t from, size_t to, const int *nodes,
		  int *status)
{
	long stayed = 0;
	size_t i, page;

	for (i = from; i < to; i++) {
		page = (uintptr_t)pages[i] - 1;
		if (natures[page] == STAYS) {
			stayed++;
			continue;
		}
		if (!room) {
			errno = ENOMEM;
			return -1;
		}
		room -= where[page] != nodes[i];
		where[page] = nodes[i];
	}
	/* The kernel says nothing of any page then. */
	for (i = from; i < to && !stayed; i++)
		status[i] = nodes[i];
	return stayed;
}

/* As do_pages_move() of the kernel: what cannot be taken hold of ends a run. */
static long fake_move(int pid, unsigned long count, void **pages,
		      const int *nodes, int *status, bool all)
{
	size_t i, begin = 0, page;
	long stayed;

	(void)pid;
	calls++;
	moves += !!nodes;
	if (refusal) {
		errno = refusal;
		return -1;
	}
	for (i = 0; i < count; i++) {
		page = (uintptr_t)pages[i] - 1;
		if (!nodes) {
			status[i] = place_of(page);
			continue;
		}
		if (natures[page] != GONE && (natures[page] != SHARED || all))
			continue;
		status[i] = natures[page] == GONE ? -ENOENT : -EACCES;
		stayed = flush(pages, begin, i, nodes, status);
		if (stayed)
			return stayed < 0 ? stayed :
					    stayed + (long)(count - i) - 1;
		begin = i + 1;
	}
	return nodes ? flush(pages, begin, count, nodes, status) : 0;
}

static const struct mover fake = { .check = fake_check, .move = fake_move };

static struct hmt_remote_plan plan_of(__u64 id, int pid, const char *pages)
{
	struct hmt_remote_plan plan = { .id = id, .pid = pid, .node = 1 };

	for (; *pages; pages++)
		plan.addresses[plan.count++] = *pages - '0';
	return plan;
}

/* "m": moved, "b": busy, "n": no memory, "r": raced, "p": policy; "?": pinned */
static bool is(const struct hmt_remote_result *result, const char *expected)
{
	char found[HMT_REMOTE_PAGES + 1] = "";
	__u32 i;

	for (i = 0; i < result->count; i++)
		found[i] = "m?bnrp"[result->results[i]];
	if (strcmp(found, expected))
		printf("# %s instead of %s\n", found, expected);
	return !strcmp(found, expected);
}

static void reset(void)
{
	memset(where, 0, sizeof(where));
	calls = 0;
	moves = 0;
	room = PAGES;
	refusal = 0;
	invalid = 0;
}

static bool carries(const char *pages, const char *expected)
{
	struct hmt_remote_plan plan = plan_of(7, 100, pages);
	struct hmt_remote_result result;

	carry_out(&fake, &plan, 1, &result);
	return is(&result, expected) && result.id == 7;
}

int main(void)
{
	struct hmt_remote_plan plans[CARRY_PLANS];
	struct hmt_remote_result results[CARRY_PLANS];

	reset();
	ok(carries("126", "mmm") && calls == 1, "what moves takes one call");
	reset();
	ok(carries("1236", "mmbm"), "what stays is busy, the others moved");
	ok(where[2] == 0 && where[5] == 1, "and are where they were to go");
	reset();
	ok(carries("145", "mrr"), "gone, and mapped by others: raced");
	reset();
	ok(carries("13428", "mbrmm") && where[7] == 1,
	   "what comes after an early end moves, too");
	reset();
	ok(carries("37", "bb"), "nothing moves");
	reset();
	room = 2;
	ok(carries("12468", "mmrnn") && moves == 2,
	   "where there is no room, one page only is tried again");

	reset();
	refusal = ESRCH;
	ok(carries("12", "rr") && calls == 1, "the process is gone");
	reset();
	refusal = EACCES;
	ok(carries("12", "pp"), "the process may not use the node");

	reset();
	invalid = 2;
	plans[0] = plan_of(1, 100, "12");
	plans[1] = plan_of(2, 100, "6");
	plans[2] = plan_of(3, 100, "8");
	plans[3] = plan_of(4, 101, "6");
	carry_out(&fake, plans, 4, results);
	ok(calls == 2, "plans for one process go together");
	ok(is(&results[0], "mm") && is(&results[2], "m") &&
	   is(&results[3], "m") && results[2].id == 3,
	   "each gets its own answer");
	ok(is(&results[1], "r") && results[1].id == 2,
	   "a plan that is not valid any more is not carried out");
	calls = 0;
	invalid = 0;
	plans[0] = plan_of(1, 100, "15");
	plans[1] = plan_of(2, 100, "5");
	plans[0].flags = HMT_PLAN_ALL;
	carry_out(&fake, plans, 2, results);
	ok(calls >= 2 && is(&results[0], "mm") && is(&results[1], "r"),
	   "pages of several mappings move by their own plan only");
	calls = 2;
	carry_out(&fake, plans, 0, results);
	ok(calls == 2, "no plans, no calls");
	return end_of_tests();
}
