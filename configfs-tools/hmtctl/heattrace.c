// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"
#include "heattrace.h"
#include "report.h"

#define TRACING		"sys/kernel/tracing"

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

void trace_pass_release(struct trace_pass *pass)
{
	free(pass->chunks);
	*pass = (struct trace_pass){ };
}

/* The text after " KEY=" in @line, NULL when there is none. */
static const char *field(const char *line, const char *key)
{
	char pattern[32];
	const char *found;

	snprintf(pattern, sizeof(pattern), " %s=", key);
	found = strstr(line, pattern);
	return found ? found + strlen(pattern) : NULL;
}

static bool text_field(const char *line, const char *key, char *out,
		       size_t size)
{
	const char *text = field(line, key);
	size_t length = text ? strcspn(text, "\n ") : 0;

	if (!length || length >= size)
		return false;
	memcpy(out, text, length);
	out[length] = '\0';
	return true;
}

static bool number_field(const char *line, const char *key, int64_t *out)
{
	const char *text = field(line, key);
	char *end;

	if (!text)
		return false;
	errno = 0;
	*out = strtoll(text, &end, 0);
	return end != text && !errno;
}

/* Two digits a byte. Returns how many bytes, -1 when it is not that. */
static int hex_field(const char *line, const char *key, uint8_t *out, int most)
{
	const char *text = field(line, key);
	size_t length = text ? strcspn(text, "\n ") : 0;
	unsigned int value;
	int i;

	if (!text || length % 2 || length / 2 > (size_t)most ||
	    strspn(text, "0123456789abcdef") < length)
		return -1;
	for (i = 0; i < (int)length / 2; i++) {
		if (sscanf(text + 2 * i, "%2x", &value) == 1)
			out[i] = value;
	}
	return i;
}

static bool parse_place(struct trace_chunk *chunk, const char *place)
{
	unsigned int i;

	for (i = 0; i < chunk->pages; i++) {
		char c = place[i];

		chunk->movable[i] = false;
		if (c == '.') {
			chunk->tier[i] = TRACE_HOLE;
		} else if (c == '-') {
			chunk->tier[i] = TRACE_OUTSIDE;
		} else if (c >= 'g' && c <= 'v') {
			chunk->tier[i] = c - 'g';
		} else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
			chunk->tier[i] = c <= '9' ? c - '0' : c - 'a' + 10;
			chunk->movable[i] = true;
		} else {
			return false;
		}
	}
	return true;
}

static bool parse_chunk(const char *line, struct trace_chunk *chunk)
{
	const char *place = field(line, "place");
	int64_t pid, addr;
	int heat;

	memset(chunk, 0, sizeof(*chunk));
	heat = hex_field(line, "heat", chunk->heat, TRACE_PAGES);
	if (!place || heat < 0 || !number_field(line, "pid", &pid) ||
	    !number_field(line, "addr", &addr))
		return false;
	chunk->pid = pid;
	chunk->addr = addr;
	chunk->pages = strcspn(place, " \r\n");
	return chunk->pages && chunk->pages <= TRACE_PAGES &&
	       (!heat || heat == (int)chunk->pages) &&
	       parse_place(chunk, place);
}

static void add_chunk(struct trace_pass *pass, const struct trace_chunk *chunk)
{
	if (pass->nr_chunks == pass->room) {
		pass->room = pass->room ? 2 * pass->room : 64;
		pass->chunks = must(realloc(pass->chunks, pass->room *
					    sizeof(*pass->chunks)));
	}
	pass->chunks[pass->nr_chunks++] = *chunk;
}

/* Number of the tier, -1 for a bad line. */
static int parse_tier(const char *line, struct trace_pass *pass)
{
	struct trace_tier tier = { };
	int64_t index, count, capacity, low, high, limit, promote, demote;
	int64_t samples = 0;
	int targets = hex_field(line, "targets", tier.targets, TRACE_TIERS);
	int i;

	if (targets < 0 || !number_field(line, "index", &index) ||
	    !number_field(line, "tiers", &count) ||
	    !number_field(line, "capacity", &capacity) ||
	    !number_field(line, "free", &tier.free) ||
	    !number_field(line, "low", &low) ||
	    !number_field(line, "high", &high) ||
	    !number_field(line, "limit", &limit) ||
	    !number_field(line, "promote", &promote) ||
	    !number_field(line, "demote", &demote) ||
	    !text_field(line, "tier", tier.name, sizeof(tier.name)) ||
	    index < 0 || count < 1 || count > TRACE_TIERS || index >= count)
		return -1;
	/* Recorded before the event had them, or by one who lies. */
	if (number_field(line, "samples", &samples) &&
	    (samples < 1 || samples > TRACE_SAMPLES))
		return -1;
	for (i = 0; i < targets; i++)
		if (tier.targets[i] <= index || tier.targets[i] >= count)
			return -1;
	tier.capacity = capacity;
	tier.low = low;
	tier.high = high;
	tier.limit = limit;
	tier.nr_targets = targets;
	pass->tiers[index] = tier;
	pass->nr_tiers = count;
	pass->promote = promote;
	pass->demote = demote;
	pass->samples = samples;
	return index;
}

/* "... 12.345678: hmt_heat: ..." or, recorded, "12.345678: hmt_heat: ..." */
static double time_of(const char *line, const char *event)
{
	const char *start = event;

	while (start > line && strchr(": ", start[-1]))
		start--;
	while (start > line && strchr("0123456789.", start[-1]))
		start--;
	return strtod(start, NULL);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* Lines of others are no reason to wait for ever. */
static int wait_for_line(struct heat_trace *trace)
{
	struct pollfd in = { .fd = fileno(trace->in), .events = POLLIN };

	double left = trace->deadline - now();

	if (interrupted || !trace->timeout)
		return RESULT_OK;
	if (left <= 0 || poll(&in, 1, (int)(left * 1000) + 1) == 0)
		return fail(RESULT_REFUSED,
			    "no pass within %g seconds: no live workload has process %d (see 'hmtctl stat')",
			    trace->timeout, trace->pid);
	return RESULT_OK;
}

/* A line; *@end when there is none, or somebody wants to end this. */
static int read_line(struct heat_trace *trace, bool *end)
{
	ssize_t got;
	int result;

	do {
		result = wait_for_line(trace);
		if (result)
			return result;
		errno = 0;
		got = interrupted ? -1 : getline(&trace->line, &trace->size,
						 trace->in);
		clearerr(trace->in);
	} while (got < 0 && errno == EAGAIN && !interrupted);
	*end = got < 0;
	return RESULT_OK;
}

static int bad_line(const char *event)
{
	return fail(RESULT_REFUSED, "trace: not understood: %.60s", event);
}

static bool wanted(const struct heat_trace *trace, const char *event,
		   const struct trace_pass *pass)
{
	char name[TRACE_NAME];
	const char *only = *trace->workload ? trace->workload : pass->workload;

	return text_field(event, "workload", name, sizeof(name)) &&
	       (!*only || !strcmp(only, name));
}

/* Take one event. *@done: the pass is complete. */
static int take(struct heat_trace *trace, const char *event,
		struct trace_pass *pass, bool *done)
{
	struct trace_chunk chunk;
	int index;

	if (!strncmp(event, "hmt_heat:", 9)) {
		if (!parse_chunk(event, &chunk))
			return bad_line(event);
		if (!trace->pid || *trace->workload || chunk.pid == trace->pid)
			text_field(event, "workload", pass->workload,
				   sizeof(pass->workload));
		if (*pass->workload)
			add_chunk(pass, &chunk);
		return RESULT_OK;
	}
	index = parse_tier(event, pass);
	if (index < 0)
		return bad_line(event);
	*done = index == (int)pass->nr_tiers - 1;
	return RESULT_OK;
}

static void begin(struct trace_pass *pass)
{
	pass->nr_chunks = 0;
	pass->nr_tiers = 0;
	pass->workload[0] = '\0';
}

static void record(struct heat_trace *trace, const char *event, double when)
{
	if (trace->record && !trace->cut)
		fprintf(trace->record, "%.6f: %s", when, event);
}

int heat_trace_next(struct heat_trace *trace, struct trace_pass *pass,
		    bool *end)
{
	bool done = false;
	const char *event;
	int result;

	begin(pass);
	trace->deadline = now() + trace->timeout;
	for (;;) {
		result = read_line(trace, end);
		if (result || *end)
			return result;
		event = strstr(trace->line, "hmt_heat: ");
		if (!event)
			event = strstr(trace->line, "hmt_tier: ");
		if (!event || !wanted(trace, event, pass))
			continue;
		pass->when = time_of(trace->line, event);
		record(trace, event, pass->when);
		result = take(trace, event, pass, &done);
		if (result)
			return result;
		if (!done)
			continue;
		if (*pass->workload)
			memcpy(trace->workload, pass->workload,
			       sizeof(trace->workload));
		if (*pass->workload && !trace->cut)
			return RESULT_OK;
		/* Cut, or of a workload without the process. */
		trace->cut = trace->cut && !*pass->workload;
		begin(pass);
		done = false;
	}
}

int heat_trace_open_file(struct heat_trace *trace, const char *path)
{
	trace->in = fopen(path, "re");
	if (!trace->in)
		return fail(RESULT_REFUSED, "%.200s: %s", path,
			    strerror(errno));
	return RESULT_OK;
}

static int write_in(int dir, const char *file, const char *value)
{
	int error = fs_write(dir, file, value, false);

	if (error)
		return fail(RESULT_REFUSED, "/" TRACING "/.../%s: %s", file,
			    explain(-error, NULL));
	return RESULT_OK;
}

/* The engine may be anywhere in a pass: the first one is cut. */
static int start_events(struct heat_trace *trace, int dir)
{
	static const char *const values[][2] = {
		{ "buffer_size_kb", "8192" },
		{ "events/hmt/hmt_tier/enable", "1" },
		{ "events/hmt/hmt_heat/enable", "1" },
	};
	int result = RESULT_OK, fd;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(*values) && !result; i++)
		result = write_in(dir, values[i][0], values[i][1]);
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
	struct sigaction action = { .sa_handler = interrupt };
	auto_fd int dir = -1;

	if (tracing < 0)
		return fail(RESULT_REFUSED, "/" TRACING "/instances: %s (mount tracefs there)",
			    explain(-tracing, NULL));
	/* From here on there is something to take away. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
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
