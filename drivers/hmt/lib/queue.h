/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bounded queue of reports: any number of writers in any context, NMI
 * included, and one reader. Neither side waits. Reports that do not fit are
 * dropped and counted.
 */
#ifndef _HMT_QUEUE_H
#define _HMT_QUEUE_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/types.h>

/* Must be a power of two. */
#define HMT_QUEUE_SLOTS		1024

/* Log2 of the number of counters by which the slots of an mm are counted. */
#define HMT_QUEUE_SHARES_BITS	6
#define HMT_QUEUE_SHARES	BIT(HMT_QUEUE_SHARES_BITS)

/**
 * struct hmt_report - pages that were accessed, as pushed by a provider
 * @managed: mm; compared with &struct hmt_mm pointers, never dereferenced
 * @addr: address of the first page
 * @pages: number of pages
 * @score: evidence for each page; HMT_SCORE_HIT is one hit
 */
struct hmt_report {
	const void *managed;
	unsigned long addr;
	u32 pages;
	u32 score;
};

/**
 * struct hmt_queue - bounded queue of reports
 * @head: number of the next report to enqueue; used by writers
 * @dropped: number of reports that did not fit; written by writers
 * @tail: number of the next report to dequeue; written by the reader
 * @held: number of slots held, by a hash of &hmt_report.managed
 * @slots: report number N is in slot N % HMT_QUEUE_SLOTS, whose &seq is N while
 *	the slot waits for the report and N + 1 when it is complete
 */
struct hmt_queue {
	unsigned long head;
	atomic_long_t dropped;
	unsigned long tail;
	atomic_t held[HMT_QUEUE_SHARES];
	struct {
		unsigned long seq;
		struct hmt_report report;
	} slots[HMT_QUEUE_SLOTS];
};

void hmt_queue_init(struct hmt_queue *queue);
bool hmt_queue_enqueue(struct hmt_queue *queue,
		       const struct hmt_report *report);
bool hmt_queue_enqueue_share(struct hmt_queue *queue,
			     const struct hmt_report *report);
bool hmt_queue_dequeue(struct hmt_queue *queue, struct hmt_report *report);

#endif /* _HMT_QUEUE_H */
