// SPDX-License-Identifier: GPL-2.0
/*
 * Policy on evidence: the heat that a page is expected to have, given its heat
 * and that of all others.
 *
 * Heat is the mean of a number of samples, and differs by chance between pages
 * that are accessed alike. How much of the differences is real is seen from all
 * pages together: the distribution of the true means that explains the heat of
 * all pages best is found, and the expected mean of the pages of one heat
 * follows by the theorem of Bayes. Where all pages are accessed alike it is the
 * same for all; where there are hot and cold pages it is one of two values after
 * a few samples; the warmest of many lukewarm pages is known to be one of them.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>
#include "policy.h"

/* Levels of heat that are taken together. */
#define HMT_MEANS_STEP	(HMT_HEAT_LEVELS / HMT_MEANS_BINS)

/* Improvements of the distribution; differences by chance shrink to 1/rounds. */
#define HMT_MEANS_ROUNDS	128

/* Fixed-point 1 of shares and of logarithms, and of likelihoods. */
#define HMT_MEANS_ONE	1048576U
#define HMT_MEANS_DOUBT	(HMT_MEANS_ONE / 256)
#define HMT_MEANS_LOG	8

/* Return the mean that point @j stands for, in 1/256, from 1 to 255. */
static unsigned int hmt_means_of(unsigned int j)
{
	return min(max(j * 8, 1U), 255U);
}

/* Return the logarithm to base 2 of @value, 1 to 256, in 1/256. */
static unsigned int hmt_means_log(unsigned int value)
{
	unsigned int whole = 0, part = 0, bit;
	u32 x;

	while (value >> (whole + 1))
		whole++;
	x = value << (15 - whole);
	for (bit = 0; bit < HMT_MEANS_LOG; bit++) {
		x = x * x >> 15;
		part <<= 1;
		if (x >> 16) {
			part |= 1;
			x >>= 1;
		}
	}
	return (whole << HMT_MEANS_LOG) + part;
}

/* Return 2^(-@x / 256) in 1/65536: the error is below 0.003. */
static unsigned int hmt_means_power(unsigned int x)
{
	unsigned int part = x & 255, whole = x >> 8;
	unsigned int value = 65535 - part * 173 + (part * part * 45 >> 8);

	return whole < 17 ? value >> whole : 0;
}

/* Return the heat of a bin, 0 to HMT_HEAT_LEVELS. */
static unsigned int hmt_means_heat(unsigned int bin)
{
	if (!bin)
		return 0;
	if (bin == HMT_MEANS_BINS - 1)
		return HMT_HEAT_LEVELS;
	return bin * HMT_MEANS_STEP + HMT_MEANS_STEP / 2;
}

/**
 * struct hmt_means_bits - how much a sample of a page surprises
 * @hit: information of a hit for each mean, in 1/256 bits
 * @miss: the same for a sample that is not a hit
 */
struct hmt_means_bits {
	unsigned int hit[HMT_MEANS_POINTS];
	unsigned int miss[HMT_MEANS_POINTS];
};

/* All bins have the same means, and logarithms are most of the work. */
static void hmt_means_measure(struct hmt_means_bits *bits)
{
	unsigned int whole = 8U << HMT_MEANS_LOG, j;

	for (j = 0; j < HMT_MEANS_POINTS; j++) {
		unsigned int mean = hmt_means_of(j);

		bits->hit[j] = whole - hmt_means_log(mean);
		bits->miss[j] = whole - hmt_means_log(256 - mean);
	}
}

/*
 * Fill the likelihood of the heat of a bin for each mean: of the hits that make
 * this heat, in @samples samples, each of which is a hit with probability
 * mean / 256. The most likely mean has 65535.
 */
static void hmt_means_fill(struct hmt_policy_means *means,
			   const struct hmt_means_bits *bits, unsigned int bin,
			   unsigned int samples)
{
	unsigned int heat = hmt_means_heat(bin);
	unsigned int surprise[HMT_MEANS_POINTS];
	unsigned int least = ~0U, j;

	for (j = 0; j < HMT_MEANS_POINTS; j++) {
		surprise[j] = heat * bits->hit[j] +
			      (HMT_HEAT_LEVELS - heat) * bits->miss[j];
		surprise[j] = surprise[j] * samples / HMT_HEAT_LEVELS;
		least = min(least, surprise[j]);
	}
	for (j = 0; j < HMT_MEANS_POINTS; j++)
		means->likelihood[bin][j] =
			hmt_means_power(surprise[j] - least);
}

/* Count the pages of all tiers: the share of each bin. Return their number. */
static u64 hmt_means_count(struct hmt_policy_means *means,
			   const struct hmt_policy_in *in)
{
	u64 pages[HMT_MEANS_BINS] = {}, sum = 0;
	unsigned int i, heat, bin;

	for (i = 0; i < in->nr_tiers; i++)
		for (heat = 0; heat < HMT_HEAT_LEVELS; heat++)
			pages[heat / HMT_MEANS_STEP] +=
				in->tiers[i].hist[heat];
	for (bin = 0; bin < HMT_MEANS_BINS; bin++)
		sum += pages[bin];
	for (bin = 0; bin < HMT_MEANS_BINS; bin++) {
		means->share[bin] = 0;
		if (pages[bin])
			means->share[bin] =
				max_t(u64, 1, div64_u64(pages[bin] *
							HMT_MEANS_ONE, sum));
	}
	return sum;
}

/*
 * Begin with the assumption that all pages are alike: other means get the share
 * HMT_MEANS_DOUBT, which grows where heat speaks for them.
 */
static void hmt_means_begin(struct hmt_policy_means *means)
{
	u64 heat = 0, sum = 0;
	unsigned int bin, j, mean, rest;

	for (bin = 0; bin < HMT_MEANS_BINS; bin++) {
		heat += (u64)means->share[bin] * hmt_means_heat(bin);
		sum += means->share[bin];
	}
	for (j = 0; j < HMT_MEANS_POINTS; j++)
		means->prior[j] = HMT_MEANS_DOUBT / HMT_MEANS_POINTS;
	mean = sum ? div64_u64(heat, sum) : 0;
	j = min(mean / 8, HMT_MEANS_POINTS - 2U);
	rest = mean - j * 8;
	means->prior[j] += HMT_MEANS_ONE / 8 * (8 - rest);
	means->prior[j + 1] += HMT_MEANS_ONE / 8 * rest;
}

/* Return the sum of the likelihoods of a bin, each weighted by its share. */
static u64 hmt_means_sum(const struct hmt_policy_means *means,
			 unsigned int bin)
{
	u64 sum = 0;
	unsigned int j;

	for (j = 0; j < HMT_MEANS_POINTS; j++)
		sum += (u64)means->prior[j] *
		       means->likelihood[bin][j];
	return sum;
}

/*
 * Improve the distribution of the means once. Return whether it changed by more
 * than 1/4096.
 */
static bool hmt_means_improve(struct hmt_policy_means *means)
{
	u64 next[HMT_MEANS_POINTS] = {}, change = 0;
	unsigned int bin, j;

	for (bin = 0; bin < HMT_MEANS_BINS; bin++) {
		u64 sum, scale;

		if (!means->share[bin])
			continue;
		/* The sum is below 2^37, the share at most 2^20. */
		sum = (hmt_means_sum(means, bin) >> 6) + 1;
		scale = div64_u64((u64)means->share[bin] << 32, sum);
		for (j = 0; j < HMT_MEANS_POINTS; j++)
			next[j] += ((u64)means->prior[j] *
				    means->likelihood[bin][j] >> 6) *
					   scale >> 32;
	}
	for (j = 0; j < HMT_MEANS_POINTS; j++) {
		if (next[j] > means->prior[j])
			change += next[j] - means->prior[j];
		means->prior[j] = max_t(u64, next[j], 1);
	}
	return change > HMT_MEANS_ONE / 4096;
}

/* Return the expected mean of the pages of a bin. */
static unsigned int hmt_means_expect(const struct hmt_policy_means *means,
				     unsigned int bin)
{
	u64 sum = 0, heat = 0;
	unsigned int j;

	for (j = 0; j < HMT_MEANS_POINTS; j++) {
		u64 weight = (u64)means->prior[j] *
			     means->likelihood[bin][j];

		sum += weight;
		heat += weight * hmt_means_of(j);
	}
	return sum ? div64_u64(heat + sum / 2, sum) : bin * HMT_MEANS_STEP;
}

/**
 * hmt_policy_find_means() - find the expected heat of the pages of each heat
 * @in: pages of all tiers by heat, and the samples behind it
 * @means: filled; @means->mean rises with heat
 *
 * It depends on all pages together, not on the tiers that they are in, so that
 * moves do not change it.
 */
void hmt_policy_find_means(const struct hmt_policy_in *in,
			   struct hmt_policy_means *means)
{
	unsigned int samples = in->samples ?: HMT_HEAT_SAMPLES;
	unsigned int bin, j, least = 0;
	struct hmt_means_bits bits;

	if (!hmt_means_count(means, in))
		memset(means->share, 0, sizeof(means->share));
	hmt_means_measure(&bits);
	for (bin = 0; bin < HMT_MEANS_BINS; bin++)
		hmt_means_fill(means, &bits, bin, samples);
	hmt_means_begin(means);
	for (j = 0; j < HMT_MEANS_ROUNDS && hmt_means_improve(means); j++)
		;
	for (bin = 0; bin < HMT_MEANS_BINS; bin++) {
		least = max(least, hmt_means_expect(means, bin));
		memset(&means->mean[bin * HMT_MEANS_STEP], least,
		       HMT_MEANS_STEP);
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_find_means);
