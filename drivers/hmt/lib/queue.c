// SPDX-License-Identifier: GPL-2.0
/*
 * Queue of reports: a ring whose slots carry the number of the report that they
 * wait for. A writer that is interrupted between taking a slot and filling it
 * delays the reader, but no other writer.
 *
 * An mm may hold as many slots as are free, so that one mm takes half of the
 * queue, two a third each, and the others always find some. Slots are counted
 * by a hash of the mm: mms with the same hash share.
 */
#include <linux/hash.h>
#include "hmt.h"
#include "queue.h"

void hmt_queue_init(struct hmt_queue *queue)
{
	unsigned int i;

	queue->head = 0;
	queue->tail = 0;
	atomic_long_set(&queue->dropped, 0);
	for (i = 0; i < HMT_QUEUE_SHARES; i++)
		atomic_set(&queue->held[i], 0);
	for (i = 0; i < HMT_QUEUE_SLOTS; i++)
		queue->slots[i].seq = i;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_queue_init);

static atomic_t *hmt_queue_held(struct hmt_queue *queue,
				const struct hmt_report *report)
{
	return &queue->held[hash_ptr(report->managed, HMT_QUEUE_SHARES_BITS)];
}

/*
 * Take a slot for the caller to fill; return false if the queue is full.
 * Repeats only if another writer took the slot first.
 */
static bool hmt_queue_take(struct hmt_queue *queue, unsigned long *number)
{
	unsigned long head = READ_ONCE(queue->head), seq;

	for (;;) {
		/* Pairs with the reader's release: the slot has been read. */
		seq = smp_load_acquire(&queue->slots[head % HMT_QUEUE_SLOTS].seq);
		if ((long)(seq - head) < 0)
			return false;
		if (seq != head)
			head = READ_ONCE(queue->head);
		else if (try_cmpxchg(&queue->head, &head, head + 1))
			break;
	}
	*number = head;
	return true;
}

/*
 * Append a report; return false if the queue is full, and count it. Any
 * context.
 */
bool hmt_queue_enqueue(struct hmt_queue *queue, const struct hmt_report *report)
{
	unsigned long number;

	if (!hmt_queue_take(queue, &number)) {
		atomic_long_inc(&queue->dropped);
		return false;
	}
	atomic_inc(hmt_queue_held(queue, report));
	queue->slots[number % HMT_QUEUE_SLOTS].report = *report;
	/* Pairs with the reader's acquire: the report is complete. */
	smp_store_release(&queue->slots[number % HMT_QUEUE_SLOTS].seq,
			  number + 1);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_queue_enqueue);

/*
 * Append a report unless its mm holds as many slots as are free; return false
 * if it does, and count the report. Writers at the same time may exceed the
 * share by one slot each. Any context.
 */
bool hmt_queue_enqueue_share(struct hmt_queue *queue,
			     const struct hmt_report *report)
{
	long used = READ_ONCE(queue->head) - READ_ONCE(queue->tail);

	if (atomic_read(hmt_queue_held(queue, report)) >=
	    HMT_QUEUE_SLOTS - used) {
		atomic_long_inc(&queue->dropped);
		return false;
	}
	return hmt_queue_enqueue(queue, report);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_queue_enqueue_share);

/*
 * Remove the oldest report; return false if there is none. For the one reader.
 */
bool hmt_queue_dequeue(struct hmt_queue *queue, struct hmt_report *report)
{
	unsigned long tail = queue->tail;
	unsigned long *seq = &queue->slots[tail % HMT_QUEUE_SLOTS].seq;

	/* Pairs with the release in hmt_queue_enqueue(). */
	if (smp_load_acquire(seq) != tail + 1)
		return false;
	*report = queue->slots[tail % HMT_QUEUE_SLOTS].report;
	/* Pairs with the acquire in hmt_queue_take(). */
	smp_store_release(seq, tail + HMT_QUEUE_SLOTS);
	WRITE_ONCE(queue->tail, tail + 1);
	atomic_dec(hmt_queue_held(queue, report));
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_queue_dequeue);
