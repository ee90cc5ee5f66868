/* SPDX-License-Identifier: GPL-2.0 */
/* Copying pages by a DMA engine. */
#ifndef _HMT_DMA_H
#define _HMT_DMA_H

#include <linux/types.h>

struct hmt_copy_desc;

/* Largest number of pages in one job. */
#define HMT_COPY_DMA_PAGES	64U

void hmt_copy_dma_init(void);
void hmt_copy_dma_exit(void);
bool hmt_copy_dma_is_on(void);
void hmt_copy_by_dma(struct hmt_copy_desc *copies, unsigned int nr,
		     void (*fallback)(struct hmt_copy_desc *copies,
				      unsigned int nr));

#endif /* _HMT_DMA_H */
