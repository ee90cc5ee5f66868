/* SPDX-License-Identifier: GPL-2.0 */
/* What a sample does to the heat of a page: arithmetic that replay shares. */
#ifndef _HMT_DECAY_H
#define _HMT_DECAY_H

#include <linux/types.h>
#include <uapi/linux/hmt.h>

/*
 * A sample takes 1/32 and a hit gives a little more than that of the maximum,
 * so that a page seen at every sample settles at HMT_HEAT_MAX. Heat is a mean
 * over some sixty samples then: what differs by less than a quarter of the
 * scale may be chance. With 1/8 pages that were seen at every tenth sample
 * differed by half of it.
 */
#define HMT_HEAT_SHIFT		5
/* 1 << HMT_HEAT_SHIFT */
#define HMT_HEAT_DECAY		32U
#define HMT_HEAT_HIT_OF(decay)	(HMT_HEAT_LEVELS / (decay) + 1)
#define HMT_HEAT_HIT		HMT_HEAT_HIT_OF(HMT_HEAT_DECAY)

/* A sample takes one part in @decay, rounded up. */
static inline u8 hmt_heat_decay_by(u8 heat, unsigned int decay)
{
	return heat - (heat + decay - 1) / decay;
}

static inline u8 hmt_heat_add(u8 heat, unsigned int score)
{
	return heat + score > HMT_HEAT_MAX ? HMT_HEAT_MAX : heat + score;
}

#endif /* _HMT_DECAY_H */
