# SPDX-License-Identifier: GPL-2.0
"""Median of seeds, its interval, and ties."""

import math
import statistics


# The fewest values of which the median has an interval.
LEAST = 6


def rank(count, level=0.95):
    """Return the rank k so that values k and -k+1 enclose the median with `level`.

    By the binomial distribution, whatever the distribution of the values; None:
    there are too few of them.
    """
    best = None
    for k in range(1, count // 2 + 1):
        outside = 2 * sum(math.comb(count, i) for i in range(k)) / 2**count
        if 1 - outside >= level:
            best = k
    return best


def interval(values):
    """Return the 95 % interval of the median, or None."""
    k, ordered = rank(len(values)), sorted(values)
    return (ordered[k - 1], ordered[-k]) if k else None


def median(values):
    """Return the median of the values that are not None, or None if most are."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if 2 * len(known) > len(values) else None


def is_tie(left, right):
    """Check whether two settings do not differ. Values of a seed are a pair.

    With too few seeds for an interval, no difference is shown to exist.
    """
    known = interval([a - b for a, b in zip(left, right)])
    return known is None or known[0] <= 0 <= known[1]
