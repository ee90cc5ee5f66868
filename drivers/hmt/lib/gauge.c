// SPDX-License-Identifier: GPL-2.0
/* Gauges: arithmetic only, the caller passes the time. */
#include "hmt.h"
#include "gauge.h"

/*
 * Return the figure at the time @now (ns). One reader in each @period (ns) calls
 * @measure with @arg; the others get the previous figure and do not wait.
 * Context: that of @measure.
 */
unsigned long hmt_gauge_read(struct hmt_gauge *gauge, u64 now, u64 period,
			     unsigned long (*measure)(void *arg), void *arg)
{
	s64 due = atomic64_read(&gauge->due);
	unsigned long value;

	if ((s64)now < due ||
	    !atomic64_try_cmpxchg(&gauge->due, &due, now + period))
		return atomic_long_read(&gauge->value);
	value = measure(arg);
	atomic_long_set(&gauge->value, value);
	return value;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_gauge_read);

/* Let the next reader measure. Any context. */
void hmt_gauge_expire(struct hmt_gauge *gauge)
{
	atomic64_set(&gauge->due, 0);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_gauge_expire);
