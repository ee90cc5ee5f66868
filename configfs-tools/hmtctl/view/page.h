/* SPDX-License-Identifier: GPL-2.0 */
/* A page in HTML that needs no other file. */
#ifndef HMTCTL_PAGE_H
#define HMTCTL_PAGE_H

#include <stdio.h>

#include "hmtfs/facts.h"
#include "view/history.h"

/* Print the page; without passes in @history it has no pictures of them. */
void page_print(FILE *out, const struct facts *facts,
		const struct history *history, const char *date);

#endif
