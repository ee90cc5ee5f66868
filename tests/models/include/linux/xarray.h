/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrays of a model with one thread: an ascending list of fixed length, so that
 * a model may copy the state. A store fails if the list is full, or as
 * allocations do.
 */
#ifndef _HMT_MODEL_XARRAY_H
#define _HMT_MODEL_XARRAY_H

#include <errno.h>
#include <linux/slab.h>
#include <string.h>

#ifndef MODEL_XA_SLOTS
#define MODEL_XA_SLOTS	64
#endif

struct model_xa_slot {
	unsigned long index;
	void *entry;
};

struct xarray {
	unsigned int nr;
	struct model_xa_slot slots[MODEL_XA_SLOTS];
};

#define xa_for_each(xa, index, found)					\
	for ((index) = 0, (found) = model_xa_from(xa, &(index)); (found); \
	     (index)++, (found) = model_xa_from(xa, &(index)))

/* Return the number of the first slot from @index on. */
static inline unsigned int model_xa_slot(const struct xarray *xa,
					 unsigned long index)
{
	unsigned int i;

	for (i = 0; i < xa->nr && xa->slots[i].index < index; i++)
		;
	return i;
}

/* Return the first entry from *@index on, or NULL. */
static inline void *model_xa_from(const struct xarray *xa, unsigned long *index)
{
	unsigned int i = model_xa_slot(xa, *index);

	if (i == xa->nr)
		return NULL;
	*index = xa->slots[i].index;
	return xa->slots[i].entry;
}

static inline void xa_init(struct xarray *xa)
{
	xa->nr = 0;
}

static inline void xa_destroy(struct xarray *xa)
{
	xa->nr = 0;
}

static inline void *xa_load(const struct xarray *xa, unsigned long index)
{
	unsigned long found = index;
	void *entry = model_xa_from(xa, &found);

	return found == index ? entry : NULL;
}

static inline void *xa_erase(struct xarray *xa, unsigned long index)
{
	unsigned int i = model_xa_slot(xa, index);
	void *entry;

	if (i == xa->nr || xa->slots[i].index != index)
		return NULL;
	entry = xa->slots[i].entry;
	memmove(&xa->slots[i], &xa->slots[i + 1],
		(--xa->nr - i) * sizeof(*xa->slots));
	return entry;
}

static inline void *xa_store(struct xarray *xa, unsigned long index,
			     void *entry, int gfp)
{
	unsigned int i = model_xa_slot(xa, index);

	(void)gfp;
	if (i == xa->nr || xa->slots[i].index != index) {
		if (model_fail_allocation || xa->nr == MODEL_XA_SLOTS)
			return (void *)(long)-ENOMEM;
		memmove(&xa->slots[i + 1], &xa->slots[i],
			(xa->nr++ - i) * sizeof(*xa->slots));
	}
	xa->slots[i] = (struct model_xa_slot){ index, entry };
	return NULL;
}

static inline int xa_err(void *entry)
{
	return (long)entry < 0 && (long)entry >= -4095 ? (long)entry : 0;
}

/* A value has one bit less than a word; the model notes one that does not fit. */
static inline void *xa_mk_value(unsigned long value)
{
	if ((long)value < 0)
		abort();
	return (void *)(value << 1 | 1);
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

#endif /* _HMT_MODEL_XARRAY_H */
