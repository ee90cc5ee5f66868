// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/progress.h"
#include "util/clock.h"

/* Seconds before the first line, and between two. */
#define FIRST_S	2
#define NEXT_S	0.25

void progress_begin(struct progress *progress, const char *what)
{
	*progress = (struct progress){
		.what = what, .begun = seconds_now(),
		.enabled = isatty(STDERR_FILENO),
	};
}

void progress_text(const char *what, double seconds, uint64_t done,
		   uint64_t total, char *out, size_t size)
{
	double share = total ? (double)done / total : 0;

	if (share > 1)
		share = 1;
	if (share > 0)
		snprintf(out, size, "%s: %.0f %%, about %.0f s left", what,
			 floor(share * 100),
			 ceil(seconds * (1 - share) / share));
	else
		snprintf(out, size, "%s: for %.0f s", what, floor(seconds));
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total)
{
	double now = seconds_now();
	char text[128];

	if (!progress->enabled || now < progress->begun + FIRST_S ||
	    now < progress->shown + NEXT_S)
		return;
	progress->shown = now;
	progress_text(progress->what, now - progress->begun, done, total, text,
		      sizeof(text));
	/* The rest of an earlier, longer line is erased. */
	fprintf(stderr, "\r%s\033[K", text);
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->shown > 0)
		fputs("\r\033[K", stderr);
	progress->shown = 0;
}
