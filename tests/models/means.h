/* SPDX-License-Identifier: GPL-2.0 */
/* Names that the linker gives a function which the model stands in for. */
#ifndef _HMT_MODELS_MEANS_H
#define _HMT_MODELS_MEANS_H

#include "policy/policy.h"

void __real_hmt_policy_find_means(const struct hmt_policy_in *policy_in,
				  struct hmt_policy_means *means);
void __wrap_hmt_policy_find_means(const struct hmt_policy_in *policy_in,
				  struct hmt_policy_means *means);

#endif /* _HMT_MODELS_MEANS_H */
