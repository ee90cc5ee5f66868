/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of each page of a range. */
#ifndef _HMT_QUERY_H
#define _HMT_QUERY_H

#include <linux/types.h>

struct hmt_page_info;
struct mm_struct;

/**
 * struct hmt_query_request - a range that is asked about
 * @mm: address space, mm_users held by the caller
 * @next: where to go on, at first the first address
 * @end: behind the last address
 * @put: takes the answers for the pages from an address on; may sleep; an
 *	error ends the inquiry
 * @arg: passed to @put
 */
struct hmt_query_request {
	struct mm_struct *mm;
	unsigned long next;
	unsigned long end;
	int (*put)(unsigned long addr, const struct hmt_page_info *info,
		   unsigned int pages, void *arg);
	void *arg;
};

int hmt_query_run(struct hmt_query_request *inquiry);

#endif /* _HMT_QUERY_H */
