/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Markers of a program in the guest for the memory model: long NOPs whose
 * displacement is a code, at the beginning of a block, with arguments in
 * registers as in a function call. Without the model they do nothing.
 */
#ifndef BENCH_MARKERS_H
#define BENCH_MARKERS_H

#define MARK_MAGIC	0x484d0000
#define MARK_SYMBOL	1	/* start, end, "KIND CAUSE": function of the kernel */
#define MARK_START	2	/* begin to count, as segment "setup" */
#define MARK_RANGE	3	/* low, high (exclusive): data of the program */
#define MARK_SEGMENT	4	/* name: end a segment, begin the next one */
#define MARK_STOP	5	/* end the last segment */
#define MARK_PROGRAM	6	/* name: tasks whose data counts; ranges add up from now on */
#define MARK_SHARED	7	/* low, high: as MARK_RANGE, data that processes share */
#define MARK_SLICES	8	/* million instructions of "fill", of each epoch, epochs */
#define MARK_ASK	9	/* address of a byte: set it to 1 if the last segment has ended */
#define MARK_REQUEST	10	/* 1: a request begins, 0: it has been answered */
#define MARK_OWN	11	/* low, high: part of the data that this process uses */
#define MARK_GONE	12	/* low, high: this process gives its part up */
#define MARK_FORK	13	/* after fork(): a page is copied when it is written */
#define MARK_LINES	14	/* n: from now on an access is one to n lines, 512 bytes apart */

#endif
