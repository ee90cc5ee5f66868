// SPDX-License-Identifier: GPL-2.0
/*
 * Copying by a DMA engine: one channel for DMA_MEMCPY, which belongs to HMT as
 * long as the parameter copy_dma is on. What it does not do in time, or refuses,
 * the CPU does, and a channel that is of no use is given back: its device may
 * have gone away, of which there is no notice.
 *
 * A channel that was late may still write to pages. So it is stopped before
 * anybody else touches them, and one that cannot be stopped is not taken. Should
 * stopping it fail, these pages are never used again.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/hmt.h>
#include <linux/jiffies.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "dma.h"

/* A batch takes less than a millisecond; its pages are away for so long. */
#define HMT_DMA_PATIENCE_MS	100

/* Batches in a row of which the channel took nothing. */
#define HMT_DMA_REFUSALS	3

struct hmt_dma_job;

/* One page that the channel copies. */
struct hmt_dma_page {
	struct hmt_dma_job *job;
	struct hmt_copy_desc *copy;
	dma_addr_t from;
	dma_addr_t to;
	bool done;
};

/* A batch that the channel has; nr entries of pages were taken by it. */
struct hmt_dma_job {
	struct device *device;
	struct completion completion;
	atomic_t left;
	unsigned int nr;
	struct hmt_dma_page pages[HMT_COPY_DMA_PAGES];
};

/* All below. Held while the channel copies, which is bounded. */
static DEFINE_MUTEX(hmt_dma_lock);
static struct dma_chan *hmt_dma_channel;
/* For messages: a channel whose device has gone has no name any more. */
static char hmt_dma_name[32];
static unsigned int hmt_dma_refusals;
/* Parameters are read before hmt_copy_dma_init(): then this is what they say. */
static bool hmt_dma_ready;
static bool hmt_dma_wanted;

static atomic_long_t hmt_copied_dma;

static void hmt_dma_release(const char *why)
{
	lockdep_assert_held(&hmt_dma_lock);
	if (why)
		pr_warn("%s %s: copying with the CPU from now on; write 1 to /sys/module/hmt/parameters/copy_dma to try again\n",
			hmt_dma_name, why);
	dma_release_channel(hmt_dma_channel);
	WRITE_ONCE(hmt_dma_channel, NULL);
}

/* -ENODEV: there is no channel that copies memory and can be stopped. */
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
		pr_warn("%s cannot be stopped when it hangs: not taken for copying\n",
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
		hmt_dma_wanted = on;
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
	if (hmt_dma_wanted && hmt_dma_request())
		pr_warn("copy_dma: no DMA engine copies memory here: copying with the CPU\n");
}

void hmt_copy_dma_exit(void)
{
	guard(mutex)(&hmt_dma_lock);
	hmt_dma_switch(false);
	hmt_dma_ready = false;
}

/* From the channel, in any context. */
static void hmt_dma_finished(void *argument,
			     const struct dmaengine_result *result)
{
	struct hmt_dma_page *page = argument;

	page->done = !result || result->result == DMA_TRANS_NOERROR;
	if (atomic_dec_and_test(&page->job->left))
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

/* Give one mapped page to the channel. */
static bool hmt_dma_submit(struct hmt_dma_page *page)
{
	struct dma_async_tx_descriptor *tx;

	tx = dmaengine_prep_dma_memcpy(hmt_dma_channel, page->to, page->from,
				       PAGE_SIZE,
				       DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!tx)
		return false;
	tx->callback_result = hmt_dma_finished;
	tx->callback_param = page;
	atomic_inc(&page->job->left);
	if (!dma_submit_error(dmaengine_submit(tx)))
		return true;
	atomic_dec(&page->job->left);
	return false;
}

/* Give it as many pages as it takes. */
static void hmt_dma_begin(struct hmt_dma_job *job, struct hmt_copy_desc *copies,
			  unsigned int nr)
{
	job->device = hmt_dma_channel->device->dev;
	init_completion(&job->completion);
	/* One for who gives. */
	atomic_set(&job->left, 1);
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

/* 0; -ETIME: some are not done, and the channel is given back. */
static int hmt_dma_wait(struct hmt_dma_job *job)
{
	dma_async_issue_pending(hmt_dma_channel);
	if (atomic_dec_and_test(&job->left))
		return 0;
	if (wait_for_completion_timeout(&job->completion,
					msecs_to_jiffies(HMT_DMA_PATIENCE_MS)))
		return 0;
	return -ETIME;
}

static void hmt_dma_end(struct hmt_dma_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nr; i++) {
		hmt_dma_unmap(&job->pages[i], job->device);
		job->pages[i].copy->failed = !job->pages[i].done;
		atomic_long_add(job->pages[i].done, &hmt_copied_dma);
	}
}

/* It may write to them at any time: nobody else may have them, nor the job. */
static void hmt_dma_abandon(struct hmt_dma_job *job)
{
	unsigned int i;

	pr_err("%s cannot be stopped: %u pages are lost\n",
	       hmt_dma_name, job->nr);
	for (i = 0; i < job->nr; i++) {
		get_page(job->pages[i].copy->to);
		job->pages[i].copy->failed = true;
	}
}

/*
 * Let the channel copy what it takes. Returns the number of copies at the
 * beginning of @copies that it had; *@lost: nobody may try them again.
 */
static unsigned int hmt_dma_run(struct hmt_dma_job *job,
				struct hmt_copy_desc *copies, unsigned int nr,
				bool *lost)
{
	hmt_dma_begin(job, copies, nr);
	if (job->nr)
		hmt_dma_refusals = 0;
	else if (++hmt_dma_refusals == HMT_DMA_REFUSALS)
		hmt_dma_release("takes no pages");
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
 * Copy @nr pages, at most HMT_COPY_DMA_PAGES. @otherwise is called for those
 * that the channel did not copy.
 */
void hmt_copy_by_dma(struct hmt_copy_desc *copies, unsigned int nr,
		     void (*otherwise)(struct hmt_copy_desc *copies,
				       unsigned int nr))
{
	struct hmt_dma_job *job = kmalloc(sizeof(*job), GFP_KERNEL);
	unsigned int taken = 0, i;
	bool lost = false;

	/* Another batch has it: the CPU is faster than waiting. */
	if (job && mutex_trylock(&hmt_dma_lock)) {
		if (hmt_dma_channel)
			taken = hmt_dma_run(job, copies, nr, &lost);
		mutex_unlock(&hmt_dma_lock);
	}
	for (i = 0; i < taken && !lost; i++)
		if (copies[i].failed)
			otherwise(&copies[i], 1);
	otherwise(copies + taken, nr - taken);
	if (!lost)
		kfree(job);
}
