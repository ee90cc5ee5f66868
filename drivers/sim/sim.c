// SPDX-License-Identifier: GPL-2.0
/*
 * A simulated accelerator whose memory is a tier. This file is what the driver
 * of a real device has to write for that; Documentation/driver-guide.rst goes
 * through it. The rest of this directory simulates the hardware.
 */
#include <linux/hmt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "sim.h"

#define HMT_SIM_MAX	8
/* As CPUs see coherent memory, and as the device sees private memory. */
#define HMT_SIM_CPU_NS	500
#define HMT_SIM_OWN_NS	50

static unsigned int hmt_sim_megabytes[HMT_SIM_MAX];
static unsigned int hmt_sim_count;
module_param_array_named(megabytes, hmt_sim_megabytes, uint, &hmt_sim_count,
			 0444);
MODULE_PARM_DESC(megabytes, "size of each device; as many devices as sizes");

static unsigned long long hmt_sim_base[HMT_SIM_MAX];
module_param_array_named(base, hmt_sim_base, ullong, NULL, 0444);
MODULE_PARM_DESC(base, "address of reserved memory (memmap=) for each device, which CPUs then address; 0: private memory");

static unsigned int hmt_sim_mbps[HMT_SIM_MAX];
module_param_array_named(mbps, hmt_sim_mbps, uint, NULL, 0444);
MODULE_PARM_DESC(mbps, "bandwidth of each copy engine in MB/s, 0: no limit");

static unsigned int hmt_sim_latency[HMT_SIM_MAX];
module_param_array_named(latency_ns, hmt_sim_latency, uint, NULL, 0444);
MODULE_PARM_DESC(latency_ns, "latency of each memory in ns, 0: 500 where CPUs address it, else 50");

static char *hmt_sim_omit = "";
module_param_named(omit, hmt_sim_omit, charp, 0444);
MODULE_PARM_DESC(omit, "operation that is missing, so that HMT refuses: copy or forget");

static unsigned int hmt_sim_evacuate_ms;
module_param_named(evacuate_ms, hmt_sim_evacuate_ms, uint, 0644);
MODULE_PARM_DESC(evacuate_ms, "longest time to save what is on a device that goes away, 0: default");

static struct hmt_sim *hmt_sims[HMT_SIM_MAX];

/* Where the simulation keeps what is at @offset of the device's memory. */
void *hmt_sim_at(struct hmt_sim *sim, u64 offset)
{
	return sim->vram + offset;
}

static struct hmt_sim *to_hmt_sim(struct hmt_device_memory *memory)
{
	return container_of(memory, struct hmt_sim, memory);
}

static void hmt_sim_copy(struct hmt_device_memory *memory,
			 struct hmt_device_copy *copies, unsigned int nr)
{
	hmt_sim_engine_copy(to_hmt_sim(memory), copies, nr);
}

static bool hmt_sim_admit(struct hmt_device_memory *memory)
{
	return !READ_ONCE(to_hmt_sim(memory)->knobs.fail_alloc);
}

static const struct hmt_device_memory_ops hmt_sim_memory_ops = {
	.copy = hmt_sim_copy,
	.admit = hmt_sim_admit,
};

/* A driver that was not finished. */
bool hmt_sim_omits(const char *operation)
{
	return !strcmp(hmt_sim_omit, operation);
}

static const struct hmt_device_memory_ops hmt_sim_memory_no_ops = { };

/* Memory that CPUs address has a place already; the other kind needs one. */
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

static void hmt_sim_fill(struct hmt_sim *sim, unsigned int index)
{
	snprintf(sim->name, sizeof(sim->name), "sim%u", index);
	sim->mbps = hmt_sim_mbps[index];
	sim->misc.minor = MISC_DYNAMIC_MINOR;
	sim->misc.name = sim->name;
	sim->misc.nodename = sim->name;
	sim->misc.fops = &hmt_sim_fops;
	sim->memory.name = sim->name;
	sim->memory.base = hmt_sim_base[index];
	sim->memory.size = (u64)hmt_sim_megabytes[index] << 20;
	sim->memory.nid = NUMA_NO_NODE;
	sim->memory.ops = hmt_sim_omits("copy") ? &hmt_sim_memory_no_ops :
						   &hmt_sim_memory_ops;
	sim->memory.evacuate_ms = hmt_sim_evacuate_ms;
	sim->memory.perf.read_latency = hmt_sim_latency[index] ?:
					hmt_sim_base[index] ? HMT_SIM_CPU_NS :
							      HMT_SIM_OWN_NS;
	sim->memory.perf.write_latency = sim->memory.perf.read_latency;
	sim->memory.perf.read_bandwidth = sim->mbps;
	sim->memory.perf.write_bandwidth = sim->mbps;
}

static int hmt_sim_add(unsigned int index)
{
	struct hmt_sim *sim = kzalloc(sizeof(*sim), GFP_KERNEL);
	int ret;

	if (!sim)
		return -ENOMEM;
	hmt_sim_fill(sim, index);
	ret = hmt_sim_find_vram(sim, sim->memory.base, sim->memory.size);
	if (ret)
		goto err_free;
	ret = hmt_sim_start(sim);
	if (ret)
		goto err_vram;
	hmt_sims[index] = sim;
	return 0;

err_vram:
	hmt_sim_free_vram(sim);
err_free:
	kfree(sim);
	return ret;
}

static void hmt_sim_remove(struct hmt_sim *sim)
{
	misc_deregister(&sim->misc);
	hmt_sim_own_exit(sim);
	sim->memory.evacuate_ms = hmt_sim_evacuate_ms;
	hmt_device_memory_unregister(&sim->memory);
	hmt_sim_engine_exit(sim);
	hmt_sim_free_vram(sim);
	kfree(sim);
}

static void hmt_sim_exit(void)
{
	unsigned int i;

	for (i = 0; i < HMT_SIM_MAX; i++)
		if (hmt_sims[i])
			hmt_sim_remove(hmt_sims[i]);
}
module_exit(hmt_sim_exit);

static int __init hmt_sim_init(void)
{
	unsigned int i;
	int ret;

	if (!hmt_sim_count) {
		pr_err("hmt_sim: no device: give their sizes, megabytes=64,32\n");
		return -EINVAL;
	}
	for (i = 0; i < hmt_sim_count; i++) {
		ret = hmt_sim_add(i);
		if (ret) {
			hmt_sim_exit();
			return ret;
		}
	}
	return 0;
}
module_init(hmt_sim_init);

MODULE_DESCRIPTION("HMT: simulated accelerator");
MODULE_LICENSE("GPL");
