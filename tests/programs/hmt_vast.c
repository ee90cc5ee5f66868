// SPDX-License-Identifier: GPL-2.0
/*
 * A program that reports more heat than an engine can read in a sample: thousands
 * of ranges of a tebibyte of a sparse mapping, as any user may do.
 *
 *	hmt_vast
 *
 * Each line of standard input is a command and is answered by one line:
 *
 *	report	report all ranges once: "ACCEPTED LOST", numbers of ranges
 *	flood	"ok", and report them until the program is killed
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libioctl.h"

#define GIB		(1UL << 30)
#define VAST_BYTES	(1024 * GIB)

static struct hmt_heat_range ranges[HMT_REPORT_MAX];

/* Report all ranges; store the number of those that found no room. */
static size_t report_all(size_t *lost)
{
	union request what;
	size_t done = 0;
	int error;

	*lost = 0;
	while (done < LENGTH_OF(ranges)) {
		make_report(&what)->report.ranges = (uintptr_t)(ranges + done);
		what.report.count = LENGTH_OF(ranges) - done;
		error = request(HMT_REPORT, &what);
		if (error)
			die(EXIT_WRONG, "report: %s", strerror(error));
		done += what.report.done;
		*lost += what.report.dropped;
	}
	return done - *lost;
}

static void obey(const char *command)
{
	size_t accepted, lost;

	if (!strcmp(command, "report\n")) {
		accepted = report_all(&lost);
		printf("%zu %zu\n", accepted, lost);
	} else if (!strcmp(command, "flood\n")) {
		puts("ok");
		for (;;) {
			report_all(&lost);
			usleep(1000);
		}
	} else {
		die(EXIT_USAGE, "unknown command: %s", command);
	}
}

int main(void)
{
	char command[64];
	char *vast;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	open_device();
	vast = mmap(NULL, VAST_BYTES, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (vast == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	if (madvise(vast, VAST_BYTES, MADV_NOHUGEPAGE))
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
	/* So that no step of a walk is longer than a chunk. */
	for (i = 0; i < VAST_BYTES; i += GIB)
		vast[i] = 1;
	for (i = 0; i < LENGTH_OF(ranges); i++)
		ranges[i] = (struct hmt_heat_range){
			.start = (uintptr_t)vast,
			.length = VAST_BYTES,
			.score = 1,
		};
	printf("ready %d\n", getpid());
	while (fgets(command, sizeof(command), stdin))
		obey(command);
	return 0;
}
