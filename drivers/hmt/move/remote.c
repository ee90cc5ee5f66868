// SPDX-License-Identifier: GPL-2.0
/*
 * The hmtd mover: a queue of plans between engines and hmtd, which calls
 * move_pages(2). An engine waits for hmtd at most HMT_REMOTE_TIMEOUT_NS,
 * whether hmtd is slow, stopped or absent. Plans that hmtd did not take by then
 * are dropped and counted. hmtd gets no more plans while it owes a result, or
 * does not read pending plans. A dropped plan loses nothing, because the next
 * pass makes it again.
 *
 * move_pages(2) takes the number of a process, but a plan is for an address
 * space. hmt_remote_check() compares both before pages move, and
 * hmt_remote_finish() afterwards.
 */
#include <linux/errno.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "hmt.h"
#include "lib/lib.h"
#include "memory/memory.h"
#include "page/page.h"
#include "heat/heat.h"
#include "flushes.h"
#include "move.h"

/**
 * struct hmt_remote_req - a queued plan
 * @link: entry in hmt_remote_reqs
 * @id: number of the plan for hmtd
 * @client: client that submitted the plan; NULL: the plan is cancelled
 * @mm: address space, mm_count held
 * @sessions: sessions of the workload; compared only
 * @pid: process of @mm
 * @thread: thread of @pid that hmtd was given; NULL: hmtd did not take the plan
 *	yet
 * @direction: direction of the move
 * @reason: reason for the mover
 * @from: UID of the memory that the pages are on
 * @to: UID of the destination
 * @total: base pages
 * @stats: results
 * @queued: time when the plan was queued, ns
 * @taken: time when hmtd took the plan, ns; 0: hmtd did not take it
 * @flushes: hmt_flushes_count() at that time
 * @nr: entries in @addr and @pages
 * @addr: first address of each group of pages
 * @pages: base pages of each group
 */
struct hmt_remote_req {
	struct list_head link;
	u64 id;
	struct hmt_remote_client *client;
	struct mm_struct *mm;
	const struct hmt_sessions *sessions;
	struct pid *pid;
	struct pid *thread;
	enum hmt_direction direction;
	enum hmt_move_reason reason;
	u32 from;
	u32 to;
	unsigned int total;
	struct hmt_move_stats stats;
	u64 queued;
	u64 taken;
	u32 flushes;
	unsigned int nr;
	unsigned long addr[HMT_BATCH_PAGES];
	u16 pages[HMT_BATCH_PAGES];
};

static_assert(HMT_BATCH_PAGES <= HMT_REMOTE_PAGES);

/*
 * Protects all below and every client. Only wait queues are taken under it.
 */
static DEFINE_SPINLOCK(hmt_remote_lock);
static LIST_HEAD(hmt_remote_reqs);
static unsigned int hmt_remote_plans;
static u64 hmt_remote_last_id;
static bool hmt_remote_served;
/* Plans expired while hmtd was attached, and it has made no call since. */
static bool hmt_remote_unresponsive;
/* TLB flushes of moves of pages of running programs. */
static struct hmt_flushes hmt_remote_flushes;
/*
 * Base pages that plans took from each node, less those that they brought there: they
 * are in the list of free pages of @hmt_remote_cpu, on which hmtd ran, unless the
 * kernel or another task took them.
 */
static u64 hmt_remote_freed[MAX_NUMNODES];
static int hmt_remote_cpu;

/* hmtd waits for plans. */
DECLARE_WAIT_QUEUE_HEAD(hmt_remote_plan_waitq);
/* Engines wait for results. */
static DECLARE_WAIT_QUEUE_HEAD(hmt_remote_result_waitq);

static bool hmt_remote_has_timed_out(u64 since)
{
	return ktime_get_ns() - since > HMT_REMOTE_TIMEOUT_NS;
}

/* Check whether a result is overdue. Caller holds the lock. */
static bool hmt_remote_is_stuck(void)
{
	struct hmt_remote_req *req;

	lockdep_assert_held(&hmt_remote_lock);
	list_for_each_entry(req, &hmt_remote_reqs, link)
		if (req->taken && hmt_remote_has_timed_out(req->taken))
			return true;
	return false;
}

/* Return whether hmtd can take plans. */
enum hmt_remote_state hmt_remote_state(void)
{
	enum hmt_remote_state state = HMT_REMOTE_READY;

	spin_lock(&hmt_remote_lock);
	if (!hmt_remote_served)
		state = HMT_REMOTE_ABSENT;
	else if (hmt_remote_unresponsive || hmt_remote_is_stuck())
		state = HMT_REMOTE_LATE;
	spin_unlock(&hmt_remote_lock);
	return state;
}

/*
 * Return the pages of plans whose destination is @to; with @taken only of those that
 * hmtd has taken. Caller holds the lock.
 */
static u64 hmt_remote_pages_to(u32 to, bool taken)
{
	struct hmt_remote_req *req;
	u64 pages = 0;

	lockdep_assert_held(&hmt_remote_lock);
	list_for_each_entry(req, &hmt_remote_reqs, link)
		if (req->to == to && (req->taken || !taken))
			pages += req->total;
	return pages;
}

/* Return the pages of all plans whose destination is @to. */
static u64 hmt_remote_pending(u32 to)
{
	u64 pages;

	spin_lock(&hmt_remote_lock);
	pages = hmt_remote_pages_to(to, false);
	spin_unlock(&hmt_remote_lock);
	return pages;
}

/* Check whether hmtd interrupts a program less than once per page. */
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
	req->sessions = request->managed->sessions;
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

/* Free a plan that is in no list and has no client. */
static void hmt_remote_req_free(struct hmt_remote_req *req)
{
	put_pid(req->thread);
	put_pid(req->pid);
	mmdrop(req->mm);
	kfree(req);
}

/* Remove a plan from its list and its client. Caller holds the lock. */
static void hmt_remote_req_drop(struct hmt_remote_req *req)
{
	lockdep_assert_held(&hmt_remote_lock);
	list_del(&req->link);
	hmt_remote_plans--;
	if (req->client)
		req->client->plans--;
	hmt_remote_req_free(req);
	wake_up(&hmt_remote_result_waitq);
}

/* Queue a plan. -EBUSY: no memory, or too many plans. */
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
	req->queued = ktime_get_ns();
	req->client->plans++;
	hmt_remote_plans++;
	list_add_tail(&req->link, &hmt_remote_reqs);
	spin_unlock(&hmt_remote_lock);
	wake_up(&hmt_remote_plan_waitq);
	return 0;
}

/* Check whether a part of the batch is excluded. The mmap lock is held. */
static bool hmt_remote_is_excluded(const struct hmt_move_request *request)
{
	const struct hmt_batch *batch = request->batch;
	unsigned int i;

	for (i = 0; i < batch->nr; i++)
		if (hmt_is_excluded(batch->mm, batch->addr[i],
				    batch->addr[i] +
				    request->pages[i] * PAGE_SIZE))
			return true;
	return false;
}

/*
 * Queue a plan unless a range was excluded since its pages were selected.
 * Exclusion takes the mmap lock for writing and revokes the queued plans
 * afterwards: either the plan is queued before, or this sees the exclusion.
 */
static int hmt_remote_enqueue_included(const struct hmt_move_request *request)
{
	struct hmt_batch *batch = request->batch;
	int ret = 0;

	if (!mmap_read_trylock(batch->mm))
		return -EAGAIN;
	if (hmt_remote_is_excluded(request))
		batch->stats.pages[HMT_RESULT_RACED] = request->total;
	else
		ret = hmt_remote_enqueue(request);
	mmap_read_unlock(batch->mm);
	return ret;
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
	return hmt_remote_enqueue_included(request);
}

/*
 * Wait until all plans of @client are done, until the time @until (ns), or
 * until its engine is to stop or freeze.
 */
static void hmt_remote_wait(struct hmt_remote_client *client, u64 until)
{
	u64 now = ktime_get_ns();
	unsigned long timeout;

	until = min(until, now + HMT_REMOTE_TIMEOUT_NS);
	if (until <= now)
		return;
	timeout = nsecs_to_jiffies(until - now) + 1;
	wait_event_interruptible_timeout(hmt_remote_result_waitq,
					 !READ_ONCE(client->plans) ||
					 kthread_should_stop() ||
					 freezing(current), timeout);
}

/* Drop the plans that hmtd did not take in time. Caller holds the lock. */
static void hmt_remote_expire(struct hmt_remote_client *client)
{
	struct hmt_remote_req *req, *next;

	lockdep_assert_held(&hmt_remote_lock);
	list_for_each_entry_safe(req, next, &hmt_remote_reqs, link) {
		if (req->client != client || req->taken ||
		    !hmt_remote_has_timed_out(req->queued))
			continue;
		client->expired += req->total;
		hmt_remote_unresponsive = hmt_remote_served;
		hmt_remote_req_drop(req);
	}
}

/*
 * Move the results of @client since the last call to @done. Returns the number
 * of plans that are not done.
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

/* Plans of @client or, if that is NULL, those for @mm. */
static bool hmt_remote_req_is_of(const struct hmt_remote_req *req,
				 const struct hmt_remote_client *client,
				 const struct mm_struct *mm)
{
	return client ? req->client == client : req->mm == mm;
}

/*
 * Drop the plans of @client, or for @mm, that hmtd did not take. Returns
 * whether hmtd has none of them.
 */
static bool hmt_remote_recall(const struct hmt_remote_client *client,
			      const struct mm_struct *mm)
{
	struct hmt_remote_req *req, *next;
	bool all = true;

	spin_lock(&hmt_remote_lock);
	list_for_each_entry_safe(req, next, &hmt_remote_reqs, link) {
		if (!hmt_remote_req_is_of(req, client, mm))
			continue;
		if (req->taken)
			all = false;
		else
			hmt_remote_req_drop(req);
	}
	spin_unlock(&hmt_remote_lock);
	return all;
}

/* Recall plans and wait for those that hmtd has, unless it is late. */
static void hmt_remote_recall_sync(const struct hmt_remote_client *client,
				   const struct mm_struct *mm)
{
	if (hmt_remote_recall(client, mm) ||
	    hmt_remote_state() == HMT_REMOTE_LATE)
		return;
	wait_event_timeout(hmt_remote_result_waitq,
			   hmt_remote_recall(client, mm),
			   nsecs_to_jiffies(HMT_REMOTE_TIMEOUT_NS));
}

/*
 * Cancel the plans of @client, or for @mm: hmt_remote_check() refuses those
 * that hmtd has, and the others are dropped.
 */
static void hmt_remote_invalidate(const struct hmt_remote_client *client,
				  const struct mm_struct *mm)
{
	struct hmt_remote_req *req, *next;

	spin_lock(&hmt_remote_lock);
	list_for_each_entry_safe(req, next, &hmt_remote_reqs, link) {
		if (!hmt_remote_req_is_of(req, client, mm))
			continue;
		if (!req->taken) {
			hmt_remote_req_drop(req);
		} else if (req->client) {
			req->client->plans--;
			req->client = NULL;
		}
	}
	spin_unlock(&hmt_remote_lock);
	wake_up(&hmt_remote_result_waitq);
}

/*
 * Cancel the plans of a workload that ends. No page of it moves when this
 * returns, unless hmtd is late. hmt_remote_check() then prevents a later move.
 */
static void hmt_remote_cancel(struct hmt_remote_client *client)
{
	hmt_remote_recall_sync(client, NULL);
	hmt_remote_invalidate(client, NULL);
}

const struct hmt_mover hmt_mover_hmtd = {
	.name = "hmtd",
	.submit = hmt_remote_submit,
	.wait = hmt_remote_wait,
	.cancel = hmt_remote_cancel,
};

/* Check whether hmtd has a plan with HMT_PLAN_ALL up to the number @last. */
static bool hmt_remote_has_shared(u64 last)
{
	struct hmt_remote_req *req;
	bool some = false;

	spin_lock(&hmt_remote_lock);
	list_for_each_entry(req, &hmt_remote_reqs, link)
		some |= req->taken && req->id <= last &&
			req->reason == HMT_REASON_SHARED;
	spin_unlock(&hmt_remote_lock);
	return some;
}

/*
 * Wait until hmtd has done the plans with HMT_PLAN_ALL that it has, unless it is
 * late. A process may have mapped and excluded their pages after the check.
 */
static void hmt_remote_wait_shared(void)
{
	u64 last = READ_ONCE(hmt_remote_last_id);

	if (!hmt_remote_has_shared(last) ||
	    hmt_remote_state() == HMT_REMOTE_LATE)
		return;
	wait_event_timeout(hmt_remote_result_waitq,
			   !hmt_remote_has_shared(last),
			   nsecs_to_jiffies(HMT_REMOTE_TIMEOUT_NS));
}

/*
 * Cancel the plans for @mm after a range was excluded. No page of it moves by
 * them when this returns, unless hmtd is late, see hmt_remote_cancel(). Plans
 * that are queued later have no excluded page, see
 * hmt_remote_enqueue_included().
 */
void hmt_remote_revoke(struct mm_struct *mm)
{
	hmt_remote_invalidate(NULL, mm);
	hmt_remote_recall_sync(NULL, mm);
	hmt_remote_wait_shared();
}

/* Attach hmtd. -EBUSY: it is attached already. */
int hmt_remote_attach(void)
{
	int ret = -EBUSY;

	spin_lock(&hmt_remote_lock);
	if (!hmt_remote_served) {
		hmt_remote_served = true;
		hmt_remote_unresponsive = false;
		ret = 0;
	}
	spin_unlock(&hmt_remote_lock);
	return ret;
}

/* Detach hmtd. Plans without a result wait for the next one. */
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
	wake_up(&hmt_remote_result_waitq);
}

/* Check whether plans wait. The call shows that hmtd is alive. */
bool hmt_remote_has_plans(void)
{
	struct hmt_remote_req *req;
	bool some = false;

	spin_lock(&hmt_remote_lock);
	hmt_remote_unresponsive = false;
	list_for_each_entry(req, &hmt_remote_reqs, link)
		some |= !req->taken;
	spin_unlock(&hmt_remote_lock);
	return some;
}

/*
 * Choose the thread whose number hmtd passes to move_pages(2), which needs a
 * thread that has an mm: the main thread, unless it has exited. Return its
 * number for the caller, or 0 if the plan is cancelled, or if the process
 * exited, became another program or has no number in the caller's namespace.
 */
static pid_t hmt_remote_req_choose(struct hmt_remote_req *req)
{
	struct task_struct *task, *thread;
	pid_t number = 0;

	if (!req->client)
		return 0;
	rcu_read_lock();
	task = pid_task(req->pid, PIDTYPE_TGID);
	thread = task ? hmt_task_with_mm(task) : NULL;
	/* @req holds mm_count, so the address is not reused. */
	if (thread && READ_ONCE(thread->mm) == req->mm) {
		put_pid(req->thread);
		req->thread = get_pid(task_pid(thread));
		number = pid_vnr(req->thread);
	}
	rcu_read_unlock();
	return number;
}

/*
 * Check whether the thread that hmtd was given exists and is still part of the
 * same program.
 */
static bool hmt_remote_req_is_valid(const struct hmt_remote_req *req)
{
	struct task_struct *thread;
	bool same;

	if (!req->client)
		return false;
	rcu_read_lock();
	thread = pid_task(req->thread, PIDTYPE_PID);
	same = thread && READ_ONCE(thread->mm) == req->mm;
	rcu_read_unlock();
	return same;
}

/* Account a plan and free it. Caller holds the lock. */
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

/* Finish a plan that is not given to hmtd. */
static void hmt_remote_req_fail(struct hmt_remote_req *req,
				enum hmt_result result)
{
	req->stats.pages[result] = req->total;
	hmt_remote_req_finish(req);
}

static bool hmt_remote_req_is_base(const struct hmt_remote_req *req)
{
	return req->total == req->nr;
}

/*
 * Note where the pages of a plan are free now, and where no longer. The caller is hmtd,
 * which has moved them, and holds the lock.
 */
static void hmt_remote_req_note_freed(const struct hmt_remote_req *req)
{
	u64 moved = req->stats.pages[HMT_RESULT_MOVED];

	if (hmt_remote_cpu != raw_smp_processor_id()) {
		memset(hmt_remote_freed, 0, sizeof(hmt_remote_freed));
		hmt_remote_cpu = raw_smp_processor_id();
	}
	/* Huge pages are free as such. */
	if (hmt_remote_req_is_base(req) && !(req->from & HMT_UID_DEVICE))
		hmt_remote_freed[req->from] += moved;
	hmt_remote_freed[req->to] -= min(hmt_remote_freed[req->to], moved);
}

/*
 * Return the free pages in the list of this CPU that a plan of base pages finds on its
 * destination. The list has huge pages as well.
 */
static u64 hmt_remote_req_listed(const struct hmt_remote_req *req)
{
	u64 *freed = &hmt_remote_freed[req->to];

	if (hmt_remote_cpu != raw_smp_processor_id() ||
	    !hmt_remote_req_is_base(req))
		return 0;
	/* Others have taken the rest. */
	*freed = min(*freed, hmt_node_nr_listed(req->to));
	return *freed;
}

/*
 * Check whether the destination still has room, after the plans that hmtd has:
 * unlike HMT's own movers, move_pages(2) reclaims where there is none, for
 * milliseconds a page if nothing can be reclaimed. Caller holds the lock.
 */
static bool hmt_remote_req_has_room(const struct hmt_remote_req *req)
{
	struct hmt_node_room room;

	hmt_node_look(req->to, &room);
	/* The kernel looks only at pages in no list before it takes one of a list. */
	if (room.takes)
		room.takes += hmt_remote_req_listed(req);
	return room.takes >= req->total + hmt_remote_pages_to(req->to, true);
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
	plan->flags = req->reason == HMT_REASON_SHARED ? HMT_PLAN_ALL : 0;
	for (i = 0; i < req->nr; i++)
		plan->addresses[i] = req->addr[i];
}

/*
 * Give the next plan to hmtd, with the process number in its namespace.
 * -EAGAIN: no plan waits.
 */
int hmt_remote_take(struct hmt_remote_plan *plan)
{
	/* Not under the lock: it takes longer the more CPUs there are. */
	u32 flushes = hmt_flushes_count();
	struct hmt_remote_req *req, *next;
	int ret = -EAGAIN;

	spin_lock(&hmt_remote_lock);
	list_for_each_entry_safe(req, next, &hmt_remote_reqs, link) {
		pid_t pid;

		if (req->taken)
			continue;
		/* The process exited, or has no number for the reader. */
		pid = hmt_remote_req_choose(req);
		if (!pid) {
			hmt_remote_req_fail(req, HMT_RESULT_RACED);
			continue;
		}
		if (!hmt_remote_req_has_room(req)) {
			hmt_remote_req_fail(req, HMT_RESULT_NOMEM);
			continue;
		}
		hmt_remote_req_describe(req, pid, plan);
		req->taken = ktime_get_ns();
		req->flushes = flushes;
		ret = 0;
		break;
	}
	spin_unlock(&hmt_remote_lock);
	return ret;
}

/* Find a plan that hmtd has taken. Caller holds the lock. */
static struct hmt_remote_req *hmt_remote_req_find(u64 id)
{
	struct hmt_remote_req *req;

	lockdep_assert_held(&hmt_remote_lock);
	list_for_each_entry(req, &hmt_remote_reqs, link)
		if (req->taken && req->id == id)
			return req;
	return NULL;
}

/* Take back a plan that did not reach its reader. */
void hmt_remote_requeue(u64 id)
{
	struct hmt_remote_req *req;

	spin_lock(&hmt_remote_lock);
	req = hmt_remote_req_find(id);
	if (req)
		req->taken = 0;
	spin_unlock(&hmt_remote_lock);
	wake_up(&hmt_remote_result_waitq);
}

/**
 * struct hmt_remote_shared - copy of a plan that has HMT_PLAN_ALL
 * @mm: address space, mm_count held
 * @sessions: sessions of the workload
 * @to: UID of the destination
 * @nr: entries in @addr and @pages
 * @addr: first address of each group of pages
 * @pages: base pages of each group
 */
struct hmt_remote_shared {
	struct mm_struct *mm;
	const struct hmt_sessions *sessions;
	u32 to;
	unsigned int nr;
	unsigned long addr[HMT_BATCH_PAGES];
	u16 pages[HMT_BATCH_PAGES];
};

/* Copy the plan with number @id. Return false if no such plan has HMT_PLAN_ALL. */
static bool hmt_remote_copy_shared(u64 id, struct hmt_remote_shared *shared)
{
	struct hmt_remote_req *req;
	bool found;

	spin_lock(&hmt_remote_lock);
	req = hmt_remote_req_find(id);
	found = req && req->reason == HMT_REASON_SHARED;
	if (found) {
		mmgrab(req->mm);
		shared->mm = req->mm;
		shared->sessions = req->sessions;
		shared->to = req->to;
		shared->nr = req->nr;
		memcpy(shared->addr, req->addr, sizeof(shared->addr));
		memcpy(shared->pages, req->pages, sizeof(shared->pages));
	}
	spin_unlock(&hmt_remote_lock);
	return found;
}

/*
 * Check whether a mapper permits the move: it is in the workload, its cpuset and
 * memory policies allow the destination, and it does not exclude the page.
 */
static bool hmt_remote_permits(struct vm_area_struct *vma, unsigned long addr,
			       unsigned long end, void *arg)
{
	const struct hmt_remote_shared *shared = arg;
	nodemask_t allowed;

	if (!hmt_mm_allows(vma->vm_mm, shared->sessions, &allowed))
		return false;
	hmt_mempolicy_restrict(vma_policy(vma), &allowed);
	return node_isset(shared->to, allowed) &&
	       !hmt_is_excluded(vma->vm_mm, addr, end);
}

/*
 * Check whether all mappers of the pages of a plan that has HMT_PLAN_ALL permit
 * the move, because move_pages(2) asks none of them then. True for other plans.
 * -ENOMEM without memory for the check.
 */
static int hmt_remote_ask_mappers(u64 id)
{
	struct hmt_remote_shared *shared = kmalloc(sizeof(*shared), GFP_KERNEL);
	bool permit = true;

	if (!shared)
		return -ENOMEM;
	if (hmt_remote_copy_shared(id, shared)) {
		permit = hmt_mappers_permit(shared->mm, shared->addr,
					    shared->pages, shared->nr,
					    hmt_remote_permits, shared);
		mmdrop(shared->mm);
	}
	kfree(shared);
	return permit ? 0 : -ESRCH;
}

/* Check whether hmtd may execute a plan. -ENOENT: no such plan; -ESRCH: no. */
int hmt_remote_check(u64 id)
{
	struct hmt_remote_req *req;
	int ret = hmt_remote_ask_mappers(id);

	if (ret)
		return ret;
	ret = -ENOENT;
	spin_lock(&hmt_remote_lock);
	req = hmt_remote_req_find(id);
	if (req)
		ret = hmt_remote_req_is_valid(req) ? 0 : -ESRCH;
	spin_unlock(&hmt_remote_lock);
	return ret;
}

static bool hmt_remote_result_is_valid(const struct hmt_remote_result *result,
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

/* Count the TLB flushes of a plan for a running program, @flushes at its end. */
static void hmt_remote_req_count_flushes(const struct hmt_remote_req *req,
					 u32 flushes)
{
	if (req->reason == HMT_REASON_BUSY)
		hmt_flushes_add(&hmt_remote_flushes, req->flushes, flushes,
				req->stats.pages[HMT_RESULT_MOVED]);
}

/* Finish a plan by the results that hmtd reported. */
static void hmt_remote_req_complete(struct hmt_remote_req *req,
				    const struct hmt_remote_result *result,
				    u32 flushes)
{
	u64 most = ktime_get_ns() - req->taken;
	unsigned int i;

	req->stats.ns = min(result->ns, most);
	/* The number may have named another process during the move. */
	if (req->client && !hmt_remote_req_is_valid(req)) {
		hmt_remote_req_fail(req, HMT_RESULT_RACED);
		return;
	}
	for (i = 0; i < req->nr; i++)
		req->stats.pages[result->results[i]] += req->pages[i];
	hmt_remote_req_note_freed(req);
	hmt_remote_req_count_flushes(req, flushes);
	hmt_remote_req_finish(req);
}

/* Take the result of a plan. -ENOENT: no such plan; -EINVAL: malformed. */
int hmt_remote_finish(const struct hmt_remote_result *result)
{
	u32 flushes = hmt_flushes_count();
	struct hmt_remote_req *req;
	int ret = -ENOENT;

	spin_lock(&hmt_remote_lock);
	hmt_remote_unresponsive = false;
	req = hmt_remote_req_find(result->id);
	if (req)
		ret = hmt_remote_result_is_valid(result, req) ? 0 : -EINVAL;
	if (!ret)
		hmt_remote_req_complete(req, result, flushes);
	spin_unlock(&hmt_remote_lock);
	return ret;
}
