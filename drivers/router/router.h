/* SPDX-License-Identifier: GPL-2.0 */
/* Interfaces between the parts of hmt_router.ko. */
#ifndef _HMT_ROUTER_H
#define _HMT_ROUTER_H

/* reclaim.c: demotion targets of kernel reclaim */
int hmt_reclaim_init(void);
void hmt_reclaim_exit(void);

/* distance.c: the kernel's memory tiers of nodes that come online */
int hmt_distance_init(void);
void hmt_distance_exit(void);

#endif /* _HMT_ROUTER_H */
