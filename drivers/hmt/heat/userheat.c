// SPDX-License-Identifier: GPL-2.0
/*
 * Providers "report", for heat that programs measure, and "damon", for heat
 * that hmtd measures with DAMON; both use HMT_REPORT. They are part of the
 * core, as is /dev/hmt; queues and their bounds are the same as for all
 * providers that push.
 */
#include <linux/hmt_internal.h>
#include <linux/kconfig.h>
#include "hmt.h"
#include "lib/lib.h"
#include "heat.h"

/*
 * Refuse to start on a kernel without DAMON, where no report would ever arrive.
 */
static int hmt_userheat_start_damon(struct hmt_session *session)
{
	if (IS_ENABLED(CONFIG_DAMON_SYSFS) && IS_ENABLED(CONFIG_DAMON_VADDR))
		return 0;
	pr_err("provider 'damon': this kernel has no DAMON (built without CONFIG_DAMON_SYSFS and CONFIG_DAMON_VADDR): use another provider or kernel\n");
	return -EOPNOTSUPP;
}

static const struct hmt_provider_ops hmt_userheat_ops[] = {
	[HMT_USERHEAT_REPORT] = { },
	[HMT_USERHEAT_DAMON] = { .start = hmt_userheat_start_damon },
};

static struct hmt_provider hmt_userheat[HMT_USERHEATS] = {
	[HMT_USERHEAT_REPORT] = {
		.name = "report",
		.owner = THIS_MODULE,
		.ops = &hmt_userheat_ops[HMT_USERHEAT_REPORT],
		.push = true,
		/*
		 * A program may know device accesses; selecting "report" means
		 * to trust it.
		 */
		.device = true,
	},
	[HMT_USERHEAT_DAMON] = {
		.name = "damon",
		.owner = THIS_MODULE,
		.ops = &hmt_userheat_ops[HMT_USERHEAT_DAMON],
		.push = true,
	},
};

int hmt_userheat_init(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < HMT_USERHEATS && !ret; i++)
		ret = hmt_provider_register(&hmt_userheat[i]);
	if (ret)
		for (i--; i-- > 0;)
			hmt_provider_unregister(&hmt_userheat[i]);
	return ret;
}

void hmt_userheat_exit(void)
{
	unsigned int i;

	for (i = 0; i < HMT_USERHEATS; i++)
		hmt_provider_unregister(&hmt_userheat[i]);
}

/*
 * Push the report of a program for a range of @mm, whose mm_users the caller
 * holds. Return 0, -EINVAL for a malformed report, -ENOSPC if the queue is
 * full, which is counted, or -ENXIO if no live workload with the process uses
 * the provider.
 */
int hmt_userheat_report(enum hmt_userheat from, const struct mm_struct *mm,
			const struct hmt_heat_range *range)
{
	int ret = hmt_range_check(mm, range->start, range->length);

	if (ret)
		return ret;
	if (!range->score || range->score > HMT_SCORE_MAX || range->reserved)
		return -EINVAL;
	ret = hmt_report_range(&hmt_userheat[from], mm, range->start,
			       range->start + range->length, range->score);
	return ret == -ESRCH ? -ENXIO : ret;
}
