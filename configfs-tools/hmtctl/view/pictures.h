/* SPDX-License-Identifier: GPL-2.0 */
/* Pictures of passes, as SVG. */
#ifndef HMTCTL_PICTURES_H
#define HMTCTL_PICTURES_H

#include <stdio.h>

#include "view/history.h"

/* Heat of addresses over time, and the tier of each below it. */
void picture_heat(FILE *out, const struct history *history);
/* Memory in each tier over time. */
void picture_residency(FILE *out, const struct history *history);
/*
 * Share of heat by share of memory, hottest first: the best that any placement can
 * reach, and the place of each tier in it.
 */
void picture_cdf(FILE *out, const struct history *history);

#endif
