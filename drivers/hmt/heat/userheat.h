/* SPDX-License-Identifier: GPL-2.0 */
/* The providers "report" and "damon": heat that programs collect. */
#ifndef _HMT_USERHEAT_H
#define _HMT_USERHEAT_H

#include <linux/types.h>

struct hmt_heat_range;
struct mm_struct;

/* Which provider a program reports for. */
enum hmt_userheat {
	HMT_USERHEAT_REPORT,
	HMT_USERHEAT_DAMON,
	HMT_USERHEATS
};

int hmt_userheat_init(void);
void hmt_userheat_exit(void);
int hmt_userheat_report(enum hmt_userheat from, const struct mm_struct *mm,
			const struct hmt_heat_range *range);

#endif /* _HMT_USERHEAT_H */
