/* SPDX-License-Identifier: GPL-2.0 */
/* Advice about the sizes of tiers and the gain of workloads. */
#ifndef HMTCTL_ADVICE_H
#define HMTCTL_ADVICE_H

#include "view/causes.h"

/* Append a finding, see causes_find(), for each advice. */
void advice_find(const struct facts *facts, const struct graph *graph,
		 struct json_object *findings);

#endif
