// SPDX-License-Identifier: GPL-2.0
/* Token bucket: in no interval are more than burst + rate * time granted. */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#include "core.h"
#include "ratelimit.h"

void hmt_bucket_init(struct hmt_bucket *bucket, u64 rate, u64 burst, u64 now)
{
	bucket->rate = rate;
	bucket->burst = burst;
	bucket->tokens = 0;
	bucket->last = now;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_bucket_init);

static void hmt_bucket_refill(struct hmt_bucket *bucket, u64 now)
{
	u64 elapsed = now - bucket->last;
	u64 earned;

	if (!bucket->rate || now <= bucket->last)
		return;
	/* A long pause fills the bucket; also keeps the product in range. */
	if (elapsed >= div64_u64(bucket->burst * NSEC_PER_SEC, bucket->rate)) {
		bucket->tokens = bucket->burst;
		bucket->last = now;
		return;
	}
	earned = mul_u64_u64_div_u64(elapsed, bucket->rate, NSEC_PER_SEC);
	if (!earned)
		return;
	bucket->tokens = min(bucket->tokens + earned, bucket->burst);
	/* Only the time that gave whole tokens is used up. */
	bucket->last += mul_u64_u64_div_u64(earned, NSEC_PER_SEC,
					    bucket->rate);
}

/* Change the rate; tokens earned so far at the old one are kept. */
void hmt_bucket_set_rate(struct hmt_bucket *bucket, u64 rate, u64 now)
{
	if (rate == bucket->rate)
		return;
	if (bucket->rate != HMT_RATE_MAX)
		hmt_bucket_refill(bucket, now);
	bucket->last = now;
	bucket->rate = rate;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_bucket_set_rate);

/* Take up to @want tokens at time @now (ns). Returns how many were granted. */
u64 hmt_bucket_take(struct hmt_bucket *bucket, u64 want, u64 now)
{
	u64 granted;

	if (bucket->rate == HMT_RATE_MAX)
		return want;
	if (!bucket->rate)
		return 0;
	hmt_bucket_refill(bucket, now);
	granted = min(want, bucket->tokens);
	bucket->tokens -= granted;
	return granted;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_bucket_take);

/* Nanoseconds until @want tokens can be there; all ones when never. */
u64 hmt_bucket_wait_ns(const struct hmt_bucket *bucket, u64 want)
{
	if (bucket->rate == HMT_RATE_MAX || want <= bucket->tokens)
		return 0;
	if (!bucket->rate || want > bucket->burst)
		return ~0ULL;
	return div64_u64((want - bucket->tokens) * NSEC_PER_SEC,
			 bucket->rate) + 1;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_bucket_wait_ns);
