/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bounded queue of reports: any number of writers in any context, NMI
 * included, and one reader. Nobody waits for anybody; what finds no room is
 * counted and lost.
 */
#ifndef _HMT_QUEUE_H
#define _HMT_QUEUE_H

#include <linux/atomic.h>
#include <linux/types.h>

/* A power of two. */
#define HMT_QUEUE_SLOTS		1024

/**
 * struct hmt_report - pages that were accessed, as a provider pushed it
 * @managed: whose; compared with &struct mm_struct pointers, never followed
 * @addr: first page
 * @pages: how many
 * @score: evidence, HMT_SCORE_HIT is a hit
 */
struct hmt_report {
	const void *managed;
	unsigned long addr;
	u32 pages;
	u32 score;
};

/**
 * struct hmt_queue - the queue
 * @head: number of the next report to put; writers
 * @dropped: reports that found no room; writers
 * @tail: number of the next report to get; the reader
 * @slots: report number N lies in slot N % HMT_QUEUE_SLOTS, whose &seq is
 *	N while the slot waits for it and N + 1 when it is there
 */
struct hmt_queue {
	unsigned long head;
	atomic_long_t dropped;
	unsigned long tail;
	struct {
		unsigned long seq;
		struct hmt_report report;
	} slots[HMT_QUEUE_SLOTS];
};

void hmt_queue_init(struct hmt_queue *queue);
bool hmt_queue_enqueue(struct hmt_queue *queue,
		       const struct hmt_report *report);
bool hmt_queue_dequeue(struct hmt_queue *queue, struct hmt_report *report);

#endif /* _HMT_QUEUE_H */
