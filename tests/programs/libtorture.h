/* SPDX-License-Identifier: GPL-2.0 */
/* Memory whose content is known at any time, and what the kernel can do with it. */
#ifndef HMT_LIBTORTURE_H
#define HMT_LIBTORTURE_H

#include "libtest.h"

/**
 * struct arena - memory of one thread
 * @id: number of the thread
 * @pages: size in pages
 * @words: its memory
 * @versions: number of rewrites of each page; ZEROED: none; EQUAL: the content that
 *	all pages of all arenas with this version have
 * @checked: number of compared pages
 */
struct arena {
	uint64_t id;
	size_t pages;
	uint64_t *words;
	uint32_t *versions;
	unsigned long checked;
};

#define ZEROED	(~0U)
#define EQUAL	(~0U - 1)

uint64_t *page_at(const struct arena *arena, size_t page);
/* Compare a page, or all of a range, and end the program if one is wrong. */
void check(struct arena *arena, size_t page, const char *when);
void check_range(struct arena *arena, size_t first, size_t count,
		 const char *when);
/* Fill pages with their next version. */
void rewrite(struct arena *arena, size_t page);
void rewrite_range(struct arena *arena, size_t first, size_t count);
/* Choose a random part; return its first page. */
size_t pick(const struct arena *arena, size_t *count);

/* Operations on a random part; the content is compared in between. */

/* Pages become equal, for KSM, and different again later. */
void op_merge(struct arena *arena);
/* Pages are reclaimed, to swap if there is any. */
void op_pageout(struct arena *arena);
void op_cold(struct arena *arena);
/* Pages are discarded, and a thread fills them when they are touched. */
void op_userfault(struct arena *arena);
/* Pages are in a pipe for a while. */
void op_vmsplice(struct arena *arena);
/* Pages are fixed buffers of an io_uring, which reads and writes them. */
void op_uring(struct arena *arena);

#endif
