/* SPDX-License-Identifier: GPL-2.0 */
/* Part of memory/: memories by their pages. */
#ifndef _HMT_MEMORY_OWNER_H
#define _HMT_MEMORY_OWNER_H

struct hmt_memory;

void hmt_owner_add(struct hmt_memory *memory);
void hmt_owner_remove(struct hmt_memory *memory);

#endif /* _HMT_MEMORY_OWNER_H */
