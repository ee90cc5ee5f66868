/* SPDX-License-Identifier: GPL-2.0 */
/* RCU of a model with one thread: no grace periods. */
#ifndef _HMT_MODEL_RCUPDATE_H
#define _HMT_MODEL_RCUPDATE_H

#include <linux/slab.h>

#define __rcu
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, value)	((x) = (value))
#define rcu_dereference(p)	(p)
#define lockdep_is_held(lock)	((void)(lock), 1)
#define kfree_rcu(p, member)						\
	({								\
		typeof(p) _p = (p);					\
		(void)&_p->member;					\
		kfree(_p);						\
	})
#define rcu_replace_pointer(p, new, held)				\
	({								\
		typeof(p) *_p = &(p), _old = *_p;			\
		(void)(held);						\
		*_p = (new);						\
		_old;							\
	})

struct rcu_head {
	void *unused;
};

static inline void rcu_read_lock(void)
{
}

static inline void rcu_read_unlock(void)
{
}

#endif /* _HMT_MODEL_RCUPDATE_H */
