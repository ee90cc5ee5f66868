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

struct sample_device {
	struct hmt_device_memory memory;
	void *vram;
};

static struct sample_device sample;

static void sample_copy(struct hmt_device_memory *memory,
			struct hmt_device_copy_desc *copies, unsigned int nr)
{
	struct sample_device *device = container_of(memory,
						    struct sample_device,
						    memory);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		char *vram = device->vram + copies[i].offset;

		if (copies[i].to_device)
			memcpy_from_page(vram, copies[i].page, 0, PAGE_SIZE);
		else
			memcpy_to_page(copies[i].page, 0, vram, PAGE_SIZE);
		/* A device that can fail sets copies[i].failed. */
	}
}

static const struct hmt_device_memory_ops sample_ops = {
	.copy = sample_copy,
};

static void sample_free_vram(void)
{
	if (sample_base)
		memunmap(sample.vram);
	else
		vfree(sample.vram);
}

static int __init sample_init(void)
{
	struct hmt_device_memory *memory = &sample.memory;
	int ret;

	memory->name = "sample";
	memory->kind = sample_base ? HMT_KIND_DEVICE_COHERENT :
				     HMT_KIND_DEVICE_PRIVATE;
	memory->base = sample_base;
	memory->size = SZ_8M;
	memory->nid = NUMA_NO_NODE;
	memory->ops = &sample_ops;

	sample.vram = sample_base ?
		      memremap(sample_base, memory->size, MEMREMAP_WB) :
		      vzalloc(memory->size);
	if (!sample.vram)
		return -ENOMEM;
	ret = hmt_device_memory_register(memory);
	if (ret)
		sample_free_vram();
	return ret;
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	/* Pages that stay behind are in coherent memory, which is not freed. */
	hmt_device_memory_unregister(&sample.memory);
	sample_free_vram();
}
module_exit(sample_exit);

MODULE_DESCRIPTION("HMT: smallest driver of a device with memory");
MODULE_LICENSE("GPL");
