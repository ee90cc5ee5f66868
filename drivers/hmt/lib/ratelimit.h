/* SPDX-License-Identifier: GPL-2.0 */
/* Token bucket in pages: arithmetic only, the caller passes the time. */
#ifndef _HMT_RATELIMIT_H
#define _HMT_RATELIMIT_H

#include <linux/types.h>

/* No limit. */
#define HMT_RATE_MAX	(~0ULL)

/**
 * struct hmt_bucket - a token bucket; one token is one page
 * @rate: pages per second; 0 grants nothing, HMT_RATE_MAX everything
 * @burst: largest number of tokens that are kept
 * @tokens: pages that may be taken at @last
 * @fraction: billionths of a token in addition to @tokens
 * @last: time of the last refill in ns
 */
struct hmt_bucket {
	u64 rate;
	u64 burst;
	u64 tokens;
	u64 fraction;
	u64 last;
};

void hmt_bucket_init(struct hmt_bucket *bucket, u64 rate, u64 burst, u64 now);
void hmt_bucket_set_rate(struct hmt_bucket *bucket, u64 rate, u64 now);
u64 hmt_bucket_take(struct hmt_bucket *bucket, u64 want, u64 now);
u64 hmt_bucket_wait_ns(const struct hmt_bucket *bucket, u64 want);

#endif /* _HMT_RATELIMIT_H */
