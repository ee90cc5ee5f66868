/* SPDX-License-Identifier: GPL-2.0 */
/* How ranges of address spaces are to be treated. */
#ifndef _HMT_ADVICE_H
#define _HMT_ADVICE_H

#include <linux/types.h>

struct mm_struct;

enum hmt_treatment {
	HMT_TREAT_EXCLUDED,
	HMT_TREAT_FOLLOWING,
	HMT_TREATMENTS
};

int hmt_advise_range(struct mm_struct *mm, enum hmt_treatment treatment,
		     unsigned long start, unsigned long end, bool set);
bool hmt_exclude_first(const struct mm_struct *mm, unsigned long *start,
		       unsigned long *end);
void hmt_advice_exit(void);

#endif /* _HMT_ADVICE_H */
