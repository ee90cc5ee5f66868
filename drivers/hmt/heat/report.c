// SPDX-License-Identifier: GPL-2.0
/*
 * Pushed reports. The workload of a report is found by its mm in a hash table
 * that is read under RCU, and the report is added to the queue of the current
 * CPU. The engine empties the queues once per sample, checks that the addresses
 * are mapped, and adds the scores of each provider by page: repeated reports of
 * a page in one sample count at most HMT_SCORE_MAX.
 *
 * Any program may report. No mm takes the slots of a queue or the time of a
 * sample from the other mms of its workload: each has a share of both.
 */
#include <linux/export.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "page/page.h"
#include "heat.h"

/*
 * Largest number of reports, and of steps of the walks for them, that a session
 * processes in one sample. A step is a chunk, a hole or a mapping.
 */
#define HMT_REPORT_DRAIN_BUDGET	65536

/*
 * Return the number of queues for reports of @cpus CPUs: a sample reads
 * HMT_REPORT_DRAIN_BUDGET reports at most, so more slots would only be memory.
 */
unsigned int hmt_reports_queues(unsigned int cpus)
{
	return min_t(unsigned int, cpus,
		     HMT_REPORT_DRAIN_BUDGET / HMT_QUEUE_SLOTS);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_reports_queues);

/* CPUs that come online later share the queues. */
int hmt_reports_init(struct hmt_reports *reports)
{
	unsigned int nr = hmt_reports_queues(num_online_cpus());

	reports->next = 0;
	reports->nr = 0;
	reports->queues = kvcalloc(nr, sizeof(*reports->queues), GFP_KERNEL);
	if (!reports->queues)
		return -ENOMEM;
	for (; reports->nr < nr; reports->nr++) {
		struct hmt_queue *queue = kvmalloc(sizeof(*queue), GFP_KERNEL);

		if (!queue) {
			hmt_reports_destroy(reports);
			return -ENOMEM;
		}
		hmt_queue_init(queue);
		reports->queues[reports->nr] = queue;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_reports_init);

/* Free the queues. No provider pushes any more, see hmt_mm_drop(). */
void hmt_reports_destroy(struct hmt_reports *reports)
{
	unsigned int i;

	if (!reports->queues)
		return;
	for (i = 0; i < reports->nr; i++)
		kvfree(reports->queues[i]);
	kvfree(reports->queues);
	reports->queues = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_reports_destroy);

/* Count the reports that found their queue full. */
u64 hmt_reports_dropped(const struct hmt_reports *reports)
{
	unsigned int i;
	u64 sum = 0;

	if (!reports->queues)
		return 0;
	for (i = 0; i < reports->nr; i++)
		sum += atomic_long_read(&reports->queues[i]->dropped);
	return sum;
}

/* Return the queue for reports of this CPU. Any context. */
static struct hmt_queue *hmt_reports_queue(const struct hmt_reports *reports)
{
	return reports->queues[raw_smp_processor_id() % reports->nr];
}

/* An mm that is alone in its workload takes nothing from others. */
static bool hmt_report_enqueue(const struct hmt_sessions *sessions,
			       struct hmt_queue *queue,
			       const struct hmt_report *report)
{
	return READ_ONCE(sessions->nr_mms) > 1 ?
		       hmt_queue_enqueue_share(queue, report) :
		       hmt_queue_enqueue(queue, report);
}

/* Enqueue @report for the session of @provider. */
static int hmt_report_to(const struct hmt_sessions *sessions,
			 const struct hmt_provider *provider,
			 const struct hmt_report *report)
{
	unsigned int i;

	for (i = 0; i < sessions->nr; i++) {
		struct hmt_session *session = sessions->list[i];

		if (session->provider == provider && session->reports.queues)
			return hmt_report_enqueue(sessions,
						  hmt_reports_queue(&session->reports),
						  report) ?
				       0 :
				       -ENOSPC;
	}
	return -ESRCH;
}

int hmt_report_range(const struct hmt_provider *provider,
		     const struct mm_struct *mm, unsigned long start,
		     unsigned long end, unsigned int score)
{
	unsigned long first = start >> PAGE_SHIFT;
	unsigned long pages = ((end - 1) >> PAGE_SHIFT) - first + 1;
	struct hmt_report report = {
		.managed = mm,
		.addr = first << PAGE_SHIFT,
		.pages = pages,
		.score = min_t(unsigned int, score, HMT_SCORE_MAX),
	};
	struct hmt_mm *managed;
	int ret = -ESRCH;

	if (start >= end || pages > U32_MAX || !score)
		return -EINVAL;
	rcu_read_lock();
	managed = hmt_mm_lookup(mm);
	if (managed)
		ret = hmt_report_to(managed->sessions, provider, &report);
	rcu_read_unlock();
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_report_range);

int hmt_report_page(const struct hmt_provider *provider,
		    const struct mm_struct *mm, unsigned long addr,
		    unsigned int score)
{
	addr &= PAGE_MASK;
	return hmt_report_range(provider, mm, addr, addr + PAGE_SIZE, score);
}
EXPORT_SYMBOL_GPL(hmt_report_page);

/**
 * struct hmt_report_drain - state of reading the queues of a session
 * @session: the session
 * @budget: reports and steps left in this sample
 * @managed: mm of the present report
 * @score: score of the present report
 * @allowance: largest number of steps for it
 * @steps: steps made for it
 * @mapped: a chunk of it is mapped
 */
struct hmt_report_drain {
	struct hmt_session *session;
	unsigned int budget;
	struct hmt_mm *managed;
	unsigned int score;
	unsigned int allowance;
	unsigned int steps;
	bool mapped;
};

static int hmt_report_drain_chunk(struct vm_area_struct *vma,
				  unsigned long addr, unsigned long end,
				  void *arg)
{
	struct hmt_report_drain *drain = arg;

	drain->mapped = true;
	return hmt_heat_map_add(&drain->managed->fresh, addr, end,
				drain->score);
}

/* Count the steps of a slice; holes and mappings cost time as chunks do. */
static int hmt_report_drain_slice(unsigned int steps, void *arg)
{
	struct hmt_report_drain *drain = arg;

	drain->steps += steps;
	return drain->steps > drain->allowance || kthread_should_stop() ?
		       -EINTR :
		       0;
}

static const struct hmt_walk_ops hmt_report_drain_walk = {
	.done = hmt_report_drain_chunk,
	.slice = hmt_report_drain_slice,
};

/*
 * Return the steps that @managed may still take in this sample: at most as many
 * as remain for the other mms then.
 */
static unsigned int hmt_report_drain_allowance(const struct hmt_report_drain *drain,
					       const struct hmt_mm *managed)
{
	if (managed->sessions->nr_mms == 1)
		return drain->budget;
	if (drain->budget <= managed->drained)
		return 0;
	return (drain->budget - managed->drained) / 2;
}

static struct hmt_mm *hmt_report_drain_find(const struct hmt_sessions *sessions,
					    const struct hmt_report *report)
{
	struct hmt_mm *managed;

	rcu_read_lock();
	managed = hmt_mm_lookup(report->managed);
	if (managed && managed->sessions != sessions)
		managed = NULL;
	rcu_read_unlock();
	/*
	 * Stable, because only the caller, the engine, drops mms of its
	 * workload.
	 */
	return managed && hmt_mm_pin(managed) ? managed : NULL;
}

/*
 * Add the score to the mapped chunks of a report. Return false if a part of it
 * is lost.
 */
static bool hmt_report_drain_walk_range(struct hmt_report_drain *drain,
					const struct hmt_report *report)
{
	struct hmt_mm *managed = drain->managed;
	unsigned long bytes = (unsigned long)report->pages << PAGE_SHIFT;
	unsigned long room;
	int ret;

	if (report->addr >= managed->mm->task_size)
		return true;
	drain->allowance = hmt_report_drain_allowance(drain, managed);
	if (!drain->allowance)
		return false;
	room = managed->mm->task_size - report->addr;
	/* Reports must not wait for the mmap lock one by one. */
	ret = hmt_mm_is_locked(managed) ?
		      -EAGAIN :
		      hmt_walk_all(managed->mm, report->addr,
				   report->addr + min(bytes, room),
				   &hmt_report_drain_walk, NULL, drain);
	if (ret == -EAGAIN) {
		WRITE_ONCE(managed->locked, true);
		/* The report may be right. */
		drain->mapped = true;
	}
	drain->budget -= min(drain->budget, drain->steps);
	managed->drained += drain->steps;
	return !ret;
}

static void hmt_report_drain_report(const struct hmt_sessions *sessions,
				    struct hmt_report_drain *drain,
				    const struct hmt_report *report)
{
	struct hmt_provider_stats *stats = &drain->session->stats;
	bool whole = true;

	drain->budget--;
	drain->mapped = false;
	drain->steps = 0;
	drain->score = report->score;
	drain->managed = hmt_report_drain_find(sessions, report);
	if (drain->managed) {
		whole = hmt_report_drain_walk_range(drain, report);
		hmt_mm_unpin(drain->managed);
	}
	if (!whole)
		stats->lost++;
	if (drain->mapped)
		stats->reports++;
	else if (whole)
		stats->rejected++;
}

/*
 * Process one queue. Ends after one turn of the ring, so that a
 * flood of reports does not occupy the reader.
 */
static void hmt_report_drain_queue(const struct hmt_sessions *sessions,
				   struct hmt_report_drain *drain,
				   struct hmt_queue *queue)
{
	struct hmt_report report;
	unsigned int i;

	for (i = 0; i < HMT_QUEUE_SLOTS && drain->budget; i++) {
		if (kthread_should_stop() || !hmt_queue_dequeue(queue, &report))
			break;
		hmt_report_drain_report(sessions, drain, &report);
	}
	cond_resched();
}

/* Trace the reports of @session in this sample, before they become heat. */
static void hmt_reports_trace(const struct hmt_session *session,
			      struct hmt_mm *managed)
{
	unsigned long index;
	const u8 *scores;

	if (!trace_hmt_scores_enabled())
		return;
	xa_for_each(&managed->fresh.chunks, index, scores)
		trace_hmt_scores(session, managed, index << HMT_CHUNK_SHIFT,
				 scores);
}

/* Convert the reports of @session for @managed to heat. */
static void hmt_reports_fold(struct hmt_session *session,
			     struct hmt_mm *managed)
{
	hmt_reports_trace(session, managed);
	session->stats.hits += hmt_heat_map_fold(&managed->heat,
						 &managed->fresh,
						 hmt_session_score(session,
								   managed));
}

/*
 * Process the reports that were pushed to @session since the last call. Reports
 * above the budget stay in the queues for the next sample, which continues with
 * the queue at which this one stopped.
 */
static void hmt_reports_drain_one(const struct hmt_sessions *sessions,
				  struct hmt_session *session,
				  const struct list_head *mms)
{
	struct hmt_report_drain drain = {
		.session = session,
		.budget = HMT_REPORT_DRAIN_BUDGET,
	};
	struct hmt_reports *reports = &session->reports;
	struct hmt_mm *managed;
	unsigned int i;

	if (!reports->queues)
		return;
	for (i = 0; i < reports->nr && drain.budget; i++) {
		hmt_report_drain_queue(sessions, &drain,
				       reports->queues[reports->next]);
		if (drain.budget)
			reports->next = (reports->next + 1) % reports->nr;
	}
	list_for_each_entry(managed, mms, link) {
		hmt_reports_fold(session, managed);
		managed->drained = 0;
	}
	session->stats.dropped = hmt_reports_dropped(reports) +
				 session->stats.lost;
}

/* Convert reports that were pushed to @sessions to the heat of @mms. */
void hmt_reports_drain(const struct hmt_sessions *sessions,
		       const struct list_head *mms)
{
	unsigned int i;

	for (i = 0; i < sessions->nr; i++)
		hmt_reports_drain_one(sessions, sessions->list[i], mms);
}
