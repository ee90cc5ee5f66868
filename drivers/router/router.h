/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of hmt_router.ko. */
#ifndef _HMT_ROUTER_H
#define _HMT_ROUTER_H

/* reclaim.c: what the kernel asks when it demotes. */
int hmt_reclaim_init(void);
void hmt_reclaim_exit(void);

/* distance.c: the kernel's tier of a node that comes online. */
int hmt_distance_init(void);
void hmt_distance_exit(void);

#endif /* _HMT_ROUTER_H */
