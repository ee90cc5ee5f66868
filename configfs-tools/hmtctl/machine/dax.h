/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Persistent and CXL memory: dax devices (libdaxctl) and their namespaces
 * (libndctl).
 */
#ifndef HMTCTL_DAX_H
#define HMTCTL_DAX_H

#include <daxctl/libdaxctl.h>
#include <json-c/json.h>
#include <ndctl/libndctl.h>
#include <stdbool.h>

#include "cli/command.h"

struct hotplug;

/**
 * struct dax - open libraries, and the device that dax_find() found
 * @nd: context of libndctl
 * @ctx: context of libdaxctl
 * @dev: the device
 */
struct dax {
	struct ndctl_ctx *nd;
	struct daxctl_ctx *ctx;
	struct daxctl_dev *dev;
};

#define DAX_NONE { .nd = NULL }

/* These print a message on failure and return an enum result. */
int dax_open(struct dax *dax);
void dax_close(struct dax *dax);
/* Find a dax device by its name, or by its node if that has one device only. */
int dax_find(struct dax *dax, const char *name);
/* Find the dax device of a namespace. */
int dax_find_namespace(struct dax *dax, const char *name);
/*
 * The same, after converting a namespace that is not a dax device yet, which
 * destroys its data and requires @lose_data. It is refused first if its node does
 * not permit that the memory goes online as in @how. In a dry run the effect is
 * printed instead, and dax->dev stays NULL.
 */
int dax_convert_namespace(const struct hmtctl *ctl, struct dax *dax,
			  const char *name, bool lose_data,
			  const struct hotplug *how);
/*
 * Return an object for each dax device and each namespace without one; sizes
 * have units if @human.
 */
struct json_object *dax_list(struct dax *dax, bool human);

const char *dax_name(const struct dax *dax);
/* Check whether the device is system RAM, online or offline. */
bool dax_is_ram(const struct dax *dax);

static inline void cleanup_dax(struct dax *dax)
{
	dax_close(dax);
}

#define auto_dax	__attribute__((cleanup(cleanup_dax)))

#endif
