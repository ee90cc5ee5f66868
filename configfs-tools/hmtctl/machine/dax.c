// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "cli/errors.h"
#include "machine/dax.h"
#include "machine/hotplug.h"
#include "util/signals.h"
#include "util/units.h"

#define DAX_ALIGN	(2UL << 20)

/* Suppress messages of the libraries: hmtctl prints its own. */
static void keep_quiet(struct daxctl_ctx *ctx, int priority, const char *file,
		       int line, const char *fn, const char *format,
		       va_list args)
{
	(void)ctx;
	(void)priority;
	(void)file;
	(void)line;
	(void)fn;
	(void)format;
	(void)args;
}

static void keep_nd_quiet(struct ndctl_ctx *ctx, int priority,
			  const char *file, int line, const char *fn,
			  const char *format, va_list args)
{
	(void)ctx;
	keep_quiet(NULL, priority, file, line, fn, format, args);
}

int dax_open(struct dax *dax)
{
	int err = ndctl_new(&dax->nd);

	if (!err)
		err = daxctl_new(&dax->ctx);
	if (err)
		return fail(RESULT_REFUSED, "libndctl: %s", strerror(-err));
	ndctl_set_log_fn(dax->nd, keep_nd_quiet);
	daxctl_set_log_fn(dax->ctx, keep_quiet);
	return RESULT_OK;
}

void dax_close(struct dax *dax)
{
	if (dax->ctx)
		daxctl_unref(dax->ctx);
	if (dax->nd)
		ndctl_unref(dax->nd);
}

const char *dax_name(const struct dax *dax)
{
	return daxctl_dev_get_devname(dax->dev);
}

bool dax_is_ram(const struct dax *dax)
{
	return daxctl_dev_get_memory(dax->dev);
}

static bool device_is_called(struct daxctl_dev *dev, const char *name)
{
	unsigned int node;
	char rest;

	if (!strcmp(daxctl_dev_get_devname(dev), name))
		return true;
	return sscanf(name, "node%u%c", &node, &rest) == 1 &&
	       daxctl_dev_get_target_node(dev) == (int)node;
}

/* Check whether the machine has a node of that name, on- or offline. */
static bool is_node(const char *name)
{
	unsigned int node;
	char path[64], rest;

	if (sscanf(name, "node%u%c", &node, &rest) != 1)
		return false;
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u", node);
	return !access(path, F_OK);
}

int dax_find(struct dax *dax, const char *name)
{
	struct daxctl_region *region;
	struct daxctl_dev *dev;

	dax->dev = NULL;
	daxctl_region_foreach(dax->ctx, region)
		daxctl_dev_foreach(region, dev) {
			if (!device_is_called(dev, name))
				continue;
			if (dax->dev)
				return fail(RESULT_USAGE,
					    "'%.40s': both %s and %s; name one of them",
					    name, dax_name(dax),
					    daxctl_dev_get_devname(dev));
			dax->dev = dev;
		}
	if (dax->dev)
		return RESULT_OK;
	if (is_node(name))
		return fail(RESULT_REFUSED,
			    "'%.40s': is no dax device; lsmem lists its blocks, and chmem(8) changes them",
			    name);
	return fail(RESULT_NO_OBJECT,
		    "'%.40s': no such dax device (see 'hmtctl memory list')",
		    name);
}

static struct ndctl_namespace *find_namespace(struct ndctl_ctx *ctx,
					      const char *name)
{
	struct ndctl_namespace *space;
	struct ndctl_region *region;
	struct ndctl_bus *bus;

	ndctl_bus_foreach(ctx, bus)
		ndctl_region_foreach(bus, region)
			ndctl_namespace_foreach(region, space)
				if (!strcmp(ndctl_namespace_get_devname(space),
					    name))
					return space;
	return NULL;
}

/* Convert a namespace like 'ndctl create-namespace --mode=devdax --map=mem'. */
static int claim_namespace(struct ndctl_namespace *space, struct ndctl_dax *dax)
{
	uuid_t uuid;
	int err;

	uuid_generate(uuid);
	err = ndctl_dax_set_uuid(dax, uuid);
	if (!err)
		err = ndctl_dax_set_location(dax, NDCTL_PFN_LOC_RAM);
	if (!err)
		err = ndctl_dax_set_align(dax, DAX_ALIGN);
	if (!err)
		err = ndctl_dax_set_namespace(dax, space);
	if (!err)
		err = ndctl_dax_enable(dax);
	if (err)
		ndctl_dax_set_namespace(dax, NULL);
	return err;
}

static int make_devdax(struct ndctl_namespace *space)
{
	struct ndctl_region *region = ndctl_namespace_get_region(space);
	const char *name = ndctl_namespace_get_devname(space);
	int err = ndctl_namespace_disable_safe(space);

	if (err < 0)
		return fail(RESULT_REFUSED,
			    "'%s': in use by a file system or a program; unmount or end it first",
			    name);
	ndctl_namespace_set_enforce_mode(space, NDCTL_NS_MODE_DEVDAX);
	err = claim_namespace(space, ndctl_region_get_dax_seed(region));
	if (!err)
		return RESULT_OK;
	ndctl_namespace_enable(space);
	return fail(RESULT_REFUSED,
		    "'%s': cannot become a dax device: %s (try 'ndctl create-namespace -f -m devdax -M mem -e %s')",
		    name, explain(-err, NULL), name);
}

static struct daxctl_dev *namespace_device(struct ndctl_namespace *space)
{
	struct ndctl_dax *dax = ndctl_namespace_get_dax(space);
	struct daxctl_region *region;

	if (!dax)
		return NULL;
	region = ndctl_dax_get_daxctl_region(dax);
	return region ? daxctl_dev_get_first(region) : NULL;
}

/* Open the libraries again, because they cache the old state. */
static int reopen_namespace(struct dax *dax, const char *name)
{
	struct ndctl_namespace *space;
	struct daxctl_dev *dev;
	char device[32];
	int result;

	dax_close(dax);
	*dax = (struct dax)DAX_NONE;
	result = dax_open(dax);
	if (result)
		return result;
	space = find_namespace(dax->nd, name);
	dev = space ? namespace_device(space) : NULL;
	if (!dev)
		return fail(RESULT_REFUSED, "'%.40s': its dax device did not appear (see dmesg)",
			    name);
	snprintf(device, sizeof(device), "%s", daxctl_dev_get_devname(dev));
	return dax_find(dax, device);
}

static void print_would_convert(struct ndctl_namespace *space)
{
	char size[UNITS_LEN];

	human_size(ndctl_namespace_get_size(space), size);
	printf("%s: %s would become a dax device, lose its data, and go online as node%d\n",
	       ndctl_namespace_get_devname(space), size,
	       ndctl_namespace_get_target_node(space));
}

static int open_namespace(struct dax *dax, const char *name,
			  struct ndctl_namespace **space)
{
	*space = find_namespace(dax->nd, name);
	if (*space)
		return RESULT_OK;
	return fail(RESULT_NO_OBJECT,
		    "'%.40s': no such namespace (see 'hmtctl memory list')",
		    name);
}

int dax_find_namespace(struct dax *dax, const char *name)
{
	struct ndctl_namespace *space;
	int result = open_namespace(dax, name, &space);

	if (result)
		return result;
	if (ndctl_namespace_get_mode(space) != NDCTL_NS_MODE_DEVDAX)
		return fail(RESULT_REFUSED,
			    "'%s': is not a dax device, so its memory is not online (see 'hmtctl memory list')",
			    name);
	return reopen_namespace(dax, name);
}

int dax_convert_namespace(const struct hmtctl *ctl, struct dax *dax,
			  const char *name, bool lose_data,
			  const struct hotplug *how)
{
	struct ndctl_namespace *space;
	int result = open_namespace(dax, name, &space);
	sigset_t before;

	if (result)
		return result;
	switch (ndctl_namespace_get_mode(space)) {
	case NDCTL_NS_MODE_DEVDAX:
		return reopen_namespace(dax, name);
	case NDCTL_NS_MODE_RAW:
		break;
	default:
		return fail(RESULT_REFUSED,
			    "'%s': may contain a file system or a block device; 'ndctl create-namespace -f -m devdax -M mem -e %s' gives that up and makes it a dax device",
			    name, name);
	}
	if (!ndctl_namespace_get_size(space))
		return fail(RESULT_REFUSED,
			    "'%s': has no size yet; run 'ndctl create-namespace -m devdax -r %s' to use the space of its region",
			    name, ndctl_region_get_devname(ndctl_namespace_get_region(space)));
	if (!lose_data)
		return fail(RESULT_REFUSED,
			    "'%s': its data would be lost; use --lose-data to allow that",
			    name);
	/* Before the data is lost: memory_online() would refuse afterwards. */
	result = memory_check_node(ctl, name,
				   ndctl_namespace_get_target_node(space), how);
	if (result)
		return result;
	if (how->dry_run) {
		print_would_convert(space);
		return RESULT_OK;
	}
	/* A signal would leave the namespace disabled. */
	signals_hold(&before);
	result = make_devdax(space);
	signals_release(&before);
	return result ? result : reopen_namespace(dax, name);
}

/* Return the origin of a device; same words as the attribute of a memory. */
static const char *path_origin(const char *path)
{
	if (strstr(path, "/nvdimm-bridge"))
		return "cxl";
	if (strstr(path, "/ndbus"))
		return "nvdimm";
	if (strstr(path, "/hmem"))
		return "soft-reserved";
	return strstr(path, "/decoder") ? "cxl" : "unknown";
}

static const char *region_origin(struct daxctl_region *region)
{
	return path_origin(daxctl_region_get_path(region));
}

/*
 * Return the origin of a namespace without dax device. ndctl_bus_has_cxl() is
 * true for NVDIMMs as well.
 */
static const char *bus_origin(struct ndctl_bus *bus)
{
	char path[PATH_MAX], link[64];

	snprintf(link, sizeof(link), "/sys/bus/nd/devices/%.40s",
		 ndctl_bus_get_devname(bus));
	return realpath(link, path) ? path_origin(path) : "unknown";
}

static void add_text(struct json_object *json, const char *key,
		     const char *text)
{
	json_object_object_add(json, key, json_object_new_string(text));
}

static void add_number(struct json_object *json, const char *key,
		       int64_t number)
{
	json_object_object_add(json, key, json_object_new_int64(number));
}

static void add_flag(struct json_object *json, const char *key, bool flag)
{
	json_object_object_add(json, key, json_object_new_boolean(flag));
}

static void add_size(struct json_object *json, uint64_t bytes, bool human)
{
	char text[UNITS_LEN];

	if (!human)
		return add_number(json, "size", bytes);
	human_size(bytes, text);
	add_text(json, "size", text);
}

static void add_blocks(struct daxctl_memory *memory, struct json_object *json)
{
	int blocks = daxctl_memory_num_sections(memory);
	int online = daxctl_memory_is_online(memory);

	add_number(json, "blocks", blocks);
	add_number(json, "blocks_online", online < 0 ? 0 : online);
	if (online > 0)
		add_flag(json, "movable",
			 daxctl_memory_is_movable(memory) == 1);
}

static struct json_object *describe_device(struct daxctl_region *region,
					   struct daxctl_dev *dev, bool human)
{
	struct json_object *json = json_object_new_object();
	struct daxctl_memory *memory = daxctl_dev_get_memory(dev);

	add_text(json, "device", daxctl_dev_get_devname(dev));
	add_text(json, "origin", region_origin(region));
	add_text(json, "mode", memory ? "system-ram" :
		 daxctl_dev_is_enabled(dev) ? "devdax" : "disabled");
	add_size(json, daxctl_dev_get_size(dev), human);
	add_number(json, "target_node", daxctl_dev_get_target_node(dev));
	if (memory)
		add_blocks(memory, json);
	return json;
}

static const char *mode_name(enum ndctl_namespace_mode mode)
{
	switch (mode) {
	case NDCTL_NS_MODE_RAW:
		return "raw";
	case NDCTL_NS_MODE_FSDAX:
		return "fsdax";
	case NDCTL_NS_MODE_SECTOR:
		return "sector";
	default:
		return "unknown";
	}
}

static void add_namespaces(struct ndctl_region *region,
			   struct json_object *array, bool human)
{
	struct ndctl_namespace *space;
	struct json_object *json;
	unsigned long long size;

	ndctl_namespace_foreach(region, space) {
		size = ndctl_namespace_get_size(space);
		if (namespace_device(space) || !size || size == ULLONG_MAX)
			continue;
		json = json_object_new_object();
		add_text(json, "device", ndctl_namespace_get_devname(space));
		add_text(json, "origin",
			 bus_origin(ndctl_region_get_bus(region)));
		add_text(json, "mode",
			 mode_name(ndctl_namespace_get_mode(space)));
		add_size(json, size, human);
		add_number(json, "target_node",
			   ndctl_namespace_get_target_node(space));
		json_object_array_add(array, json);
	}
}

struct json_object *dax_list(struct dax *dax, bool human)
{
	struct json_object *array = json_object_new_array();
	struct daxctl_region *dax_region;
	struct ndctl_region *region;
	struct ndctl_bus *bus;
	struct daxctl_dev *dev;

	daxctl_region_foreach(dax->ctx, dax_region)
		daxctl_dev_foreach(dax_region, dev)
			if (daxctl_dev_get_size(dev))
				json_object_array_add(array,
						      describe_device(dax_region, dev,
								      human));
	ndctl_bus_foreach(dax->nd, bus)
		ndctl_region_foreach(bus, region)
			add_namespaces(region, array, human);
	return array;
}
