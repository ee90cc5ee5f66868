/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_WORKQUEUE_H
#define _HMT_MODEL_WORKQUEUE_H

struct work_struct {
	int unused;
};

#endif /* _HMT_MODEL_WORKQUEUE_H */
