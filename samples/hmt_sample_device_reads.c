// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest driver of a device that reads replicas and counts its accesses. A
 * program reads /dev/hmt_sample_reads at the offset that is an address of its memory:
 * the device reads a word there. Page tables are an xarray of kernel addresses.
 */
#include <linux/fs.h>
#include <linux/hmt_device.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

/* Accesses of a page that the device reports at once. */
#define SAMPLE_THRESHOLD	16

/* The device as one open file sees it. */
struct sample_file {
	struct hmt_device_mm view;
	struct xarray pages;	/* of kernel addresses; locked during accesses */
	atomic_t counters[64];	/* access counters of pages, by address */
};

static struct hmt_device_memory sample_memory;
static void *sample_vram;

/* Enter a translation: of own memory, of a replica there, or of a system page. */
static void sample_map(struct hmt_device_mm *view, unsigned long addr,
		       const struct hmt_device_translation *translation)
{
	struct sample_file *file = container_of(view, struct sample_file, view);
	void *first = translation->page ? page_address(translation->page) :
		      sample_vram + translation->offset;

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

/* Count an access. A counter that reaches its threshold interrupts a real driver. */
static void sample_count(struct sample_file *file, unsigned long addr)
{
	unsigned long page = addr & PAGE_MASK;
	atomic_t *counter = &file->counters[(addr >> PAGE_SHIFT) %
					    ARRAY_SIZE(file->counters)];

	if (atomic_inc_return(counter) % SAMPLE_THRESHOLD)
		return;
	hmt_device_report(&file->view, HMT_EVIDENCE_COUNTER, page,
			  page + PAGE_SIZE, SAMPLE_THRESHOLD);
}

/* Read the word at @addr; false if it has no translation. */
static bool sample_load(struct sample_file *file, unsigned long addr, u64 *word)
{
	u64 *page;

	xa_lock(&file->pages);
	page = xa_load(&file->pages, addr >> PAGE_SHIFT);
	if (page)
		*word = page[offset_in_page(addr) / 8];
	xa_unlock(&file->pages);
	return page;
}

static ssize_t sample_read(struct file *user_file, char __user *data,
			   size_t size, loff_t *pos)
{
	struct sample_file *file = user_file->private_data;
	u64 word;
	int ret;

	if (size != sizeof(word) || *pos % sizeof(word))
		return -EINVAL;
	while (!sample_load(file, *pos, &word)) {
		ret = hmt_device_fault(&file->view, *pos, 0);
		if (ret)
			return ret;
	}
	sample_count(file, *pos);
	return copy_to_user(data, &word, size) ? -EFAULT : size;
}

static int sample_open(struct inode *inode, struct file *user_file)
{
	struct sample_file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	int ret;

	if (!file)
		return -ENOMEM;
	xa_init(&file->pages);
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

	hmt_device_mm_close(&file->view);
	xa_destroy(&file->pages);
	kfree(file);
	return 0;
}

static const struct file_operations sample_fops = {
	.owner = THIS_MODULE,
	.open = sample_open,
	.release = sample_release,
	.read = sample_read,
};

static struct miscdevice sample_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hmt_sample_reads",
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
	.name = "reads",
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

MODULE_DESCRIPTION("HMT: smallest driver of a device that reads replicas");
MODULE_LICENSE("GPL");
