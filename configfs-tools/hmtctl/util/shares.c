// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdbool.h>

#include "util/shares.h"

#define MAX_ERROR	0.005

/* Compute weights up to @most; return true if their error is acceptable. */
static bool scale_weights(const double *shares, size_t count, unsigned int most,
			  double largest, unsigned int *weights)
{
	bool good = true;
	double exact;
	size_t i;

	for (i = 0; i < count; i++) {
		exact = shares[i] / largest * most;
		weights[i] = exact < 1 ? 1 : (unsigned int)lround(exact);
		good &= fabs(weights[i] - exact) <= MAX_ERROR * exact;
	}
	return good;
}

void shares_to_weights(const double *shares, size_t count,
		       unsigned int *weights)
{
	double largest = 0;
	unsigned int most;
	size_t i;

	for (i = 0; i < count; i++)
		largest = fmax(largest, shares[i]);
	for (most = 1; most < WEIGHT_MAX; most++)
		if (scale_weights(shares, count, most, largest, weights))
			return;
	scale_weights(shares, count, WEIGHT_MAX, largest, weights);
}
