/* SPDX-License-Identifier: GPL-2.0 */
/* References of a model with one thread. */
#ifndef _HMT_MODEL_KREF_H
#define _HMT_MODEL_KREF_H

#include <stdbool.h>
#include <stddef.h>

#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))

struct kref {
	int count;
};

static inline void kref_init(struct kref *ref)
{
	ref->count = 1;
}

static inline bool kref_get_unless_zero(struct kref *ref)
{
	return ref->count && ++ref->count;
}

static inline void kref_put(struct kref *ref, void (*release)(struct kref *))
{
	if (!--ref->count)
		release(ref);
}

#endif /* _HMT_MODEL_KREF_H */
