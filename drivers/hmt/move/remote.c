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
 * struct hmt_errand - a plan that was handed over
 * @link: in hmt_remote_errands
 * @id: for hmtd
 * @client: whose it is; NULL: its workload ended meanwhile
 * @mm: address space, mm_count held
 * @pid: process that it was found by
 * @direction: which kind of move that is
 * @outcome: where from and to; what became of it
 * @since: when it was handed over, ns
 * @taken: when hmtd took it, ns; 0: it waits for hmtd
 * @flushes: hmt_flushes_count() then
 * @nr: entries in @addr and @pages
 * @addr: first address of each group of pages
 * @pages: base pages of each
 */
struct hmt_errand {
	struct list_head link;
	u64 id;
	struct hmt_remote_client *client;
	struct mm_struct *mm;
	struct pid *pid;
	enum hmt_direction direction;
	struct hmt_outcome outcome;
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
static LIST_HEAD(hmt_remote_errands);
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

static bool hmt_errand_is_old(u64 since)
{
	return ktime_get_ns() - since > HMT_REMOTE_PATIENCE;
}

/* Does hmtd owe an answer for too long? Caller holds the lock. */
static bool hmt_remote_is_stuck(void)
{
	struct hmt_errand *errand;

	lockdep_assert_held(&hmt_remote_lock);
	list_for_each_entry(errand, &hmt_remote_errands, link)
		if (errand->taken && hmt_errand_is_old(errand->taken))
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

/* Pages that are on their way to the memory @to. */
u64 hmt_remote_coming(u32 to)
{
	struct hmt_errand *errand;
	u64 pages = 0;

	spin_lock(&hmt_remote_lock);
	list_for_each_entry(errand, &hmt_remote_errands, link)
		if (errand->outcome.to == to)
			pages += errand->outcome.pages;
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

static struct hmt_errand *hmt_errand_make(const struct hmt_remote_load *load)
{
	const struct hmt_batch *batch = load->batch;
	struct hmt_errand *errand = kzalloc(sizeof(*errand), GFP_KERNEL);

	if (!errand)
		return NULL;
	errand->mm = load->space->mm;
	mmgrab(errand->mm);
	errand->pid = get_pid(load->space->pid);
	errand->direction = load->direction;
	errand->outcome = (struct hmt_outcome) {
		.mover = "hmtd",
		.reason = load->reason,
		.from = batch->from,
		.to = batch->to,
		.pages = load->total,
	};
	errand->nr = batch->nr;
	memcpy(errand->addr, batch->addr, batch->nr * sizeof(batch->addr[0]));
	memcpy(errand->pages, load->pages, batch->nr * sizeof(load->pages[0]));
	return errand;
}

/* Not in a list any more, and not of a client. */
static void hmt_errand_free(struct hmt_errand *errand)
{
	put_pid(errand->pid);
	mmdrop(errand->mm);
	kfree(errand);
}

/* Take it out of its list and from its client. Caller holds the lock. */
static void hmt_errand_drop(struct hmt_errand *errand)
{
	lockdep_assert_held(&hmt_remote_lock);
	list_del(&errand->link);
	hmt_remote_plans--;
	if (errand->client)
		errand->client->plans--;
	hmt_errand_free(errand);
	wake_up(&hmt_remote_results);
}

/* -ENOSPC: too many wait already; -ENOMEM. */
int hmt_remote_put(struct hmt_remote_client *client,
		   const struct hmt_remote_load *load)
{
	struct hmt_errand *errand = hmt_errand_make(load);

	if (!errand)
		return -ENOMEM;
	spin_lock(&hmt_remote_lock);
	if (hmt_remote_plans == HMT_REMOTE_PLANS) {
		spin_unlock(&hmt_remote_lock);
		hmt_errand_free(errand);
		return -ENOSPC;
	}
	errand->id = ++hmt_remote_last_id;
	errand->client = client;
	errand->since = ktime_get_ns();
	client->plans++;
	hmt_remote_plans++;
	list_add_tail(&errand->link, &hmt_remote_errands);
	spin_unlock(&hmt_remote_lock);
	wake_up(&hmt_remote_arrivals);
	return 0;
}

/*
 * Wait until all that @client handed over is done, until the time @until (ns),
 * or until its engine is to stop or freeze.
 */
void hmt_remote_wait(struct hmt_remote_client *client, u64 until)
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
	struct hmt_errand *errand, *next;

	lockdep_assert_held(&hmt_remote_lock);
	list_for_each_entry_safe(errand, next, &hmt_remote_errands, link) {
		if (errand->client != client || errand->taken ||
		    !hmt_errand_is_old(errand->since))
			continue;
		client->tally.expired += errand->outcome.pages;
		hmt_remote_deaf = hmt_remote_served;
		hmt_errand_drop(errand);
	}
}

/*
 * What became of the plans of @client since it last asked. Returns how many are
 * still under way.
 */
unsigned int hmt_remote_collect(struct hmt_remote_client *client,
				struct hmt_remote_tally *tally)
{
	unsigned int plans;

	spin_lock(&hmt_remote_lock);
	hmt_remote_expire(client);
	*tally = client->tally;
	memset(&client->tally, 0, sizeof(client->tally));
	plans = client->plans;
	spin_unlock(&hmt_remote_lock);
	return plans;
}

/* hmtd has it, and nobody wants it any more. Caller holds the lock. */
static void hmt_errand_orphan(struct hmt_errand *errand)
{
	lockdep_assert_held(&hmt_remote_lock);
	errand->client->plans--;
	errand->client = NULL;
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
	struct hmt_errand *errand, *next;
	bool all = true;

	spin_lock(&hmt_remote_lock);
	list_for_each_entry_safe(errand, next, &hmt_remote_errands, link) {
		if (client ? errand->client != client : errand->mm != mm)
			continue;
		if (!errand->taken) {
			hmt_errand_drop(errand);
			continue;
		}
		all = false;
		if (orphan && errand->client)
			hmt_errand_orphan(errand);
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
void hmt_remote_cancel(struct hmt_remote_client *client)
{
	hmt_remote_settle(client, NULL, false);
	hmt_remote_withdraw(client, NULL, true);
}

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
	struct hmt_errand *errand, *next;

	spin_lock(&hmt_remote_lock);
	hmt_remote_served = false;
	list_for_each_entry_safe(errand, next, &hmt_remote_errands, link) {
		errand->taken = 0;
		if (!errand->client)
			hmt_errand_drop(errand);
	}
	spin_unlock(&hmt_remote_lock);
	wake_up(&hmt_remote_results);
}

/* hmtd asks: it is alive. */
bool hmt_remote_has_plans(void)
{
	struct hmt_errand *errand;
	bool some = false;

	spin_lock(&hmt_remote_lock);
	hmt_remote_deaf = false;
	list_for_each_entry(errand, &hmt_remote_errands, link)
		some |= !errand->taken;
	spin_unlock(&hmt_remote_lock);
	return some;
}

/* Is its process still there, and the same program? */
static bool hmt_errand_is_valid(const struct hmt_errand *errand)
{
	struct task_struct *task;
	bool same;

	if (!errand->client)
		return false;
	task = get_pid_task(errand->pid, PIDTYPE_TGID);
	if (!task)
		return false;
	task_lock(task);
	same = task->mm == errand->mm;
	task_unlock(task);
	put_task_struct(task);
	return same;
}

/* Count it, and be done with it. Caller holds the lock. */
static void hmt_errand_finish(struct hmt_errand *errand)
{
	struct hmt_remote_tally *tally;
	unsigned int i;

	lockdep_assert_held(&hmt_remote_lock);
	hmt_move_account(&errand->outcome);
	if (errand->client) {
		tally = &errand->client->tally;
		tally->ns += errand->outcome.ns;
		for (i = 0; i < HMT_MOVE_RESULTS; i++)
			tally->result[errand->direction][i] +=
				errand->outcome.result[i];
	}
	hmt_errand_drop(errand);
}

/* A plan whose process cannot be named to the caller, or is gone. */
static void hmt_errand_give_up(struct hmt_errand *errand)
{
	errand->outcome.result[HMT_FAILED_RACED] = errand->outcome.pages;
	hmt_errand_finish(errand);
}

static void hmt_errand_describe(const struct hmt_errand *errand, pid_t pid,
				struct hmt_remote_plan *plan)
{
	unsigned int i;

	memset(plan, 0, sizeof(*plan));
	plan->id = errand->id;
	plan->pid = pid;
	plan->node = errand->outcome.to;
	plan->count = errand->nr;
	for (i = 0; i < errand->nr; i++)
		plan->addresses[i] = errand->addr[i];
}

/* The next plan, as the caller sees process numbers. -EAGAIN: there is none. */
int hmt_remote_take(struct hmt_remote_plan *plan)
{
	struct hmt_errand *errand, *next;
	int ret = -EAGAIN;

	spin_lock(&hmt_remote_lock);
	list_for_each_entry_safe(errand, next, &hmt_remote_errands, link) {
		pid_t pid = pid_vnr(errand->pid);

		if (errand->taken)
			continue;
		if (!pid || !hmt_errand_is_valid(errand)) {
			hmt_errand_give_up(errand);
			continue;
		}
		hmt_errand_describe(errand, pid, plan);
		errand->taken = ktime_get_ns();
		errand->flushes = hmt_flushes_count();
		ret = 0;
		break;
	}
	spin_unlock(&hmt_remote_lock);
	return ret;
}

/* One that hmtd has. Caller holds the lock. */
static struct hmt_errand *hmt_errand_find(u64 id)
{
	struct hmt_errand *errand;

	lockdep_assert_held(&hmt_remote_lock);
	list_for_each_entry(errand, &hmt_remote_errands, link)
		if (errand->taken && errand->id == id)
			return errand;
	return NULL;
}

/* A plan that was taken and did not reach its reader. */
void hmt_remote_put_back(u64 id)
{
	struct hmt_errand *errand;

	spin_lock(&hmt_remote_lock);
	errand = hmt_errand_find(id);
	if (errand)
		errand->taken = 0;
	spin_unlock(&hmt_remote_lock);
	wake_up(&hmt_remote_results);
}

/* May the plan still be carried out? -ENOENT: there is none; -ESRCH: no. */
int hmt_remote_check(u64 id)
{
	struct hmt_errand *errand;
	int ret = -ENOENT;

	spin_lock(&hmt_remote_lock);
	errand = hmt_errand_find(id);
	if (errand)
		ret = hmt_errand_is_valid(errand) ? 0 : -ESRCH;
	spin_unlock(&hmt_remote_lock);
	return ret;
}

static const enum hmt_move_result hmt_remote_meaning[HMT_REMOTE_STATUSES] = {
	[HMT_REMOTE_MOVED] = HMT_MOVED,
	[HMT_REMOTE_BUSY] = HMT_FAILED_BUSY,
	[HMT_REMOTE_NOMEM] = HMT_FAILED_NOMEM,
	[HMT_REMOTE_RACED] = HMT_FAILED_RACED,
	[HMT_REMOTE_POLICY] = HMT_SKIPPED_POLICY,
};

static bool hmt_result_fits(const struct hmt_remote_result *result,
			    const struct hmt_errand *errand)
{
	unsigned int i;

	if (result->count != errand->nr || result->reserved)
		return false;
	for (i = 0; i < result->count; i++)
		if (result->status[i] >= HMT_REMOTE_STATUSES)
			return false;
	return true;
}

/* What did the program notice of it? */
static void hmt_errand_weigh(const struct hmt_errand *errand)
{
	if (errand->outcome.reason == HMT_MOVE_BUSY)
		hmt_flushes_add(&hmt_remote_flushes, errand->flushes,
				errand->outcome.result[HMT_MOVED]);
}

/* What hmtd says happened to the pages of the process that it may have been. */
static void hmt_errand_answer(struct hmt_errand *errand,
			      const struct hmt_remote_result *result)
{
	u64 most = ktime_get_ns() - errand->taken;
	unsigned int i;

	errand->outcome.ns = min(result->ns, most);
	/* Was it still this process when its pages moved? */
	if (errand->client && !hmt_errand_is_valid(errand)) {
		hmt_errand_give_up(errand);
		return;
	}
	for (i = 0; i < errand->nr; i++)
		errand->outcome.result[hmt_remote_meaning[result->status[i]]] +=
			errand->pages[i];
	hmt_errand_weigh(errand);
	hmt_errand_finish(errand);
}

/* The plan was carried out. -ENOENT: there is none; -EINVAL: malformed. */
int hmt_remote_finish(const struct hmt_remote_result *result)
{
	struct hmt_errand *errand;
	int ret = -ENOENT;

	spin_lock(&hmt_remote_lock);
	hmt_remote_deaf = false;
	errand = hmt_errand_find(result->id);
	if (errand)
		ret = hmt_result_fits(result, errand) ? 0 : -EINVAL;
	if (!ret)
		hmt_errand_answer(errand, result);
	spin_unlock(&hmt_remote_lock);
	return ret;
}
