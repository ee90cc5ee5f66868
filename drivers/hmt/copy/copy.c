// SPDX-License-Identifier: GPL-2.0
/*
 * Copying pages that a CPU can address: by this CPU, with the help of others,
 * or by a DMA engine. The pages of a batch are away from their program until it
 * is done, so whoever helps is waited for only if it has begun.
 */
#include <asm/cpufeature.h>
#include <linux/atomic.h>
#include <linux/highmem.h>
#include <linux/hmt.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include "copy.h"
#include "dma.h"

/* More have too little to do in a batch. */
#define HMT_COPY_THREADS_MAX	4

/* Waking a thread takes as long as copying some pages. */
#define HMT_COPY_SHARE_MIN	8

/* Part of a copy, for one thread. */
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

/* Pages that they copied. */
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

/*
 * Copy so that poisoned memory costs this move, not the machine. On CPUs where
 * copy_mc_to_kernel() cannot do that, it is a memcpy() that takes three times
 * the instructions of copy_page().
 */
static unsigned long hmt_copy(void *dst, void *src)
{
	if (boot_cpu_has(X86_FEATURE_ERMS))
		return copy_mc_to_kernel(dst, src, PAGE_SIZE);
	copy_page(dst, src);
	return 0;
}

static bool hmt_copy_page(struct page *to, struct page *from)
{
	void *dst = kmap_local_page(to);
	void *src = kmap_local_page(from);
	unsigned long left = hmt_copy(dst, src);

	kunmap_local(src);
	kunmap_local(dst);
	return !left;
}

static void hmt_copy_alone(struct hmt_copy_desc *copies, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		copies[i].failed = !hmt_copy_page(copies[i].to, copies[i].from);
}

static void hmt_copy_work(struct work_struct *work)
{
	struct hmt_copy_share *share = container_of(work, struct hmt_copy_share,
						    work);

	hmt_copy_alone(share->copies, share->nr);
	atomic_long_add(share->nr, &hmt_copied_threads);
}

/* Copy the share if nobody has begun with it; else wait for who did. */
static void hmt_copy_settle(struct hmt_copy_share *share)
{
	if (cancel_work_sync(&share->work))
		hmt_copy_alone(share->copies, share->nr);
	destroy_work_on_stack(&share->work);
}

static void hmt_copy_together(struct hmt_copy_desc *copies, unsigned int nr,
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
	hmt_copy_alone(copies, min(size, nr));
	while (i--)
		hmt_copy_settle(&shares[i]);
}

static void hmt_copy_by_cpu(struct hmt_copy_desc *copies, unsigned int nr)
{
	unsigned int threads = min(READ_ONCE(hmt_copy_threads),
				   nr / HMT_COPY_SHARE_MIN);

	if (threads)
		hmt_copy_together(copies, nr, threads);
	else
		hmt_copy_alone(copies, nr);
}

/**
 * hmt_copy_pages() - copy as the administrator wants it
 * @copies: pages that a CPU can address, both sides
 * @nr: entries in @copies
 *
 * By a DMA engine or with threads where the parameters of hmt.ko say so; what
 * a DMA engine does not do the CPU does. Ends in bounded time.
 *
 * Context: process, may sleep.
 */
void hmt_copy_pages(struct hmt_copy_desc *copies, unsigned int nr)
{
	unsigned int done = 0, more;

	while (done < nr && hmt_copy_dma_is_on()) {
		more = min(nr - done, HMT_COPY_DMA_PAGES);
		hmt_copy_by_dma(copies + done, more, hmt_copy_alone);
		done += more;
	}
	hmt_copy_by_cpu(copies + done, nr - done);
}
EXPORT_SYMBOL_GPL(hmt_copy_pages);

int hmt_copy_init(void)
{
	hmt_copy_queue = alloc_workqueue("hmt_copy", WQ_UNBOUND, 0);
	if (!hmt_copy_queue)
		return -ENOMEM;
	hmt_copy_dma_init();
	return 0;
}

/* Nobody moves pages any more. */
void hmt_copy_exit(void)
{
	hmt_copy_dma_exit();
	destroy_workqueue(hmt_copy_queue);
}
