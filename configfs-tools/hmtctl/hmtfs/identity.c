// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "hmtfs/identity.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/units.h"
#include "util/words.h"

#define DAX_DEVICES	"sys/bus/dax/devices"
/* Most devices that the memory of a region is interleaved over. */
#define TARGETS_MAX	32

/* Return the contents of a file of the machine; NULL if there is none. */
static char *read_property(const struct hmtctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static char *read_property(const struct hmtctl *ctl, const char *format, ...)
{
	auto_text char *path = NULL;
	va_list args;

	va_start(args, format);
	path = format_text_list(format, args);
	va_end(args);
	return fs_read(ctl->root, path);
}

/* Add a text unless it is missing or empty. */
static void add_property(struct json_object *identity, const char *key,
			 const char *text)
{
	if (text && *text)
		json_object_object_add(identity, key,
				       json_object_new_string(text));
}

/*
 * Return the serial number of the device at position @index of a region, NULL
 * after the last one. A region of CXL memory refers to decoders, each of which
 * is in the endpoint of its device; a namespace is in a region of NVDIMMs.
 */
static char *read_serial(const struct hmtctl *ctl, const char *region,
			 unsigned int index)
{
	auto_text char *target = NULL;
	char *serial;

	if (!strncmp(region, "region", 6)) {
		target = read_property(ctl, "sys/bus/cxl/devices/%s/target%u",
				       region, index);
		if (!target || !*target)
			return NULL;
		return read_property(ctl, "sys/bus/cxl/devices/%s/../uport/serial",
				     target);
	}
	target = read_property(ctl, "sys/bus/nd/devices/%s/../mapping%u", region,
			       index);
	if (!target)
		return NULL;
	target[strcspn(target, ",")] = '\0';
	serial = read_property(ctl, "sys/bus/nd/devices/%s/nfit/id", target);
	if (!serial)
		serial = read_property(ctl, "sys/bus/nd/devices/%s/cxl/id",
				       target);
	return serial;
}

/* Append a serial number to @out; a device without one has 0. */
static void print_serial(FILE *out, const char *serial)
{
	char *end;

	if (!*serial || strpbrk(serial, " \t\n") ||
	    (!strtoull(serial, &end, 0) && !*end))
		return;
	fprintf(out, "%s%s", ftell(out) > 0 ? " " : "", serial);
}

static void add_serials(const struct hmtctl *ctl, const char *regions,
			struct json_object *identity)
{
	auto_words char **words = words_split(regions);
	auto_text char *text = NULL;
	size_t length, i;
	unsigned int index;
	FILE *out = must(open_memstream(&text, &length));

	for (i = 0; words[i]; i++) {
		for (index = 0; index < TARGETS_MAX; index++) {
			auto_text char *serial = read_serial(ctl, words[i],
							     index);

			if (!serial)
				break;
			print_serial(out, serial);
		}
	}
	fclose(out);
	add_property(identity, "serial", must(text));
}

struct json_object *identity_read(const struct hmtctl *ctl, const char *name)
{
	static const char *const keys[] = {
		"kind", "origin", "dax_device", "dax_region", "size",
		"initiators",
	};
	auto_text char *uid = read_property(ctl, "sys/class/hmt/%s/uid", name);
	struct json_object *identity;
	size_t i;

	if (!uid)
		return NULL;
	identity = json_object_new_object();
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		auto_text char *text = read_property(ctl, "sys/class/hmt/%s/%s",
						 name, keys[i]);

		add_property(identity, keys[i], text);
	}
	add_serials(ctl, json_text(identity, "dax_region"), identity);
	return identity;
}

/* Return the region of a dax device, as hmt_dax reports it for a memory. */
static char *device_region(const struct hmtctl *ctl, const char *device)
{
	char path[128], target[1024];
	char *slash, *region;
	ssize_t length;

	region = read_property(ctl, DAX_DEVICES "/%s/../namespace", device);
	if (region && *region)
		return region;
	free(region);
	snprintf(path, sizeof(path), DAX_DEVICES "/%s", device);
	length = readlinkat(ctl->root, path, target, sizeof(target) - 1);
	if (length < 0)
		return NULL;
	target[length] = '\0';
	/* .../region0/dax_region0/dax0.0 or .../hmem.0/dax0.0 */
	do {
		slash = strrchr(target, '/');
		if (!slash)
			return NULL;
		*slash = '\0';
		slash = strrchr(target, '/');
		region = slash ? slash + 1 : target;
	} while (!strncmp(region, "dax_region", 10));
	return must(strdup(region));
}

struct json_object *identity_of_device(const struct hmtctl *ctl,
				       const char *device)
{
	struct json_object *identity = json_object_new_object();
	auto_text char *region = device_region(ctl, device);

	add_property(identity, "dax_device", device);
	add_property(identity, "dax_region", region);
	if (region)
		add_serials(ctl, region, identity);
	return identity;
}

enum agreement { UNKNOWN, DIFFERENT, SAME };

/* Return the words of a property; a mixed kind is "dram+pmem". */
static char **property_words(struct json_object *identity, const char *key)
{
	auto_text char *text = must(strdup(json_text(identity, key)));
	char *plus;

	while ((plus = strchr(text, '+')))
		*plus = ' ';
	return words_split(text);
}

/* Compare lists of words, which agree if they share one. */
static enum agreement compare_words(struct json_object *a,
				    struct json_object *b, const char *key)
{
	auto_words char **first = property_words(a, key);
	auto_words char **second = property_words(b, key);
	size_t i;

	if (!first[0] || !second[0])
		return UNKNOWN;
	for (i = 0; first[i]; i++)
		if (words_contain(second, first[i]))
			return SAME;
	return DIFFERENT;
}

/* Check whether hmt_dax reported the origin of a memory. */
static bool origin_known(struct json_object *identity)
{
	const char *origin = json_text(identity, "origin");

	return *origin && strcmp(origin, "unknown");
}

bool identity_without_device(struct json_object *identity)
{
	return origin_known(identity) && !*json_text(identity, "dax_device") &&
	       !*json_text(identity, "dax_region");
}

static bool is_device_memory(struct json_object *identity)
{
	return !strncmp(json_text(identity, "kind"), "device-", 7);
}

/* Check whether the initiators of node @name are or include itself. */
static bool has_cpus(const char *name, struct json_object *identity)
{
	const char *list = json_text(identity, "initiators");
	unsigned long node, first, last;
	char *end;

	if (strncmp(name, "node", 4))
		return false;
	node = strtoul(name + 4, NULL, 10);
	for (; *list >= '0' && *list <= '9'; list = end + (*end == ',')) {
		first = strtoul(list, &end, 10);
		last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
		if (first <= node && node <= last)
			return true;
	}
	return false;
}

static bool is_mixed(struct json_object *identity)
{
	return strchr(json_text(identity, "kind"), '+');
}

/*
 * Check whether kinds or origins are different. They are known only while
 * hmt_dax is loaded. A mixed memory has the origin of its largest part, which is
 * another one while a device is offline.
 */
static bool origins_differ(struct json_object *a, struct json_object *b)
{
	if (!origin_known(a) || !origin_known(b))
		return false;
	return compare_words(a, b, "kind") == DIFFERENT ||
	       (!is_mixed(a) && !is_mixed(b) &&
		compare_words(a, b, "origin") == DIFFERENT);
}

/*
 * Check whether properties that a memory does not change are different. A node
 * with CPUs is known by them: devices join and leave it. The number of a region
 * counts only without serial numbers, because it depends on the order of the
 * drivers.
 */
static bool conflicts(const char *name, struct json_object *a,
		      const char *other, struct json_object *b,
		      enum agreement serial)
{
	bool cpus = has_cpus(name, a);

	if (*json_text(a, "initiators") && *json_text(b, "initiators") &&
	    cpus != has_cpus(other, b))
		return true;
	if (cpus || serial == SAME)
		return false;
	return serial == DIFFERENT || origins_differ(a, b) ||
	       compare_words(a, b, "dax_region") == DIFFERENT;
}

bool identity_resized(struct json_object *a, struct json_object *b)
{
	uint64_t from = 0, to = 0, most;

	parse_number(json_text(a, "size"), 0, UINT64_MAX, &from);
	parse_number(json_text(b, "size"), 0, UINT64_MAX, &to);
	most = from > to ? from : to;
	return from && to && (most - from > most / 8 || most - to > most / 8);
}

static int equal_bits(const char *name, struct json_object *a,
		      const char *other, struct json_object *b,
		      enum agreement serial)
{
	const char *size = json_text(a, "size"), *other_size = json_text(b, "size");
	int bits = 0;

	if (serial == SAME)
		bits |= LIKENESS_SERIAL;
	if (*size && *other_size && !identity_resized(a, b))
		bits |= LIKENESS_SIZE;
	if (compare_words(a, b, "initiators") == SAME)
		bits |= LIKENESS_NEAR;
	if (*size && !strcmp(size, other_size))
		bits |= LIKENESS_BYTES;
	if (serial != SAME && compare_words(a, b, "dax_region") == SAME)
		bits |= LIKENESS_REGION;
	if (serial != SAME && compare_words(a, b, "dax_device") == SAME)
		bits |= LIKENESS_DEVICE;
	if (!strcmp(name, other))
		bits |= LIKENESS_NAME;
	return bits;
}

int identity_likeness(const char *name, struct json_object *identity,
		      const char *other, struct json_object *other_identity)
{
	enum agreement serial;

	/* The driver names the memory of a device; its UID changes. */
	if (is_device_memory(identity) || is_device_memory(other_identity)) {
		if (!is_device_memory(identity) || !is_device_memory(other_identity) ||
		    strcmp(name, other))
			return LIKENESS_NONE;
		return LIKENESS_MAX;
	}
	serial = compare_words(identity, other_identity, "serial");
	if (conflicts(name, identity, other, other_identity, serial))
		return LIKENESS_NONE;
	return equal_bits(name, identity, other, other_identity, serial);
}

bool identity_same_serials(struct json_object *a, struct json_object *b)
{
	auto_words char **first = property_words(a, "serial");
	auto_words char **second = property_words(b, "serial");
	size_t i;

	for (i = 0; first[i]; i++)
		if (!words_contain(second, first[i]))
			return false;
	for (i = 0; second[i]; i++)
		if (!words_contain(first, second[i]))
			return false;
	return first[0];
}

char *identity_text(struct json_object *identity)
{
	static const char *const keys[] = { "dax_region", "serial" };
	char size[UNITS_LEN];
	char *text = NULL;
	size_t length, i;
	uint64_t bytes;
	FILE *out = must(open_memstream(&text, &length));

	fprintf(out, "%s", *json_text(identity, "kind") ?
		json_text(identity, "kind") : "unknown");
	if (parse_number(json_text(identity, "size"), 0, UINT64_MAX, &bytes)) {
		human_size(bytes, size);
		fprintf(out, ", %s", size);
	}
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (*json_text(identity, keys[i]))
			fprintf(out, ", %s", json_text(identity, keys[i]));
	if (!strcmp(json_text(identity, "origin"), "cpus"))
		fputs(", with CPUs", out);
	fclose(out);
	return must(text);
}
