// SPDX-License-Identifier: GPL-2.0
/* Edges: counters of the moves between two memories, shown in sysfs. */
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "memory.h"

struct hmt_edge_attribute {
	struct attribute attr;
	ssize_t (*show)(struct hmt_edge *edge, char *buf);
};

static struct hmt_edge *to_hmt_edge(struct kobject *kobj)
{
	return container_of(kobj, struct hmt_edge, kobj);
}

static ssize_t hmt_edge_count(const struct hmt_edge *edge,
			      enum hmt_result result, char *buf)
{
	return sysfs_emit(buf, "%lld\n",
			  atomic64_read(&edge->pages[result]));
}

static ssize_t moved_show(struct hmt_edge *edge, char *buf)
{
	return hmt_edge_count(edge, HMT_RESULT_MOVED, buf);
}

static ssize_t failed_pinned_show(struct hmt_edge *edge, char *buf)
{
	return hmt_edge_count(edge, HMT_RESULT_PINNED, buf);
}

static ssize_t failed_busy_show(struct hmt_edge *edge, char *buf)
{
	return hmt_edge_count(edge, HMT_RESULT_BUSY, buf);
}

static ssize_t failed_nomem_show(struct hmt_edge *edge, char *buf)
{
	return hmt_edge_count(edge, HMT_RESULT_NOMEM, buf);
}

static ssize_t failed_raced_show(struct hmt_edge *edge, char *buf)
{
	return hmt_edge_count(edge, HMT_RESULT_RACED, buf);
}

static ssize_t bytes_show(struct hmt_edge *edge, char *buf)
{
	return sysfs_emit(buf, "%lld\n",
			  atomic64_read(&edge->pages[HMT_RESULT_MOVED])
				  << PAGE_SHIFT);
}

static ssize_t kernel_demoted_show(struct hmt_edge *edge, char *buf)
{
	return sysfs_emit(buf, "%lld\n",
			  atomic64_read(&edge->kernel_demoted));
}

static ssize_t split_show(struct hmt_edge *edge, char *buf)
{
	return sysfs_emit(buf, "%lld\n", atomic64_read(&edge->split));
}

static ssize_t ns_show(struct hmt_edge *edge, char *buf)
{
	return sysfs_emit(buf, "%lld\n", atomic64_read(&edge->ns));
}

#define HMT_EDGE_ATTR(_name) \
	static const struct hmt_edge_attribute hmt_edge_attr_##_name = \
		__ATTR_RO(_name)

HMT_EDGE_ATTR(moved);
HMT_EDGE_ATTR(failed_pinned);
HMT_EDGE_ATTR(failed_busy);
HMT_EDGE_ATTR(failed_nomem);
HMT_EDGE_ATTR(failed_raced);
HMT_EDGE_ATTR(bytes);
HMT_EDGE_ATTR(kernel_demoted);
HMT_EDGE_ATTR(split);
HMT_EDGE_ATTR(ns);

static const struct attribute *const hmt_edge_attrs[] = {
	&hmt_edge_attr_moved.attr,
	&hmt_edge_attr_failed_pinned.attr,
	&hmt_edge_attr_failed_busy.attr,
	&hmt_edge_attr_failed_nomem.attr,
	&hmt_edge_attr_failed_raced.attr,
	&hmt_edge_attr_bytes.attr,
	&hmt_edge_attr_kernel_demoted.attr,
	&hmt_edge_attr_split.attr,
	&hmt_edge_attr_ns.attr,
	NULL
};

static ssize_t hmt_edge_show(struct kobject *kobj, struct attribute *attr,
			     char *buf)
{
	const struct hmt_edge_attribute *edge_attr =
		container_of(attr, struct hmt_edge_attribute, attr);

	return edge_attr->show(to_hmt_edge(kobj), buf);
}

static const struct sysfs_ops hmt_edge_sysfs_ops = {
	.show = hmt_edge_show,
};

static void hmt_edge_release(struct kobject *kobj)
{
	kfree_rcu(to_hmt_edge(kobj), rcu);
}

static const struct kobj_type hmt_edge_ktype = {
	.sysfs_ops = &hmt_edge_sysfs_ops,
	.release = hmt_edge_release,
};

void hmt_edge_put(struct hmt_edge *edge)
{
	if (edge)
		kobject_put(&edge->kobj);
}

/* Create the edge unless it exists. Caller holds hmt_memory_lock. */
int hmt_edge_add(struct hmt_memory *from, struct hmt_memory *to)
{
	struct hmt_edge *edge;
	int ret;

	lockdep_assert_held(&hmt_memory_lock);
	if (xa_load(&from->edges, to->uid))
		return 0;
	edge = kzalloc(sizeof(*edge), GFP_KERNEL);
	if (!edge)
		return -ENOMEM;
	ret = kobject_init_and_add(&edge->kobj, &hmt_edge_ktype,
				   from->edges_dir, "%s", dev_name(&to->dev));
	if (ret)
		goto err_put;
	ret = sysfs_create_files(&edge->kobj,
				 (const struct attribute **)hmt_edge_attrs);
	if (ret)
		goto err_put;
	ret = xa_err(xa_store(&from->edges, to->uid, edge, GFP_KERNEL));
	if (ret)
		goto err_put;
	return 0;

err_put:
	kobject_put(&edge->kobj);
	return ret;
}

/* Count a huge page that was split so that its pages could move. */
void hmt_edge_count_split(u32 from, u32 to)
{
	struct hmt_edge *edge = hmt_edge_get(from, to);

	if (edge)
		atomic64_inc(&edge->split);
	hmt_edge_put(edge);
}

/* Remove all edges that leave @memory. Caller holds hmt_memory_lock. */
void hmt_edge_remove_all(struct hmt_memory *memory)
{
	struct hmt_edge *edge;
	unsigned long to;

	lockdep_assert_held(&hmt_memory_lock);
	xa_for_each(&memory->edges, to, edge) {
		xa_erase(&memory->edges, to);
		kobject_del(&edge->kobj);
		kobject_put(&edge->kobj);
	}
}
