// SPDX-License-Identifier: GPL-2.0
/* Traces of the running kernel, from a tracefs instance. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "trace/heattrace.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/words.h"

#define TRACING		"sys/kernel/tracing"
/* Start of the names of instances, and most with one process ID. */
#define PREFIX		"hmtctl."
#define INSTANCES_MAX	100
/* Default size of the buffers of all CPUs, and of one, in bytes. */
#define BUFFER_TOTAL	(64ULL << 20)
#define BUFFER_CPU	(8ULL << 20)

static int write_tracefs(int dir, const char *file, const char *value)
{
	int error = fs_write(dir, file, value, false);

	if (error)
		return fail(RESULT_REFUSED, "/" TRACING "/.../%s: %s", file,
			    explain(-error, NULL));
	return RESULT_OK;
}

/* Return the size of the buffer of a CPU in KiB. */
static uint64_t buffer_kib(const struct heat_trace *trace)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t bytes = trace->buffer ? trace->buffer : BUFFER_TOTAL;

	bytes /= cpus > 0 ? cpus : 1;
	if (!trace->buffer && bytes > BUFFER_CPU)
		bytes = BUFFER_CPU;
	return bytes < 1024 ? 1 : bytes / 1024;
}

/*
 * Enable the events. The first pass is incomplete, because the engine may be in
 * the middle of it.
 */
static int start_events(struct heat_trace *trace, int dir, bool evidence)
{
	static const char *const events[] = {
		"events/hmt/hmt_tier/enable",
		"events/hmt/hmt_heat/enable",
		/* Evidence: */
		"events/hmt/hmt_provider/enable",
		"events/hmt/hmt_hits/enable",
		"events/hmt/hmt_scores/enable",
	};
	size_t count = evidence ? sizeof(events) / sizeof(*events) : 2, i;
	char size[32];
	int result, fd;

	snprintf(size, sizeof(size), "%llu",
		 (unsigned long long)buffer_kib(trace));
	result = write_tracefs(dir, "buffer_size_kb", size);
	for (i = 0; i < count && !result; i++)
		result = write_tracefs(dir, events[i], "1");
	if (result)
		return result;
	fd = openat(dir, "trace_pipe", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail(RESULT_REFUSED, "/" TRACING "/.../trace_pipe: %s",
			    strerror(errno));
	trace->in = must(fdopen(fd, "r"));
	trace->cut = true;
	return RESULT_OK;
}

/* Lock a directory; return false if another process has the lock. */
static bool lock_directory(int dir, int flags)
{
	int error;

	do {
		error = flock(dir, LOCK_EX | flags) ? errno : 0;
	} while (error == EINTR && !interrupted);
	return !error;
}

/*
 * Remove the instances of processes that were killed. A living process holds the
 * lock of its instance.
 */
static void sweep_instances(int instances)
{
	auto_words char **names = fs_list(instances, ".");
	size_t i;

	for (i = 0; names && names[i]; i++) {
		auto_fd int dir = strncmp(names[i], PREFIX, strlen(PREFIX)) ?
				  -1 : fs_open_dir(instances, names[i]);

		if (dir >= 0 && lock_directory(dir, LOCK_NB))
			unlinkat(instances, names[i], AT_REMOVEDIR);
	}
}

/* Create a directory of a free name: pids repeat in other pid namespaces. */
static int make_instance(struct heat_trace *trace)
{
	int tries;

	for (tries = 0; tries < INSTANCES_MAX; tries++) {
		snprintf(trace->instance, sizeof(trace->instance),
			 tries ? PREFIX "%d.%d" : PREFIX "%d", getpid(), tries);
		if (!mkdirat(trace->instances, trace->instance, 0700))
			return 0;
		if (errno != EEXIST)
			break;
	}
	*trace->instance = '\0';
	return -errno;
}

/* The trace whose instance an exit removes. */
static struct heat_trace *open_trace;

static void close_instance(void)
{
	if (open_trace)
		heat_trace_close(open_trace);
}

/* Create the instance and lock it; return its descriptor or -errno. */
static int open_instance(struct heat_trace *trace)
{
	bool locked = lock_directory(trace->instances, 0);
	int dir;

	if (locked)
		sweep_instances(trace->instances);
	dir = make_instance(trace);
	if (!dir)
		dir = fs_open_dir(trace->instances, trace->instance);
	if (dir >= 0)
		lock_directory(dir, LOCK_NB);
	flock(trace->instances, LOCK_UN);
	return dir;
}

int heat_trace_open_live(struct heat_trace *trace, const struct hmtctl *ctl,
			 bool evidence)
{
	trace->instances = fs_open_dir(ctl->root, TRACING "/instances");
	if (trace->instances < 0)
		return fail(RESULT_REFUSED, "/" TRACING "/instances: %s (mount tracefs there)",
			    explain(-trace->instances, NULL));
	/*
	 * From here on, the instance must be removed before the program ends, by
	 * whatever signal or exit().
	 */
	catch_interrupts();
	open_trace = trace;
	atexit(close_instance);
	trace->live = true;
	trace->lock = open_instance(trace);
	if (trace->lock < 0)
		return fail(RESULT_REFUSED, "/" TRACING "/instances: %s",
			    explain(-trace->lock, NULL));
	return start_events(trace, trace->lock, evidence);
}

void heat_trace_close(struct heat_trace *trace)
{
	/* An instance that is open cannot be removed. */
	if (trace->in)
		fclose(trace->in);
	if (trace->live) {
		if (*trace->instance)
			unlinkat(trace->instances, trace->instance,
				 AT_REMOVEDIR);
		cleanup_fd(&trace->lock);
		cleanup_fd(&trace->instances);
		open_trace = NULL;
	}
	free(trace->line);
	*trace = (struct heat_trace){ };
}
