// SPDX-License-Identifier: GPL-2.0
/*
 * Policy between processes and between workloads: the part of a memory that no
 * other one can take.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/**
 * hmt_policy_gives_way() - check whether memory of a process makes room for others
 * @total: size of the memory, in any unit
 * @sharing: number of processes that have a part of it or want one
 * @has: amount that the owner of the memory has, in the same unit
 *
 * Each process keeps an equal part, and uses what others leave of theirs. If all
 * have a part that is full, the parts fill the memory, and only processes that
 * have more than theirs give way: one that has less always finds room.
 *
 * Return: true if the owner has more than its part.
 */
bool hmt_policy_gives_way(u64 total, unsigned int sharing, u64 has)
{
	return has * sharing > total;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_gives_way);

/**
 * hmt_policy_scale_protect() - scale the guarantee of a workload to the memory
 * @tier: tier; its protect becomes the part that it gets
 * @protect: pages that all workloads together are guaranteed there
 * @used: pages that all workloads together have there
 *
 * If workloads are guaranteed more than the tier has for them, besides the high
 * watermark and the memory of other programs, each gets the same share of its
 * guarantee.
 */
void hmt_policy_scale_protect(struct hmt_policy_tier *tier, u64 protect,
			      u64 used)
{
	s64 all = max(tier->free - (s64)tier->high + (s64)used, 0LL);

	if (protect > (u64)all)
		tier->protect = mul_u64_u64_div_u64(tier->protect, all,
						    protect);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_scale_protect);

/**
 * hmt_policy_displaces() - check whether memory of a process makes room for another
 * @owner: the process with the memory
 * @needs: the other process, of another workload
 * @total: pages of the memory
 * @sharing: number of processes that have a part of it or want one
 *
 * The guarantees of workloads precede the equal parts of processes.
 *
 * Return: true if the memory makes room.
 */
bool hmt_policy_displaces(const struct hmt_policy_part *owner,
			  const struct hmt_policy_part *needs, u64 total,
			  unsigned int sharing)
{
	if (owner->protect && owner->workload <= owner->protect)
		return false;
	return needs->workload < needs->protect ||
	       hmt_policy_gives_way(total, sharing, owner->has);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_displaces);
