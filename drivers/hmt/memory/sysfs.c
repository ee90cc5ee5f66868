// SPDX-License-Identifier: GPL-2.0
/* Attributes in /sys/class/hmt/<memory>/: existing memories. */
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory.h"

static const char * const hmt_kind_names[HMT_KINDS] = {
	[HMT_KIND_DRAM] = "dram",
	[HMT_KIND_HBM] = "hbm",
	[HMT_KIND_CXL] = "cxl",
	[HMT_KIND_PMEM] = "pmem",
	[HMT_KIND_DEVICE_PRIVATE] = "device-private",
	[HMT_KIND_DEVICE_COHERENT] = "device-coherent",
};

static const char * const hmt_perf_source_names[HMT_PERF_SOURCES] = {
	[HMT_PERF_DISTANCE] = "distance",
	[HMT_PERF_FIRMWARE] = "firmware",
	[HMT_PERF_DRIVER] = "driver",
};

static const char * const hmt_origin_names[HMT_ORIGINS] = {
	[HMT_ORIGIN_UNKNOWN] = "unknown",
	[HMT_ORIGIN_CPUS] = "cpus",
	[HMT_ORIGIN_FIRMWARE] = "firmware",
	[HMT_ORIGIN_NVDIMM] = "nvdimm",
	[HMT_ORIGIN_CXL] = "cxl",
	[HMT_ORIGIN_SOFT_RESERVED] = "soft-reserved",
	[HMT_ORIGIN_DRIVER] = "driver",
};

static ssize_t uid_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%u\n", to_hmt_memory(dev)->uid);
}
static DEVICE_ATTR_RO(uid);

static ssize_t kind_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct hmt_identity identity;

	enum hmt_kind kind;
	int len;

	hmt_memory_identity(to_hmt_memory(dev), &identity);
	len = sysfs_emit(buf, "%s", hmt_kind_names[identity.kind]);
	for (kind = 0; kind < HMT_KINDS; kind++)
		if (kind != identity.kind && identity.bytes[kind])
			len += sysfs_emit_at(buf, len, "+%s",
					     hmt_kind_names[kind]);
	return len + sysfs_emit_at(buf, len, "\n");
}
static DEVICE_ATTR_RO(kind);

/* Without a plug-in, all of the memory is of the kind that the core found. */
static ssize_t parts_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct hmt_memory *memory = to_hmt_memory(dev);
	struct hmt_identity identity;
	enum hmt_kind kind;
	int len = 0;

	hmt_memory_identity(memory, &identity);
	if (!memchr_inv(identity.bytes, 0, sizeof(identity.bytes)))
		identity.bytes[identity.kind] =
			hmt_memory_nr_pages(memory->uid) << PAGE_SHIFT;
	for (kind = 0; kind < HMT_KINDS; kind++)
		if (identity.bytes[kind])
			len += sysfs_emit_at(buf, len, "%s%s=%llu",
					     len ? " " : "",
					     hmt_kind_names[kind],
					     identity.bytes[kind]);
	return len + sysfs_emit_at(buf, len, "\n");
}
static DEVICE_ATTR_RO(parts);

static ssize_t origin_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct hmt_identity identity;

	hmt_memory_identity(to_hmt_memory(dev), &identity);
	return sysfs_emit(buf, "%s\n", hmt_origin_names[identity.origin]);
}
static DEVICE_ATTR_RO(origin);

static ssize_t dax_device_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct hmt_identity identity;

	hmt_memory_identity(to_hmt_memory(dev), &identity);
	return sysfs_emit(buf, "%s\n", identity.device);
}
static DEVICE_ATTR_RO(dax_device);

static ssize_t dax_region_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct hmt_identity identity;

	hmt_memory_identity(to_hmt_memory(dev), &identity);
	return sysfs_emit(buf, "%s\n", identity.region);
}
static DEVICE_ATTR_RO(dax_region);

static ssize_t size_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	u64 pages = hmt_memory_nr_pages(to_hmt_memory(dev)->uid);

	return sysfs_emit(buf, "%llu\n", pages << PAGE_SHIFT);
}
static DEVICE_ATTR_RO(size);

static ssize_t available_show(struct device *dev,
			      struct device_attribute *attr, char *buf)
{
	u64 pages = hmt_memory_nr_free(to_hmt_memory(dev)->uid);

	return sysfs_emit(buf, "%llu\n", pages << PAGE_SHIFT);
}
static DEVICE_ATTR_RO(available);

static ssize_t used_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	u64 pages = hmt_memory_used(to_hmt_memory(dev)->uid);

	return sysfs_emit(buf, "%llu\n", pages << PAGE_SHIFT);
}
static DEVICE_ATTR_RO(used);

/*
 * Rounded up, because a single unmovable page keeps a node from being removed.
 */
static unsigned int hmt_unmovable_permille(u32 uid)
{
	u64 pages = hmt_memory_nr_pages(uid);

	if (!pages)
		return 0;
	return DIV64_U64_ROUND_UP(hmt_memory_nr_unmovable(uid) * 1000, pages);
}

static ssize_t movable_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  !hmt_unmovable_permille(to_hmt_memory(dev)->uid));
}
static DEVICE_ATTR_RO(movable);

static ssize_t unmovable_permille_show(struct device *dev,
				       struct device_attribute *attr,
				       char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  hmt_unmovable_permille(to_hmt_memory(dev)->uid));
}
static DEVICE_ATTR_RO(unmovable_permille);

/* Define the attribute for one number of struct hmt_sharing_stats. */
#define HMT_SHARING_ATTR(_name, _value)					\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct hmt_sharing_stats sharing;				\
									\
	hmt_memory_sharing(to_hmt_memory(dev)->uid, &sharing);		\
	return sysfs_emit(buf, "%llu\n", _value);			\
}									\
static DEVICE_ATTR_RO(_name)

HMT_SHARING_ATTR(returned, sharing.returned);
HMT_SHARING_ATTR(bounced, sharing.bounced);
HMT_SHARING_ATTR(held, sharing.held);
HMT_SHARING_ATTR(created, sharing.created);
HMT_SHARING_ATTR(evicted, sharing.evicted);
HMT_SHARING_ATTR(replicas, sharing.replicas);
HMT_SHARING_ATTR(replicas_made, sharing.replicas_made);
HMT_SHARING_ATTR(replicas_dropped, sharing.dropped);
HMT_SHARING_ATTR(replicas_displaced, sharing.displaced);

static ssize_t tier_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct hmt_graph *graph = hmt_graph_get();
	const char *name = "none";
	ssize_t len;
	int tier;

	if (graph) {
		tier = hmt_graph_tier_of(graph, to_hmt_memory(dev)->uid);
		if (tier >= 0)
			name = graph->tiers[tier].name;
	}
	len = sysfs_emit(buf, "%s\n", name);
	hmt_graph_put(graph);
	return len;
}
static DEVICE_ATTR_RO(tier);

static int hmt_emit_memories(const struct hmt_tier *tier, char *buf, int len)
{
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++) {
		struct hmt_memory *memory = hmt_memory_get(tier->memories[i]);

		if (!memory)
			continue;
		len += sysfs_emit_at(buf, len, "%s%s", len ? " " : "",
				     dev_name(&memory->dev));
		hmt_memory_put(memory);
	}
	return len;
}

static ssize_t demotes_to_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct hmt_graph *graph = hmt_graph_get();
	unsigned int i;
	int tier, len = 0;

	if (graph) {
		tier = hmt_graph_tier_of(graph, to_hmt_memory(dev)->uid);
		for (i = 0; tier >= 0 && i < graph->tiers[tier].nr_targets; i++)
			len = hmt_emit_memories(&graph->tiers[graph->tiers[tier].targets[i]],
						buf, len);
	}
	len += sysfs_emit_at(buf, len, "\n");
	hmt_graph_put(graph);
	return len;
}
static DEVICE_ATTR_RO(demotes_to);

static ssize_t read_latency_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_hmt_memory(dev)->perf.read_latency);
}
static DEVICE_ATTR_RO(read_latency);

static ssize_t loaded_latency_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  READ_ONCE(to_hmt_memory(dev)->loaded_latency));
}
static DEVICE_ATTR_RO(loaded_latency);

static ssize_t write_latency_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_hmt_memory(dev)->perf.write_latency);
}
static DEVICE_ATTR_RO(write_latency);

static ssize_t read_bandwidth_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  to_hmt_memory(dev)->perf.read_bandwidth);
}
static DEVICE_ATTR_RO(read_bandwidth);

static ssize_t write_bandwidth_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  to_hmt_memory(dev)->perf.write_bandwidth);
}
static DEVICE_ATTR_RO(write_bandwidth);

/* Define the attribute for one number of a device's own view of a memory. */
#define HMT_VIEW_PERF_ATTR(_view, _name)				\
static ssize_t _view##_##_name##_show(struct device *dev,		\
				      struct device_attribute *attr,	\
				      char *buf)			\
{									\
	return sysfs_emit(buf, "%u\n",					\
			  to_hmt_memory(dev)->_view##_perf._name);	\
}									\
static DEVICE_ATTR_RO(_view##_##_name)

HMT_VIEW_PERF_ATTR(device, read_latency);
HMT_VIEW_PERF_ATTR(device, write_latency);
HMT_VIEW_PERF_ATTR(device, read_bandwidth);
HMT_VIEW_PERF_ATTR(device, write_bandwidth);
HMT_VIEW_PERF_ATTR(system, read_latency);
HMT_VIEW_PERF_ATTR(system, write_latency);
HMT_VIEW_PERF_ATTR(system, read_bandwidth);
HMT_VIEW_PERF_ATTR(system, write_bandwidth);

static ssize_t performance_source_show(struct device *dev,
				       struct device_attribute *attr,
				       char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  hmt_perf_source_names[to_hmt_memory(dev)->source]);
}
static DEVICE_ATTR_RO(performance_source);

static ssize_t initiators_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%*pbl\n",
			  nodemask_pr_args(&to_hmt_memory(dev)->initiators));
}
static DEVICE_ATTR_RO(initiators);

static ssize_t numa_node_show(struct device *dev,
			      struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", to_hmt_memory(dev)->nid);
}
static DEVICE_ATTR_RO(numa_node);

static struct attribute *hmt_memory_attrs[] = {
	&dev_attr_uid.attr,
	&dev_attr_kind.attr,
	&dev_attr_parts.attr,
	&dev_attr_origin.attr,
	&dev_attr_dax_device.attr,
	&dev_attr_dax_region.attr,
	&dev_attr_size.attr,
	&dev_attr_available.attr,
	&dev_attr_used.attr,
	&dev_attr_movable.attr,
	&dev_attr_unmovable_permille.attr,
	&dev_attr_returned.attr,
	&dev_attr_bounced.attr,
	&dev_attr_held.attr,
	&dev_attr_created.attr,
	&dev_attr_evicted.attr,
	&dev_attr_replicas.attr,
	&dev_attr_replicas_made.attr,
	&dev_attr_replicas_dropped.attr,
	&dev_attr_replicas_displaced.attr,
	&dev_attr_tier.attr,
	&dev_attr_demotes_to.attr,
	&dev_attr_read_latency.attr,
	&dev_attr_write_latency.attr,
	&dev_attr_loaded_latency.attr,
	&dev_attr_read_bandwidth.attr,
	&dev_attr_write_bandwidth.attr,
	&dev_attr_device_read_latency.attr,
	&dev_attr_device_write_latency.attr,
	&dev_attr_device_read_bandwidth.attr,
	&dev_attr_device_write_bandwidth.attr,
	&dev_attr_system_read_latency.attr,
	&dev_attr_system_write_latency.attr,
	&dev_attr_system_read_bandwidth.attr,
	&dev_attr_system_write_bandwidth.attr,
	&dev_attr_performance_source.attr,
	&dev_attr_initiators.attr,
	&dev_attr_numa_node.attr,
	NULL
};

static const struct attribute_group hmt_memory_group = {
	.attrs = hmt_memory_attrs,
};

const struct attribute_group *hmt_memory_groups[] = {
	&hmt_memory_group,
	NULL
};
