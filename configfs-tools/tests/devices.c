// SPDX-License-Identifier: GPL-2.0
/*
 * Loaded into hmtctl by memory.sh: what libndctl and libdaxctl would find.
 *
 * namespace0.0 is in raw mode, 1 GiB with the target node $STUB_NODE. A conversion
 * is refused, and creates the file $STUB_CONVERTED.
 *
 * dax0.0 and dax1.0 have one memory block each, which is online at first if
 * $STUB_ONLINE is set. During each change hmtctl gets the signal $STUB_SIGNAL. With
 * $STUB_SLOW, going offline takes 3.5 s.
 */
#include <errno.h>
#include <daxctl/libdaxctl.h>
#include <fcntl.h>
#include <ndctl/libndctl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The functions of libndctl only pass these on. */
static char bus, region, space;

struct ndctl_bus *ndctl_bus_get_first(struct ndctl_ctx *ctx)
{
	(void)ctx;
	return (struct ndctl_bus *)&bus;
}

struct ndctl_bus *ndctl_bus_get_next(struct ndctl_bus *of)
{
	(void)of;
	return NULL;
}

struct ndctl_region *ndctl_region_get_first(struct ndctl_bus *of)
{
	(void)of;
	return (struct ndctl_region *)&region;
}

struct ndctl_region *ndctl_region_get_next(struct ndctl_region *of)
{
	(void)of;
	return NULL;
}

struct ndctl_namespace *ndctl_namespace_get_first(struct ndctl_region *of)
{
	(void)of;
	return (struct ndctl_namespace *)&space;
}

struct ndctl_namespace *ndctl_namespace_get_next(struct ndctl_namespace *of)
{
	(void)of;
	return NULL;
}

const char *ndctl_namespace_get_devname(struct ndctl_namespace *of)
{
	(void)of;
	return "namespace0.0";
}

enum ndctl_namespace_mode ndctl_namespace_get_mode(struct ndctl_namespace *of)
{
	(void)of;
	return NDCTL_NS_MODE_RAW;
}

unsigned long long ndctl_namespace_get_size(struct ndctl_namespace *of)
{
	(void)of;
	return 1ULL << 30;
}

int ndctl_namespace_get_target_node(struct ndctl_namespace *of)
{
	(void)of;
	return atoi(getenv("STUB_NODE"));
}

struct ndctl_region *ndctl_namespace_get_region(struct ndctl_namespace *of)
{
	(void)of;
	return (struct ndctl_region *)&region;
}

/* The first step of a conversion. */
int ndctl_namespace_disable_safe(struct ndctl_namespace *of)
{
	(void)of;
	close(open(getenv("STUB_CONVERTED"), O_CREAT | O_WRONLY, 0600));
	return -EBUSY;
}

/* A device, and its memory while it is online. */
static struct device {
	const char *name;
	bool known;
	bool online;
} devices[] = { { .name = "dax0.0" }, { .name = "dax1.0" } };

static char dax_region;

static struct device *device_of(void *of)
{
	struct device *device = of;

	if (!device->known)
		device->online = getenv("STUB_ONLINE");
	device->known = true;
	return device;
}

static void change(void *of, bool online)
{
	const char *number = getenv("STUB_SIGNAL");

	device_of(of)->online = online;
	if (number)
		kill(getpid(), atoi(number));
}

struct daxctl_region *daxctl_region_get_first(struct daxctl_ctx *ctx)
{
	(void)ctx;
	return (struct daxctl_region *)&dax_region;
}

struct daxctl_region *daxctl_region_get_next(struct daxctl_region *of)
{
	(void)of;
	return NULL;
}

struct daxctl_dev *daxctl_dev_get_first(struct daxctl_region *of)
{
	(void)of;
	return (struct daxctl_dev *)&devices[0];
}

struct daxctl_dev *daxctl_dev_get_next(struct daxctl_dev *of)
{
	return (void *)of == &devices[0] ? (struct daxctl_dev *)&devices[1] :
					   NULL;
}

const char *daxctl_dev_get_devname(struct daxctl_dev *of)
{
	return device_of(of)->name;
}

int daxctl_dev_get_target_node(struct daxctl_dev *of)
{
	(void)of;
	return 4711;
}

unsigned long long daxctl_dev_get_size(struct daxctl_dev *of)
{
	(void)of;
	return 128 << 20;
}

int daxctl_dev_is_enabled(struct daxctl_dev *of)
{
	(void)of;
	return false;
}

struct daxctl_memory *daxctl_dev_get_memory(struct daxctl_dev *of)
{
	return device_of(of)->online ? (struct daxctl_memory *)of : NULL;
}

int daxctl_dev_enable_ram(struct daxctl_dev *of)
{
	change(of, true);
	return 0;
}

int daxctl_dev_enable_devdax(struct daxctl_dev *of)
{
	(void)of;
	return 0;
}

int daxctl_memory_offline(struct daxctl_memory *of)
{
	if (getenv("STUB_SLOW"))
		usleep(3500000);
	change(of, false);
	return 0;
}

int daxctl_memory_is_online(struct daxctl_memory *of)
{
	return device_of(of)->online;
}

int daxctl_memory_num_sections(struct daxctl_memory *of)
{
	(void)of;
	return 1;
}

unsigned long daxctl_memory_get_block_size(struct daxctl_memory *of)
{
	(void)of;
	return 128 << 20;
}

int daxctl_memory_is_movable(struct daxctl_memory *of)
{
	(void)of;
	return 1;
}

/* The files of the devices exist, and the policy of this machine stays as it is. */
int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list list;

	va_start(list, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(list, mode_t);
	va_end(list);
	if (strstr(path, "auto_online_blocks")) {
		errno = ENOENT;
		return -1;
	}
	if (strstr(path, "sys/bus/dax/devices/dax"))
		path = "/dev/null";
	return syscall(SYS_openat, dir, path, flags, mode);
}
