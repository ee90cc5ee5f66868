// SPDX-License-Identifier: GPL-2.0
/* Gauges, on a clock that the tests set. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/time64.h>
#include "lib/gauge.h"

#define START	(12345 * NSEC_PER_SEC)
#define PERIOD	NSEC_PER_MSEC

struct meter {
	struct hmt_gauge gauge;
	unsigned long value;
	unsigned int measured;
};

static unsigned long measure(void *arg)
{
	struct meter *meter = arg;

	meter->measured++;
	return meter->value;
}

static unsigned long read_at(struct meter *meter, u64 now)
{
	return hmt_gauge_read(&meter->gauge, now, PERIOD, measure, meter);
}

/* However often the figure is read, it is measured once in a period. */
static void gauge_measures_once_in_a_period(struct kunit *test)
{
	struct meter meter = { .value = 7 };
	u64 now;

	for (now = START; now < START + 10 * PERIOD; now += PERIOD / 1000)
		KUNIT_ASSERT_EQ(test, read_at(&meter, now), 7);
	KUNIT_EXPECT_EQ(test, meter.measured, 10);
}

/* The figure is at most a period old. */
static void gauge_is_not_old(struct kunit *test)
{
	struct meter meter = { .value = 7 };

	read_at(&meter, START);
	meter.value = 8;
	KUNIT_EXPECT_EQ(test, read_at(&meter, START + PERIOD - 1), 7);
	KUNIT_EXPECT_EQ(test, read_at(&meter, START + PERIOD), 8);
	/* The next period begins with the measurement, after any pause. */
	KUNIT_EXPECT_EQ(test, read_at(&meter, START + 100 * PERIOD), 8);
	meter.value = 9;
	KUNIT_EXPECT_EQ(test, read_at(&meter, START + 101 * PERIOD - 1), 8);
	KUNIT_EXPECT_EQ(test, read_at(&meter, START + 101 * PERIOD), 9);
}

/* A change that is known ends the period. */
static void gauge_expires(struct kunit *test)
{
	struct meter meter = { .value = 7 };

	read_at(&meter, START);
	meter.value = 8;
	hmt_gauge_expire(&meter.gauge);
	KUNIT_EXPECT_EQ(test, read_at(&meter, START + 1), 8);
	meter.value = 9;
	KUNIT_EXPECT_EQ(test, read_at(&meter, START + 2), 8);
	KUNIT_EXPECT_EQ(test, meter.measured, 2);
}

static unsigned long measure_during_change(void *arg)
{
	struct meter *meter = arg;
	unsigned long value = meter->value;

	hmt_gauge_expire(&meter->gauge);
	return value;
}

/* A change during a measurement is seen by the next reader. */
static void gauge_expires_during_measurement(struct kunit *test)
{
	struct meter meter = { .value = 7 };

	KUNIT_EXPECT_EQ(test, hmt_gauge_read(&meter.gauge, START, PERIOD,
					     measure_during_change, &meter), 7);
	meter.value = 8;
	KUNIT_EXPECT_EQ(test, read_at(&meter, START + 1), 8);
}

static struct kunit_case hmt_gauge_cases[] = {
	KUNIT_CASE(gauge_measures_once_in_a_period),
	KUNIT_CASE(gauge_is_not_old),
	KUNIT_CASE(gauge_expires),
	KUNIT_CASE(gauge_expires_during_measurement),
	{}
};

static struct kunit_suite hmt_gauge_suite = {
	.name = "hmt_lib_gauge",
	.test_cases = hmt_gauge_cases,
};

kunit_test_suite(hmt_gauge_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of gauges");
MODULE_LICENSE("GPL");
