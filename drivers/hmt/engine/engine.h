/* SPDX-License-Identifier: GPL-2.0 */
/* engine/: the worker of a workload, which collects, decides and moves. */
#ifndef _HMT_ENGINE_H
#define _HMT_ENGINE_H

struct hmt_workload;

int hmt_engine_start(struct hmt_workload *workload);
void hmt_engine_stop(struct hmt_workload *workload);

#endif /* _HMT_ENGINE_H */
