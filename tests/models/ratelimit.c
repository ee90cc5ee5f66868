// SPDX-License-Identifier: GPL-2.0
/*
 * All sequences of takes at chosen distances, for chosen rates and bursts,
 * against exact arithmetic: no interval gets more than burst + rate * time, and
 * a wait is neither too short nor too long.
 */
#include "lib/ratelimit.c"
#include "model.h"

#define TAKES	4

static const u64 rates[] = {
	1, 3, 7, 999999999, NSEC_PER_SEC, 3 * NSEC_PER_SEC + 1, U64_MAX - 1,
};
static const u64 bursts[] = { 0, 1, 2, 5, HMT_BURST_MAX, U64_MAX };
static const u64 steps[] = {
	0, 1, NSEC_PER_SEC / 3, NSEC_PER_SEC, 7 * NSEC_PER_SEC + 1, 1ULL << 62,
};
static const u64 wants[] = { 0, 1, 3, U64_MAX };

static u64 rate, burst, times[TAKES], grants[TAKES];

/* Check every interval that ends with take @last. */
static void check_intervals(unsigned int last)
{
	unsigned __int128 sum = 0, earned;
	unsigned int i;

	for (i = last + 1; i-- > 0;) {
		sum += grants[i];
		earned = (unsigned __int128)rate * (times[last] - times[i]) / NSEC_PER_SEC;
		check(sum <= (unsigned __int128)burst + earned + 1,
		      "rate %llu, burst %llu: takes %u to %u", rate, burst, i,
		      last);
		if (i == last)
			check(sum <= burst, "%llu at once, burst %llu",
			      grants[i], burst);
	}
	/* All that was ever earned, because the bucket begins empty. */
	earned = (unsigned __int128)rate * times[last] / NSEC_PER_SEC;
	check(sum <= earned, "more than was earned");
}

static void check_wait(const struct hmt_bucket *bucket, u64 want)
{
	u64 wait = hmt_bucket_wait_ns(bucket, want);
	struct hmt_bucket copy = *bucket;

	if (wait == ~0ULL) {
		check(want > bucket->burst, "%llu never come", want);
		return;
	}
	if (bucket->last + wait < bucket->last)
		return;
	check(hmt_bucket_take(&copy, want, bucket->last + wait) == want,
	      "rate %llu, burst %llu: %llu ns are too short for %llu", rate,
	      burst, wait, want);
	if (!wait)
		return;
	copy = *bucket;
	check(hmt_bucket_take(&copy, want, bucket->last + wait - 1) < want,
	      "rate %llu, burst %llu: %llu ns are too long for %llu", rate,
	      burst, wait, want);
}

static void take(const struct hmt_bucket *before, unsigned int nr, u64 now)
{
	unsigned int i, j;

	if (nr == TAKES)
		return;
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		for (j = 0; j < sizeof(wants) / sizeof(*wants); j++) {
			struct hmt_bucket bucket = *before;

			if (now + steps[i] < now)
				continue;
			times[nr] = now + steps[i];
			grants[nr] = hmt_bucket_take(&bucket, wants[j],
						     times[nr]);
			check(grants[nr] <= wants[j], "more than was wanted");
			check(bucket.tokens <= bucket.burst &&
			      bucket.fraction < NSEC_PER_SEC,
			      "%llu tokens and %llu", bucket.tokens,
			      bucket.fraction);
			check_intervals(nr);
			check_wait(&bucket, wants[j]);
			states++;
			take(&bucket, nr + 1, times[nr]);
		}
}

int main(void)
{
	struct hmt_bucket bucket;
	unsigned int i, j;

	for (i = 0; i < sizeof(rates) / sizeof(*rates); i++)
		for (j = 0; j < sizeof(bursts) / sizeof(*bursts); j++) {
			rate = rates[i];
			hmt_bucket_init(&bucket, rate, bursts[j], 0);
			burst = bucket.burst;
			take(&bucket, 0, 0);
		}
	finish("ratelimit: all sequences of takes", 1000000);
	return 0;
}
