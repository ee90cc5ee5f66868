// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/samples.h"

/* End of user addresses. Unknown addresses are 0. */
#define USER_END	(1ULL << 63)

bool samples_parse(const char *line, uint64_t *address)
{
	char *end;

	while (isspace((unsigned char)*line))
		line++;
	/* strtoull() accepts a sign. */
	if (!isxdigit((unsigned char)*line))
		return false;
	errno = 0;
	*address = strtoull(line, &end, 16);
	while (isspace((unsigned char)*end))
		end++;
	return !errno && !*end;
}

bool samples_full(const struct samples *samples)
{
	return samples->count == HMT_REPORT_MAX;
}

bool samples_add(struct samples *samples, uint64_t address)
{
	if (!address || address >= USER_END)
		return false;
	samples->addresses[samples->count++] = address;
	return true;
}

static int compare_addresses(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool range_continues(const struct hmt_heat_range *before,
			    const struct hmt_heat_range *range)
{
	return before->start + before->length == range->start &&
	       before->score == range->score;
}

/*
 * Make a range of the page of the first of @count sorted addresses; return the
 * number of addresses in the page.
 */
static size_t take_samples_of_page(const struct samples *samples,
				   const uint64_t *addresses,
				   size_t count, struct hmt_heat_range *range)
{
	uint64_t score = 0;
	size_t i;

	*range = (struct hmt_heat_range) {
		.start = *addresses - *addresses % samples->page,
		.length = samples->page,
	};
	for (i = 0; i < count &&
	     addresses[i] - range->start < samples->page; i++)
		score += samples->score;
	range->score = score < HMT_REPORT_SCORE_MAX ? score :
						      HMT_REPORT_SCORE_MAX;
	return i;
}

size_t samples_take(struct samples *samples,
		    struct hmt_heat_range ranges[HMT_REPORT_MAX])
{
	struct hmt_heat_range range;
	size_t taken = 0, at = 0;

	qsort(samples->addresses, samples->count, sizeof(*samples->addresses),
	      compare_addresses);
	while (at < samples->count) {
		at += take_samples_of_page(samples, &samples->addresses[at],
					   samples->count - at, &range);
		if (taken && range_continues(&ranges[taken - 1], &range))
			ranges[taken - 1].length += range.length;
		else
			ranges[taken++] = range;
	}
	samples->count = 0;
	return taken;
}
