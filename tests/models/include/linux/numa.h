/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_NUMA_H
#define _HMT_MODEL_NUMA_H

#define NUMA_NO_NODE	(-1)

#endif /* _HMT_MODEL_NUMA_H */
