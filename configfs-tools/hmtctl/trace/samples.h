/* SPDX-License-Identifier: GPL-2.0 */
/* Sampled addresses of a program, made into ranges to report. */
#ifndef HMTCTL_SAMPLES_H
#define HMTCTL_SAMPLES_H

#include <linux/hmt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct samples - addresses that are not reported yet
 * @page: bytes of a page
 * @score: evidence of one access, 1 to HMT_REPORT_SCORE_MAX
 * @count: entries in @addresses
 * @addresses: in the order of input
 */
struct samples {
	uint64_t page;
	unsigned int score;
	size_t count;
	uint64_t addresses[HMT_REPORT_MAX];
};

/*
 * Parse a line of "perf script -F addr": a hexadecimal address, with or without
 * 0x, with optional blanks around it. Returns false for other text.
 */
bool samples_parse(const char *line, uint64_t *address);

/* Add an address; return false if it is not an address of a process. */
bool samples_add(struct samples *samples, uint64_t address);
bool samples_full(const struct samples *samples);

/*
 * Convert all addresses to sorted ranges and clear them; return the number of
 * ranges. The score of a page is the sum of its samples, at most
 * HMT_REPORT_SCORE_MAX; adjacent pages with the same score are one range.
 */
size_t samples_take(struct samples *samples,
		    struct hmt_heat_range ranges[HMT_REPORT_MAX]);

#endif
