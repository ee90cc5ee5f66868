// SPDX-License-Identifier: GPL-2.0
/*
 * Copying by a DMA engine: one DMA_MEMCPY channel, which HMT owns while the
 * parameter copy_dma is on. The CPU copies pages that the channel refuses or
 * does not complete in time. A channel that fails is released, because its
 * device may have gone away, which drivers are not notified of.
 *
 * A channel that is late may still write to pages. It is therefore stopped
 * before the pages are used, and a channel that cannot be stopped is not
 * requested in the first place. If stopping fails, the pages and the module stay
 * until the channel has called back for all pages.
 */
#include <asm/arch.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/kstrtox.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "dma.h"

/*
 * Timeout. A batch takes less than 1 ms, and its pages are unmapped until then.
 */
#define HMT_DMA_TIMEOUT_MS	100

/*
 * Consecutive batches without an accepted page before the channel is released.
 */
#define HMT_DMA_REFUSALS	3

/* Time between two looks at abandoned batches. */
#define HMT_DMA_REAP		HZ

struct hmt_dma_job;

/* A page that the channel copies; @kept is the destination of an abandoned one. */
struct hmt_dma_page {
	struct hmt_dma_job *job;
	struct hmt_copy_desc *copy;
	struct page *kept;
	dma_addr_t from;
	dma_addr_t to;
	bool done;
};

/* A batch in flight; the channel accepted the first nr entries of pages. */
struct hmt_dma_job {
	struct list_head link;
	struct device *device;
	struct completion completion;
	atomic_t pending;
	unsigned int nr;
	struct hmt_dma_page pages[HMT_COPY_DMA_PAGES];
};

/*
 * Protects the variables below. Held while the channel copies, which is
 * bounded.
 */
static DEFINE_MUTEX(hmt_dma_lock);
static struct dma_chan *hmt_dma_channel;
/* For messages: a channel whose device has gone has no name. */
static char hmt_dma_name[32];
static unsigned int hmt_dma_refusals;
/* Jobs that a channel has not completed and cannot be stopped from writing to. */
static LIST_HEAD(hmt_dma_abandoned);
/* A job was abandoned since this module was loaded. */
static bool hmt_dma_called_late;
/*
 * Module parameters are set before hmt_copy_dma_init(); it applies this value.
 */
static bool hmt_dma_ready;
static bool hmt_dma_param;

static atomic_long_t hmt_copied_dma;

static void hmt_dma_reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(hmt_dma_reaper, hmt_dma_reap);

static void hmt_dma_release(const char *reason)
{
	lockdep_assert_held(&hmt_dma_lock);
	if (reason)
		pr_warn("%s %s: copying with the CPU; write 1 to /sys/module/hmt/parameters/copy_dma to retry\n",
			hmt_dma_name, reason);
	dma_release_channel(hmt_dma_channel);
	WRITE_ONCE(hmt_dma_channel, NULL);
}

/*
 * Request a channel that copies memory and can be stopped, or return -ENODEV.
 */
static int hmt_dma_request(void)
{
	struct dma_chan *channel;
	dma_cap_mask_t mask;

	lockdep_assert_held(&hmt_dma_lock);
	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	channel = dma_request_chan_by_mask(&mask);
	if (IS_ERR(channel))
		return -ENODEV;
	if (!channel->device->device_terminate_all) {
		pr_warn("%s cannot be stopped if it hangs: not used for copying\n",
			dma_chan_name(channel));
		dma_release_channel(channel);
		return -ENODEV;
	}
	strscpy(hmt_dma_name, dma_chan_name(channel), sizeof(hmt_dma_name));
	hmt_dma_refusals = 0;
	WRITE_ONCE(hmt_dma_channel, channel);
	return 0;
}

static int hmt_dma_switch(bool on)
{
	if (on && !hmt_dma_channel)
		return hmt_dma_request();
	if (!on && hmt_dma_channel)
		hmt_dma_release(NULL);
	return 0;
}

static int hmt_dma_set(const char *text, const struct kernel_param *kp)
{
	bool on;
	int ret = kstrtobool(text, &on);

	if (ret)
		return ret;
	guard(mutex)(&hmt_dma_lock);
	if (hmt_dma_ready)
		ret = hmt_dma_switch(on);
	else
		hmt_dma_param = on;
	return ret;
}

static int hmt_dma_get(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%d\n", hmt_copy_dma_is_on());
}

static const struct kernel_param_ops hmt_dma_ops = {
	.set = hmt_dma_set,
	.get = hmt_dma_get,
};
module_param_cb(copy_dma, &hmt_dma_ops, NULL, 0644);
MODULE_PARM_DESC(copy_dma, "Copy by a DMA engine where there is one (default 0)");

static int hmt_copied_dma_get(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%ld\n", atomic_long_read(&hmt_copied_dma));
}

static const struct kernel_param_ops hmt_copied_dma_ops = {
	.get = hmt_copied_dma_get,
};
module_param_cb(copied_dma, &hmt_copied_dma_ops, NULL, 0444);
MODULE_PARM_DESC(copied_dma, "Pages that a DMA engine copied (read-only)");

bool hmt_copy_dma_is_on(void)
{
	return READ_ONCE(hmt_dma_channel);
}

void hmt_copy_dma_init(void)
{
	guard(mutex)(&hmt_dma_lock);
	hmt_dma_ready = true;
	if (hmt_dma_param && hmt_dma_request())
		pr_warn("copy_dma: no DMA engine can copy memory: copying with the CPU\n");
}

/*
 * A channel may have called hmt_dma_complete_page() for a page of an abandoned
 * job from a thread, which is perhaps still in its last instructions. It has
 * left the function once it slept or was in user mode.
 */
void hmt_copy_dma_exit(void)
{
	/* No job is abandoned: each has a reference to the module. */
	cancel_delayed_work_sync(&hmt_dma_reaper);
	if (READ_ONCE(hmt_dma_called_late))
		synchronize_rcu_tasks();
	guard(mutex)(&hmt_dma_lock);
	hmt_dma_switch(false);
	hmt_dma_ready = false;
}

/* Complete one page. Called by the channel, in any context. */
static void hmt_dma_complete_page(void *argument,
				  const struct dmaengine_result *result)
{
	struct hmt_dma_page *page = argument;

	page->done = !result || result->result == DMA_TRANS_NOERROR;
	if (atomic_dec_and_test(&page->job->pending))
		complete(&page->job->completion);
}

static bool hmt_dma_map(struct hmt_dma_page *page, struct device *device)
{
	page->from = dma_map_page(device, page->copy->from, 0, PAGE_SIZE,
				  DMA_TO_DEVICE);
	if (dma_mapping_error(device, page->from))
		return false;
	page->to = dma_map_page(device, page->copy->to, 0, PAGE_SIZE,
				DMA_FROM_DEVICE);
	if (!dma_mapping_error(device, page->to))
		return true;
	dma_unmap_page(device, page->from, PAGE_SIZE, DMA_TO_DEVICE);
	return false;
}

static void hmt_dma_unmap(const struct hmt_dma_page *page,
			  struct device *device)
{
	dma_unmap_page(device, page->from, PAGE_SIZE, DMA_TO_DEVICE);
	dma_unmap_page(device, page->to, PAGE_SIZE, DMA_FROM_DEVICE);
}

/* Submit one mapped page to the channel; return false if it is refused. */
static bool hmt_dma_submit(struct hmt_dma_page *page)
{
	struct dma_async_tx_descriptor *tx;

	tx = dmaengine_prep_dma_memcpy(hmt_dma_channel, page->to, page->from,
				       PAGE_SIZE,
				       DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!tx)
		return false;
	tx->callback_result = hmt_dma_complete_page;
	tx->callback_param = page;
	atomic_inc(&page->job->pending);
	if (!dma_submit_error(dmaengine_submit(tx)))
		return true;
	atomic_dec(&page->job->pending);
	return false;
}

/* Submit pages until the channel refuses one. */
static void hmt_dma_begin(struct hmt_dma_job *job, struct hmt_copy_desc *copies,
			  unsigned int nr)
{
	job->device = hmt_dma_channel->device->dev;
	init_completion(&job->completion);
	/* The submitter holds one count. */
	atomic_set(&job->pending, 1);
	for (job->nr = 0; job->nr < nr; job->nr++) {
		struct hmt_dma_page *page = &job->pages[job->nr];

		page->job = job;
		page->copy = &copies[job->nr];
		page->done = false;
		if (!hmt_dma_map(page, job->device))
			break;
		if (!hmt_dma_submit(page)) {
			hmt_dma_unmap(page, job->device);
			break;
		}
	}
}

/* Wait until all pages are copied; return -ETIME if they are not in time. */
static int hmt_dma_wait(struct hmt_dma_job *job)
{
	dma_async_issue_pending(hmt_dma_channel);
	if (atomic_dec_and_test(&job->pending))
		return 0;
	if (wait_for_completion_timeout(&job->completion,
					msecs_to_jiffies(HMT_DMA_TIMEOUT_MS)))
		return 0;
	return -ETIME;
}

/* An engine copies no tags: the CPU copies such pages again. */
static void hmt_dma_end(struct hmt_dma_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nr; i++) {
		struct hmt_dma_page *page = &job->pages[i];

		hmt_dma_unmap(page, job->device);
		page->done = page->done && !hmt_page_has_tags(page->copy->from);
		page->copy->failed = !page->done;
		atomic_long_add(page->done, &hmt_copied_dma);
	}
}

/* Free a batch that the channel has completed. Its mappings stay: see below. */
static void hmt_dma_free_abandoned(struct hmt_dma_job *job)
{
	unsigned int i;

	list_del(&job->link);
	for (i = 0; i < job->nr; i++)
		put_page(job->pages[i].kept);
	kfree(job);
	module_put(THIS_MODULE);
}

static void hmt_dma_reap(struct work_struct *work)
{
	struct hmt_dma_job *job, *next;

	guard(mutex)(&hmt_dma_lock);
	list_for_each_entry_safe(job, next, &hmt_dma_abandoned, link) {
		if (!completion_done(&job->completion))
			continue;
		/* A callback in an interrupt has returned after this. */
		synchronize_rcu();
		hmt_dma_free_abandoned(job);
	}
	if (!list_empty(&hmt_dma_abandoned))
		schedule_delayed_work(&hmt_dma_reaper, HMT_DMA_REAP);
}

/*
 * Keep the pages and the job, because the channel may still write to them, and this
 * module, because the channel may still call hmt_dma_complete_page(). The DMA
 * mappings are not undone later: the device may be gone by then.
 */
static void hmt_dma_abandon(struct hmt_dma_job *job)
{
	unsigned int i;

	lockdep_assert_held(&hmt_dma_lock);
	pr_err("%s cannot be stopped: %u pages and the module stay until it completes them\n",
	       hmt_dma_name, job->nr);
	for (i = 0; i < job->nr; i++) {
		job->pages[i].kept = job->pages[i].copy->to;
		get_page(job->pages[i].kept);
		job->pages[i].copy->failed = true;
	}
	WRITE_ONCE(hmt_dma_called_late, true);
	__module_get(THIS_MODULE);
	list_add_tail(&job->link, &hmt_dma_abandoned);
	schedule_delayed_work(&hmt_dma_reaper, HMT_DMA_REAP);
}

/*
 * Copy as many pages as the channel accepts. Return their number, which counts
 * from the beginning of @copies. If *@lost is set, they must not be tried
 * again.
 */
static unsigned int hmt_dma_run(struct hmt_dma_job *job,
				struct hmt_copy_desc *copies, unsigned int nr,
				bool *lost)
{
	hmt_dma_begin(job, copies, nr);
	if (job->nr)
		hmt_dma_refusals = 0;
	else if (++hmt_dma_refusals == HMT_DMA_REFUSALS)
		hmt_dma_release("accepts no pages");
	if (!job->nr || !hmt_dma_wait(job)) {
		hmt_dma_end(job);
		return job->nr;
	}
	*lost = dmaengine_terminate_sync(hmt_dma_channel);
	if (*lost)
		hmt_dma_abandon(job);
	else
		hmt_dma_end(job);
	hmt_dma_release("did not finish in time");
	return job->nr;
}

/*
 * Copy @nr pages, at most HMT_COPY_DMA_PAGES. @fallback is called for pages
 * that the channel did not copy.
 */
void hmt_copy_by_dma(struct hmt_copy_desc *copies, unsigned int nr,
		     void (*fallback)(struct hmt_copy_desc *copies,
				      unsigned int nr))
{
	struct hmt_dma_job *job = kmalloc(sizeof(*job), GFP_KERNEL);
	unsigned int taken = 0, i;
	bool lost = false;

	/*
	 * If the channel is busy with another batch, copying is faster than
	 * waiting.
	 */
	if (job && mutex_trylock(&hmt_dma_lock)) {
		if (hmt_dma_channel)
			taken = hmt_dma_run(job, copies, nr, &lost);
		mutex_unlock(&hmt_dma_lock);
	}
	for (i = 0; i < taken && !lost; i++)
		if (copies[i].failed)
			fallback(&copies[i], 1);
	fallback(copies + taken, nr - taken);
	if (!lost)
		kfree(job);
}
