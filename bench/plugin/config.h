/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments of the model. */
#ifndef BENCH_CONFIG_H
#define BENCH_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "prices.h"

/**
 * struct config - arguments, with the names and units of those in config.c
 */
struct config {
	struct prices prices;
	uint64_t mbps[MEMORIES_MAX];
	uint64_t antagonist[MEMORIES_MAX];
	uint64_t text_low;
	uint64_t text_high;
	uint64_t client_low;
	uint64_t client_high;
	unsigned int cache_kib;
	unsigned int cache_ways;
	unsigned int first_kib;
	unsigned int first_ways;
	unsigned int tlb_entries;
	unsigned int tlb_ways;
	unsigned int quantum;
	unsigned int window_ms;
	unsigned int cpus;
	unsigned int boundaries;
	const char *bound_from;
	const char *watch_from;
	FILE *out;
};

extern struct config config;

/* Set an argument, false: it is invalid. */
bool config_parse(const char *word);

#endif
