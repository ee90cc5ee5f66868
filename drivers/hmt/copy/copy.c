// SPDX-License-Identifier: GPL-2.0
/*
 * Copy pages that CPUs can address: on this CPU, with helper threads, or by a
 * DMA engine. The pages of a batch are unmapped until it is complete, so this
 * CPU waits only for helpers that have already begun.
 */
#include <asm/arch.h>
#include <linux/atomic.h>
#include <linux/hmt_internal.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/workqueue.h>
#include "copy.h"
#include "dma.h"

/* A batch is too small to occupy more threads. */
#define HMT_COPY_THREADS_MAX	4

/*
 * Minimum pages for each thread; waking one takes as long as copying some
 * pages.
 */
#define HMT_COPY_SHARE_MIN	8

/* The part of a batch that one thread copies. */
struct hmt_copy_share {
	struct work_struct work;
	struct hmt_copy_desc *copies;
	unsigned int nr;
};

static struct workqueue_struct *hmt_copy_queue;

static int hmt_copy_set_threads(const char *text, const struct kernel_param *kp)
{
	return param_set_uint_minmax(text, kp, 0, HMT_COPY_THREADS_MAX);
}

static const struct kernel_param_ops hmt_copy_threads_ops = {
	.set = hmt_copy_set_threads,
	.get = param_get_uint,
};

static unsigned int hmt_copy_threads;
module_param_cb(copy_threads, &hmt_copy_threads_ops, &hmt_copy_threads, 0644);
MODULE_PARM_DESC(copy_threads, "Threads that help to copy, 0 to 4 (default 0)");

/* Number of pages that helper threads copied. */
static atomic_long_t hmt_copied_threads;

static int hmt_copied_threads_get(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%ld\n", atomic_long_read(&hmt_copied_threads));
}

static const struct kernel_param_ops hmt_copied_threads_ops = {
	.get = hmt_copied_threads_get,
};
module_param_cb(copied_threads, &hmt_copied_threads_ops, NULL, 0444);
MODULE_PARM_DESC(copied_threads, "Pages that these threads copied (read-only)");

static void hmt_copy_serial(struct hmt_copy_desc *copies, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		copies[i].failed = !hmt_copy_user_page(copies[i].to, copies[i].from);
}

static void hmt_copy_work(struct work_struct *work)
{
	struct hmt_copy_share *share = container_of(work, struct hmt_copy_share,
						    work);

	hmt_copy_serial(share->copies, share->nr);
	atomic_long_add(share->nr, &hmt_copied_threads);
}

/*
 * Copy the share unless a helper has begun with it; then wait for the helper.
 */
static void hmt_copy_finish(struct hmt_copy_share *share)
{
	if (cancel_work_sync(&share->work))
		hmt_copy_serial(share->copies, share->nr);
	destroy_work_on_stack(&share->work);
}

static void hmt_copy_parallel(struct hmt_copy_desc *copies, unsigned int nr,
			      unsigned int threads)
{
	struct hmt_copy_share shares[HMT_COPY_THREADS_MAX];
	unsigned int size = DIV_ROUND_UP(nr, threads + 1), first, i;

	for (i = 0, first = size; first < nr; i++, first += size) {
		INIT_WORK_ONSTACK(&shares[i].work, hmt_copy_work);
		shares[i].copies = copies + first;
		shares[i].nr = min(size, nr - first);
		queue_work(hmt_copy_queue, &shares[i].work);
	}
	hmt_copy_serial(copies, min(size, nr));
	while (i--)
		hmt_copy_finish(&shares[i]);
}

static void hmt_copy_by_cpu(struct hmt_copy_desc *copies, unsigned int nr)
{
	unsigned int threads = min(READ_ONCE(hmt_copy_threads),
				   nr / HMT_COPY_SHARE_MIN);

	if (threads)
		hmt_copy_parallel(copies, nr, threads);
	else
		hmt_copy_serial(copies, nr);
}

/**
 * hmt_copy_pages() - copy pages with the configured method
 * @copies: pages that CPUs can address, source and destination
 * @nr: number of entries in @copies
 *
 * Uses a DMA engine or helper threads if the parameters of hmt.ko enable them.
 * This CPU copies pages that the DMA engine did not copy. Ends in bounded time.
 *
 * Context: process, may sleep.
 */
void hmt_copy_pages(struct hmt_copy_desc *copies, unsigned int nr)
{
	unsigned int done = 0, more;

	while (done < nr && hmt_copy_dma_is_on()) {
		more = min(nr - done, HMT_COPY_DMA_PAGES);
		hmt_copy_by_dma(copies + done, more, hmt_copy_serial);
		done += more;
	}
	hmt_copy_by_cpu(copies + done, nr - done);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_copy_pages);

int hmt_copy_init(void)
{
	hmt_copy_queue = alloc_workqueue("hmt_copy", WQ_UNBOUND, 0);
	if (!hmt_copy_queue)
		return -ENOMEM;
	hmt_copy_dma_init();
	return 0;
}

/* Must not run before all movers have stopped. */
void hmt_copy_exit(void)
{
	hmt_copy_dma_exit();
	destroy_workqueue(hmt_copy_queue);
}
