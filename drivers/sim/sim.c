// SPDX-License-Identifier: GPL-2.0
/*
 * A simulated accelerator whose memory is a tier. This file is what the driver
 * of a real device must implement for that, and Documentation/driver-guide.rst
 * explains it. The other files simulate the hardware.
 */
#include <linux/device.h>
#include <linux/hmt_device.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/platform_device.h>
#include <linux/rwsem.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "sim.h"

/*
 * Latency of coherent memory from a CPU, and of private memory from the device.
 */
#define HMT_SIM_CPU_NS	500
#define HMT_SIM_OWN_NS	50

static unsigned int hmt_sim_megabytes[HMT_SIM_MAX];
static unsigned int hmt_sim_count;
module_param_array_named(megabytes, hmt_sim_megabytes, uint, &hmt_sim_count,
			 0444);
MODULE_PARM_DESC(megabytes, "size of each device in MiB; one device for each size");

static unsigned long long hmt_sim_base[HMT_SIM_MAX];
module_param_array_named(base, hmt_sim_base, ullong, NULL, 0444);
MODULE_PARM_DESC(base, "address of reserved memory (memmap=) for each device, which is then coherent; 0: private memory");

static unsigned int hmt_sim_bandwidth[HMT_SIM_MAX];
module_param_array_named(bandwidth, hmt_sim_bandwidth, uint, NULL, 0444);
MODULE_PARM_DESC(bandwidth, "bandwidth of each copy engine in MB/s, 0: no limit");

static unsigned int hmt_sim_latency[HMT_SIM_MAX];
module_param_array_named(latency_ns, hmt_sim_latency, uint, NULL, 0444);
MODULE_PARM_DESC(latency_ns, "latency of each memory in ns, 0: 500 for coherent, 50 for private memory");

static unsigned int hmt_sim_system[HMT_SIM_MAX];
module_param_array_named(system_ns, hmt_sim_system, uint, NULL, 0444);
MODULE_PARM_DESC(system_ns, "latency of system memory for each device in ns, 0: unknown");

static bool hmt_sim_async;
module_param_named(async, hmt_sim_async, bool, 0444);
MODULE_PARM_DESC(async, "submit copies and wait for several at once; else wait for each");

static unsigned int hmt_sim_lend[HMT_SIM_MAX];
module_param_array_named(lend, hmt_sim_lend, uint, NULL, 0444);
MODULE_PARM_DESC(lend, "MiB of each device that its driver lends, 2 at a time; 0: HMT has all of the memory from the start");

static bool hmt_sim_peers;
module_param_named(peers, hmt_sim_peers, bool, 0444);
MODULE_PARM_DESC(peers, "devices copy straight to each other; else through system memory");

static char *hmt_sim_omit = "";
module_param_named(omit, hmt_sim_omit, charp, 0444);
MODULE_PARM_DESC(omit, "what the driver lacks; HMT refuses the device without an operation: copy, unmap, wait or perf");

static unsigned int hmt_sim_evacuate_ms;
module_param_named(evacuate_ms, hmt_sim_evacuate_ms, uint, 0644);
MODULE_PARM_DESC(evacuate_ms, "time limit in ms to evacuate a device that is removed, 0: default");

/* Return the address at which the simulation keeps @offset of device memory. */
void *hmt_sim_at(struct hmt_sim *sim, u64 offset)
{
	return sim->vram + offset;
}

/* Devices whose last page was freed after they were removed. */
static unsigned int hmt_sim_nr_released;
module_param_named(released, hmt_sim_nr_released, uint, 0444);
MODULE_PARM_DESC(released, "number of removed devices whose last page was freed later");

struct hmt_sim *to_hmt_sim(struct hmt_device_memory *memory)
{
	return container_of(memory, struct hmt_sim, memory);
}

static void hmt_sim_copy(struct hmt_device_memory *memory,
			 struct hmt_device_copy_desc *copies, unsigned int nr)
{
	hmt_sim_engine_copy(to_hmt_sim(memory), copies, nr);
}

static bool hmt_sim_admit(struct hmt_device_memory *memory)
{
	return !READ_ONCE(to_hmt_sim(memory)->knobs.fail_alloc);
}

/* The module is being unloaded: HMT does not report released memory. */
static bool hmt_sim_is_leaving;

static void hmt_sim_released(struct hmt_device_memory *memory)
{
	hmt_sim_nr_released++;
	hmt_sim_put(to_hmt_sim(memory));
}

static int hmt_sim_submit(struct hmt_device_memory *memory,
			  struct hmt_device_copy_desc *copies, unsigned int nr,
			  u64 *fence)
{
	return hmt_sim_engine_submit(to_hmt_sim(memory), copies, nr, fence);
}

static void hmt_sim_wait(struct hmt_device_memory *memory, u64 fence)
{
	hmt_sim_engine_wait(to_hmt_sim(memory), fence);
}

/* All simulated devices are on the same bus. */
static bool hmt_sim_reaches(struct hmt_device_memory *memory,
			    const struct hmt_device_memory *peer)
{
	return hmt_sim_peers && peer->ops->copy == hmt_sim_copy;
}

/* Lend the next 2 MiB. HMT may ask from several tasks at a time. */
static bool hmt_sim_lend_more(struct hmt_device_memory *memory)
{
	struct hmt_sim *sim = to_hmt_sim(memory);
	u64 at;

	spin_lock(&sim->lock);
	at = sim->lent;
	if (at < sim->lendable)
		sim->lent += SZ_2M;
	spin_unlock(&sim->lock);
	return at < sim->lendable && !hmt_device_memory_give(memory, at, SZ_2M);
}

static const struct hmt_device_memory_ops hmt_sim_memory_ops = {
	.copy = hmt_sim_copy,
	.reaches = hmt_sim_reaches,
	.lend = hmt_sim_lend_more,
	.admit = hmt_sim_admit,
	.released = hmt_sim_released,
};

static const struct hmt_device_memory_ops hmt_sim_async_ops = {
	.copy = hmt_sim_copy,
	.submit = hmt_sim_submit,
	.wait = hmt_sim_wait,
	.reaches = hmt_sim_reaches,
	.lend = hmt_sim_lend_more,
	.admit = hmt_sim_admit,
	.released = hmt_sim_released,
};

/* Check whether an operation is left out, as in an unfinished driver. */
bool hmt_sim_omits(const char *operation)
{
	return !strcmp(hmt_sim_omit, operation);
}

static const struct hmt_device_memory_ops hmt_sim_memory_no_ops = { };

static const struct hmt_device_memory_ops hmt_sim_memory_no_wait = {
	.copy = hmt_sim_copy,
	.submit = hmt_sim_submit,
};

static const struct hmt_device_memory_ops *hmt_sim_choose_ops(void)
{
	if (hmt_sim_omits("copy"))
		return &hmt_sim_memory_no_ops;
	if (hmt_sim_omits("wait"))
		return &hmt_sim_memory_no_wait;
	return hmt_sim_async ? &hmt_sim_async_ops : &hmt_sim_memory_ops;
}

/* Coherent memory exists already; private memory must be allocated. */
static int hmt_sim_find_vram(struct hmt_sim *sim, u64 base, u64 size)
{
	if (base) {
		sim->memory.kind = HMT_KIND_DEVICE_COHERENT;
		sim->vram = __va(base);
		return 0;
	}
	sim->memory.kind = HMT_KIND_DEVICE_PRIVATE;
	sim->vram = vzalloc(size);
	return sim->vram ? 0 : -ENOMEM;
}

static void hmt_sim_free_vram(struct hmt_sim *sim)
{
	if (sim->memory.kind == HMT_KIND_DEVICE_PRIVATE)
		vfree(sim->vram);
}

static int hmt_sim_start(struct hmt_sim *sim)
{
	int ret = hmt_sim_engine_init(sim);

	if (ret)
		return ret;
	ret = hmt_device_memory_register(&sim->memory);
	if (ret)
		goto err_engine;
	hmt_sim_own_init(sim);
	ret = misc_register(&sim->misc);
	if (ret)
		goto err_memory;
	return 0;

err_memory:
	hmt_sim_own_exit(sim);
	hmt_device_memory_unregister(&sim->memory);
err_engine:
	hmt_sim_engine_exit(sim);
	return ret;
}

static void hmt_sim_fill_perf(struct hmt_perf *perf, u32 latency, u32 bandwidth)
{
	*perf = (struct hmt_perf) {
		.read_latency = latency,
		.write_latency = latency,
		.read_bandwidth = bandwidth,
		.write_bandwidth = bandwidth,
	};
}

static void hmt_sim_fill(struct hmt_sim *sim, unsigned int index)
{
	snprintf(sim->name, sizeof(sim->name), "sim%u", index);
	sim->bandwidth = hmt_sim_bandwidth[index];
	sim->misc.minor = MISC_DYNAMIC_MINOR;
	sim->misc.name = sim->name;
	sim->misc.nodename = sim->name;
	sim->misc.fops = &hmt_sim_fops;
	sim->memory.name = sim->name;
	sim->memory.base = hmt_sim_base[index];
	sim->memory.size = (u64)hmt_sim_megabytes[index] << 20;
	sim->memory.nid = NUMA_NO_NODE;
	sim->memory.ops = hmt_sim_choose_ops();
	sim->memory.huge_copies = true;
	sim->lendable = (u64)hmt_sim_lend[index] << 20;
	sim->memory.lent = sim->lendable;
	sim->memory.evacuate_ms = hmt_sim_evacuate_ms;
	hmt_sim_fill_perf(&sim->memory.perf,
			  hmt_sim_latency[index] ?: hmt_sim_base[index] ?
				  HMT_SIM_CPU_NS : HMT_SIM_OWN_NS,
			  sim->bandwidth);
	if (hmt_sim_omits("perf"))
		memset(&sim->memory.perf, 0, sizeof(sim->memory.perf));
	else if (hmt_sim_base[index])
		hmt_sim_fill_perf(&sim->memory.device_perf, HMT_SIM_OWN_NS,
				  sim->bandwidth);
	if (hmt_sim_system[index])
		hmt_sim_fill_perf(&sim->memory.system_perf,
				  hmt_sim_system[index], sim->bandwidth);
}

static void hmt_sim_release(struct kref *users)
{
	kfree(container_of(users, struct hmt_sim, users));
}

/* Open files hold a reference, so that ioctls can return -ENODEV. */
void hmt_sim_put(struct hmt_sim *sim)
{
	kref_put(&sim->users, hmt_sim_release);
}

/* Stop all computations and refuse new ones. */
static void hmt_sim_stop(struct hmt_sim *sim)
{
	down_write(&sim->gate);
	sim->removed = true;
	up_write(&sim->gate);
}

/* Remove the device, even if files of it are open. */
static void hmt_sim_remove(void *data)
{
	struct hmt_sim *sim = data;

	misc_deregister(&sim->misc);
	hmt_sim_stop(sim);
	hmt_sim_own_exit(sim);
	sim->memory.evacuate_ms = hmt_sim_evacuate_ms;
	kref_get(&sim->users);
	if (!hmt_device_memory_unregister(&sim->memory) ||
	    READ_ONCE(hmt_sim_is_leaving))
		hmt_sim_put(sim);
	hmt_sim_engine_exit(sim);
	hmt_sim_free_vram(sim);
	hmt_sim_put(sim);
}

static int hmt_sim_probe(struct platform_device *device)
{
	struct hmt_sim *sim = kzalloc(sizeof(*sim), GFP_KERNEL);
	int ret;

	if (!sim)
		return -ENOMEM;
	kref_init(&sim->users);
	init_rwsem(&sim->gate);
	hmt_sim_fill(sim, device->id);
	ret = hmt_sim_find_vram(sim, sim->memory.base, sim->memory.size);
	if (ret)
		goto err_put;
	ret = hmt_sim_start(sim);
	if (ret)
		goto err_vram;
	platform_set_drvdata(device, sim);
	return devm_add_action_or_reset(&device->dev, hmt_sim_remove, sim);

err_vram:
	hmt_sim_free_vram(sim);
err_put:
	hmt_sim_put(sim);
	return ret;
}

static struct platform_driver hmt_sim_driver = {
	.probe = hmt_sim_probe,
	.driver = {
		.name = "hmt_sim",
		.groups = hmt_sim_bus_groups,
	},
};

static int __init hmt_sim_init(void)
{
	int ret;

	if (!hmt_sim_count) {
		pr_err("no device: give their sizes, megabytes=64,32\n");
		return -EINVAL;
	}
	ret = platform_driver_register(&hmt_sim_driver);
	if (ret)
		return ret;
	ret = hmt_sim_bus_init(hmt_sim_count);
	if (ret)
		platform_driver_unregister(&hmt_sim_driver);
	return ret;
}
module_init(hmt_sim_init);

static void __exit hmt_sim_exit(void)
{
	WRITE_ONCE(hmt_sim_is_leaving, true);
	hmt_sim_bus_exit();
	platform_driver_unregister(&hmt_sim_driver);
}
module_exit(hmt_sim_exit);

MODULE_DESCRIPTION("HMT: simulated accelerator");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_LICENSE("GPL");
