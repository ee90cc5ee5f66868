// SPDX-License-Identifier: GPL-2.0
/* hmt.ko: initialises its parts in this order and removes them in reverse. */
#include <generated/utsversion.h>
#include <linux/hmt_internal.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include "hmt.h"
#include "copy/copy.h"
#include "memory/memory.h"
#include "page/page.h"
#include "heat/heat.h"
#include "move/move.h"
#include "front/front.h"

/*
 * Without CONFIG_MODVERSIONS the kernel accepts modules that were built for
 * another build of the same release, whose structures may differ. Warn only,
 * because the headers of a distribution may be of another build.
 */
static void __init hmt_check_build(void)
{
	const char *running = init_utsname()->version;

	if (!IS_ENABLED(CONFIG_MODVERSIONS) && strcmp(UTS_VERSION, running))
		pr_warn("built for '%s', but the kernel is '%s' and does not check its modules (CONFIG_MODVERSIONS): rebuild HMT, for example with scripts/dkms\n",
			UTS_VERSION, running);
}

static int __init hmt_init(void)
{
	int ret;

	hmt_check_build();
	ret = hmt_lru_init();
	if (ret)
		return ret;
	ret = hmt_heat_init();
	if (ret)
		goto err_lru;
	ret = hmt_session_init();
	if (ret)
		goto err_heat;
	ret = hmt_copy_init();
	if (ret)
		goto err_session;
	ret = hmt_memory_init();
	if (ret)
		goto err_copy;
	ret = hmt_node_init();
	if (ret)
		goto err_memory;
	ret = hmt_configfs_init();
	if (ret)
		goto err_node;
	ret = hmt_userheat_init();
	if (ret)
		goto err_configfs;
	ret = hmt_chardev_init();
	if (ret)
		goto err_userheat;
	return 0;

err_userheat:
	hmt_userheat_exit();
err_configfs:
	hmt_configfs_exit();
err_node:
	hmt_node_exit();
err_memory:
	hmt_memory_exit();
	hmt_node_free();
err_copy:
	hmt_copy_exit();
err_session:
	hmt_session_exit();
err_heat:
	hmt_heat_exit();
err_lru:
	hmt_lru_exit();
	return ret;
}

static void __exit hmt_exit(void)
{
	hmt_chardev_exit();
	hmt_userheat_exit();
	hmt_configfs_exit();
	hmt_advice_exit();
	hmt_node_exit();
	hmt_memory_exit();
	hmt_node_free();
	hmt_copy_exit();
	hmt_session_exit();
	hmt_heat_exit();
	hmt_lru_exit();
	hmt_taskwork_exit();
	/*
	 * Graphs, memories and edges are freed by RCU callbacks of this module.
	 */
	rcu_barrier();
}

module_init(hmt_init);
module_exit(hmt_exit);

MODULE_DESCRIPTION("Heterogeneous Memory Tiers: core");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_LICENSE("GPL");
