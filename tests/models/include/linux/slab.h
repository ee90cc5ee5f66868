/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations of the models; a model makes them fail. */
#ifndef _HMT_MODEL_SLAB_H
#define _HMT_MODEL_SLAB_H

#include <linux/types.h>
#include <stdlib.h>

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0

extern bool model_fail_allocation;

static inline void *krealloc_array(void *old, size_t nr, size_t size, int gfp)
{
	(void)gfp;
	return model_fail_allocation ? NULL : realloc(old, nr * size);
}

static inline void *kzalloc(size_t size, int gfp)
{
	(void)gfp;
	return model_fail_allocation ? NULL : calloc(1, size);
}

static inline void kfree(const void *memory)
{
	free((void *)memory);
}

#endif /* _HMT_MODEL_SLAB_H */
