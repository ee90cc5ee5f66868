/* SPDX-License-Identifier: GPL-2.0 */
/* A test that <linux/userfaultfd_k.h> does not export to modules. */
#ifndef _HMT_COMPAT_LINUX_USERFAULTFD_K_H
#define _HMT_COMPAT_LINUX_USERFAULTFD_K_H

#include_next <linux/userfaultfd_k.h>

/*
 * Check whether a write to a protected page of @vma completes without an event
 * to user space. d61ea1cb0095 ("userfaultfd: UFFD_FEATURE_WP_ASYNC"), v6.7, has
 * userfaultfd_wp_async() for that, which is not exported.
 */
#if defined(CONFIG_USERFAULTFD) && defined(UFFD_FEATURE_WP_ASYNC)

static inline bool hmt_userfaultfd_is_async(const struct vm_area_struct *vma)
{
	return vma->vm_userfaultfd_ctx.ctx &&
	       vma->vm_userfaultfd_ctx.ctx->features & UFFD_FEATURE_WP_ASYNC;
}

#else

static inline bool hmt_userfaultfd_is_async(const struct vm_area_struct *vma)
{
	return false;
}

#endif
#endif /* _HMT_COMPAT_LINUX_USERFAULTFD_K_H */
