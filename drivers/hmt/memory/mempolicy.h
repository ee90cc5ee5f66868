/* SPDX-License-Identifier: GPL-2.0 */
/* Part of memory.h: restrictions of memory policies. */
#ifndef _HMT_MEMORY_MEMPOLICY_H
#define _HMT_MEMORY_MEMPOLICY_H

#include <linux/mempolicy.h>
#include <linux/nodemask.h>

/**
 * hmt_mempolicy_is_strict() - check whether a policy forbids other nodes
 * @policy: policy of a task or VMA, or NULL
 *
 * Modes of later kernels count as strict.
 *
 * Context: protection of @policy (task_lock or the mmap lock).
 * Return: true if only the nodes of @policy may be used.
 */
static inline bool hmt_mempolicy_is_strict(const struct mempolicy *policy)
{
	if (!policy)
		return false;
	switch (policy->mode) {
	case MPOL_DEFAULT:
	case MPOL_PREFERRED:
	case MPOL_PREFERRED_MANY:
	case MPOL_LOCAL:
		return false;
	default:
		return true;
	}
}

/**
 * hmt_mempolicy_restrict() - remove nodes that a policy forbids
 * @policy: policy of a task or VMA, or NULL
 * @nodes: nodes
 *
 * Context: protection of @policy (task_lock or the mmap lock).
 */
static inline void hmt_mempolicy_restrict(const struct mempolicy *policy,
					  nodemask_t *nodes)
{
	if (hmt_mempolicy_is_strict(policy))
		nodes_and(*nodes, *nodes, policy->nodes);
}

#endif /* _HMT_MEMORY_MEMPOLICY_H */
