// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: providers at work for workloads.
 *
 * The thread of a session calls the provider (collect, flush), and the engine
 * waits for it for a bounded time. A report that arrives later is refused, and
 * the provider is not called again until it has returned, so that a provider
 * that hangs costs the engine its timeout only once. The timeout is halved each
 * time it expires and is reset by an answer in time.
 *
 * The mm stays pinned until the provider returns, even if the workload stops
 * before, and so do the provider's module, the session and this module.
 */
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "page/page.h"
#include "heat.h"
#include "provider.h"

/* Longest and shortest time that the engine waits for an answer, in ms. */
#define HMT_SESSION_WAIT_MAX	2000
#define HMT_SESSION_WAIT_MIN	10

/* Ends sessions, which takes as long as their providers take. */
static struct workqueue_struct *hmt_session_ends;

int hmt_session_init(void)
{
	hmt_session_ends = alloc_workqueue("hmt_session_ends", WQ_UNBOUND, 0);
	return hmt_session_ends ? 0 : -ENOMEM;
}

void hmt_session_exit(void)
{
	destroy_workqueue(hmt_session_ends);
}

static bool hmt_session_is_asked(const struct hmt_session *session)
{
	/* Pairs with the releases that begin and end a request. */
	return smp_load_acquire(&session->asked);
}

/*
 * Call the provider for the mm that the engine requested. Runs in the session's
 * thread.
 */
static void hmt_session_call(struct hmt_session *session)
{
	const struct hmt_provider_ops *ops = session->provider->ops;
	struct hmt_mm *managed, *late;
	int ret = 0;

	mutex_lock(&session->lock);
	managed = session->managed;
	mutex_unlock(&session->lock);
	if (managed && ops->collect)
		ret = ops->collect(session, managed);
	if (managed && ops->flush)
		ops->flush(session, managed);
	mutex_lock(&session->lock);
	late = session->late;
	session->late = NULL;
	session->managed = NULL;
	if (ret == -EAGAIN && managed)
		WRITE_ONCE(managed->locked, true);
	else if (ret && ret != -ESRCH && !late)
		session->stats.errors++;
	/* Pairs with hmt_session_is_asked(): all reports have been written. */
	smp_store_release(&session->asked, false);
	mutex_unlock(&session->lock);
	wake_up(&session->wait);
	if (late) {
		hmt_mm_unpin(late);
		hmt_mm_put(late);
	}
}

static int hmt_session_thread(void *arg)
{
	struct hmt_session *session = arg;

	for (;;) {
		wait_event_idle(session->wait, hmt_session_is_asked(session) ||
				kthread_should_stop());
		if (!hmt_session_is_asked(session))
			return 0;
		hmt_session_call(session);
	}
}

/* Stop waiting. The mm stays pinned for the provider. */
static void hmt_session_give_up(struct hmt_session *session,
				struct hmt_mm *managed)
{
	bool first = session->wait_ms == HMT_SESSION_WAIT_MAX;

	mutex_lock(&session->lock);
	if (session->asked) {
		mmget(managed->mm);
		hmt_mm_get(managed);
		session->late = managed;
		session->managed = NULL;
	}
	mutex_unlock(&session->lock);
	if (kthread_should_stop())
		return;
	session->stats.stalled++;
	session->wait_ms = max(session->wait_ms / 2, HMT_SESSION_WAIT_MIN);
	if (first)
		pr_warn("provider '%s' gave no answer within %u ms: its evidence is ignored until it does\n",
			session->name, HMT_SESSION_WAIT_MAX);
}

/*
 * Call the provider for @managed from the address *@next on and wait, with a
 * timeout. The caller, the engine, has pinned @managed. Return whether the
 * provider left addresses from *@next on to another call.
 */
bool hmt_session_collect(struct hmt_session *session, struct hmt_mm *managed,
			 unsigned long *next)
{
	u64 begin = hmt_session_cpu_ns(session);

	if (!session->task || kthread_should_stop())
		return false;
	if (hmt_session_is_asked(session)) {
		session->stats.stalled++;
		return false;
	}
	session->managed = managed;
	session->from = *next;
	session->rest = 0;
	/* Pairs with hmt_session_is_asked(): @managed has been written. */
	smp_store_release(&session->asked, true);
	wake_up(&session->wait);
	wait_event_freezable_timeout(session->wait,
				     !hmt_session_is_asked(session) ||
				     kthread_should_stop(),
				     msecs_to_jiffies(session->wait_ms));
	session->stats.ns = hmt_session_cpu_ns(session);
	if (hmt_session_is_asked(session)) {
		hmt_session_give_up(session, managed);
		return false;
	}
	session->wait_ms = HMT_SESSION_WAIT_MAX;
	session->charged_ns += session->stats.ns - begin;
	/* A provider that makes no progress would be called forever. */
	if (session->rest <= *next)
		return false;
	*next = session->rest;
	return true;
}

/* Return the CPU time of the session's thread in ns. */
u64 hmt_session_cpu_ns(const struct hmt_session *session)
{
	return session->task ? READ_ONCE(session->task->se.sum_exec_runtime) :
			       0;
}

static void hmt_session_put(struct hmt_session *session)
{
	if (!refcount_dec_and_test(&session->refs))
		return;
	kfree(session);
	module_put(THIS_MODULE);
}

/* End a session. Takes as long as the provider's running operation. */
static void hmt_session_end(struct work_struct *work)
{
	struct hmt_session *session = container_of(work, struct hmt_session,
						   end);

	if (session->task)
		kthread_stop(session->task);
	if (session->provider->ops->stop)
		session->provider->ops->stop(session);
	hmt_reports_destroy(&session->reports);
	hmt_provider_put(session->provider);
	complete(&session->ended);
	/* The workqueue is flushed before this module can be unloaded. */
	hmt_session_put(session);
}

static int hmt_session_make_thread(struct hmt_session *session)
{
	const struct hmt_provider_ops *ops = session->provider->ops;
	struct task_struct *task;

	if (!ops->collect && !ops->flush)
		return 0;
	task = kthread_create(hmt_session_thread, session, "hmt/:%s",
			      session->name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	session->task = task;
	return 0;
}

static int hmt_session_launch(struct hmt_session *session)
{
	const struct hmt_provider *provider = session->provider;
	int ret = 0;

	if (provider->push)
		ret = hmt_reports_init(&session->reports);
	if (ret)
		return ret;
	ret = hmt_session_make_thread(session);
	if (ret)
		goto err_reports;
	ret = provider->ops->start ? provider->ops->start(session) : 0;
	if (ret)
		goto err_thread;
	if (session->task)
		wake_up_process(session->task);
	return 0;

err_thread:
	if (session->task)
		kthread_stop(session->task);
err_reports:
	hmt_reports_destroy(&session->reports);
	return ret;
}

static struct hmt_session *
hmt_session_alloc(const struct hmt_provider_spec *specs, unsigned int nr_specs,
		  unsigned int index)
{
	struct hmt_session *session =
		kzalloc(struct_size(session, rates, nr_node_ids), GFP_KERNEL);
	unsigned int i;

	if (!session)
		return NULL;
	session->name = session->specs[index].name;
	session->weight = specs[index].weight;
	for (i = 0; i < nr_specs; i++)
		session->weights += specs[i].weight;
	memcpy(session->specs, specs, nr_specs * sizeof(*specs));
	session->nr_specs = nr_specs;
	session->wait_ms = HMT_SESSION_WAIT_MAX;
	mutex_init(&session->lock);
	init_waitqueue_head(&session->wait);
	init_completion(&session->ended);
	INIT_WORK(&session->end, hmt_session_end);
	/* One for the stopping thread, one for the work. */
	refcount_set(&session->refs, 2);
	return session;
}

/*
 * Start the provider @specs[@index]; @specs has all providers of the workload.
 * Return the session or an ERR_PTR: -ENOENT if there is no such provider,
 * -ENOMEM, or the error of its start operation.
 */
static struct hmt_session *
hmt_session_start(const struct hmt_provider_spec *specs, unsigned int nr_specs,
		  unsigned int index)
{
	struct hmt_session *session = hmt_session_alloc(specs, nr_specs, index);
	int ret = -ENOENT;

	if (!session)
		return ERR_PTR(-ENOMEM);
	session->provider = hmt_provider_get(session->name);
	if (session->provider) {
		ret = hmt_session_launch(session);
		if (!ret) {
			__module_get(THIS_MODULE);
			return session;
		}
		hmt_provider_put(session->provider);
	}
	kfree(session);
	return ERR_PTR(ret);
}

/*
 * Stop a session, whose mms have been dropped an RCU grace period ago, so that
 * no reports arrive. If the provider does not return in time, its module and
 * this one cannot be unloaded until it does.
 */
static void hmt_session_stop(struct hmt_session *session)
{
	queue_work(hmt_session_ends, &session->end);
	if (!wait_for_completion_timeout(&session->ended,
					 msecs_to_jiffies(HMT_SESSION_WAIT_MAX)))
		pr_warn("provider '%s' does not return: it and hmt stay loaded until it does\n",
			session->name);
	hmt_session_put(session);
}

/* Stop all sessions. No mm has pointed to @sessions for an RCU grace period. */
void hmt_sessions_stop(struct hmt_sessions *sessions)
{
	while (sessions->nr)
		hmt_session_stop(sessions->list[--sessions->nr]);
}

/*
 * Start a provider for each of @specs, all or none. Returns errors as
 * hmt_session_start().
 */
int hmt_sessions_start(struct hmt_sessions *sessions,
		       const struct hmt_provider_spec *specs,
		       unsigned int nr_specs)
{
	struct hmt_session *session;
	unsigned int i;

	for (i = 0; i < nr_specs; i++) {
		session = hmt_session_start(specs, nr_specs, i);
		if (IS_ERR(session)) {
			hmt_sessions_stop(sessions);
			return PTR_ERR(session);
		}
		sessions->list[sessions->nr++] = session;
	}
	return 0;
}

/*
 * Check whether a provider reports accesses of devices. Called by the engine,
 * or under RCU.
 */
bool hmt_sessions_see_devices(const struct hmt_sessions *sessions)
{
	unsigned int i;

	for (i = 0; i < sessions->nr; i++)
		if (sessions->list[i]->provider->device)
			return true;
	return false;
}

bool hmt_session_has(const struct hmt_session *session, const char *name)
{
	unsigned int i;

	for (i = 0; i < session->nr_specs; i++)
		if (!strcmp(session->specs[i].name, name))
			return true;
	return false;
}
EXPORT_SYMBOL_GPL(hmt_session_has);

struct mm_struct *hmt_mm_struct(const struct hmt_mm *managed)
{
	return managed->mm;
}
EXPORT_SYMBOL_GPL(hmt_mm_struct);

bool hmt_mm_is_new(const struct hmt_mm *managed)
{
	return !READ_ONCE(managed->samples) || READ_ONCE(managed->restart);
}
EXPORT_SYMBOL_GPL(hmt_mm_is_new);

unsigned long hmt_session_from(const struct hmt_session *session)
{
	return session->from;
}
EXPORT_SYMBOL_GPL(hmt_session_from);

void hmt_session_leave(struct hmt_session *session, unsigned long addr)
{
	session->rest = addr;
	session->leaves |= addr > session->from;
}
EXPORT_SYMBOL_GPL(hmt_session_leave);

void hmt_session_charge(struct hmt_session *session, u64 ns)
{
	WRITE_ONCE(session->program_ns, session->program_ns + ns);
}
EXPORT_SYMBOL_GPL(hmt_session_charge);

/*
 * Check that a report is plausible. A wrong report must not make the heat map
 * grow, or that of a survey, so a chunk needs a page table unless it already has
 * heat. Heat outlives its pages for some time and may be added to.
 */
static bool hmt_report_is_sane(const struct hmt_session *session,
			       struct hmt_mm *managed, unsigned long addr)
{
	const struct hmt_heat_map *grows = session->survey.on ?
						   &managed->surveyed :
						   &managed->heat;
	struct mm_struct *mm = managed->mm;
	int found;

	if (addr >= mm->task_size)
		return false;
	if (hmt_heat_map_chunk(&managed->heat, addr))
		return true;
	found = hmt_walk_finds(mm, addr);
	/* Page tables cannot be read now, but their number bounds the map. */
	if (found == -EAGAIN)
		return grows->nr_chunks < mm_pgtables_bytes(mm) / PAGE_SIZE;
	return found;
}

/*
 * Count hits in @only apart from heat. They are not traced: they do not change
 * heat. Return the error of hmt_heat_map_report(), and the number of hits in
 * *@hits.
 */
static int hmt_session_report_part(struct hmt_session *session,
				   struct hmt_mm *managed, unsigned long addr,
				   const unsigned long *accessed,
				   const struct hmt_survey *only, u64 *hits)
{
	u8 words = hmt_survey_words(only, addr);
	DECLARE_BITMAP(part, HMT_CHUNK_PAGES);
	unsigned int word;

	*hits = 0;
	if (!words)
		return 0;
	bitmap_copy(part, accessed, HMT_CHUNK_PAGES);
	for (word = 0; word < HMT_SURVEY_WORDS; word++)
		if (!(words & BIT(word)))
			bitmap_clear(part, word * HMT_SURVEY_WORD,
				     HMT_SURVEY_WORD);
	*hits = bitmap_weight(part, HMT_CHUNK_PAGES);
	return hmt_heat_map_report(&managed->surveyed, addr, part,
				   hmt_session_survey_score(session));
}

static int hmt_session_report(struct hmt_session *session,
			      struct hmt_mm *managed, unsigned long addr,
			      const unsigned long *accessed)
{
	u64 hits;
	int ret;

	lockdep_assert_held(&session->lock);
	if (session->managed != managed)
		return -ECANCELED;
	if (!hmt_report_is_sane(session, managed, addr)) {
		session->stats.rejected++;
		return -ERANGE;
	}
	if (session->survey.on) {
		ret = hmt_session_report_part(session, managed, addr, accessed,
					      &session->survey, &hits);
		session->stats.hits += hits;
		return ret;
	}
	/* Without memory for it the tally shows cold pages. */
	if (session->tally.on)
		hmt_session_report_part(session, managed, addr, accessed,
					&session->tally, &hits);
	session->stats.hits += bitmap_weight(accessed, HMT_CHUNK_PAGES);
	ret = hmt_heat_map_report(&managed->heat, addr, accessed,
				  hmt_session_score(session, managed));
	if (!ret && trace_hmt_hits_enabled() &&
	    !bitmap_empty(accessed, HMT_CHUNK_PAGES))
		trace_hmt_hits(session, managed, addr, accessed);
	return ret;
}

int hmt_report_bitmap(struct hmt_session *session, struct hmt_mm *managed,
		      unsigned long addr, const unsigned long *accessed)
{
	guard(mutex)(&session->lock);
	return hmt_session_report(session, managed, addr, accessed);
}
EXPORT_SYMBOL_GPL(hmt_report_bitmap);
