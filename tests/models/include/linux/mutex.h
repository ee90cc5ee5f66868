/* SPDX-License-Identifier: GPL-2.0 */
/* Locks of a model with one thread. */
#ifndef _HMT_MODEL_MUTEX_H
#define _HMT_MODEL_MUTEX_H

struct mutex {
	int held;
};

#define DEFINE_MUTEX(name)	struct mutex name

static inline void mutex_lock(struct mutex *mutex)
{
	mutex->held++;
}

static inline void mutex_unlock(struct mutex *mutex)
{
	mutex->held--;
}

#endif /* _HMT_MODEL_MUTEX_H */
