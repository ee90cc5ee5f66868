/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_REFCOUNT_H
#define _HMT_MODEL_REFCOUNT_H

typedef struct {
	int count;
} refcount_t;

#endif /* _HMT_MODEL_REFCOUNT_H */
