// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest driver of a device that follows the page tables of processes.
 * The device adds a number to words of memory: a program writes a struct
 * sample_job to /dev/hmt_sample. Jobs run in a worker, as the faults of most
 * devices do. Page tables are an xarray of kernel addresses.
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/hmt_device.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

struct sample_job {
	u64 addr;	/* of the first word, a multiple of 8 */
	u64 words;	/* number of words */
	u64 add;	/* number to add to each */
};

/* The device as one open file sees it. */
struct sample_file {
	struct hmt_device_mm view;
	struct xarray pages;		/* of kernel addresses; locked during accesses */
	struct work_struct work;
	struct mutex jobs;		/* held while a job runs */
	struct sample_job job;
	struct completion done;
	bool stop;			/* the program was killed */
	int result;
};

static struct hmt_device_memory sample_memory;
static void *sample_vram;

/* Enter a translation. Without memory for it the device faults again. */
static void sample_map(struct hmt_device_mm *view, unsigned long addr,
		       const struct hmt_device_translation *translation)
{
	struct sample_file *file = container_of(view, struct sample_file, view);
	void *first = translation->page ? page_address(translation->page) :
		      sample_vram + translation->offset;

	if (translation->writable)
		xa_store(&file->pages, addr >> PAGE_SHIFT,
			 first + (addr - translation->addr), GFP_NOWAIT);
}

static void sample_unmap(struct hmt_device_mm *view, unsigned long start,
			 unsigned long end)
{
	struct sample_file *file = container_of(view, struct sample_file, view);
	unsigned long i;
	void *page;

	xa_for_each_range(&file->pages, i, page, PFN_DOWN(start), PFN_DOWN(end - 1))
		xa_erase(&file->pages, i);
}

static const struct hmt_device_mm_ops sample_mm_ops = {
	.map = sample_map,
	.unmap = sample_unmap,
};

/* Add to words of one page; false if it has no translation. */
static bool sample_add(struct sample_file *file, u64 addr, unsigned int words)
{
	u64 *page;

	xa_lock(&file->pages);
	page = xa_load(&file->pages, addr >> PAGE_SHIFT);
	while (page && words--)
		page[offset_in_page(addr) / 8 + words] += file->job.add;
	xa_unlock(&file->pages);
	return page;
}

static void sample_work(struct work_struct *work)
{
	struct sample_file *file = container_of(work, struct sample_file, work);
	struct sample_job *job = &file->job;
	unsigned int words;

	file->result = 0;
	while (job->words && !file->result && !READ_ONCE(file->stop)) {
		words = min(job->words, (PAGE_SIZE - offset_in_page(job->addr)) / 8);
		if (!sample_add(file, job->addr, words)) {
			file->result = hmt_device_fault(&file->view, job->addr,
							HMT_DEVICE_WRITE);
			continue;
		}
		job->addr += words * 8;
		job->words -= words;
	}
	complete(&file->done);
}

static ssize_t sample_write(struct file *user_file, const char __user *data,
			    size_t size, loff_t *pos)
{
	struct sample_file *file = user_file->private_data;

	guard(mutex)(&file->jobs);
	if (size != sizeof(file->job))
		return -EINVAL;
	if (copy_from_user(&file->job, data, size))
		return -EFAULT;
	if (file->job.addr % 8)
		return -EINVAL;
	reinit_completion(&file->done);
	schedule_work(&file->work);
	if (wait_for_completion_killable(&file->done)) {
		WRITE_ONCE(file->stop, true);
		flush_work(&file->work);
		return -EINTR;
	}
	return file->result ?: size;
}

static int sample_open(struct inode *inode, struct file *user_file)
{
	struct sample_file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	int ret;

	if (!file)
		return -ENOMEM;
	mutex_init(&file->jobs);
	xa_init(&file->pages);
	INIT_WORK(&file->work, sample_work);
	init_completion(&file->done);
	file->view.device = &sample_memory;
	file->view.ops = &sample_mm_ops;
	user_file->private_data = file;
	ret = hmt_device_mm_open(&file->view);
	if (ret)
		kfree(file);
	return ret;
}

static int sample_release(struct inode *inode, struct file *user_file)
{
	struct sample_file *file = user_file->private_data;

	/* The worker may still be leaving the last job. */
	flush_work(&file->work);
	hmt_device_mm_close(&file->view);
	xa_destroy(&file->pages);
	kfree(file);
	return 0;
}

static const struct file_operations sample_fops = {
	.owner = THIS_MODULE,
	.open = sample_open,
	.release = sample_release,
	.write = sample_write,
};

static struct miscdevice sample_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hmt_sample",
	.fops = &sample_fops,
};

static unsigned long sample_base;
module_param_named(base, sample_base, ulong, 0444);
MODULE_PARM_DESC(base, "physical address of coherent memory; 0: private memory");

static void sample_copy(struct hmt_device_memory *memory,
			struct hmt_device_copy_desc *copies, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		void *vram = sample_vram + copies[i].offset;
		void *page = page_address(copies[i].page);

		memcpy(copies[i].to_device ? vram : page,
		       copies[i].to_device ? page : vram, PAGE_SIZE);
	}
}

static const struct hmt_device_memory_ops sample_ops = {
	.copy = sample_copy,
};

static struct hmt_device_memory sample_memory = {
	.name = "sample",
	.size = SZ_8M,
	.nid = NUMA_NO_NODE,
	.ops = &sample_ops,
};

static void sample_free_vram(void)
{
	if (sample_base)
		memunmap(sample_vram);
	else
		vfree(sample_vram);
}

static int __init sample_init(void)
{
	int ret;

	sample_memory.base = sample_base;
	sample_memory.kind = sample_base ? HMT_KIND_DEVICE_COHERENT :
					   HMT_KIND_DEVICE_PRIVATE;
	sample_vram = sample_base ?
		      memremap(sample_base, SZ_8M, MEMREMAP_WB) :
		      vzalloc(SZ_8M);
	ret = sample_vram ? hmt_device_memory_register(&sample_memory) : -ENOMEM;
	if (!ret) {
		ret = misc_register(&sample_misc);
		if (ret)
			hmt_device_memory_unregister(&sample_memory);
	}
	if (ret)
		sample_free_vram();
	return ret;
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	misc_deregister(&sample_misc);
	hmt_device_memory_unregister(&sample_memory);
	sample_free_vram();
}
module_exit(sample_exit);

MODULE_DESCRIPTION("HMT: smallest driver of a device that faults");
MODULE_LICENSE("GPL");
