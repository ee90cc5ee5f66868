/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses that a program was seen to access, as ranges to report. */
#ifndef HMTCTL_SAMPLES_H
#define HMTCTL_SAMPLES_H

#include <linux/hmt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct samples - what was read and is not reported yet
 * @page: bytes of a page
 * @score: evidence of one access, 1 to HMT_REPORT_SCORE_MAX
 * @count: entries in @addresses
 * @addresses: as they came
 */
struct samples {
	uint64_t page;
	unsigned int score;
	size_t count;
	uint64_t addresses[HMT_REPORT_MAX];
};

/*
 * The address in a line of "perf script -F addr": hexadecimal, with or without
 * 0x, blanks around it. False: it is something else.
 */
bool samples_parse(const char *line, uint64_t *address);

/* False: it is no address of a process, and is left out. */
bool samples_add(struct samples *samples, uint64_t address);
bool samples_full(const struct samples *samples);

/*
 * Make ranges of all of them, in order, and forget them; returns how many. The
 * scores of what is in one page add up to HMT_REPORT_SCORE_MAX at most; neighbours
 * with the same score are one range.
 */
size_t samples_take(struct samples *samples,
		    struct hmt_heat_range ranges[HMT_REPORT_MAX]);

#endif
