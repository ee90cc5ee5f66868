// SPDX-License-Identifier: GPL-2.0
/* 908a1d775422 ("hrtimers: Introduce hrtimer_setup() to replace hrtimer_init()"), v6.13. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/hrtimer.h>

static_assert(__same_type(hrtimer_setup,
			  void(struct hrtimer *,
			       enum hrtimer_restart(*)(struct hrtimer *),
			       clockid_t, enum hrtimer_mode)));
