/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers and quantities as text. */
#ifndef HMTCTL_UNITS_H
#define HMTCTL_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNITS_LEN 32

/* Parse a decimal number from @min to @max; return false for other text. */
bool parse_number(const char *text, uint64_t min, uint64_t max,
		  uint64_t *value);
/* Parse a size in bytes, or with the suffix K, M, G or T (powers of 1024). */
bool parse_size(const char *text, uint64_t *bytes);
/* Parse seconds, with a fraction, from 0.05 to 86400. */
bool parse_seconds(const char *text, double *seconds);

/* Check whether a list like "0-1,3" has @number. */
bool list_has(const char *list, unsigned long number);

/* Format a quantity with a unit. */
void human_size(uint64_t bytes, char out[UNITS_LEN]);
void human_time(uint64_t ns, char out[UNITS_LEN]);
/* @mb_per_s: rate in 10^6 bytes per second */
void human_rate(uint64_t mb_per_s, char out[UNITS_LEN]);

#endif
