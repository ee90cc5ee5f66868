/* SPDX-License-Identifier: GPL-2.0 */
/* The back ends of hmt_copy_pages(). */
#ifndef _HMT_COPY_H
#define _HMT_COPY_H

#include <linux/types.h>

struct hmt_copy;

int hmt_copy_init(void);
void hmt_copy_exit(void);

/* copy_dma.c: pages at once. */
#define HMT_COPY_DMA_PAGES	64U

void hmt_copy_dma_init(void);
void hmt_copy_dma_exit(void);
bool hmt_copy_dma_is_on(void);
void hmt_copy_by_dma(struct hmt_copy *copies, unsigned int nr,
		     void (*otherwise)(struct hmt_copy *copies,
				       unsigned int nr));

#endif /* _HMT_COPY_H */
