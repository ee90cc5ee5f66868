// SPDX-License-Identifier: GPL-2.0
/* The queue of reports: order, bounds, and many writers at once. */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/hash.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include "lib/queue.h"

#define WRITERS		4
#define REPORTS		20000

static int queue_setup(struct kunit *test)
{
	struct hmt_queue *queue = kunit_kzalloc(test, sizeof(*queue),
						GFP_KERNEL);

	if (!queue)
		return -ENOMEM;
	hmt_queue_init(queue);
	test->priv = queue;
	return 0;
}

static bool queue_put(struct hmt_queue *queue, unsigned long addr)
{
	struct hmt_report report = {
		.addr = addr,
		.pages = ~addr,
	};

	return hmt_queue_enqueue(queue, &report);
}

static void queue_order(struct kunit *test)
{
	struct hmt_queue *queue = test->priv;
	struct hmt_report report;
	unsigned long round, i;

	KUNIT_EXPECT_FALSE(test, hmt_queue_dequeue(queue, &report));
	/* Uneven, so that the ends wrap at all positions. */
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 61; i++)
			KUNIT_ASSERT_TRUE(test, queue_put(queue, i));
		for (i = 0; i < 61; i++) {
			KUNIT_ASSERT_TRUE(test,
					  hmt_queue_dequeue(queue, &report));
			KUNIT_EXPECT_EQ(test, report.addr, i);
		}
		KUNIT_EXPECT_FALSE(test, hmt_queue_dequeue(queue, &report));
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&queue->dropped), 0);
}

static void queue_full(struct kunit *test)
{
	struct hmt_queue *queue = test->priv;
	struct hmt_report report;
	unsigned long i;

	for (i = 0; i < HMT_QUEUE_SLOTS; i++)
		KUNIT_ASSERT_TRUE(test, queue_put(queue, i));
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_FALSE(test, queue_put(queue, i));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&queue->dropped), 100);
	/* The oldest reports are kept, and one dequeued makes room for one. */
	KUNIT_ASSERT_TRUE(test, hmt_queue_dequeue(queue, &report));
	KUNIT_EXPECT_EQ(test, report.addr, 0);
	KUNIT_EXPECT_TRUE(test, queue_put(queue, HMT_QUEUE_SLOTS));
	KUNIT_EXPECT_FALSE(test, queue_put(queue, 0));
	for (i = 1; i <= HMT_QUEUE_SLOTS; i++) {
		KUNIT_ASSERT_TRUE(test, hmt_queue_dequeue(queue, &report));
		KUNIT_EXPECT_EQ(test, report.addr, i);
	}
	KUNIT_EXPECT_FALSE(test, hmt_queue_dequeue(queue, &report));
}

/* Return an mm whose slots are counted by counter @share. */
static const void *queue_mm(unsigned int share)
{
	unsigned long mm = 0;

	while (hash_ptr((void *)mm, HMT_QUEUE_SHARES_BITS) != share)
		mm += 64;
	return (void *)mm;
}

/* Enqueue reports for @mm until one is refused. Return their number. */
static unsigned int queue_put_all(struct hmt_queue *queue, const void *mm)
{
	struct hmt_report report = { .managed = mm };
	unsigned int count = 0;

	while (hmt_queue_enqueue_share(queue, &report))
		count++;
	return count;
}

/* An mm may hold as many slots as are free, so some are left for others. */
static void queue_shares(struct kunit *test)
{
	struct hmt_queue *queue = test->priv;
	struct hmt_report report;
	unsigned int round, i;

	for (round = 0; round < 3; round++) {
		for (i = 1; i <= 5; i++)
			KUNIT_EXPECT_EQ(test,
					queue_put_all(queue, queue_mm(i)),
					HMT_QUEUE_SLOTS >> i);
		KUNIT_EXPECT_EQ(test, queue_put_all(queue, queue_mm(1)), 0);
		/* The slots of a report that was read are free for its mm. */
		KUNIT_ASSERT_TRUE(test, hmt_queue_dequeue(queue, &report));
		KUNIT_EXPECT_EQ(test, queue_put_all(queue, queue_mm(1)), 0);
		KUNIT_EXPECT_EQ(test, queue_put_all(queue, queue_mm(6)), 17);
		while (hmt_queue_dequeue(queue, &report))
			;
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&queue->dropped), 3 * 8);
}

/* Positions may wrap around. */
static void queue_wraps(struct kunit *test)
{
	struct hmt_queue *queue = test->priv;
	unsigned long start = -HMT_QUEUE_SLOTS, i;
	struct hmt_report report;

	queue->head = start;
	queue->tail = start;
	for (i = 0; i < HMT_QUEUE_SLOTS; i++)
		queue->slots[i].seq = start + i;
	for (i = 0; i < 3 * HMT_QUEUE_SLOTS; i++) {
		KUNIT_ASSERT_TRUE(test, queue_put(queue, i));
		KUNIT_ASSERT_TRUE(test, hmt_queue_dequeue(queue, &report));
		KUNIT_EXPECT_EQ(test, report.addr, i);
	}
}

/**
 * struct writer - a thread that adds numbers to a queue
 * @queue: the queue
 * @number: number of the writer
 * @put: count of numbers that were added
 * @done: completed when the thread ends
 */
struct writer {
	struct hmt_queue *queue;
	unsigned long number;
	unsigned long put;
	struct completion done;
};

static int queue_write(void *arg)
{
	struct writer *writer = arg;
	unsigned long i;

	for (i = 0; i < REPORTS; i++) {
		writer->put += queue_put(writer->queue,
					 writer->number * REPORTS + i);
		if (i % 64 == 0)
			cond_resched();
	}
	kthread_complete_and_exit(&writer->done, 0);
}

/* Whole reports, each at most once, in the order of each writer. */
static void queue_check(struct kunit *test, const struct hmt_report *report,
			unsigned long next[WRITERS])
{
	unsigned long number = report->addr / REPORTS;

	KUNIT_EXPECT_EQ(test, report->pages, (u32)~report->addr);
	KUNIT_ASSERT_LT(test, number, WRITERS);
	KUNIT_EXPECT_GE(test, report->addr % REPORTS, next[number]);
	next[number] = report->addr % REPORTS + 1;
}

static void queue_writers(struct kunit *test)
{
	struct hmt_queue *queue = test->priv;
	unsigned long next[WRITERS] = {}, got = 0, put = 0, i;
	unsigned int running = WRITERS;
	struct writer *writers;
	struct hmt_report report;

	writers = kunit_kcalloc(test, WRITERS, sizeof(*writers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, writers);
	for (i = 0; i < WRITERS; i++) {
		writers[i].queue = queue;
		writers[i].number = i;
		init_completion(&writers[i].done);
		if (IS_ERR(kthread_run(queue_write, &writers[i], "writer"))) {
			KUNIT_FAIL(test, "no thread");
			complete(&writers[i].done);
		}
	}
	while (running) {
		if (try_wait_for_completion(&writers[WRITERS - running].done))
			running--;
		while (hmt_queue_dequeue(queue, &report)) {
			queue_check(test, &report, next);
			got++;
		}
		cond_resched();
	}
	for (i = 0; i < WRITERS; i++)
		put += writers[i].put;
	while (hmt_queue_dequeue(queue, &report)) {
		queue_check(test, &report, next);
		got++;
	}
	KUNIT_EXPECT_EQ(test, got, put);
	KUNIT_EXPECT_EQ(test, put + atomic_long_read(&queue->dropped),
			WRITERS * REPORTS);
}

static struct kunit_case hmt_queue_cases[] = {
	KUNIT_CASE(queue_order),
	KUNIT_CASE(queue_full),
	KUNIT_CASE(queue_shares),
	KUNIT_CASE(queue_wraps),
	KUNIT_CASE(queue_writers),
	{}
};

static struct kunit_suite hmt_queue_suite = {
	.name = "hmt_lib_queue",
	.init = queue_setup,
	.test_cases = hmt_queue_cases,
};

kunit_test_suite(hmt_queue_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of the queue of reports");
MODULE_LICENSE("GPL");
