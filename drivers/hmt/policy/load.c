// SPDX-License-Identifier: GPL-2.0
/*
 * Policy under load: a memory from which CPUs want more than its bandwidth is slow, and
 * may be slower than the next tier. Accesses take least when both are equally fast, so a
 * tier keeps a share of the heat with which it is. This share is found as the zero of the
 * difference of both latencies, which grows with the share, between the last shares that
 * were too small and too large.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/* Weight of a new sample in the mean, from this number of samples on. */
#define HMT_POLICY_LOAD_SAMPLES	16U

/* Longest latency that counts, ns. */
#define HMT_POLICY_LOAD_MOST	1000000U

/* Samples without which a search does not begin, and does not go on. */
#define HMT_POLICY_LOAD_FEW	6U
#define HMT_POLICY_LOAD_LEAST	12U

/*
 * Divisors of the latency below: difference that is none, that begins a search, and that
 * begins another one after one has ended.
 */
#define HMT_POLICY_LOAD_EQUAL	24
#define HMT_POLICY_LOAD_CLEAR	8
#define HMT_POLICY_LOAD_OTHER	16

/* Divisor of the distance of two shares: least distance of the next one to either. */
#define HMT_POLICY_LOAD_INSIDE	8
/*
 * Divisors: most of a share that it loses or gains before more is known, and by which it
 * changes after a search.
 */
#define HMT_POLICY_LOAD_DOWN	4
#define HMT_POLICY_LOAD_UP	8
#define HMT_POLICY_LOAD_TRY	16
/* Shares this near to each other do not differ. */
#define HMT_POLICY_LOAD_NEAR	(HMT_POLICY_LOAD_ONE / 32)
/* Least share: with it, few of the accesses wait. */
#define HMT_POLICY_LOAD_MIN	(HMT_POLICY_LOAD_ONE / 16)
/* Most doublings of the samples between two searches that change nothing. */
#define HMT_POLICY_LOAD_WAITS	6U

/* Return a latency in the unit of means, which are exact enough for their weights. */
static u32 hmt_policy_load_scale(u32 ns)
{
	return min(ns, HMT_POLICY_LOAD_MOST) * HMT_POLICY_LOAD_SAMPLES;
}

static void hmt_policy_load_average(u32 *mean, u32 ns, unsigned int samples)
{
	*mean += ((s64)hmt_policy_load_scale(ns) - (s64)*mean) / (s64)samples;
}

/**
 * hmt_policy_load_sample() - note the latencies of a tier and of the next one
 * @load: state of the tier; all 0 at first
 * @sample: latencies under the present load
 *
 * Requests come in bursts, so samples differ; the mean begins anew only after one that
 * differs by a factor of two.
 */
void hmt_policy_load_sample(struct hmt_policy_load *load,
			    const struct hmt_policy_latency *sample)
{
	u32 own = hmt_policy_load_scale(sample->own);

	if (own > 2 * load->mean.own || 2 * own < load->mean.own) {
		load->samples = 0;
		load->wait = 0;
		load->waits = 0;
	}
	load->wait -= min(load->wait, 1U);
	load->samples = min(load->samples + 1, HMT_POLICY_LOAD_SAMPLES);
	hmt_policy_load_average(&load->mean.own, sample->own, load->samples);
	hmt_policy_load_average(&load->mean.below, sample->below, load->samples);
	load->mean.idle = hmt_policy_load_scale(sample->idle);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_load_sample);

/* Return by how much the tier is slower than the next one, in the unit of means. */
static s64 hmt_policy_load_excess(const struct hmt_policy_load *load)
{
	return (s64)load->mean.own - (s64)load->mean.below;
}

/* Check whether the tier is about as fast as without load. */
static bool hmt_policy_load_is_idle(const struct hmt_policy_load *load)
{
	return 4 * load->mean.own < 5 * load->mean.idle;
}

/**
 * hmt_policy_load_is_uneven() - check whether the share of a tier has to change
 * @load: state
 *
 * Without a share the tier has to be clearly slower than the next one, and than when it
 * is idle: a measurement is disturbed by interrupts and by the host of a guest.
 *
 * Return: true if hmt_policy_load_limit() would find another share.
 */
bool hmt_policy_load_is_uneven(const struct hmt_policy_load *load)
{
	s64 excess = hmt_policy_load_excess(load), below = load->mean.below;
	unsigned int divisor = load->found ? HMT_POLICY_LOAD_OTHER :
					     HMT_POLICY_LOAD_EQUAL;
	unsigned int least = load->found ? HMT_POLICY_LOAD_SAMPLES :
					   HMT_POLICY_LOAD_LEAST;

	if (load->samples < HMT_POLICY_LOAD_FEW || load->wait)
		return false;
	if (!load->share)
		return excess * HMT_POLICY_LOAD_CLEAR > below &&
		       2 * load->mean.own > 3 * load->mean.idle;
	return load->samples >= least &&
	       (max(excess, -excess) * divisor > below ||
		hmt_policy_load_is_idle(load));
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_load_is_uneven);

/* Return the share between the last one that was too small and one too large. */
static s64 hmt_policy_load_between(const struct hmt_policy_load_point *low,
				   const struct hmt_policy_load_point *high)
{
	s64 gap = (s64)high->share - (s64)low->share;
	s64 inside = gap / HMT_POLICY_LOAD_INSIDE;
	s64 part = div64_u64((u64)gap * -low->excess,
			     high->excess - low->excess);

	return low->share + min(max(part, inside), gap - inside);
}

/*
 * Note what the present share has led to. Shares that were too small or too large before
 * are forgotten if they contradict it, because the load was another one.
 */
static void hmt_policy_load_note(struct hmt_policy_load *load,
				 const struct hmt_policy_load_point *now)
{
	if (load->found || load->low.share >= now->share)
		load->low = (struct hmt_policy_load_point) {};
	if (load->found || load->high.share <= now->share)
		load->high = (struct hmt_policy_load_point) {};
	if (now->excess > 0)
		load->high = *now;
	else
		load->low = *now;
}

/* Return the next share after @now, which is too large or too small. */
static u64 hmt_policy_load_next(const struct hmt_policy_load *load,
				const struct hmt_policy_load_point *now)
{
	unsigned int down = HMT_POLICY_LOAD_DOWN, up = HMT_POLICY_LOAD_UP;
	u64 share = now->share, next;

	if (load->found) {
		down = HMT_POLICY_LOAD_TRY;
		up = HMT_POLICY_LOAD_TRY;
	}
	if (load->low.share && load->high.share)
		return hmt_policy_load_between(&load->low, &load->high);
	if (now->excess > 0) {
		next = div64_u64(share * load->mean.below, load->mean.own);
		next = div64_u64(next * load->mean.below, load->mean.own);
		return max(next, share - share / down);
	}
	return share + max_t(u64, share / up, HMT_POLICY_LOAD_MIN);
}

/* Wait before the next search, because this one changes nothing. */
static void hmt_policy_load_rest(struct hmt_policy_load *load)
{
	load->found = true;
	load->wait = HMT_POLICY_LOAD_SAMPLES << load->waits;
	load->waits = min(load->waits + 1, HMT_POLICY_LOAD_WAITS);
}

/* Return how far @a is from @b. */
static u32 hmt_policy_load_distance(u32 a, u32 b)
{
	return max(a, b) - min(a, b);
}

/* Check whether pages are about to bring the present share to the one that it may be. */
static bool hmt_policy_load_is_late(struct hmt_policy_load *load, u32 share)
{
	bool moves = hmt_policy_load_distance(share, load->last) >
		     HMT_POLICY_LOAD_NEAR / 4;

	load->last = share;
	return load->share && moves &&
	       hmt_policy_load_distance(share, load->share) >
		       2 * HMT_POLICY_LOAD_NEAR;
}

static void hmt_policy_load_search(struct hmt_policy_load *load,
				   const struct hmt_policy_load_point *now)
{
	u32 before = load->share;
	u64 next;

	if (hmt_policy_load_is_late(load, now->share))
		return;
	if (before && now->share > before + 2 * HMT_POLICY_LOAD_NEAR) {
		/* Pages cannot leave. */
		hmt_policy_load_rest(load);
		return;
	}
	hmt_policy_load_note(load, now);
	next = max_t(u64, hmt_policy_load_next(load, now), HMT_POLICY_LOAD_MIN);
	/* Without load, or where something else keeps heat out, there is no limit. */
	if (hmt_policy_load_is_idle(load) ||
	    (now->excess < 0 && before > now->share + 2 * HMT_POLICY_LOAD_NEAR))
		next = HMT_POLICY_LOAD_ONE;
	/* A tier that may have all heat has none either. */
	load->share = next < HMT_POLICY_LOAD_ONE ? next : 0;
	if (load->share == before) {
		hmt_policy_load_rest(load);
		return;
	}
	load->waits = 0;
	load->found = load->low.share && load->high.share - load->low.share <=
						 HMT_POLICY_LOAD_NEAR;
}

/**
 * hmt_policy_load_limit() - choose the heat that a tier may have under its load
 * @load: state; its samples are used up
 * @heat: heat of the pages of the workload in the tier
 * @all: the same with all tiers that can be reached from it
 *
 * Return: most heat of the pages of the workload in the tier; 0: any.
 */
u64 hmt_policy_load_limit(struct hmt_policy_load *load, u64 heat, u64 all)
{
	struct hmt_policy_load_point now = {
		.excess = hmt_policy_load_excess(load),
	};

	if (hmt_policy_load_is_uneven(load)) {
		if (all) {
			now.share = mul_u64_u64_div_u64(heat, HMT_POLICY_LOAD_ONE,
							all);
			hmt_policy_load_search(load, &now);
		}
		load->samples = 0;
	} else if (load->samples >= HMT_POLICY_LOAD_LEAST) {
		load->found = load->share;
	}
	if (!load->share || !all)
		return 0;
	return max(mul_u64_u64_div_u64(all, load->share, HMT_POLICY_LOAD_ONE),
		   1ULL);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_load_limit);
