/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Persistent and CXL memory as nodes: dax devices by libdaxctl, and the
 * namespaces that they come from by libndctl.
 */
#ifndef HMTCTL_DAX_H
#define HMTCTL_DAX_H

#include <daxctl/libdaxctl.h>
#include <json-c/json.h>
#include <ndctl/libndctl.h>
#include <stdbool.h>

/**
 * struct dax - open libraries, and one device when dax_find() found it
 * @nd: libndctl
 * @ctx: libdaxctl, its own
 * @dev: the device
 */
struct dax {
	struct ndctl_ctx *nd;
	struct daxctl_ctx *ctx;
	struct daxctl_dev *dev;
};

#define DAX_NONE { .nd = NULL }

/* All print a message on failure and return an enum result. */
int dax_open(struct dax *dax);
void dax_close(struct dax *dax);
/* @name is a dax device, or a node of which just one is there. */
int dax_find(struct dax *dax, const char *name);
/*
 * Make a namespace a dax device, and find that. A namespace that is none yet
 * loses what is in it, so @force must say so.
 */
int dax_find_namespace(struct dax *dax, const char *name, bool force);
/*
 * One object for each dax device and each namespace that is none; sizes with
 * units when @human.
 */
struct json_object *dax_list(struct dax *dax, bool human);

const char *dax_name(const struct dax *dax);
/* Is it system RAM, online or not? */
bool dax_is_ram(const struct dax *dax);

static inline void cleanup_dax(struct dax *dax)
{
	dax_close(dax);
}

#define auto_dax	__attribute__((cleanup(cleanup_dax)))

#endif
