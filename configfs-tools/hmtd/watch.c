// SPDX-License-Identifier: GPL-2.0
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "../libhmt/libhmt.h"
#include "damon.h"
#include "log.h"
#include "watch.h"

#define WORKLOADS	"/sys/kernel/config/hmt/workloads"
#define PROVIDER	"damon"

/* Pause while nothing is monitored, in ms. */
#define IDLE_MS		1000

/*
 * DAMON restarts when the processes change and needs time to find accessed
 * regions. Programs that fork all the time must not restart it more often.
 */
#define SETTLE_MS	2000

/**
 * struct watched - processes that are monitored
 * @count: entries in the arrays
 * @pids: process IDs
 * @sample_ms: sampling interval of their workload
 */
struct watched {
	size_t count;
	pid_t pids[DAMON_TARGETS];
	unsigned int sample_ms[DAMON_TARGETS];
};

/* Read at most @size - 1 bytes of @path; return false on failure. */
static bool read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t got;

	if (!file)
		return false;
	got = fread(text, 1, size - 1, file);
	text[got] = '\0';
	fclose(file);
	return true;
}

static bool read_attribute(const char *workload, const char *name, char *text,
			   size_t size)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", workload, name);
	return read_file(path, text, size);
}

static unsigned long read_number(const char *workload, const char *name)
{
	char text[32];

	return read_attribute(workload, name, text, sizeof(text)) ?
	       strtoul(text, NULL, 10) : 0;
}

/* Check whether one of the words is "damon:WEIGHT". */
static bool names_provider(char *providers)
{
	char *state, *word;

	for (word = strtok_r(providers, "\n ", &state); word;
	     word = strtok_r(NULL, "\n ", &state))
		if (!strncmp(word, PROVIDER ":", strlen(PROVIDER ":")))
			return true;
	return false;
}

static void add_pid(struct watched *watched, pid_t pid, unsigned int sample_ms)
{
	static bool logged;
	size_t i;

	for (i = 0; i < watched->count; i++)
		if (watched->pids[i] == pid)
			return;
	if (watched->count == DAMON_TARGETS) {
		if (!logged)
			log_error("provider 'damon' monitors %d processes only; it ignores others",
				  DAMON_TARGETS);
		logged = true;
		return;
	}
	watched->pids[watched->count] = pid;
	watched->sample_ms[watched->count++] = sample_ms;
}

/* Add the processes of a workload that the engine manages. */
static void add_workload(struct watched *watched, const char *workload)
{
	static char text[4097];
	unsigned long samples = read_number(workload, "samples");
	unsigned long interval = read_number(workload, "stats/interval_ms");
	char *state, *word;

	if (!read_number(workload, "live") ||
	    !read_attribute(workload, "providers", text, sizeof(text)) ||
	    !names_provider(text))
		return;
	if (!interval)
		interval = read_number(workload, "scan_interval_ms");
	if (samples)
		interval /= samples;
	if (!read_attribute(workload, "stats/pids", text, sizeof(text)))
		return;
	for (word = strtok_r(text, "\n ", &state); word;
	     word = strtok_r(NULL, "\n ", &state))
		add_pid(watched, strtol(word, NULL, 10), interval);
}

static void find_watched(struct watched *watched)
{
	glob_t workloads;
	size_t i;

	*watched = (struct watched) { };
	if (glob(WORKLOADS "/*", GLOB_ONLYDIR, NULL, &workloads))
		return;
	for (i = 0; i < workloads.gl_pathc; i++)
		add_workload(watched, workloads.gl_pathv[i]);
	globfree(&workloads);
}

static bool same_pids(const struct watched *a, const struct watched *b)
{
	return a->count == b->count &&
	       !memcmp(a->pids, b->pids, a->count * sizeof(*a->pids));
}

/*
 * Return the score of a region. A region that was accessed in every check
 * counts as a hit in each sample since the last report.
 */
static __u32 score_of(unsigned int accesses, unsigned int elapsed_ms,
		      unsigned int sample_ms)
{
	__u64 hits = elapsed_ms > sample_ms ? elapsed_ms : sample_ms;
	__u64 score = HMT_REPORT_SCORE_HIT * hits * accesses;

	score /= (sample_ms ? sample_ms : 1) * DAMON_ACCESSES;
	if (score > HMT_REPORT_SCORE_MAX)
		return HMT_REPORT_SCORE_MAX;
	return score ? score : 1;
}

static void report_target(int fd, const struct watched *watched, size_t target,
			  unsigned int elapsed_ms)
{
	size_t count, lost = 0, i;
	struct damon_region *regions = damon_regions(target, &count);
	struct hmt_heat_range *ranges = calloc(count + 1, sizeof(*ranges));

	for (i = 0; ranges && i < count; i++)
		ranges[i] = (struct hmt_heat_range) {
			.start = regions[i].start,
			.length = regions[i].end - regions[i].start,
			.score = score_of(regions[i].accesses, elapsed_ms,
					  watched->sample_ms[target]),
		};
	/*
	 * Ignore errors: the process may be unmanaged or have exited, which the
	 * next round finds out.
	 */
	if (ranges)
		hmt_report_heat(fd, watched->pids[target], HMT_REPORT_DAMON,
				ranges, count, &lost);
	log_detail("DAMON: process %d: %zu accessed regions, %zu reports lost",
		   watched->pids[target], count, lost);
	free(ranges);
	free(regions);
}

static unsigned int now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Check whether the wanted processes are monitored, or the change can wait. */
static bool may_continue(const struct watched *wanted,
			 const struct watched *watched, unsigned int ms)
{
	return same_pids(wanted, watched) ||
	       (wanted->count && watched->count && ms < SETTLE_MS);
}

static int restart_monitor(struct watched *watched,
			   const struct watched *wanted)
{
	damon_stop();
	*watched = (struct watched) { };
	if (!wanted->count || damon_start(wanted->pids, wanted->count))
		return -1;
	*watched = *wanted;
	return 0;
}

static void report_all(int fd, const struct watched *watched,
		       unsigned int elapsed_ms)
{
	size_t i;

	for (i = 0; i < watched->count; i++)
		report_target(fd, watched, i, elapsed_ms);
}

/* Update the monitor and report; return true if a process is monitored. */
static bool watch_round(int fd, struct watched *watched)
{
	static unsigned int began, last;
	struct watched wanted;
	unsigned int now;

	find_watched(&wanted);
	if (!may_continue(&wanted, watched, now_ms() - began)) {
		if (restart_monitor(watched, &wanted))
			return false;
		began = now_ms();
		last = began;
	}
	if (same_pids(&wanted, watched))
		*watched = wanted;
	if (!watched->count)
		return false;
	if (damon_update()) {
		/*
		 * All of them have exited, or another program interfered:
		 * restart.
		 */
		damon_stop();
		*watched = (struct watched) { };
		return false;
	}
	now = now_ms();
	report_all(fd, watched, now - last);
	last = now;
	return true;
}

/**
 * struct watch - the monitor and the reports to the kernel
 * @device: descriptor of /dev/hmt
 * @watched: monitored processes
 */
struct watch {
	int device;
	struct watched watched;
};

/* Report, and sleep until the next round. */
static int on_time(struct sd_event_source *source, uint64_t due, void *arg)
{
	struct watch *watch = arg;
	uint64_t nap_ms = watch_round(watch->device, &watch->watched) ?
			  DAMON_ROUND_MS : IDLE_MS;
	int error;

	(void)due;
	error = sd_event_source_set_time_relative(source, nap_ms * 1000);
	return error < 0 ? error :
	       sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int watch_begin(struct sd_event *loop, int device)
{
	static struct watch watch;
	int error;

	damon_announce();
	watch.device = device;
	damon_recover();
	error = sd_event_add_time_relative(loop, NULL, CLOCK_MONOTONIC, 0, 0,
					   on_time, &watch);
	return error < 0 ? log_error("provider 'damon': %s", strerror(-error)) :
			   0;
}

void watch_end(void)
{
	damon_stop();
	damon_restart_stat();
}
