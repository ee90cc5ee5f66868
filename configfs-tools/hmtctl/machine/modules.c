// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <libkmod.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "machine/emptying.h"
#include "machine/modules.h"
#include "util/alloc.h"

#define NAME_LEN 64

/* With Secure Boot or module.sig_enforce=1. */
#define NOT_SIGNED \
	"not signed by a key that this kernel trusts (Secure Boot); sign it with DKMS, enrol its key with 'mokutil --import /var/lib/dkms/mok.pub' and reboot, or disable Secure Boot"

#define NOT_INSTALLED \
	"not installed for this kernel; install its headers and hmt-dkms, see 'dkms status hmt', or run 'make install'"

static struct kmod_ctx *open_kmod(void)
{
	return must(kmod_new(NULL, NULL));
}

static int insert_module(struct kmod_module *module, const char *name)
{
	static const struct remedy remedies[] = {
		{ ENOENT, NOT_INSTALLED },
		{ ENOEXEC, "built for another kernel; build and install it for this one" },
		{ EKEYREJECTED, NOT_SIGNED },
		{ ENOKEY, NOT_SIGNED },
		{ EBADMSG, NOT_SIGNED },
		{ }
	};
	int err = kmod_module_probe_insert_module(module, 0, NULL, NULL, NULL,
						  NULL);

	if (err >= 0)
		return RESULT_OK;
	/* A kernel that is locked down refuses root as it refuses others. */
	if (err == -EPERM && !geteuid())
		err = -EKEYREJECTED;
	return fail(RESULT_REFUSED, "module '%.80s': %s", name,
		    explain(-err, remedies));
}

static int load_path(struct kmod_ctx *kmod, const char *path)
{
	struct kmod_module *module;
	int result;
	int err;

	err = kmod_module_new_from_path(kmod, path, &module);
	if (err)
		return fail(RESULT_NO_OBJECT, "module '%.80s': %s", path,
			    strerror(-err));
	result = insert_module(module, path);
	kmod_module_unref(module);
	return result;
}

static int load_name(struct kmod_ctx *kmod, const char *name)
{
	struct kmod_list *list = NULL;
	struct kmod_list *item;
	struct kmod_module *module;
	int result = RESULT_OK;

	kmod_module_new_from_lookup(kmod, name, &list);
	if (!list)
		return fail(RESULT_NO_OBJECT,
			    "module '%.80s': " NOT_INSTALLED, name);
	kmod_list_foreach(item, list) {
		module = kmod_module_get_module(item);
		result |= insert_module(module, name);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return result;
}

int module_load(const char *name)
{
	struct kmod_ctx *kmod = open_kmod();
	int result;

	result = strchr(name, '/') ? load_path(kmod, name) :
				     load_name(kmod, name);
	kmod_unref(kmod);
	return result;
}

bool module_exists(const char *name)
{
	struct kmod_ctx *kmod = open_kmod();
	struct kmod_list *list = NULL;
	bool found;

	kmod_module_new_from_lookup(kmod, name, &list);
	found = list;
	kmod_module_unref_list(list);
	kmod_unref(kmod);
	return found;
}

static bool is_hmt(struct kmod_module *module)
{
	const char *name = kmod_module_get_name(module);

	return !strcmp(name, "hmt") || !strncmp(name, "hmt_", 4);
}

static bool is_held(struct kmod_module *module)
{
	struct kmod_list *holders = kmod_module_get_holders(module);

	kmod_module_unref_list(holders);
	return !!holders;
}

/*
 * Remove a module. A driver saves the pages that are on its devices first, which
 * @devices shows until a message replaces it.
 */
static int remove_one(struct kmod_module *module, struct emptying *devices)
{
	static const struct remedy remedies[] = {
		{ EAGAIN, "in use (see 'hmtctl list' and 'lsmod')" },
		{ EBUSY, "in use (see 'hmtctl list' and 'lsmod')" },
		{ }
	};
	int err;

	err = kmod_module_remove_module(module, 0);
	if (!err || err == -ENOENT)
		return RESULT_OK;
	emptying_end(devices);
	return fail(RESULT_REFUSED, "module '%s': %s",
		    kmod_module_get_name(module), explain(-err, remedies));
}

/* Remove the modules of HMT without users; count removed and other ones. */
static int remove_free(struct kmod_list *list, int *removed, int *left,
		       struct emptying *devices)
{
	struct kmod_module *module;
	struct kmod_list *item;
	int result = RESULT_OK;

	*removed = 0;
	*left = 0;
	kmod_list_foreach(item, list) {
		module = kmod_module_get_module(item);
		if (is_hmt(module) && is_held(module)) {
			(*left)++;
		} else if (is_hmt(module) && !result) {
			result = remove_one(module, devices);
			(*removed)++;
		}
		kmod_module_unref(module);
	}
	return result;
}

int modules_unload(struct emptying *devices)
{
	struct kmod_ctx *kmod = open_kmod();
	struct kmod_list *list;
	int removed;
	int result;
	int left;
	int err;

	emptying_begin(devices, "unload");
	do {
		list = NULL;
		err = kmod_module_new_from_loaded(kmod, &list);
		if (err) {
			emptying_end(devices);
			result = fail(RESULT_REFUSED,
				      "unload: list of modules: %s",
				      strerror(-err));
			break;
		}
		result = remove_free(list, &removed, &left, devices);
		kmod_module_unref_list(list);
	} while (!result && removed && left);
	emptying_end(devices);
	kmod_unref(kmod);
	if (!result && left)
		result = fail(RESULT_REFUSED,
			      "unload: other modules use HMT (see 'lsmod')");
	return result;
}
