// SPDX-License-Identifier: GPL-2.0
/* Placement over time. */
#include <string.h>
#include "curve.h"

/* More windows are not recorded. */
#define WINDOWS_MAX	20000
#define PS_PER_MS	1000000000ULL

struct window {
	uint64_t fast;
	uint64_t all;
	uint64_t moves;
};

static struct window windows[WINDOWS_MAX], current;
static unsigned int nr_windows, length_ms;
static uint64_t end;

void curve_start(uint64_t now, unsigned int window_ms)
{
	length_ms = window_ms;
	nr_windows = 0;
	memset(&current, 0, sizeof(current));
	end = now + length_ms * PS_PER_MS;
}

void curve_miss(uint64_t now, bool fast, unsigned int lines)
{
	while (now >= end) {
		if (nr_windows < WINDOWS_MAX)
			windows[nr_windows++] = current;
		memset(&current, 0, sizeof(current));
		end += length_ms * PS_PER_MS;
	}
	current.fast += fast ? lines : 0;
	current.all += lines;
}

void curve_move(void)
{
	current.moves++;
}

void curve_write(FILE *out)
{
	unsigned int i;

	fprintf(out, "{\"window_ms\":%u,\"windows\":[", length_ms);
	for (i = 0; i < nr_windows; i++)
		fprintf(out, "%s[%lu,%lu,%lu]", i ? "," : "", windows[i].fast,
			windows[i].all, windows[i].moves);
	fputs("]}\n", out);
}
