/* SPDX-License-Identifier: GPL-2.0 */
/* Shares of memories as weights of the kernel's weighted interleave. */
#ifndef HMTCTL_SHARES_H
#define HMTCTL_SHARES_H

#include <stddef.h>

#define WEIGHT_MAX	255

/*
 * Compute small weights from 1 to WEIGHT_MAX in the proportion of @shares,
 * which are positive. The error is at most half a per cent if that is possible.
 */
void shares_to_weights(const double *shares, size_t count,
		       unsigned int *weights);

#endif
