/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_WAIT_H
#define _HMT_MODEL_WAIT_H

typedef struct {
	int unused;
} wait_queue_head_t;

#endif /* _HMT_MODEL_WAIT_H */
