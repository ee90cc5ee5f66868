/* SPDX-License-Identifier: GPL-2.0 */
/*
 * copy/: copies pages that CPUs can address; declared in
 * <linux/hmt_internal.h>.
 */
#ifndef _HMT_COPY_H
#define _HMT_COPY_H

int hmt_copy_init(void);
void hmt_copy_exit(void);

#endif /* _HMT_COPY_H */
