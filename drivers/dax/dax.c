// SPDX-License-Identifier: GPL-2.0
/*
 * Identify the dax device of each NUMA node, and the hardware behind it.
 *
 * The dax bus has no interface for other modules, but its sysfs files exist on
 * every kernel. A work item reads them, because reading them in the memory
 * notifier would nest their locks inside memory hotplug.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/hmt_internal.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/list.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/nodemask.h>
#include <linux/path.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#define HMT_DAX_DEVICES		"/sys/bus/dax/devices"
#define HMT_DAX_NAME_MAX	32

/* Memory goes online and offline in multiples of this, in bytes. */
#define HMT_DAX_SECTION		BIT_ULL(SECTION_SIZE_BITS)

struct hmt_dax_device {
	struct list_head link;
	char name[HMT_DAX_NAME_MAX];
};

/* Devices found in a directory. */
struct hmt_dax_listing {
	struct dir_context context;
	struct list_head devices;
	int error;
};

/**
 * struct hmt_dax_node - parts of a node
 * @bytes: bytes of each origin
 * @identity: what is reported of it
 */
struct hmt_dax_node {
	u64 bytes[HMT_ORIGINS];
	struct hmt_identity identity;
};

/* Resolved path of a link. */
struct hmt_dax_place {
	char buffer[512];
	char *path;
};

static bool hmt_dax_list_one(struct dir_context *context, const char *name,
			     int length, loff_t offset, u64 ino,
			     unsigned int type)
{
	struct hmt_dax_listing *listing =
		container_of(context, struct hmt_dax_listing, context);
	struct hmt_dax_device *device;

	if (length >= HMT_DAX_NAME_MAX || strncmp(name, "dax", 3))
		return true;
	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device) {
		listing->error = -ENOMEM;
		return false;
	}
	memcpy(device->name, name, length);
	list_add_tail(&device->link, &listing->devices);
	return true;
}

/*
 * Collect the names first: no file may be opened while its directory is locked.
 */
static int hmt_dax_list(struct list_head *devices)
{
	struct hmt_dax_listing listing = {
		.context.actor = hmt_dax_list_one,
		.devices = LIST_HEAD_INIT(listing.devices),
	};
	struct file *file;
	int ret;

	scoped_with_init_fs()
		file = filp_open(HMT_DAX_DEVICES, O_RDONLY | O_DIRECTORY, 0);
	/* Without the bus there are no devices. */
	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOENT ? 0 : PTR_ERR(file);
	ret = iterate_dir(file, &listing.context);
	fput(file);
	list_splice(&listing.devices, devices);
	return ret ?: listing.error;
}

static int hmt_dax_read(const char *device, const char *name, char *text,
			size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), HMT_DAX_DEVICES "/%s/%s", device, name);
	return hmt_read_attribute(path, text, size);
}

/* Resolve the link @name of @device. */
static int hmt_dax_find(const char *device, const char *name,
			struct hmt_dax_place *place)
{
	struct path found;
	char path[128];
	int ret;

	snprintf(path, sizeof(path), HMT_DAX_DEVICES "/%s/%s", device, name);
	scoped_with_init_fs()
		ret = kern_path(path, LOOKUP_FOLLOW, &found);
	if (ret)
		return ret;
	scoped_with_init_fs()
		place->path = d_path(&found, place->buffer,
				     sizeof(place->buffer));
	path_put(&found);
	return PTR_ERR_OR_ZERO(place->path);
}

/* Check whether @device provides the memory of a node. */
static bool hmt_dax_is_memory(const char *device, struct hmt_dax_place *place)
{
	return !hmt_dax_find(device, "driver", place) &&
	       !strcmp(kbasename(place->path), "kmem");
}

/* Replace @place by its parent directory; return the name of that. */
static const char *hmt_dax_parent(struct hmt_dax_place *place)
{
	char *slash = strrchr(place->path, '/');

	if (slash)
		*slash = '\0';
	return kbasename(place->path);
}

static enum hmt_origin hmt_dax_origin(const struct hmt_dax_place *place)
{
	/* A region of CXL memory, or persistent memory on CXL. */
	if (strstr(place->path, "/dax_region") ||
	    strstr(place->path, "/nvdimm-bridge"))
		return HMT_ORIGIN_CXL;
	if (strstr(place->path, "/ndbus"))
		return HMT_ORIGIN_NVDIMM;
	return HMT_ORIGIN_SOFT_RESERVED;
}

static enum hmt_kind hmt_dax_kind(enum hmt_origin origin)
{
	switch (origin) {
	case HMT_ORIGIN_NVDIMM:
		return HMT_KIND_PMEM;
	case HMT_ORIGIN_CXL:
		return HMT_KIND_CXL;
	default:
		/*
		 * Soft-reserved memory may be of any kind; leave that to its
		 * performance.
		 */
		return HMT_KINDS;
	}
}

/* Append @word to the words in @text; truncates. */
static void hmt_dax_append(char *text, const char *word)
{
	if (*text)
		strlcat(text, " ", HMT_DEVICES_MAX);
	strlcat(text, word, HMT_DEVICES_MAX);
}

/* Read a number that a CXL region has for the nearest CPUs; 0 if it has none. */
static u32 hmt_dax_region_value(const char *device, const char *name)
{
	char path[48], text[16];
	u32 value;

	snprintf(path, sizeof(path), "../../access1/%s", name);
	if (hmt_dax_read(device, path, text, sizeof(text)) ||
	    kstrtou32(text, 10, &value))
		return 0;
	return value;
}

/*
 * Read the performance of the CXL region of @device. A node of several regions has
 * that of the slowest one.
 */
static void hmt_dax_region_perf(const char *device, struct hmt_perf *perf)
{
	u32 latency = hmt_dax_region_value(device, "read_latency");

	if (latency <= perf->read_latency)
		return;
	*perf = (struct hmt_perf) {
		.read_latency = latency,
		.write_latency = hmt_dax_region_value(device, "write_latency"),
		.read_bandwidth = hmt_dax_region_value(device,
						       "read_bandwidth"),
		.write_bandwidth = hmt_dax_region_value(device,
							"write_bandwidth"),
	};
}

/* Append the namespace of @device, or its region if it has none. */
static void hmt_dax_region(const char *device, struct hmt_dax_place *place,
			   struct hmt_identity *identity)
{
	char *text = identity->region;
	char name[HMT_DAX_NAME_MAX];
	const char *region;

	if (!hmt_dax_read(device, "../namespace", name, sizeof(name)) &&
	    *name) {
		hmt_dax_append(text, name);
		return;
	}
	region = hmt_dax_parent(place);
	if (!strncmp(region, "dax_region", 10)) {
		hmt_dax_region_perf(device, &identity->perf);
		region = hmt_dax_parent(place);
	}
	hmt_dax_append(text, region);
}

/* Count the bytes of a range that are online as memory. */
static u64 hmt_dax_online_bytes(u64 start, u64 end)
{
	u64 bytes = 0, next;

	for (; start < end; start = next) {
		next = min(end, ALIGN_DOWN(start, HMT_DAX_SECTION) +
				HMT_DAX_SECTION);
		if (pfn_to_online_page(PHYS_PFN(start)))
			bytes += next - start;
	}
	return bytes;
}

static int hmt_dax_read_u64(const char *device, const char *name, u64 *value)
{
	char text[24];
	int ret = hmt_dax_read(device, name, text, sizeof(text));

	return ret ?: kstrtou64(text, 0, value);
}

/*
 * Count the bytes of @device that are online. kmem keeps the device when its
 * memory goes offline, and leaves out the ends that fill no memory block. A
 * device of several ranges has a mapping for each.
 */
static u64 hmt_dax_bytes(const char *device)
{
	u64 start, end, size, bytes = 0;
	unsigned int i;
	char name[32];

	for (i = 0;; i++) {
		snprintf(name, sizeof(name), "mapping%u/start", i);
		if (hmt_dax_read_u64(device, name, &start))
			break;
		snprintf(name, sizeof(name), "mapping%u/end", i);
		if (hmt_dax_read_u64(device, name, &end))
			break;
		bytes += hmt_dax_online_bytes(start, end + 1);
	}
	if (i || hmt_dax_read_u64(device, "resource", &start) ||
	    hmt_dax_read_u64(device, "size", &size))
		return bytes;
	return hmt_dax_online_bytes(start, start + size);
}

/* Add @device to the node that its memory is part of. */
static void hmt_dax_add(const char *device, struct hmt_dax_node *nodes,
			struct hmt_dax_place *place)
{
	enum hmt_origin origin;
	struct hmt_dax_node *node;
	char text[16];
	u64 bytes;
	int nid;

	if (!hmt_dax_is_memory(device, place))
		return;
	if (hmt_dax_read(device, "target_node", text, sizeof(text)) ||
	    kstrtoint(text, 10, &nid) || nid < 0 || nid >= nr_node_ids ||
	    hmt_dax_find(device, "", place))
		return;
	bytes = hmt_dax_bytes(device);
	if (!bytes)
		return;
	node = &nodes[nid];
	origin = hmt_dax_origin(place);
	node->bytes[origin] += bytes;
	node->identity.bytes[hmt_dax_kind(origin)] += bytes;
	hmt_dax_append(node->identity.device, device);
	hmt_dax_region(device, place, &node->identity);
}

/*
 * Complete the identity of a node: it is what most of it is, but memory that
 * joins memory of a node with CPUs does not rename that.
 */
static void hmt_dax_judge(int nid, struct hmt_dax_node *node)
{
	struct hmt_identity *identity = &node->identity;
	u64 all = (u64)node_present_pages(nid) << PAGE_SHIFT;
	enum hmt_origin origin, most;
	u64 devices = 0, rest;

	for (origin = 0; origin < HMT_ORIGINS; origin++)
		devices += node->bytes[origin];
	rest = all > devices ? all - devices : 0;
	most = hmt_node_has_cpus(nid) ? HMT_ORIGIN_CPUS : HMT_ORIGIN_FIRMWARE;
	node->bytes[most] = rest;
	identity->bytes[HMT_KINDS] += rest;
	for (origin = 0; origin < HMT_ORIGINS; origin++)
		if (node->bytes[origin] > node->bytes[most] &&
		    !(rest && hmt_node_has_cpus(nid)))
			most = origin;
	identity->origin = most;
	identity->kind = hmt_dax_kind(most);
	if (most != HMT_ORIGIN_CXL)
		identity->perf = (struct hmt_perf) { };
}

static int hmt_dax_add_all(struct hmt_dax_node *nodes)
{
	struct hmt_dax_device *device, *next;
	struct hmt_dax_place *place;
	LIST_HEAD(devices);
	int ret;

	place = kmalloc(sizeof(*place), GFP_KERNEL);
	if (!place)
		return -ENOMEM;
	ret = hmt_dax_list(&devices);
	list_for_each_entry_safe(device, next, &devices, link) {
		hmt_dax_add(device->name, nodes, place);
		kfree(device);
	}
	kfree(place);
	return ret;
}

static void hmt_dax_scan(struct work_struct *work)
{
	struct hmt_dax_node *nodes;
	int nid, ret;

	nodes = kcalloc(nr_node_ids, sizeof(*nodes), GFP_KERNEL);
	if (!nodes)
		return;
	ret = hmt_dax_add_all(nodes);
	if (ret)
		pr_warn("cannot list %s (error %d): kinds of memories may be wrong until a node comes or goes\n",
			HMT_DAX_DEVICES, ret);
	for_each_node_state(nid, N_MEMORY) {
		hmt_dax_judge(nid, &nodes[nid]);
		hmt_memory_identify(nid, &nodes[nid].identity);
	}
	kfree(nodes);
}

static DECLARE_WORK(hmt_dax_work, hmt_dax_scan);

/* Rescan for any block: a second device may add memory to an existing node. */
static int hmt_dax_notify(struct notifier_block *block, unsigned long action,
			  void *data)
{
	if (action == MEM_ONLINE || action == MEM_OFFLINE)
		schedule_work(&hmt_dax_work);
	return NOTIFY_OK;
}

/* Run after the core, which adds the memory. */
static struct notifier_block hmt_dax_notifier = {
	.notifier_call = hmt_dax_notify,
	.priority = -1,
};

static int __init hmt_dax_init(void)
{
	int ret = register_memory_notifier(&hmt_dax_notifier);

	if (ret)
		return ret;
	schedule_work(&hmt_dax_work);
	flush_work(&hmt_dax_work);
	return 0;
}

static void __exit hmt_dax_exit(void)
{
	int nid;

	unregister_memory_notifier(&hmt_dax_notifier);
	cancel_work_sync(&hmt_dax_work);
	for_each_node_state(nid, N_MEMORY)
		hmt_memory_identify(nid, NULL);
}

module_init(hmt_dax_init);
module_exit(hmt_dax_exit);

MODULE_ALIAS("hmt-memory-dax");
MODULE_DESCRIPTION("HMT: memories that are dax devices");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_IMPORT_HMT_INTERNAL();
MODULE_LICENSE("GPL");
