/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a program in the guest talks to the memory model: long NOPs whose
 * displacement is a code. On a machine without the model they do nothing.
 */
#ifndef BENCH_MARKERS_H
#define BENCH_MARKERS_H

#define MARK_MAGIC	0x484d0000
#define MARK_BEGIN	1	/* a phase begins: what follows is counted */
#define MARK_END	2	/* it ends and is reported */
#define MARK_LOW	3	/* the next instruction accesses the lowest ... */
#define MARK_HIGH	4	/* ... and the highest byte that is counted */

#endif
