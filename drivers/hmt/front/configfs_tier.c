// SPDX-License-Identifier: GPL-2.0
/* tiers/: staged tiers. */
#include <linux/configfs.h>
#include <linux/dcache.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "lib/lib.h"
#include "memory/memory.h"
#include "configfs.h"

#define HMT_WATERMARK_MAX	999
#define HMT_LOW_WATERMARK	20
#define HMT_HIGH_WATERMARK	40

/**
 * struct hmt_tier_item - directory of a tier
 * @group: tiers/<tier>/
 * @demotion: tiers/<tier>/demotion/
 * @link: entry in hmt_staged
 * @nr_links: number of symbolic links in @demotion
 * @spec: values of the attributes; targets are filled in by a commit
 */
struct hmt_tier_item {
	struct config_group group;
	struct config_group demotion;
	struct list_head link;
	unsigned int nr_links;
	struct hmt_tier_spec spec;
};

/* Protects the list and the contents of the items. */
static DEFINE_MUTEX(hmt_staged_lock);
static LIST_HEAD(hmt_staged);
static unsigned int hmt_nr_staged;

static struct hmt_tier_item *to_tier(struct config_item *item)
{
	return container_of(to_config_group(item), struct hmt_tier_item,
			    group);
}

static struct hmt_tier_item *demotion_to_tier(struct config_item *item)
{
	return container_of(to_config_group(item), struct hmt_tier_item,
			    demotion);
}

static ssize_t hmt_tier_memories_show(struct config_item *item, char *page)
{
	const struct hmt_tier_spec *spec = &to_tier(item)->spec;
	unsigned int i;
	int len = 0;

	guard(mutex)(&hmt_staged_lock);
	for (i = 0; i < spec->nr_memories; i++)
		len += sysfs_emit_at(page, len, "%s%s", i ? " " : "",
				     spec->memories[i]);
	return len + sysfs_emit_at(page, len, "\n");
}

static ssize_t hmt_tier_memories_store(struct config_item *item,
				       const char *page, size_t count)
{
	struct hmt_tier_spec *spec = &to_tier(item)->spec;
	char (*names)[HMT_NAME_MAX + 1];
	int nr;

	if (hmt_configfs_cuts(count))
		return -E2BIG;
	names = kvcalloc(HMT_TIER_MEMORIES_MAX, sizeof(*names), GFP_KERNEL);
	if (!names)
		return -ENOMEM;
	nr = hmt_parse_memories(page, names);
	if (nr >= 0) {
		mutex_lock(&hmt_staged_lock);
		memcpy(spec->memories, names, sizeof(spec->memories));
		spec->nr_memories = nr;
		mutex_unlock(&hmt_staged_lock);
	}
	kvfree(names);
	return nr < 0 ? nr : count;
}
CONFIGFS_ATTR(hmt_tier_, memories);

static ssize_t hmt_tier_weights_show(struct config_item *item, char *page)
{
	const struct hmt_tier_spec *spec = &to_tier(item)->spec;
	unsigned int i;
	int len = 0;

	guard(mutex)(&hmt_staged_lock);
	for (i = 0; i < spec->nr_weights; i++)
		len += sysfs_emit_at(page, len, "%s%u", i ? " " : "",
				     spec->weights[i]);
	return len + sysfs_emit_at(page, len, "\n");
}

static ssize_t hmt_tier_weights_store(struct config_item *item,
				      const char *page, size_t count)
{
	struct hmt_tier_spec *spec = &to_tier(item)->spec;
	u8 weights[HMT_TARGETS_MAX] = {};
	int nr = hmt_configfs_cuts(count) ? -E2BIG :
					    hmt_parse_weights(page, weights);

	if (nr < 0)
		return nr;
	guard(mutex)(&hmt_staged_lock);
	memcpy(spec->weights, weights, sizeof(spec->weights));
	spec->nr_weights = nr;
	return count;
}
CONFIGFS_ATTR(hmt_tier_, weights);

static ssize_t hmt_watermark_store(u16 *watermark, const char *page,
				   size_t count)
{
	u32 value;
	int ret = hmt_parse_u32(page, 0, HMT_WATERMARK_MAX, &value);

	if (ret)
		return ret;
	guard(mutex)(&hmt_staged_lock);
	WRITE_ONCE(*watermark, value);
	return count;
}

static ssize_t hmt_tier_low_watermark_show(struct config_item *item,
					   char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(to_tier(item)->spec.low));
}

static ssize_t hmt_tier_low_watermark_store(struct config_item *item,
					    const char *page, size_t count)
{
	return hmt_watermark_store(&to_tier(item)->spec.low, page, count);
}
CONFIGFS_ATTR(hmt_tier_, low_watermark);

static ssize_t hmt_tier_high_watermark_show(struct config_item *item,
					    char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(to_tier(item)->spec.high));
}

static ssize_t hmt_tier_high_watermark_store(struct config_item *item,
					     const char *page, size_t count)
{
	return hmt_watermark_store(&to_tier(item)->spec.high, page, count);
}
CONFIGFS_ATTR(hmt_tier_, high_watermark);

static struct configfs_attribute *hmt_tier_attrs[] = {
	&hmt_tier_attr_memories,
	&hmt_tier_attr_weights,
	&hmt_tier_attr_low_watermark,
	&hmt_tier_attr_high_watermark,
	NULL
};

static void hmt_tier_release(struct config_item *item)
{
	kvfree(to_tier(item));
}

static struct configfs_item_operations hmt_tier_item_ops = {
	.release = hmt_tier_release,
};

static const struct config_item_type hmt_tier_type = {
	.ct_item_ops = &hmt_tier_item_ops,
	.ct_attrs = hmt_tier_attrs,
	.ct_owner = THIS_MODULE,
};

static int hmt_demotion_allow_link(struct config_item *item,
				   struct config_item *target)
{
	struct hmt_tier_item *tier = demotion_to_tier(item);
	int ret = 0;

	if (target->ci_type != &hmt_tier_type)
		return -EINVAL;
	guard(mutex)(&hmt_staged_lock);
	if (tier->nr_links == HMT_TARGETS_MAX)
		ret = -ENOSPC;
	else
		tier->nr_links++;
	return ret;
}

static void hmt_demotion_drop_link(struct config_item *item,
				   struct config_item *target)
{
	struct hmt_tier_item *tier = demotion_to_tier(item);

	guard(mutex)(&hmt_staged_lock);
	tier->nr_links--;
}

static struct configfs_item_operations hmt_demotion_item_ops = {
	.allow_link = hmt_demotion_allow_link,
	.drop_link = hmt_demotion_drop_link,
};

static const struct config_item_type hmt_demotion_type = {
	.ct_item_ops = &hmt_demotion_item_ops,
	.ct_owner = THIS_MODULE,
};

static struct config_group *hmt_tiers_make(struct config_group *group,
					   const char *name)
{
	struct hmt_tier_item *tier;
	int ret = hmt_parse_name(name);

	if (ret)
		return ERR_PTR(ret);
	tier = kvzalloc(sizeof(*tier), GFP_KERNEL);
	if (!tier)
		return ERR_PTR(-ENOMEM);
	strscpy(tier->spec.name, name, sizeof(tier->spec.name));
	tier->spec.low = HMT_LOW_WATERMARK;
	tier->spec.high = HMT_HIGH_WATERMARK;
	mutex_lock(&hmt_staged_lock);
	if (hmt_nr_staged == HMT_TIERS_MAX) {
		ret = -ENOSPC;
	} else {
		hmt_nr_staged++;
		list_add_tail(&tier->link, &hmt_staged);
	}
	mutex_unlock(&hmt_staged_lock);
	if (ret) {
		kvfree(tier);
		return ERR_PTR(ret);
	}
	config_group_init_type_name(&tier->group, name, &hmt_tier_type);
	config_group_init_type_name(&tier->demotion, "demotion",
				    &hmt_demotion_type);
	configfs_add_default_group(&tier->demotion, &tier->group);
	return &tier->group;
}

static void hmt_tiers_drop(struct config_group *group,
			   struct config_item *item)
{
	mutex_lock(&hmt_staged_lock);
	list_del(&to_tier(item)->link);
	hmt_nr_staged--;
	mutex_unlock(&hmt_staged_lock);
	config_item_put(item);
}

static struct configfs_group_operations hmt_tiers_group_ops = {
	.make_group = hmt_tiers_make,
	.drop_item = hmt_tiers_drop,
};

const struct config_item_type hmt_tiers_type = {
	.ct_group_ops = &hmt_tiers_group_ops,
	.ct_owner = THIS_MODULE,
};

/*
 * Number of times that the links are read while other tasks change them, and
 * the time in between, in ms. A link is incomplete for some microseconds, and a
 * link with a wrong name is refused after all tries.
 */
#define HMT_COLLECT_TRIES	20
#define HMT_COLLECT_WAIT_MS	1

static int hmt_spec_find(const struct hmt_graph_spec *spec, const char *name)
{
	unsigned int i;

	for (i = 0; i < spec->nr_tiers; i++)
		if (!strcmp(spec->tiers[i].name, name))
			return i;
	return -ENOENT;
}

/*
 * Return the target of the demotion link named @order as an index in @spec, or
 * -ENOENT if there is no such link.
 *
 * configfs passes neither the name of a link to its creator nor its target by
 * name later; both are in the directory. The directory cannot be removed in the
 * meantime, because a tier with links cannot be removed.
 */
static int hmt_tier_target(const struct hmt_tier_item *tier,
			   const struct hmt_graph_spec *spec,
			   unsigned int order)
{
	char text[sizeof("4294967295")];
	struct dentry *parent = tier->demotion.cg_item.ci_dentry, *dentry;
	struct qstr name = { .name = text };
	int target = -ENOENT;

	name.len = scnprintf(text, sizeof(text), "%u", order);
	name.hash = full_name_hash(parent, text, name.len);
	dentry = d_lookup(parent, &name);
	if (!dentry)
		return -ENOENT;
	if (d_is_symlink(dentry))
		target = hmt_spec_find(spec,
				       kbasename(d_inode(dentry)->i_link));
	dput(dentry);
	return target;
}

/* Collect the targets of @tier. Return -EAGAIN if a link has no valid name. */
static int hmt_tier_collect_targets(const struct hmt_tier_item *tier,
				    const struct hmt_graph_spec *spec,
				    struct hmt_tier_spec *out,
				    struct hmt_graph_error *error)
{
	unsigned int order;
	int target;

	for (order = 0; tier->nr_links && order < HMT_TARGETS_MAX; order++) {
		target = hmt_tier_target(tier, spec, order);
		if (target >= 0)
			out->targets[out->nr_targets++] = target;
	}
	if (out->nr_targets == tier->nr_links)
		return 0;
	error->code = -EINVAL;
	scnprintf(error->reason, sizeof(error->reason),
		  "tier '%s': a link in demotion/ is not named 0 to %u",
		  tier->spec.name, HMT_TARGETS_MAX - 1);
	return -EAGAIN;
}

/* Collect the staged tiers. Return -EAGAIN if a link has no valid name. */
static int hmt_staged_collect(struct hmt_graph_spec *spec,
			      struct hmt_graph_error *error)
{
	const struct hmt_tier_item *tier;
	unsigned int i = 0;
	int ret;

	guard(mutex)(&hmt_staged_lock);
	memset(spec, 0, sizeof(*spec));
	list_for_each_entry(tier, &hmt_staged, link)
		spec->tiers[spec->nr_tiers++] = tier->spec;
	list_for_each_entry(tier, &hmt_staged, link) {
		ret = hmt_tier_collect_targets(tier, spec, &spec->tiers[i++],
					       error);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * As hmt_staged_collect(), but do not take a link in the making for an error:
 * configfs counts a link before it is in the directory. It does both under the
 * lock of the directory, which cannot be taken here: configfs holds its
 * semaphore of the fragment while it writes an attribute, and takes it while it
 * holds the locks of directories that are removed.
 */
static int hmt_staged_collect_settled(struct hmt_graph_spec *spec,
				      struct hmt_graph_error *error)
{
	unsigned int tries;

	for (tries = 0; tries < HMT_COLLECT_TRIES; tries++) {
		if (!hmt_staged_collect(spec, error)) {
			error->code = 0;
			return 0;
		}
		msleep(HMT_COLLECT_WAIT_MS);
	}
	return error->code;
}

static const struct hmt_resolver hmt_registry_resolver = {
	.resolve = hmt_memory_resolve,
	.capacity = hmt_memory_nr_pages,
	.offline = hmt_memory_is_offline,
};

/*
 * Build a graph from the staged tiers; *@graph is NULL if there are none. On
 * error @error has the reason.
 */
int hmt_staged_build(struct hmt_graph **graph, struct hmt_graph_error *error)
{
	struct hmt_graph_spec *spec = kvzalloc(sizeof(*spec), GFP_KERNEL);
	int ret;

	*graph = NULL;
	if (!spec) {
		error->code = -ENOMEM;
		strscpy(error->reason, "out of memory", sizeof(error->reason));
		return -ENOMEM;
	}
	ret = hmt_staged_collect_settled(spec, error);
	if (!ret && spec->nr_tiers) {
		*graph = hmt_graph_build(spec, &hmt_registry_resolver, error);
		ret = PTR_ERR_OR_ZERO(*graph);
	}
	kvfree(spec);
	return ret;
}
