/* SPDX-License-Identifier: GPL-2.0 */
/* State of each page in a range. */
#ifndef _HMT_QUERY_H
#define _HMT_QUERY_H

#include <linux/types.h>

struct hmt_page_info;
struct mm_struct;

/**
 * struct hmt_query_request - range of a query
 * @mm: address space; the caller holds mm_users
 * @next: first address without a reply; initially the first address of the
 *	range
 * @end: end address (exclusive)
 * @put: called with the replies for consecutive pages; may sleep; an error ends
 *	the query
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

int hmt_query_run(struct hmt_query_request *request);

#endif /* _HMT_QUERY_H */
