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
#include <linux/hmt_internal.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/list.h>
#include <linux/memory.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/nodemask.h>
#include <linux/path.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#define HMT_DAX_DEVICES		"/sys/bus/dax/devices"
#define HMT_DAX_NAME_MAX	32

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
	struct file *file = filp_open(HMT_DAX_DEVICES, O_RDONLY | O_DIRECTORY,
				      0);
	int ret;

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
	ret = kern_path(path, LOOKUP_FOLLOW, &found);
	if (ret)
		return ret;
	place->path = d_path(&found, place->buffer, sizeof(place->buffer));
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

/* Append the namespace of @device, or its region if it has none. */
static void hmt_dax_region(const char *device, struct hmt_dax_place *place,
			   char *text)
{
	char name[HMT_DAX_NAME_MAX];
	const char *region;

	if (!hmt_dax_read(device, "../namespace", name, sizeof(name)) &&
	    *name) {
		hmt_dax_append(text, name);
		return;
	}
	region = hmt_dax_parent(place);
	if (!strncmp(region, "dax_region", 10))
		region = hmt_dax_parent(place);
	hmt_dax_append(text, region);
}

/* Add @device to the identity of its node. */
static void hmt_dax_add(const char *device, struct hmt_identity *identities,
			struct hmt_dax_place *place)
{
	struct hmt_identity *identity;
	char text[16];
	int nid;

	if (!hmt_dax_is_memory(device, place))
		return;
	if (hmt_dax_read(device, "target_node", text, sizeof(text)) ||
	    kstrtoint(text, 10, &nid) || nid < 0 || nid >= nr_node_ids ||
	    hmt_dax_find(device, "", place))
		return;
	identity = &identities[nid];
	identity->origin = hmt_dax_origin(place);
	identity->kind = hmt_dax_kind(identity->origin);
	hmt_dax_append(identity->device, device);
	hmt_dax_region(device, place, identity->region);
}

/* Set the identities that do not depend on devices. */
static void hmt_dax_init_identities(struct hmt_identity *identities)
{
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		identities[nid].kind = HMT_KINDS;
		identities[nid].origin = node_state(nid, N_CPU) ?
					 HMT_ORIGIN_CPUS : HMT_ORIGIN_FIRMWARE;
	}
}

static int hmt_dax_add_all(struct hmt_identity *identities)
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
		hmt_dax_add(device->name, identities, place);
		kfree(device);
	}
	kfree(place);
	return ret;
}

static void hmt_dax_scan(struct work_struct *work)
{
	struct hmt_identity *identities;
	int nid, ret;

	identities = kcalloc(nr_node_ids, sizeof(*identities), GFP_KERNEL);
	if (!identities)
		return;
	hmt_dax_init_identities(identities);
	ret = hmt_dax_add_all(identities);
	if (ret)
		pr_warn("cannot list %s: %d\n", HMT_DAX_DEVICES, ret);
	for_each_node_state(nid, N_MEMORY)
		hmt_memory_identify(nid, &identities[nid]);
	kfree(identities);
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
