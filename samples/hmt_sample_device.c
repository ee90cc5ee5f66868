// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest driver of a device with memory. The memory of the device is
 * memory that the kernel does not use (memmap= on its command line), or kernel
 * memory that plays the part of memory that CPUs cannot address.
 */
#include <linux/highmem.h>
#include <linux/hmt_device.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

static unsigned long sample_base;
module_param_named(base, sample_base, ulong, 0444);
MODULE_PARM_DESC(base, "physical address of coherent memory; 0: private memory");

static void *sample_vram;

static void sample_copy(struct hmt_device_memory *memory,
			struct hmt_device_copy_desc *copies, unsigned int nr)
{
	unsigned int i;

	/* A device that can fail sets copies[i].failed. */
	for (i = 0; i < nr; i++)
		if (copies[i].to_device)
			memcpy_from_page(sample_vram + copies[i].offset,
					 copies[i].page, 0, PAGE_SIZE);
		else
			memcpy_to_page(copies[i].page, 0,
				       sample_vram + copies[i].offset, PAGE_SIZE);
}

static const struct hmt_device_memory_ops sample_ops = {
	.copy = sample_copy,
};

/* Base and kind are filled in below. */
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
		      memremap(sample_base, SZ_8M, MEMREMAP_WB) : vzalloc(SZ_8M);
	ret = sample_vram ? hmt_device_memory_register(&sample_memory) : -ENOMEM;
	if (ret)
		sample_free_vram();
	return ret;
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	/* Pages that stay behind are in coherent memory, which is not freed. */
	hmt_device_memory_unregister(&sample_memory);
	sample_free_vram();
}
module_exit(sample_exit);

MODULE_DESCRIPTION("HMT: smallest driver of a device with memory");
MODULE_LICENSE("GPL");
