/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Limits of the kernel that <linux/hmt.h> does not define. They are plain
 * numbers, so that LIMIT_TEXT() can put them into messages.
 */
#ifndef HMTCTL_LIMITS_H
#define HMTCTL_LIMITS_H

/* Bounds of the scan interval of a workload, in milliseconds. */
#define SCAN_INTERVAL_MIN_MS	10
#define SCAN_INTERVAL_MAX_MS	3600000
/* Most samples in a round. */
#define SAMPLES_MAX		64
/* Highest watermark of a tier, in per mille. */
#define WATERMARK_MAX		999
/* Most characters that an attribute takes, without the line end. */
#define ATTRIBUTE_MAX		4094

#define LIMIT_QUOTED(limit)	#limit
#define LIMIT_TEXT(limit)	LIMIT_QUOTED(limit)

#endif
