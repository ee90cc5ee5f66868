/* SPDX-License-Identifier: GPL-2.0 */
/* Timers that older kernels initialise without their function. */
#ifndef _HMT_COMPAT_LINUX_HRTIMER_H
#define _HMT_COMPAT_LINUX_HRTIMER_H

#include <hmt_config.h>
#include_next <linux/hrtimer.h>

/* 908a1d775422 ("hrtimers: Introduce hrtimer_setup() to replace hrtimer_init()"), v6.13. */
#ifndef HMT_HAVE_HRTIMER_SETUP
static inline void
hrtimer_setup(struct hrtimer *timer,
	      enum hrtimer_restart (*function)(struct hrtimer *),
	      clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif /* _HMT_COMPAT_LINUX_HRTIMER_H */
