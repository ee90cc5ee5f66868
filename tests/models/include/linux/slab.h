/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations of the models; a model makes them fail. */
#ifndef _HMT_MODEL_SLAB_H
#define _HMT_MODEL_SLAB_H

#include <linux/types.h>
#include <stdlib.h>

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0
#define __GFP_NOWARN		0
#define SLAB_TYPESAFE_BY_RCU	0

/* A model has one thread. */
#define cond_resched()		((void)0)

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

/* A cache is the size of its objects. */
struct kmem_cache;

#define kmem_cache_create(name, size, align, flags, constructor) \
	((struct kmem_cache *)(unsigned long)(size))
#define kmem_cache_destroy(cache)		((void)(cache))

static inline void *kmem_cache_zalloc(struct kmem_cache *cache, int gfp)
{
	return kzalloc((size_t)cache, gfp);
}

static inline void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	(void)cache;
	kfree(object);
}

#endif /* _HMT_MODEL_SLAB_H */
