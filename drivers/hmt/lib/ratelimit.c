// SPDX-License-Identifier: GPL-2.0
/* Token bucket: never grants more than burst + rate * time in any interval. */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#include "hmt.h"
#include "ratelimit.h"

/* Largest burst: one token more, in billionths, would overflow a u64. */
#define HMT_BURST_MAX	(U64_MAX / NSEC_PER_SEC - 1)

void hmt_bucket_init(struct hmt_bucket *bucket, u64 rate, u64 burst, u64 now)
{
	bucket->rate = rate;
	bucket->burst = min(burst, HMT_BURST_MAX);
	bucket->tokens = 0;
	bucket->fraction = 0;
	bucket->last = now;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_bucket_init);

static void hmt_bucket_refill(struct hmt_bucket *bucket, u64 now)
{
	u64 elapsed = now - bucket->last;
	u64 fill;

	if (!bucket->rate || now <= bucket->last)
		return;
	bucket->last = now;
	/*
	 * A long pause fills the bucket; this also keeps the product in range.
	 */
	fill = div64_u64(bucket->burst * NSEC_PER_SEC, bucket->rate);
	if (elapsed <= fill) {
		u64 earned = elapsed * bucket->rate + bucket->fraction;

		bucket->tokens += div64_u64_rem(earned, NSEC_PER_SEC,
						&bucket->fraction);
	}
	if (elapsed > fill || bucket->tokens >= bucket->burst) {
		bucket->tokens = bucket->burst;
		bucket->fraction = 0;
	}
}

/* Change the rate; tokens that were earned at the old rate are kept. */
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

/* Take up to @want tokens at time @now (ns). Return the number granted. */
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

/*
 * Return the time in ns from the last take until @want tokens are available;
 * all ones if they never are.
 */
u64 hmt_bucket_wait_ns(const struct hmt_bucket *bucket, u64 want)
{
	if (bucket->rate == HMT_RATE_MAX || want <= bucket->tokens)
		return 0;
	if (!bucket->rate || want > bucket->burst)
		return ~0ULL;
	return div64_u64((want - bucket->tokens) * NSEC_PER_SEC -
			 bucket->fraction - 1, bucket->rate) + 1;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_bucket_wait_ns);
