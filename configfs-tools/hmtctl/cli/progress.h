/* SPDX-License-Identifier: GPL-2.0 */
/* Progress of work that takes long, on the terminal of standard error. */
#ifndef HMTCTL_PROGRESS_H
#define HMTCTL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct progress - work in progress
 * @what: its description, "moving pages"
 * @begun: time of its begin in seconds
 * @shown: time of the last line, 0 for none
 * @enabled: standard error is a terminal
 */
struct progress {
	const char *what;
	double begun;
	double shown;
	bool enabled;
};

void progress_begin(struct progress *progress, const char *what);
/*
 * Print how much is done, after two seconds and then four times per second at
 * most, with an estimate of the remaining time.
 */
void progress_show(struct progress *progress, uint64_t done, uint64_t total);
/* Remove the line, before other output. */
void progress_end(struct progress *progress);

/*
 * Write the text of progress after @seconds: "moving pages: 30 %, about 7 s
 * left".
 */
void progress_text(const char *what, double seconds, uint64_t done,
		   uint64_t total, char *out, size_t size);

#endif
