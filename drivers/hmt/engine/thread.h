/* SPDX-License-Identifier: GPL-2.0 */
/* The thread of a live workload. */
#ifndef _HMT_THREAD_H
#define _HMT_THREAD_H

struct hmt_workload;

int hmt_engine_main(void *engine);
unsigned int hmt_account_remote(struct hmt_workload *workload);

#endif /* _HMT_THREAD_H */
