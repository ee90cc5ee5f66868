/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that the files of hmt_accessed share. */
#ifndef _HMT_ACCESSED_H
#define _HMT_ACCESSED_H

#include <linux/hmt_provider.h>
#include <linux/types.h>

bool hmt_accessed_uses_upper(void);
void hmt_accessed_flush(struct hmt_mm *managed);
u64 hmt_accessed_cost(u64 bits);

/* accessed_rate.c */
void hmt_accessed_measure(struct hmt_session *session, struct hmt_mm *managed);

#endif /* _HMT_ACCESSED_H */
