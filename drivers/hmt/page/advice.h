/* SPDX-License-Identifier: GPL-2.0 */
/* How ranges of address spaces are to be treated. */
#ifndef _HMT_ADVICE_H
#define _HMT_ADVICE_H

#include <linux/types.h>

struct hmt_graph;
struct hmt_policy_advice;
struct mm_struct;

enum hmt_treatment {
	HMT_TREAT_EXCLUDED,
	HMT_TREAT_FOLLOWING,
	HMT_TREAT_READ_MOSTLY,
	HMT_TREATMENTS
};

int hmt_advise_range(struct mm_struct *mm, enum hmt_treatment treatment,
		     unsigned long start, unsigned long end, bool set);
bool hmt_exclude_first(const struct mm_struct *mm, unsigned long *start,
		       unsigned long *end);
int hmt_advise_tier(struct mm_struct *mm, const char *tier, u16 share,
		    unsigned long start, unsigned long end);
int hmt_unadvise_tier(struct mm_struct *mm, const char *tier,
		      unsigned long start, unsigned long end);
bool hmt_advice_has_tiers(const struct mm_struct *mm);
bool hmt_advice_look(const struct mm_struct *mm, const struct hmt_graph *graph,
		     unsigned long addr, unsigned long end,
		     struct hmt_policy_advice *advice);
void hmt_advice_exit(void);

#endif /* _HMT_ADVICE_H */
