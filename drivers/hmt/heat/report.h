/* SPDX-License-Identifier: GPL-2.0 */
/* What providers push: taken in any context, read by the engine. */
#ifndef _HMT_REPORT_H
#define _HMT_REPORT_H

#include "lib/queue.h"

struct hmt_sessions;
struct list_head;

/**
 * struct hmt_reports - queues of a session that is pushed to
 * @queues: one a possible CPU
 * @next: index of the CPU whose queue is read next
 */
struct hmt_reports {
	struct hmt_queue **queues;
	unsigned int next;
};

int hmt_reports_init(struct hmt_reports *reports);
void hmt_reports_destroy(struct hmt_reports *reports);
u64 hmt_reports_dropped(const struct hmt_reports *reports);

void hmt_reports_drain(const struct hmt_sessions *sessions,
		       const struct list_head *spaces);

#endif /* _HMT_REPORT_H */
