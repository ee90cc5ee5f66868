// SPDX-License-Identifier: GPL-2.0
/* Version of the API that modules outside this tree were compiled with. */
#include <linux/errno.h>
#include <linux/hmt_internal.h>
#include <linux/module.h>
#include <linux/printk.h>
#include "hmt.h"

/**
 * hmt_api_check() - refuse a module that was compiled with another API
 * @module: module that registers something
 * @version: HMT_API_VERSION of its headers
 *
 * Called before the registered struct is read, because its layout depends on
 * the version.
 *
 * Context: any.
 * Return: 0; -EPROTO with a message if the major version differs.
 */
int hmt_api_check(struct module *module, u32 version)
{
	if (version >> 16 == HMT_API_MAJOR)
		return 0;
	pr_err("module %s refused: compiled for API %u.%u, but HMT %s has API %u.%u: rebuild it with the headers of HMT %s\n",
	       module_name(module), version >> 16, version & 0xffff,
	       HMT_VERSION, HMT_API_MAJOR, HMT_API_MINOR, HMT_VERSION);
	return -EPROTO;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_api_check);
