// SPDX-License-Identifier: GPL-2.0
/*
 * Excluding ranges. Movers of hmt.ko check advice under the mmap lock; hmtd holds
 * no such lock, so its plans for the address space are revoked.
 */
#include <linux/export.h>
#include <linux/hmt_internal.h>
#include "hmt.h"
#include "page/page.h"
#include "move.h"

/**
 * hmt_exclude_range() - keep HMT from moving a range, or let it again
 * @mm: address space, mm_users held by the caller
 * @start: first address
 * @end: behind the last address; both multiples of the page size
 * @exclude: whether to exclude it or to take that back
 *
 * When this returns no move of an excluded range is under way, and none begins:
 * neither the engine nor hmt_migrate_range() unmaps a page of it. Exclusion is
 * of addresses, whatever is mapped there now or later, and of one address
 * space: fork() begins without, exec() drops it. Two things still move a page:
 * a CPU that touches memory it cannot address, and a device's memory that goes
 * away or is taken back by its driver.
 *
 * Ranges are not counted: who excludes what somebody else excluded as well
 * shares it.
 *
 * Context: process, no lock held, may sleep; takes the mmap lock for writing.
 * Return: 0; -EINVAL for a bad range; -ENOSPC: the address space would have
 * more than HMT_ADVISED_MAX ranges; -ENOMEM; -EINTR after a fatal signal.
 */
int hmt_exclude_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end, bool exclude)
{
	int ret = hmt_advise_range(mm, HMT_TREAT_EXCLUDED, start, end, exclude);

	if (!ret && exclude)
		hmt_remote_revoke(mm);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_exclude_range);
