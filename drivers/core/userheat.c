// SPDX-License-Identifier: GPL-2.0
/*
 * The provider "report": what programs found out about heat, by HMT_REPORT. It
 * is part of the core, as /dev/hmt is; the queues and their bounds are those
 * of all providers that push.
 */
#include <linux/hmt.h>
#include "core.h"
#include "range.h"
#include "userheat.h"

static const struct hmt_provider_ops hmt_userheat_ops = { };

static struct hmt_provider hmt_userheat = {
	.name = "report",
	.owner = THIS_MODULE,
	.ops = &hmt_userheat_ops,
	.push = true,
};

int hmt_userheat_init(void)
{
	return hmt_provider_register(&hmt_userheat);
}

void hmt_userheat_exit(void)
{
	hmt_provider_unregister(&hmt_userheat);
}

/*
 * Take what a program says of a range of @mm, whose mm_users the caller holds.
 * 0; -EINVAL: malformed; -ENOSPC: the queue is full, counted; -ENXIO: no live
 * workload that has the process names the provider.
 */
int hmt_userheat_report(const struct mm_struct *mm,
			const struct hmt_heat_range *range)
{
	int ret = hmt_range_check(mm, range->start, range->length);

	if (ret)
		return ret;
	if (!range->score || range->score > HMT_SCORE_MAX || range->reserved)
		return -EINVAL;
	ret = hmt_report_range(&hmt_userheat, mm, range->start,
			       range->start + range->length, range->score);
	return ret == -ESRCH ? -ENXIO : ret;
}
