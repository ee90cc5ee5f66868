/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_LIST_H
#define _HMT_MODEL_LIST_H

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next;
};

#endif /* _HMT_MODEL_LIST_H */
