// SPDX-License-Identifier: GPL-2.0
/*
 * move_pages(2) reports an error for each page that it cannot isolate. If other
 * pages do not move, it returns their number and ends early, without a status
 * of each. Therefore the nodes of such pages are queried, and pages that did
 * not move are moved again one by one, which gives a result for each, until the node
 * has no room.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "carry.h"
#include "log.h"

#define PAGES_MAX	(CARRY_PLANS * HMT_REMOTE_PAGES)
/* Neither a node nor an error. */
#define UNKNOWN		INT_MIN

/**
 * struct load - pages of one call
 * @pid: process of the pages
 * @node: destination
 * @all: pages with several mappings move
 * @refused: error of the whole call, 0 for none
 * @count: entries in the arrays
 * @pages: addresses
 * @nodes: @node for each page
 * @status: status of each page, as from move_pages(2)
 */
struct load {
	int pid;
	int node;
	bool all;
	int refused;
	size_t count;
	void *pages[PAGES_MAX];
	int nodes[PAGES_MAX];
	int status[PAGES_MAX];
};

static __u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void load_begin(struct load *load, const struct hmt_remote_plan *plan)
{
	load->pid = plan->pid;
	load->node = (int)plan->node;
	load->all = plan->flags & HMT_PLAN_ALL;
	load->refused = 0;
	load->count = 0;
}

static void load_add(struct load *load, const struct hmt_remote_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++, load->count++) {
		load->pages[load->count] = (void *)(uintptr_t)plan->addresses[i];
		load->nodes[load->count] = load->node;
		load->status[load->count] = UNKNOWN;
	}
}

/* Move one page again and store its status. */
static void load_retry(const struct mover *mover, struct load *load, size_t i)
{
	int where = UNKNOWN;
	long left;

	left = mover->move(load->pid, 1, &load->pages[i], &load->node, &where,
			   load->all);
	if (left < 0)
		load->status[i] = -errno;
	else if (left > 0)
		load->status[i] = -EBUSY;
	else
		load->status[i] = where;
}

/*
 * Query the nodes of pages without error, and move those elsewhere again, until one
 * finds no room: the kernel tries to make some for each of them, which takes
 * milliseconds. After ENOMEM of the whole call there may be room for base pages, if
 * a huge page found none.
 */
static void load_settle(const struct mover *mover, struct load *load)
{
	bool full = false;
	int where[PAGES_MAX];
	size_t i;

	if (mover->move(load->pid, load->count, load->pages, NULL, where,
			load->all) < 0) {
		load->refused = errno;
		return;
	}
	for (i = 0; i < load->count; i++) {
		/* Keep the error of a page that could not be isolated. */
		if (load->status[i] < 0 && load->status[i] != UNKNOWN)
			continue;
		load->status[i] = where[i];
		if (where[i] < 0 || where[i] == load->node)
			continue;
		if (full)
			load->status[i] = -ENOMEM;
		else
			load_retry(mover, load, i);
		full = load->status[i] == -ENOMEM;
	}
}

static void load_move(const struct mover *mover, struct load *load)
{
	long left = mover->move(load->pid, load->count, load->pages,
				load->nodes, load->status, load->all);

	/* On ENOMEM some pages may have moved. */
	if (left < 0 && errno != ENOMEM)
		load->refused = errno;
	else if (left)
		load_settle(mover, load);
}

/*
 * Return the result for an error of the whole call: the node is not allowed for
 * the process, or the process has exited.
 */
static __u8 call_result(int error)
{
	return error == EACCES || error == ENODEV ? HMT_RESULT_POLICY :
						    HMT_RESULT_RACED;
}

static __u8 page_result(int status, int node)
{
	if (status == node)
		return HMT_RESULT_MOVED;
	switch (-status) {
	case ENOMEM:
		return HMT_RESULT_NOMEM;
	case ENOENT:
	case EFAULT:
	case ESRCH:
	/* Other processes map it in the meantime. */
	case EACCES:
		return HMT_RESULT_RACED;
	default:
		return HMT_RESULT_BUSY;
	}
}

static void result_begin(const struct hmt_remote_plan *plan,
			 struct hmt_remote_result *result)
{
	*result = (struct hmt_remote_result) {
		.id = plan->id,
		.count = plan->count,
	};
	memset(result->results, HMT_RESULT_RACED, plan->count);
}

/* Fill the result of a plan whose first page has index @first in @load. */
static void answer_plan(const struct load *load, size_t first, __u64 ns,
			struct hmt_remote_result *result)
{
	size_t i;

	result->ns = ns * result->count / load->count;
	for (i = 0; i < result->count; i++)
		result->results[i] = load->refused ?
			call_result(load->refused) :
			page_result(load->status[first + i], load->node);
}

/* Carry out those of @count plans for one process and node that are valid. */
static void carry_load(const struct mover *mover,
		       const struct hmt_remote_plan *plans, size_t count,
		       struct hmt_remote_result *results)
{
	static struct load load;
	size_t first[CARRY_PLANS], i;
	bool valid[CARRY_PLANS];
	__u64 begin;

	load_begin(&load, &plans[0]);
	for (i = 0; i < count; i++) {
		result_begin(&plans[i], &results[i]);
		first[i] = load.count;
		valid[i] = !mover->check(plans[i].id);
		if (valid[i])
			load_add(&load, &plans[i]);
	}
	if (!load.count)
		return;
	begin = now_ns();
	load_move(mover, &load);
	begin = now_ns() - begin;
	for (i = 0; i < count; i++)
		if (valid[i])
			answer_plan(&load, first[i], begin, &results[i]);
	log_detail("process %d: %zu pages to node %d%s%s", load.pid, load.count,
		   load.node, load.refused ? ": " : "",
		   load.refused ? strerror(load.refused) : "");
}

void carry_out(const struct mover *mover, const struct hmt_remote_plan *plans,
	       size_t count, struct hmt_remote_result *results)
{
	size_t begin = 0, end;

	while (begin < count) {
		for (end = begin + 1; end < count; end++)
			if (plans[end].pid != plans[begin].pid ||
			    plans[end].node != plans[begin].node ||
			    (plans[begin].flags | plans[end].flags) &
				    HMT_PLAN_ALL)
				break;
		carry_load(mover, &plans[begin], end - begin, &results[begin]);
		begin = end;
	}
}
