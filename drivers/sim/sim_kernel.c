// SPDX-License-Identifier: GPL-2.0
/*
 * Computations of the simulated accelerator, which accesses all memory through
 * its MMU.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hmt_device.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/hmt_sim.h>
#include "sim.h"

/* Words that are processed at once. */
#define HMT_SIM_WORDS	(PAGE_SIZE / sizeof(u64))

/**
 * struct hmt_sim_work - running computation
 * @mmu: view of the address space
 * @run: request of the program
 * @migrate: true to move touched pages to the device
 * @in: words @at - 1 to @at + HMT_SIM_WORDS of the source
 * @out: words of the destination
 */
struct hmt_sim_work {
	struct hmt_sim_mmu *mmu;
	struct hmt_sim_run run;
	bool migrate;
	u64 in[HMT_SIM_WORDS + 2];
	u64 out[HMT_SIM_WORDS];
};

static int hmt_sim_read(struct hmt_sim_work *work, u64 at, u64 words, u64 *to)
{
	return hmt_sim_mmu_access(work->mmu, work->run.src + at * sizeof(u64),
				  to, words * sizeof(u64), false,
				  work->migrate);
}

static int hmt_sim_write(struct hmt_sim_work *work, u64 at, u64 words)
{
	return hmt_sim_mmu_access(work->mmu, work->run.dst + at * sizeof(u64),
				  work->out, words * sizeof(u64), true,
				  work->migrate);
}

static int hmt_sim_sum(struct hmt_sim_work *work, u64 at, u64 words)
{
	int ret = hmt_sim_read(work, at, words, work->in);
	u64 i;

	for (i = 0; i < words && !ret; i++)
		work->run.value += work->in[i];
	return ret;
}

static int hmt_sim_scatter(struct hmt_sim_work *work, u64 at, u64 words)
{
	u64 i;

	for (i = 0; i < words; i++)
		work->out[i] = work->run.value + at + i;
	return hmt_sim_write(work, at, words);
}

static int hmt_sim_copy(struct hmt_sim_work *work, u64 at, u64 words)
{
	int ret = hmt_sim_read(work, at, words, work->out);

	return ret ?: hmt_sim_write(work, at, words);
}

static int hmt_sim_stencil(struct hmt_sim_work *work, u64 at, u64 words)
{
	u64 all = work->run.bytes / sizeof(u64), i;
	u64 before = at ? 1 : 0, after = at + words < all ? 1 : 0;
	int ret;

	work->in[0] = 0;
	work->in[words + 1] = 0;
	ret = hmt_sim_read(work, at - before, words + before + after,
			   &work->in[1 - before]);
	if (ret)
		return ret;
	for (i = 0; i < words; i++)
		work->out[i] = work->in[i] + work->in[i + 1] + work->in[i + 2];
	return hmt_sim_write(work, at, words);
}

static int (* const hmt_sim_kernels[HMT_SIM_KERNELS])(struct hmt_sim_work *work,
						      u64 at, u64 words) = {
	[HMT_SIM_SUM] = hmt_sim_sum,
	[HMT_SIM_SCATTER] = hmt_sim_scatter,
	[HMT_SIM_COPY] = hmt_sim_copy,
	[HMT_SIM_STENCIL] = hmt_sim_stencil,
};

static int hmt_sim_check(const struct hmt_sim_run *run)
{
	if (run->size != sizeof(*run) || run->reserved ||
	    run->kernel >= HMT_SIM_KERNELS || run->flags & ~(HMT_SIM_MIGRATE | HMT_SIM_PREFETCH))
		return -EINVAL;
	if (run->src % sizeof(u64) || run->dst % sizeof(u64) ||
	    run->bytes % sizeof(u64))
		return -EINVAL;
	if (run->src + run->bytes < run->src ||
	    run->dst + run->bytes < run->dst)
		return -EINVAL;
	return 0;
}

static int hmt_sim_compute(struct hmt_sim_work *work)
{
	u64 all = work->run.bytes / sizeof(u64), at, words;
	int ret = 0;

	if (work->run.kernel == HMT_SIM_SUM)
		work->run.value = 0;
	for (at = 0; at < all && !ret; at += words) {
		words = min_t(u64, all - at, HMT_SIM_WORDS);
		ret = hmt_sim_kernels[work->run.kernel](work, at, words);
		cond_resched();
	}
	return ret;
}

static int hmt_sim_run(struct hmt_sim_mmu *mmu, struct hmt_sim_run *run)
{
	struct hmt_sim_work *work;
	int ret = hmt_sim_check(run);

	if (ret)
		return ret;
	work = kmalloc(sizeof(*work), GFP_KERNEL);
	if (!work)
		return -ENOMEM;
	work->mmu = mmu;
	work->run = *run;
	work->migrate = run->flags & HMT_SIM_MIGRATE;
	if (run->flags & HMT_SIM_PREFETCH)
		ret = hmt_sim_mmu_prefetch(mmu, run->src, run->bytes);
	ret = ret ?: hmt_sim_compute(work);
	run->value = work->run.value;
	kfree(work);
	return ret;
}

static long hmt_sim_ioctl(struct file *file, unsigned int command,
			  unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct hmt_sim_run run;
	int ret;

	if (command != HMT_SIM_RUN)
		return -ENOTTY;
	if (copy_from_user(&run, user, sizeof(run)))
		return -EFAULT;
	ret = hmt_sim_run(file->private_data, &run);
	if (!ret && copy_to_user(user, &run, sizeof(run)))
		ret = -EFAULT;
	return ret;
}

static int hmt_sim_open(struct inode *inode, struct file *file)
{
	struct hmt_sim *sim = container_of(file->private_data, struct hmt_sim,
					   misc);
	struct hmt_sim_mmu *mmu = hmt_sim_mmu_create(sim);

	if (IS_ERR(mmu))
		return PTR_ERR(mmu);
	file->private_data = mmu;
	return 0;
}

static int hmt_sim_release(struct inode *inode, struct file *file)
{
	hmt_sim_mmu_destroy(file->private_data);
	return 0;
}

const struct file_operations hmt_sim_fops = {
	.owner = THIS_MODULE,
	.open = hmt_sim_open,
	.release = hmt_sim_release,
	.unlocked_ioctl = hmt_sim_ioctl,
	.llseek = noop_llseek,
};
