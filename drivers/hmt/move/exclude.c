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

/**
 * hmt_exclude_range() - exclude a range from moves
 * @mm: address space, mm_users held by the caller
 * @start: first address, a multiple of the page size
 * @end: end (exclusive), a multiple of the page size
 *
 * When this returns, no move of the range is under way and none begins:
 * neither the engine nor hmt_migrate_range() unmaps a page of it. The exclusion
 * is a property of addresses, whatever is mapped there now or later, and of one
 * address space: fork() begins without it, exec() drops it. Two events still
 * move a page: a CPU touches memory that it cannot address, or the memory of a
 * device goes away or is taken back by its driver.
 *
 * Exclusions are not counted: one hmt_include_range() ends the exclusions by
 * all callers.
 *
 * Context: process, no lock held, may sleep; takes the mmap lock for writing.
 * Return: 0; -EINVAL for a bad range; -ENOSPC if the address space would have
 * more than HMT_ADVISED_MAX ranges; -ENOMEM; -EINTR after a fatal signal.
 */
int hmt_exclude_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end)
{
	int ret = hmt_advise_range(mm, HMT_TREAT_EXCLUDED, start, end);

	if (!ret)
		hmt_remote_revoke(mm);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_exclude_range);

/**
 * hmt_include_range() - allow moves of a range again
 * @mm: address space, mm_users held by the caller
 * @start: first address, a multiple of the page size
 * @end: end (exclusive), a multiple of the page size
 *
 * Context: process, no lock held, may sleep; takes the mmap lock for writing.
 * Return: 0 or an error as of hmt_exclude_range().
 */
int hmt_include_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end)
{
	return hmt_unadvise_range(mm, HMT_TREAT_EXCLUDED, start, end);
}
EXPORT_SYMBOL_GPL(hmt_include_range);
