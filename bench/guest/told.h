/* SPDX-License-Identifier: GPL-2.0 */
/* The hot pages that the load tells the planted placer. */
#ifndef BENCH_TOLD_H
#define BENCH_TOLD_H

#include <stdint.h>

#define TOLD_PATH	"/tmp/hot"

/**
 * struct told - header of the file
 * @base: address of the first page
 * @pages: number of pages; a byte for each follows, 1: it is hot
 */
struct told {
	uint64_t base;
	uint64_t pages;
};

#endif
