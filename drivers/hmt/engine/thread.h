/* SPDX-License-Identifier: GPL-2.0 */
/* The thread of a live workload. */
#ifndef _HMT_THREAD_H
#define _HMT_THREAD_H

struct hmt_workload;

int hmt_engine_main(void *workload);
unsigned int hmt_engine_collect_remote(struct hmt_workload *workload);

#endif /* _HMT_THREAD_H */
