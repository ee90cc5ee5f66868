/* SPDX-License-Identifier: GPL-2.0 */
/* Pictures and pages of "hmtctl report". */
#ifndef HMTCTL_REPORT_PAGE_H
#define HMTCTL_REPORT_PAGE_H

#include "cli/command.h"

/**
 * struct page_values - options of pictures
 * @picture: name of a picture to print
 * @html: file of a page
 * @from: recorded trace
 * @passes: number of passes
 */
struct page_values {
	const char *picture;
	const char *html;
	const char *from;
	const char *passes;
};

/* Check whether a picture or a page is wanted. */
bool wants_page(const struct page_values *values);
/* Make it; @pid may be NULL. Returns an enum result, after a message. */
int report_page(const struct hmtctl *ctl, const struct page_values *values,
		const char *pid);

#endif
