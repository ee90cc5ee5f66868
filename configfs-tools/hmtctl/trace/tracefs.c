// SPDX-License-Identifier: GPL-2.0
/* Traces of the running kernel, from a tracefs instance. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "trace/heattrace.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"

#define TRACING		"sys/kernel/tracing"

static int write_tracefs(int dir, const char *file, const char *value)
{
	int error = fs_write(dir, file, value, false);

	if (error)
		return fail(RESULT_REFUSED, "/" TRACING "/.../%s: %s", file,
			    explain(-error, NULL));
	return RESULT_OK;
}

/*
 * Enable the events. The first pass is incomplete, because the engine may be in
 * the middle of it.
 */
static int start_events(struct heat_trace *trace, int dir)
{
	static const char *const values[][2] = {
		{ "buffer_size_kb", "8192" },
		{ "events/hmt/hmt_tier/enable", "1" },
		{ "events/hmt/hmt_heat/enable", "1" },
		/* For recording only: */
		{ "events/hmt/hmt_provider/enable", "1" },
		{ "events/hmt/hmt_hits/enable", "1" },
		{ "events/hmt/hmt_scores/enable", "1" },
	};
	size_t count = trace->record ? sizeof(values) / sizeof(*values) : 3, i;
	int result = RESULT_OK, fd;

	for (i = 0; i < count && !result; i++)
		result = write_tracefs(dir, values[i][0], values[i][1]);
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

int heat_trace_open_live(struct heat_trace *trace, const struct hmtctl *ctl)
{
	auto_fd int tracing = fs_open_dir(ctl->root, TRACING "/instances");
	auto_fd int dir = -1;

	if (tracing < 0)
		return fail(RESULT_REFUSED, "/" TRACING "/instances: %s (mount tracefs there)",
			    explain(-tracing, NULL));
	/*
	 * From here on, the instance must be removed before the program ends.
	 */
	catch_interrupts();
	snprintf(trace->instance, sizeof(trace->instance), "hmtctl.%d",
		 getpid());
	if (mkdirat(tracing, trace->instance, 0700)) {
		*trace->instance = '\0';
		return fail(RESULT_REFUSED, "/" TRACING "/instances: %s",
			    strerror(errno));
	}
	snprintf(trace->instance, sizeof(trace->instance),
		 "/proc/self/fd/%d/" TRACING "/instances/hmtctl.%d", ctl->root,
		 getpid());
	dir = fs_open_dir(AT_FDCWD, trace->instance);
	if (dir < 0)
		return fail(RESULT_REFUSED, "/" TRACING "/instances: %s",
			    explain(-dir, NULL));
	return start_events(trace, dir);
}

void heat_trace_close(struct heat_trace *trace)
{
	if (trace->in)
		fclose(trace->in);
	if (*trace->instance)
		rmdir(trace->instance);
	free(trace->line);
}
