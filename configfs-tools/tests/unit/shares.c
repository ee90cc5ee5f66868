// SPDX-License-Identifier: GPL-2.0
/* Weights for shares. Prints TAP. */
#include <stdbool.h>
#include <stdio.h>

#include "util/shares.h"
#include "tap.h"

static bool are(double a, double b, unsigned int x, unsigned int y)
{
	unsigned int weights[2];

	shares_to_weights((double []){ a, b }, 2, weights);
	return weights[0] == x && weights[1] == y;
}

/* No weight is out of range, and none is off by more than its rounding. */
static bool all_pairs(void)
{
	unsigned int weights[2], share;
	double off;

	for (share = 1; share < 1000; share++) {
		shares_to_weights((double []){ share, 1000 - share }, 2,
				  weights);
		if (!weights[0] || !weights[1] || weights[0] > WEIGHT_MAX ||
		    weights[1] > WEIGHT_MAX)
			return false;
		off = 1000.0 * weights[0] / (weights[0] + weights[1]) - share;
		if (off > 4 || off < -4)
			return false;
	}
	return true;
}

int main(void)
{
	unsigned int weights[3];

	ok(are(600, 400, 3, 2), "600 to 400 is 3 to 2");
	ok(are(400, 600, 2, 3), "400 to 600 is 2 to 3");
	ok(are(500, 500, 1, 1), "equal shares are 1 to 1");
	ok(are(333, 667, 1, 2), "a third is near enough");
	ok(are(999, 1, WEIGHT_MAX, 1), "a share too small still gets something");
	shares_to_weights((double []){ 300, 300, 400 }, 3, weights);
	ok(weights[0] == 3 && weights[1] == 3 && weights[2] == 4,
	   "three shares");
	shares_to_weights((double []){ 1000 }, 1, weights);
	ok(weights[0] == 1, "one share");
	ok(all_pairs(), "all pairs of shares are met to 4 per mille");
	return end_of_tests();
}
