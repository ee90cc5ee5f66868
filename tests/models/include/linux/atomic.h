/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared memory of a model with several threads: each access is a point at which
 * another thread may run, see queue.c. Accesses are sequentially consistent.
 */
#ifndef _HMT_MODEL_ATOMIC_H
#define _HMT_MODEL_ATOMIC_H

#include <linux/types.h>

/* Let another thread run. */
void model_step(void);
/* Note a value that the running thread has read. */
unsigned long model_saw(unsigned long value);

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

typedef struct {
	s64 counter;
} atomic64_t;

/* A model with one thread has those of <linux/rcupdate.h>. */
#ifndef READ_ONCE
#define READ_ONCE(x) \
	({ model_step(); (typeof(x))model_saw((unsigned long)(x)); })
#define WRITE_ONCE(x, value)		({ model_step(); (x) = (value); })
#endif
/* Sequentially consistent, as all accesses of a model. */
#define smp_load_acquire(p)		READ_ONCE(*(p))
/* See above. */
#define smp_store_release(p, value)	WRITE_ONCE(*(p), value)
#define try_cmpxchg(p, old, new)					\
	({								\
		bool _won;						\
		model_step();						\
		_won = *(p) == *(old);					\
		if (_won)						\
			*(p) = (new);					\
		else							\
			*(old) = *(p);					\
		model_saw(_won);					\
		model_saw(*(old));					\
		_won;							\
	})

static inline void atomic_set(atomic_t *value, int to)
{
	value->counter = to;
}

static inline int atomic_read(const atomic_t *value)
{
	return READ_ONCE(value->counter);
}

static inline void atomic_inc(atomic_t *value)
{
	model_step();
	value->counter++;
}

static inline void atomic_dec(atomic_t *value)
{
	model_step();
	value->counter--;
}

static inline void atomic_long_set(atomic_long_t *value, long to)
{
	value->counter = to;
}

static inline void atomic_long_inc(atomic_long_t *value)
{
	model_step();
	value->counter++;
}

#endif /* _HMT_MODEL_ATOMIC_H */
