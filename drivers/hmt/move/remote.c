// SPDX-License-Identifier: GPL-2.0
/*
 * The queue between engines and hmtd. An engine never waits for hmtd longer
 * than HMT_REMOTE_PATIENCE, be it slow, stopped or gone: what nobody took by
 * then is dropped and counted, and as long as hmtd owes an answer, or does not
 * come for what there is, it gets no more. Nothing is lost with a plan, as what
 * it says is said again by the next pass.
 *
 * hmtd knows a process by its number, which is all that move_pages(2) takes. A
 * plan is for an address space, though: hmt_remote_check() compares, before
 * pages move, and hmt_remote_finish() does after.
 */
#include <linux/errno.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "hmt.h"
#include "memory/memory.h"
#include "heat/heat.h"
#include "flushes.h"
#include "move.h"

/**
 * struct hmt_remote_req - a plan that was handed over
 * @link: in hmt_remote_reqs
 * @id: for hmtd
 * @client: whose it is; NULL: its workload ended meanwhile
 * @mm: address space, mm_count held
 * @pid: process that it was found by
 * @direction: which kind of move that is
 * @reason: reason for the mover
 * @from: UID of the memory that the pages are on
 * @to: UID of the destination
 * @total: base pages
 * @stats: results
 * @since: when it was handed over, ns
 * @taken: when hmtd took it, ns; 0: it waits for hmtd
 * @flushes: hmt_flushes_count() then
 * @nr: entries in @addr and @pages
 * @addr: first address of each group of pages
 * @pages: base pages of each
 */
struct hmt_remote_req {
	struct list_head link;
	u64 id;
	struct hmt_remote_client *client;
	struct mm_struct *mm;
	struct pid *pid;
	enum hmt_direction direction;
	enum hmt_move_reason reason;
	u32 from;
	u32 to;
	unsigned int total;
	struct hmt_move_stats stats;
	u64 since;
	u64 taken;
	u32 flushes;
	unsigned int nr;
	unsigned long addr[HMT_BATCH_PAGES];
	u16 pages[HMT_BATCH_PAGES];
};

static_assert(HMT_BATCH_PAGES <= HMT_REMOTE_PAGES);

/* All below, and every client. Innermost but for task_lock(). */
static DEFINE_SPINLOCK(hmt_remote_lock);
static LIST_HEAD(hmt_remote_reqs);
static unsigned int hmt_remote_plans;
static u64 hmt_remote_last_id;
static bool hmt_remote_served;
/* Plans expired though hmtd was there; it has not come for others since. */
static bool hmt_remote_deaf;
/* What moving pages of programs that run came to. */
static struct hmt_flushes hmt_remote_flushes;

/* hmtd waits for plans. */
DECLARE_WAIT_QUEUE_HEAD(hmt_remote_arrivals);
/* Engines wait for results. */
static DECLARE_WAIT_QUEUE_HEAD(hmt_remote_results);

static bool hmt_remote_req_is_old(u64 since)
{
	return ktime_get_ns() - since > HMT_REMOTE_PATIENCE;
}

/* Does hmtd owe an answer for too long? Caller holds the lock. */
static bool hmt_remote_is_stuck(void)
{
	struct hmt_remote_req *req;

	lockdep_assert_held(&hmt_remote_lock);
	list_for_each_entry(req, &hmt_remote_reqs, link)
		if (req->taken && hmt_remote_req_is_old(req->taken))
			return true;
	return false;
}

enum hmt_remote_state hmt_remote_state(void)
{
	enum hmt_remote_state state = HMT_REMOTE_READY;

	spin_lock(&hmt_remote_lock);
	if (!hmt_remote_served)
		state = HMT_REMOTE_ABSENT;
	else if (hmt_remote_deaf || hmt_remote_is_stuck())
		state = HMT_REMOTE_LATE;
	spin_unlock(&hmt_remote_lock);
	return state;
}

/* Return the pages of plans whose destination is @to. */
static u64 hmt_remote_pending(u32 to)
{
	struct hmt_remote_req *req;
	u64 pages = 0;

	spin_lock(&hmt_remote_lock);
	list_for_each_entry(req, &hmt_remote_reqs, link)
		if (req->to == to)
			pages += req->total;
	spin_unlock(&hmt_remote_lock);
	return pages;
}

/* Does it interrupt a program less than once a page? */
bool hmt_remote_flushes_less(void)
{
	bool less;

	spin_lock(&hmt_remote_lock);
	less = hmt_flushes_are_few(&hmt_remote_flushes);
	spin_unlock(&hmt_remote_lock);
	return less;
}

static struct hmt_remote_req *
hmt_remote_req_make(const struct hmt_move_request *request)
{
	const struct hmt_batch *batch = request->batch;
	struct hmt_remote_req *req = kzalloc(sizeof(*req), GFP_KERNEL);

	if (!req)
		return NULL;
	req->mm = request->managed->mm;
	mmgrab(req->mm);
	req->pid = get_pid(request->managed->pid);
	req->direction = request->direction;
	req->reason = request->reason;
	req->from = batch->from;
	req->to = batch->to;
	req->total = request->total;
	req->nr = batch->nr;
	memcpy(req->addr, batch->addr, batch->nr * sizeof(batch->addr[0]));
	memcpy(req->pages, request->pages, batch->nr * sizeof(request->pages[0]));
	return req;
}

/* Not in a list any more, and not of a client. */
static void hmt_remote_req_free(struct hmt_remote_req *req)
{
	put_pid(req->pid);
	mmdrop(req->mm);
	kfree(req);
}

/* Take it out of its list and from its client. Caller holds the lock. */
static void hmt_remote_req_drop(struct hmt_remote_req *req)
{
	lockdep_assert_held(&hmt_remote_lock);
	list_del(&req->link);
	hmt_remote_plans--;
	if (req->client)
		req->client->plans--;
	hmt_remote_req_free(req);
	wake_up(&hmt_remote_results);
}

/* -EBUSY: no memory, or too many plans wait already. */
static int hmt_remote_enqueue(const struct hmt_move_request *request)
{
	struct hmt_remote_req *req = hmt_remote_req_make(request);

	if (!req)
		return -EBUSY;
	spin_lock(&hmt_remote_lock);
	if (hmt_remote_plans == HMT_REMOTE_PLANS) {
		spin_unlock(&hmt_remote_lock);
		hmt_remote_req_free(req);
		return -EBUSY;
	}
	req->id = ++hmt_remote_last_id;
	req->client = request->client;
	req->since = ktime_get_ns();
	req->client->plans++;
	hmt_remote_plans++;
	list_add_tail(&req->link, &hmt_remote_reqs);
	spin_unlock(&hmt_remote_lock);
	wake_up(&hmt_remote_arrivals);
	return 0;
}

/*
 * Queue a plan. The kernel splits huge pages if the destination has no room, so
 * there must be enough for all plans that are pending.
 */
static int hmt_remote_submit(const struct hmt_move_request *request)
{
	struct hmt_batch *batch = request->batch;

	if (!node_isset(batch->to, batch->allowed)) {
		batch->stats.pages[HMT_RESULT_POLICY] = request->total;
		return 0;
	}
	if (hmt_memory_nr_free(batch->to) <
	    request->total + hmt_remote_pending(batch->to))
		return -EAGAIN;
	return hmt_remote_enqueue(request);
}

/*
 * Wait until all that @client handed over is done, until the time @until (ns),
 * or until its engine is to stop or freeze.
 */
static void hmt_remote_wait(struct hmt_remote_client *client, u64 until)
{
	u64 now = ktime_get_ns();
	unsigned long timeout;

	until = min(until, now + HMT_REMOTE_PATIENCE);
	if (until <= now)
		return;
	timeout = nsecs_to_jiffies(until - now) + 1;
	wait_event_interruptible_timeout(hmt_remote_results,
					 !READ_ONCE(client->plans) ||
					 kthread_should_stop() ||
					 freezing(current), timeout);
}

/* Drop what nobody took in time. Caller holds the lock. */
static void hmt_remote_expire(struct hmt_remote_client *client)
{
	struct hmt_remote_req *req, *next;

	lockdep_assert_held(&hmt_remote_lock);
	list_for_each_entry_safe(req, next, &hmt_remote_reqs, link) {
		if (req->client != client || req->taken ||
		    !hmt_remote_req_is_old(req->since))
			continue;
		client->expired += req->total;
		hmt_remote_deaf = hmt_remote_served;
		hmt_remote_req_drop(req);
	}
}

/*
 * What became of the plans of @client since it last asked. Returns how many are
 * still under way.
 */
unsigned int hmt_remote_collect(struct hmt_remote_client *client,
				struct hmt_remote_client *done)
{
	spin_lock(&hmt_remote_lock);
	hmt_remote_expire(client);
	*done = *client;
	client->expired = 0;
	memset(client->stats, 0, sizeof(client->stats));
	spin_unlock(&hmt_remote_lock);
	return done->plans;
}

/* hmtd has it, and nobody wants it any more. Caller holds the lock. */
static void hmt_remote_req_orphan(struct hmt_remote_req *req)
{
	lockdep_assert_held(&hmt_remote_lock);
	req->client->plans--;
	req->client = NULL;
	wake_up(&hmt_remote_results);
}

/*
 * Take back what is for @client or, where that is NULL, for @mm. What hmtd has
 * cannot be taken back; made an orphan, hmt_remote_check() refuses it. Returns
 * whether hmtd has nothing of it.
 */
static bool hmt_remote_withdraw(const struct hmt_remote_client *client,
				const struct mm_struct *mm, bool orphan)
{
	struct hmt_remote_req *req, *next;
	bool all = true;

	spin_lock(&hmt_remote_lock);
	list_for_each_entry_safe(req, next, &hmt_remote_reqs, link) {
		if (client ? req->client != client : req->mm != mm)
			continue;
		if (!req->taken) {
			hmt_remote_req_drop(req);
			continue;
		}
		all = false;
		if (orphan && req->client)
			hmt_remote_req_orphan(req);
	}
	spin_unlock(&hmt_remote_lock);
	return all;
}

/* The same, and wait for hmtd unless it is stuck. */
static void hmt_remote_settle(const struct hmt_remote_client *client,
			      const struct mm_struct *mm, bool orphan)
{
	if (hmt_remote_withdraw(client, mm, orphan) ||
	    hmt_remote_state() == HMT_REMOTE_LATE)
		return;
	wait_event_timeout(hmt_remote_results,
			   hmt_remote_withdraw(client, mm, orphan),
			   nsecs_to_jiffies(HMT_REMOTE_PATIENCE));
}

/*
 * The workload ends: nothing of it moves any more when this returns, unless
 * hmtd is stuck. Then hmt_remote_check() keeps it from moving it later.
 */
static void hmt_remote_cancel(struct hmt_remote_client *client)
{
	hmt_remote_settle(client, NULL, false);
	hmt_remote_withdraw(client, NULL, true);
}

const struct hmt_mover hmt_mover_hmtd = {
	.name = "hmtd",
	.submit = hmt_remote_submit,
	.wait = hmt_remote_wait,
	.cancel = hmt_remote_cancel,
};

/*
 * What was planned for @mm so far is not to move any more, and nothing of it
 * does when this returns, unless hmtd is stuck, see hmt_remote_cancel().
 */
void hmt_remote_revoke(struct mm_struct *mm)
{
	hmt_remote_settle(NULL, mm, true);
}

/* -EBUSY: there is somebody. */
int hmt_remote_attach(void)
{
	int ret = -EBUSY;

	spin_lock(&hmt_remote_lock);
	if (!hmt_remote_served) {
		hmt_remote_served = true;
		hmt_remote_deaf = false;
		ret = 0;
	}
	spin_unlock(&hmt_remote_lock);
	return ret;
}

/* What was taken and not answered waits for who comes next. */
void hmt_remote_detach(void)
{
	struct hmt_remote_req *req, *next;

	spin_lock(&hmt_remote_lock);
	hmt_remote_served = false;
	list_for_each_entry_safe(req, next, &hmt_remote_reqs, link) {
		req->taken = 0;
		if (!req->client)
			hmt_remote_req_drop(req);
	}
	spin_unlock(&hmt_remote_lock);
	wake_up(&hmt_remote_results);
}

/* hmtd asks: it is alive. */
bool hmt_remote_has_plans(void)
{
	struct hmt_remote_req *req;
	bool some = false;

	spin_lock(&hmt_remote_lock);
	hmt_remote_deaf = false;
	list_for_each_entry(req, &hmt_remote_reqs, link)
		some |= !req->taken;
	spin_unlock(&hmt_remote_lock);
	return some;
}

/* Is its process still there, and the same program? */
static bool hmt_remote_req_is_valid(const struct hmt_remote_req *req)
{
	struct task_struct *task;
	bool same;

	if (!req->client)
		return false;
	task = get_pid_task(req->pid, PIDTYPE_TGID);
	if (!task)
		return false;
	task_lock(task);
	same = task->mm == req->mm;
	task_unlock(task);
	put_task_struct(task);
	return same;
}

/* Count it, and be done with it. Caller holds the lock. */
static void hmt_remote_req_finish(struct hmt_remote_req *req)
{
	lockdep_assert_held(&hmt_remote_lock);
	hmt_move_account(hmt_mover_hmtd.name, req->reason, req->from, req->to,
			 &req->stats);
	if (req->client)
		hmt_move_stats_add(&req->client->stats[req->direction],
				   &req->stats);
	hmt_remote_req_drop(req);
}

/* A plan whose process cannot be named to the caller, or is gone. */
static void hmt_remote_req_give_up(struct hmt_remote_req *req)
{
	req->stats.pages[HMT_RESULT_RACED] = req->total;
	hmt_remote_req_finish(req);
}

static void hmt_remote_req_describe(const struct hmt_remote_req *req, pid_t pid,
				    struct hmt_remote_plan *plan)
{
	unsigned int i;

	memset(plan, 0, sizeof(*plan));
	plan->id = req->id;
	plan->pid = pid;
	plan->node = req->to;
	plan->count = req->nr;
	for (i = 0; i < req->nr; i++)
		plan->addresses[i] = req->addr[i];
}

/* The next plan, as the caller sees process numbers. -EAGAIN: there is none. */
int hmt_remote_take(struct hmt_remote_plan *plan)
{
	struct hmt_remote_req *req, *next;
	int ret = -EAGAIN;

	spin_lock(&hmt_remote_lock);
	list_for_each_entry_safe(req, next, &hmt_remote_reqs, link) {
		pid_t pid = pid_vnr(req->pid);

		if (req->taken)
			continue;
		if (!pid || !hmt_remote_req_is_valid(req)) {
			hmt_remote_req_give_up(req);
			continue;
		}
		hmt_remote_req_describe(req, pid, plan);
		req->taken = ktime_get_ns();
		req->flushes = hmt_flushes_count();
		ret = 0;
		break;
	}
	spin_unlock(&hmt_remote_lock);
	return ret;
}

/* One that hmtd has. Caller holds the lock. */
static struct hmt_remote_req *hmt_remote_req_find(u64 id)
{
	struct hmt_remote_req *req;

	lockdep_assert_held(&hmt_remote_lock);
	list_for_each_entry(req, &hmt_remote_reqs, link)
		if (req->taken && req->id == id)
			return req;
	return NULL;
}

/* A plan that was taken and did not reach its reader. */
void hmt_remote_requeue(u64 id)
{
	struct hmt_remote_req *req;

	spin_lock(&hmt_remote_lock);
	req = hmt_remote_req_find(id);
	if (req)
		req->taken = 0;
	spin_unlock(&hmt_remote_lock);
	wake_up(&hmt_remote_results);
}

/* May the plan still be carried out? -ENOENT: there is none; -ESRCH: no. */
int hmt_remote_check(u64 id)
{
	struct hmt_remote_req *req;
	int ret = -ENOENT;

	spin_lock(&hmt_remote_lock);
	req = hmt_remote_req_find(id);
	if (req)
		ret = hmt_remote_req_is_valid(req) ? 0 : -ESRCH;
	spin_unlock(&hmt_remote_lock);
	return ret;
}

static bool hmt_result_fits(const struct hmt_remote_result *result,
			    const struct hmt_remote_req *req)
{
	unsigned int i;

	if (result->count != req->nr || result->reserved)
		return false;
	for (i = 0; i < result->count; i++)
		if (result->results[i] >= HMT_PLAN_RESULTS)
			return false;
	return true;
}

/* What did the program notice of it? */
static void hmt_remote_req_weigh(const struct hmt_remote_req *req)
{
	if (req->reason == HMT_REASON_BUSY)
		hmt_flushes_add(&hmt_remote_flushes, req->flushes,
				req->stats.pages[HMT_RESULT_MOVED]);
}

/* What hmtd says happened to the pages of the process that it may have been. */
static void hmt_remote_req_answer(struct hmt_remote_req *req,
				  const struct hmt_remote_result *result)
{
	u64 most = ktime_get_ns() - req->taken;
	unsigned int i;

	req->stats.ns = min(result->ns, most);
	/* Was it still this process when its pages moved? */
	if (req->client && !hmt_remote_req_is_valid(req)) {
		hmt_remote_req_give_up(req);
		return;
	}
	for (i = 0; i < req->nr; i++)
		req->stats.pages[result->results[i]] += req->pages[i];
	hmt_remote_req_weigh(req);
	hmt_remote_req_finish(req);
}

/* The plan was carried out. -ENOENT: there is none; -EINVAL: malformed. */
int hmt_remote_finish(const struct hmt_remote_result *result)
{
	struct hmt_remote_req *req;
	int ret = -ENOENT;

	spin_lock(&hmt_remote_lock);
	hmt_remote_deaf = false;
	req = hmt_remote_req_find(result->id);
	if (req)
		ret = hmt_result_fits(result, req) ? 0 : -EINVAL;
	if (!ret)
		hmt_remote_req_answer(req, result);
	spin_unlock(&hmt_remote_lock);
	return ret;
}
