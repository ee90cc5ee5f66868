/* SPDX-License-Identifier: GPL-2.0 */
/* Effect of a sample on the heat of a page: arithmetic that replay shares. */
#ifndef _HMT_DECAY_H
#define _HMT_DECAY_H

#include <linux/types.h>
#include <uapi/linux/hmt.h>

/*
 * A sample takes 1/32 of the heat, and a hit gives a little more than 1/32 of
 * the maximum, so that a page seen at every sample settles at HMT_HEAT_MAX.
 * Heat is a mean over some sixty samples then: a difference below a quarter of
 * the scale may be chance. With 1/8, pages that were seen at every tenth sample
 * differed by half of the scale.
 *
 * The first samples count more: sample number n takes about 1/n of the heat, so
 * that heat is the plain mean of the samples so far, and has its full scale from
 * the first one on. The divisor is a power of two for all of eight pages at once.
 */
#define HMT_HEAT_SHIFT		5
/* 1 << HMT_HEAT_SHIFT */
#define HMT_HEAT_DECAY		32U
/* Samples that heat is the mean of, at most, for the estimate of its noise. */
#define HMT_HEAT_SAMPLES	32U
#define HMT_HEAT_HIT_OF(decay)	(HMT_HEAT_LEVELS / (decay) + 1)
#define HMT_HEAT_HIT		HMT_HEAT_HIT_OF(HMT_HEAT_DECAY)

/*
 * Return the shift of sample number @sample, which counts from 1: it takes
 * 1/(1 << shift) of the heat. The power of two that is nearest to @sample keeps
 * the chance in heat within 3 % of that of a plain mean.
 */
static inline unsigned int hmt_heat_shift(unsigned int sample)
{
	unsigned int shift = 0;

	while (shift < HMT_HEAT_SHIFT && 4 * sample >= 3U << (shift + 1))
		shift++;
	return shift;
}

/* Return the heat that a hit adds in a sample that takes 1/@decay. */
static inline unsigned int hmt_heat_hit(unsigned int decay)
{
	return HMT_HEAT_HIT_OF(decay) > HMT_HEAT_MAX ? HMT_HEAT_MAX :
						      HMT_HEAT_HIT_OF(decay);
}

/* Return the heat after a sample, which takes 1/@decay, rounded up. */
static inline u8 hmt_heat_decay_by(u8 heat, unsigned int decay)
{
	return heat - (heat + decay - 1) / decay;
}

static inline u8 hmt_heat_add(u8 heat, unsigned int score)
{
	return heat + score > HMT_HEAT_MAX ? HMT_HEAT_MAX : heat + score;
}

/*
 * Return the score of one hit of a provider: the share of @hit by its weight,
 * given the sum of all weights. It is rounded up, because decay takes at least
 * 1, so that hits of 1 would never add up.
 */
static inline unsigned int hmt_heat_score_of(unsigned int hit,
					     unsigned int weight,
					     unsigned int total)
{
	return (hit * weight + total - 1) / total;
}

/*
 * Return the score of @evidence that was pushed in a sample, where a hit has
 * @score. It is at least 1.
 */
static inline unsigned int hmt_heat_weigh(unsigned int evidence,
					  unsigned int score)
{
	return (evidence * score + HMT_REPORT_SCORE_HIT - 1) /
	       HMT_REPORT_SCORE_HIT;
}

#endif /* _HMT_DECAY_H */
