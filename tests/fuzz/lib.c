// SPDX-License-Identifier: GPL-2.0
/*
 * Operations on the queue of reports, a set of ranges and a rate limit, each
 * against a simple model of its own.
 */
#include <linux/limits.h>
#include <linux/slab.h>

#include "input.h"

bool model_fail_allocation;

#include "lib/queue.c"
#include "lib/rangeset.c"
#include "lib/ratelimit.c"

/* One thread: no other one runs in between. */
void model_step(void)
{
}

unsigned long model_saw(unsigned long value)
{
	return value;
}

#define MMS	3

static struct hmt_queue queue;
static unsigned long first, next, dropped;
static unsigned int held[MMS];

static void enqueue(void)
{
	unsigned int mm = below(MMS), count = 1 + below(256);
	bool share = below(2);

	while (count--) {
		struct hmt_report report = {
			.managed = (void *)(unsigned long)(mm + 1),
			.addr = next,
			.score = mm,
		};
		unsigned long room = HMT_QUEUE_SLOTS - (next - first);
		bool wanted = room && !(share && held[mm] >= room);

		if ((share ? hmt_queue_enqueue_share(&queue, &report) :
			     hmt_queue_enqueue(&queue, &report)) != wanted)
			wrong("report %lu, %lu slots are free", next, room);
		next += wanted;
		held[mm] += wanted;
		dropped += !wanted;
	}
}

static void dequeue(void)
{
	unsigned int count = 1 + below(256);
	struct hmt_report report;

	while (count--) {
		bool wanted = first < next;

		if (hmt_queue_dequeue(&queue, &report) != wanted)
			wrong("report %lu of %lu", first, next);
		if (!wanted)
			return;
		if (report.addr != first++)
			wrong("report %lu is not %lu", report.addr, first - 1);
		held[report.score]--;
	}
}

static void fuzz_queue(void)
{
	unsigned int i;

	hmt_queue_init(&queue);
	first = 0;
	next = 0;
	dropped = 0;
	memset(held, 0, sizeof(held));
	while (input_left)
		below(2) ? enqueue() : dequeue();
	if ((unsigned long)queue.dropped.counter != dropped)
		wrong("%ld dropped, not %lu", queue.dropped.counter, dropped);
	for (i = 0; i < MMS; i++)
		if ((unsigned int)queue.held[i + 1].counter != held[i])
			wrong("mm %u holds %d, not %u", i,
			      queue.held[i + 1].counter, held[i]);
}

#define ADDRESSES	64

static u64 mask_of(unsigned long start, unsigned long end)
{
	return (end < 64 ? 1ULL << end : 0) - (1ULL << start);
}

static void check_set(const struct hmt_rangeset *set, u64 mask)
{
	unsigned int i;
	u64 found = 0;

	for (i = 0; i < set->nr; i++) {
		const struct hmt_span *span = &set->spans[i];

		if (span->start >= span->end || span->end > ADDRESSES ||
		    (i && span->start <= span[-1].end))
			wrong("span %u: %lu to %lu", i, span->start, span->end);
		found |= mask_of(span->start, span->end);
	}
	if (found != mask)
		wrong("%#llx, not %#llx", found, mask);
}

static void fuzz_rangeset(void)
{
	struct hmt_rangeset set = {};
	u64 mask = 0;

	while (input_left) {
		unsigned long start = below(ADDRESSES);
		unsigned long end = start + 1 + below(ADDRESSES - start);
		unsigned int max = 1 + below(ADDRESSES / 2);
		bool add = below(2);

		model_fail_allocation = !below(16);
		if (add ? !hmt_rangeset_add(&set, start, end, max) :
			  !hmt_rangeset_remove(&set, start, end, max))
			mask = add ? mask | mask_of(start, end) :
				     mask & ~mask_of(start, end);
		check_set(&set, mask);
	}
	hmt_rangeset_destroy(&set);
}

/* Return any number, often one at an end of a range. */
static u64 any(void)
{
	switch (below(3)) {
	case 0:
		return below(100);
	case 1:
		return U64_MAX - below(4);
	default:
		return below(U64_MAX) >> below(64);
	}
}

static void fuzz_ratelimit(void)
{
	u64 rate = any(), now = below(1ULL << 62), got, step;
	unsigned __int128 most, sum = 0;
	struct hmt_bucket bucket;

	hmt_bucket_init(&bucket, rate, any(), now);
	most = bucket.burst;
	while (input_left) {
		u64 want = any();

		step = any();
		if (now + step < now)
			break;
		now += step;
		if (!below(8)) {
			/* Tokens that were earned at the old rate stay. */
			most += (unsigned __int128)rate * step / NSEC_PER_SEC + 1;
			rate = any();
			hmt_bucket_set_rate(&bucket, rate, now);
			continue;
		}
		most += (unsigned __int128)rate * step / NSEC_PER_SEC + 1;
		got = hmt_bucket_take(&bucket, want, now);
		if (got > want)
			wrong("%llu of %llu", got, want);
		if (rate == HMT_RATE_MAX)
			continue;
		sum += got;
		if (sum > most || bucket.tokens > bucket.burst ||
		    bucket.fraction >= NSEC_PER_SEC)
			wrong("rate %llu: %llu tokens of %llu", rate,
			      bucket.tokens, bucket.burst);
		hmt_bucket_wait_ns(&bucket, want);
	}
}

int fuzz_one(const uint8_t *data, size_t size)
{
	static void (*const parts[])(void) = {
		fuzz_queue, fuzz_rangeset, fuzz_ratelimit,
	};

	set_input(data, size);
	parts[below(sizeof(parts) / sizeof(*parts))]();
	return 0;
}
