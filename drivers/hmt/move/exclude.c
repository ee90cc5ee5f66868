// SPDX-License-Identifier: GPL-2.0
/*
 * Exclude ranges from moves. Movers of hmt.ko check advice under the mmap lock.
 * hmtd holds no such lock, so its plans for the mm are revoked.
 */
#include <linux/export.h>
#include <linux/hmt_internal.h>
#include "hmt.h"
#include "page/page.h"
#include "move.h"

int hmt_exclude_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end)
{
	int ret;

	might_sleep();
	ret = hmt_advise_range(mm, HMT_TREAT_EXCLUDED, start, end);
	if (!ret)
		hmt_remote_revoke(mm);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_exclude_range);

int hmt_include_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end)
{
	might_sleep();
	return hmt_unadvise_range(mm, HMT_TREAT_EXCLUDED, start, end);
}
EXPORT_SYMBOL_GPL(hmt_include_range);
