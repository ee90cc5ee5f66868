// SPDX-License-Identifier: GPL-2.0
/* hmt_router.ko: make kernel reclaim follow the graph while it is loaded. */
#include <linux/hmt_internal.h>
#include <linux/module.h>
#include "router.h"

/*
 * Log a hint if demotion is off, because the kernel then never looks for
 * targets.
 */
static void hmt_router_hint(void)
{
	if (!hmt_reclaim_demotes())
		pr_info("the kernel demotes nothing yet: echo 1 > %s\n",
			HMT_RECLAIM_SWITCH);
}

static int __init hmt_router_init(void)
{
	int ret = hmt_distance_init();

	if (ret)
		return ret;
	ret = hmt_reclaim_init();
	if (ret) {
		hmt_distance_exit();
		return ret;
	}
	hmt_reclaim_set_routed(true);
	hmt_router_hint();
	return 0;
}

static void __exit hmt_router_exit(void)
{
	hmt_reclaim_set_routed(false);
	hmt_reclaim_exit();
	hmt_distance_exit();
}

module_init(hmt_router_init);
module_exit(hmt_router_exit);

MODULE_ALIAS("hmt-router-reclaim");
MODULE_DESCRIPTION("HMT: kernel reclaim follows the graph");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_IMPORT_HMT_INTERNAL();
MODULE_LICENSE("GPL");
