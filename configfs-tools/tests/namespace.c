// SPDX-License-Identifier: GPL-2.0
/*
 * Loaded into hmtctl by memory.sh: namespace0.0 in raw mode, 1 GiB with the
 * target node $STUB_NODE, as libndctl would find it. A conversion is refused, and
 * creates the file $STUB_CONVERTED.
 */
#include <errno.h>
#include <fcntl.h>
#include <ndctl/libndctl.h>
#include <stdlib.h>
#include <string.h>
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
