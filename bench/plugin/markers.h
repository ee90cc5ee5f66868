/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Markers of a program in the guest for the memory model: long NOPs whose
 * displacement is a code. Without the model they do nothing.
 */
#ifndef BENCH_MARKERS_H
#define BENCH_MARKERS_H

#define MARK_MAGIC	0x484d0000
#define MARK_BEGIN	1	/* begin a phase: count accesses */
#define MARK_END	2	/* end the phase and report it */
#define MARK_LOW	3	/* next access: lowest counted byte */
#define MARK_HIGH	4	/* next access: highest counted byte */

#endif
