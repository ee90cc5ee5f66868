// SPDX-License-Identifier: GPL-2.0
/* Passes of a workload, selected from the lines of a trace. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "trace/heattrace.h"
#include "trace/parse.h"
#include "util/alloc.h"
#include "util/clock.h"

/* A hole may have heat: that of a page which is no longer there. */
struct trace_heat trace_chunk_heat(const struct trace_chunk *chunk)
{
	struct trace_heat heat = { };
	unsigned int sum = 0, i;

	for (i = 0; i < chunk->pages; i++) {
		if (chunk->tier[i] == TRACE_HOLE)
			continue;
		heat.pages++;
		heat.warm += chunk->heat[i] > 0;
		sum += chunk->heat[i];
		if (chunk->heat[i] > heat.most)
			heat.most = chunk->heat[i];
	}
	heat.mean = heat.pages ? sum / heat.pages : 0;
	return heat;
}

void trace_pass_release(struct trace_pass *pass)
{
	free(pass->chunks);
	free(pass->evidence);
	*pass = (struct trace_pass){ };
}

void trace_pass_add(struct trace_pass *pass, const struct trace_chunk *chunk)
{
	pass->chunks = grow(pass->chunks, pass->nr_chunks, &pass->room,
			    sizeof(*pass->chunks));
	pass->chunks[pass->nr_chunks++] = *chunk;
}

static void add_evidence(struct trace_pass *pass,
			 const struct trace_evidence *evidence)
{
	pass->evidence = grow(pass->evidence, pass->nr_evidence,
			      &pass->evidence_room, sizeof(*pass->evidence));
	pass->evidence[pass->nr_evidence++] = *evidence;
}

/*
 * Return the time in "... 12.345678: hmt_heat: ..." or, if recorded,
 * "12.345678: hmt_heat: ...".
 */
static double time_of(const char *line, const char *event)
{
	const char *start = event;

	while (start > line && strchr(": ", start[-1]))
		start--;
	while (start > line && strchr("0123456789.", start[-1]))
		start--;
	return strtod(start, NULL);
}

/* Wait for a line until the deadline of the pass, or only check the deadline. */
static int wait_for_line(struct heat_trace *trace, bool wait)
{
	double left = trace->deadline - seconds_now();

	if (interrupted || !trace->timeout)
		return RESULT_OK;
	if (left <= 0 || (wait && !wait_readable(fileno(trace->in),
						 (int)(left * 1000) + 1)))
		return fail(RESULT_REFUSED,
			    "no pass within %g seconds: no live workload has process %d (see 'hmtctl stat')",
			    trace->timeout, trace->pid);
	return RESULT_OK;
}

/* Read a line; set *@end at the end of input and after an interrupt. */
static int read_line(struct heat_trace *trace, bool *end)
{
	ssize_t got;
	int result;

	/* Complete lines may be in the buffer while the pipe is empty. */
	for (;;) {
		errno = 0;
		got = interrupted ? -1 : getline(&trace->line, &trace->size,
						 trace->in);
		if (got >= 0 || errno != EAGAIN || interrupted)
			break;
		clearerr(trace->in);
		result = wait_for_line(trace, true);
		if (result)
			return result;
	}
	clearerr(trace->in);
	*end = got < 0;
	return RESULT_OK;
}

static int bad_line(const char *event)
{
	return fail(RESULT_REFUSED,
		    "trace: not understood: %.60s; record it again with 'hmtctl heat PID --record FILE'",
		    event);
}

static bool is_wanted(const struct heat_trace *trace, const char *event,
		      const struct trace_pass *pass)
{
	char name[HMT_NAME_MAX + 1];
	const char *only = *trace->workload ? trace->workload : pass->workload;

	return trace_text_field(event, "workload", name, sizeof(name)) &&
	       (!*only || !strcmp(only, name));
}

/*
 * Check whether an event of process @pid belongs to the workload, which the
 * event of the wanted process determines.
 */
static bool claim_event(const struct heat_trace *trace, const char *event,
			int pid, struct trace_pass *pass)
{
	if (!trace->pid || *trace->workload || pid == trace->pid)
		trace_text_field(event, "workload", pass->workload,
				 sizeof(pass->workload));
	return *pass->workload;
}

static bool pass_take_heat(const struct heat_trace *trace, const char *event,
			   struct trace_pass *pass)
{
	struct trace_chunk chunk;

	if (!trace_parse_chunk(event, &chunk))
		return false;
	if (claim_event(trace, event, chunk.pid, pass))
		trace_pass_add(pass, &chunk);
	return true;
}

static bool pass_take_evidence(const struct heat_trace *trace,
			       const char *event, struct trace_pass *pass)
{
	struct trace_evidence evidence;

	if (!trace_parse_evidence(event, &evidence))
		return false;
	if (claim_event(trace, event, evidence.pid, pass))
		add_evidence(pass, &evidence);
	return true;
}

static bool pass_take_provider(const struct heat_trace *trace,
			       const char *event, struct trace_pass *pass)
{
	(void)trace;
	return !*pass->workload || trace_parse_provider(event, pass);
}

static bool pass_take_tier(const struct heat_trace *trace, const char *event,
			   struct trace_pass *pass)
{
	int index = trace_parse_tier(event, pass);

	(void)trace;
	pass->whole = index == (int)pass->nr_tiers - 1;
	return index >= 0;
}

static const struct kind {
	const char *name;
	bool (*take)(const struct heat_trace *trace, const char *event,
		     struct trace_pass *pass);
} kinds[] = {
	{ "hmt_heat: ", pass_take_heat },
	{ "hmt_hits: ", pass_take_evidence },
	{ "hmt_scores: ", pass_take_evidence },
	{ "hmt_provider: ", pass_take_provider },
	{ "hmt_tier: ", pass_take_tier },
};

/* Return the event of HMT in @line, NULL if there is none. */
static const char *find_event(const char *line, const struct kind **kind)
{
	const char *event = NULL;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds) && !event; i++) {
		event = strstr(line, kinds[i].name);
		*kind = &kinds[i];
	}
	return event;
}

static void pass_begin(struct trace_pass *pass)
{
	pass->nr_chunks = 0;
	pass->nr_tiers = 0;
	pass->nr_providers = 0;
	pass->nr_evidence = 0;
	pass->whole = false;
	pass->lost = 0;
	pass->workload[0] = '\0';
}

static void record_event(struct heat_trace *trace, const char *event,
			 double when)
{
	if (trace->record && !trace->cut)
		fprintf(trace->record, "%.6f: %s", when, event);
}

/*
 * Count the events of "CPU:1 [LOST 12 EVENTS]". The number is missing if the
 * kernel does not know it.
 */
static bool take_lost(struct heat_trace *trace, const char *line,
		      struct trace_pass *pass)
{
	static const char mark[] = " [LOST ";
	const char *found = strstr(line, mark);
	uint64_t lost;

	if (strncmp(line, "CPU:", 4) || !found)
		return false;
	lost = strtoull(found + strlen(mark), NULL, 10);
	pass->lost += lost ? lost : 1;
	if (trace->record && !trace->cut)
		fputs(line, trace->record);
	return true;
}

/* Check a line without event, which may be the first line of a file. */
static int check_version(const char *line)
{
	static const char name[] = "hmt_trace:";
	int64_t version;

	if (strncmp(line, name, strlen(name)))
		return RESULT_OK;
	if (!trace_number_field(line, "version", &version))
		return bad_line(line);
	if (version > TRACE_VERSION)
		return fail(RESULT_REFUSED,
			    "trace: version %lld; this hmtctl reads up to %d",
			    (long long)version, TRACE_VERSION);
	return RESULT_OK;
}

/* Add the event in @line to @pass. */
static int pass_take_line(struct heat_trace *trace, const char *line,
			  struct trace_pass *pass)
{
	const struct kind *kind;
	const char *event = find_event(line, &kind);

	if (!event)
		return take_lost(trace, line, pass) ? RESULT_OK :
		       check_version(line);
	if (!is_wanted(trace, event, pass))
		return RESULT_OK;
	pass->when = time_of(line, event);
	record_event(trace, event, pass->when);
	return kind->take(trace, event, pass) ? RESULT_OK : bad_line(event);
}

int heat_trace_next(struct heat_trace *trace, struct trace_pass *pass,
		    bool *end)
{
	int result;

	pass_begin(pass);
	trace->deadline = seconds_now() + trace->timeout;
	for (;;) {
		result = read_line(trace, end);
		if (!result && !*end)
			result = pass_take_line(trace, trace->line, pass);
		if (result || *end)
			return result;
		if (!pass->whole)
			continue;
		if (*pass->workload)
			memcpy(trace->workload, pass->workload,
			       sizeof(trace->workload));
		if (*pass->workload && !trace->cut) {
			trace->lost += pass->lost;
			return RESULT_OK;
		}
		/* The pass is incomplete, or its workload lacks the process. */
		trace->cut = trace->cut && !*pass->workload;
		pass_begin(pass);
		/* Passes of other workloads may come without a pause. */
		result = wait_for_line(trace, false);
		if (result)
			return result;
	}
}

void heat_trace_record(struct heat_trace *trace, FILE *out)
{
	trace->record = out;
	fprintf(out, "hmt_trace: version=%d\n", TRACE_VERSION);
}

void heat_trace_report_lost(const struct heat_trace *trace, const char *command)
{
	if (trace->lost)
		fail(RESULT_OK, "%s: the kernel lost %llu events, and passes lack them: %s",
		     command, (unsigned long long)trace->lost, trace->live ?
		     "use a larger --buffer" :
		     "record again with a larger --buffer");
}

int heat_trace_open_file(struct heat_trace *trace, const char *path)
{
	static const struct remedy remedies[] = {
		{ ENOENT, "no such file; record one with 'hmtctl heat PID --record FILE'" },
		{ }
	};

	trace->in = fopen(path, "re");
	if (!trace->in)
		return fail(RESULT_REFUSED, "'%.200s': %s", path,
			    explain(errno, remedies));
	return RESULT_OK;
}

bool heat_trace_position(const struct heat_trace *trace, uint64_t *done,
			 uint64_t *total)
{
	off_t at = trace->live ? -1 : ftello(trace->in);
	struct stat status;

	if (at < 0 || fstat(fileno(trace->in), &status) ||
	    !S_ISREG(status.st_mode))
		return false;
	*done = at;
	*total = status.st_size;
	return true;
}
