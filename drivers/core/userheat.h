/* SPDX-License-Identifier: GPL-2.0 */
/* The provider "report": heat that programs collect. */
#ifndef _HMT_USERHEAT_H
#define _HMT_USERHEAT_H

#include <linux/types.h>

struct hmt_heat_range;
struct mm_struct;

int hmt_userheat_init(void);
void hmt_userheat_exit(void);
int hmt_userheat_report(const struct mm_struct *mm,
			const struct hmt_heat_range *range);

#endif /* _HMT_USERHEAT_H */
