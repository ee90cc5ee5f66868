// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "cmd/heat-now.h"
#include "cmd/passes.h"
#include "trace/heatmap.h"
#include "trace/heattrace.h"
#include "trace/record.h"
#include "util/cleanup.h"
#include "util/units.h"

#define DEFAULT_TIMEOUT	"60"
/* Bounds of the trace buffers of all CPUs, in bytes. */
#define BUFFER_MIN	(64ULL << 10)
#define BUFFER_MAX	(64ULL << 30)

struct heat_values {
	const char *passes;
	const char *from;
	const char *record;
	const char *timeout;
	const char *buffer;
	bool json;
	bool map;
	bool svg;
};

#define PLACE(member) offsetof(struct heat_values, member)

static const struct option_spec options[] = {
	{ 0, "passes", "N", "show the next N passes instead", OPT_TEXT,
	  PLACE(passes), NULL },
	{ 'j', "json", NULL, "print JSON", OPT_FLAG, PLACE(json), NULL },
	{ 0, "map", NULL, "print a map, one line per pass", OPT_FLAG, PLACE(map),
	  NULL },
	{ 0, "svg", NULL, "print the map as SVG", OPT_FLAG, PLACE(svg), NULL },
	{ 'r', "record", "FILE", "record the passes in FILE, for replay",
	  OPT_TEXT, PLACE(record), NULL },
	{ 0, "from", "FILE", "read the recorded FILE instead",
	  OPT_TEXT, PLACE(from), NULL },
	{ 0, "timeout", "SECONDS", "maximum wait for a pass, default 60",
	  OPT_TEXT, PLACE(timeout), NULL },
	{ 0, "buffer", "SIZE", "trace buffers of all CPUs, default 64M at most",
	  OPT_TEXT, PLACE(buffer), NULL },
	{ }
};

static const struct column columns[] = {
	{ "ADDRESS", "address", false },
	{ "PAGES", "pages", true },
	{ "WARM", "warm", true },
	{ "MEAN", "mean", true },
	{ "MAX", "max", true },
	{ "CLEAN", "clean", true },
	{ "WRITTEN", "written", true },
	{ "TIER", "tier", false },
	{ }
};

/* Return the tier of most pages of @chunk. */
static const char *main_tier(const struct trace_pass *pass,
			     const struct trace_chunk *chunk)
{
	unsigned int count[HMT_TIERS_MAX] = { }, best = 0, i;

	for (i = 0; i < chunk->pages; i++)
		if (chunk->tier[i] >= 0)
			count[chunk->tier[i]]++;
	for (i = 1; i < pass->nr_tiers; i++)
		if (count[i] > count[best])
			best = i;
	return count[best] ? pass->tiers[best].name : "-";
}

/*
 * Return the same chunk in the previous pass, NULL if it was not there. *@hint
 * is the index after the last one found: both passes have the same order, apart
 * from new and removed chunks.
 */
static const struct trace_chunk *find_before(const struct trace_pass *before,
					     const struct trace_chunk *chunk,
					     size_t *hint)
{
	const struct trace_chunk *old;
	size_t i;

	for (i = 0; i < before->nr_chunks; i++) {
		old = &before->chunks[(*hint + i) % before->nr_chunks];
		if (old->pid != chunk->pid || old->addr != chunk->addr)
			continue;
		*hint = old - before->chunks + 1;
		return old;
	}
	return NULL;
}

/* Describe clean pages, and pages that CPUs wrote during the pass, if known. */
static void describe_writes(struct json_object *object,
			    const struct trace_chunk *chunk,
			    const struct trace_chunk *before)
{
	unsigned int clean = 0, written = 0, i;

	if (!chunk->clean_known)
		return;
	for (i = 0; i < chunk->pages; i++) {
		clean += chunk->clean[i];
		written += before && before->clean[i] && !chunk->clean[i] &&
			   chunk->tier[i] != TRACE_HOLE;
	}
	json_object_object_add(object, "clean", json_object_new_int(clean));
	if (before)
		json_object_object_add(object, "written",
				       json_object_new_int(written));
}

static struct json_object *describe_chunk(const struct trace_pass *pass,
					  const struct trace_chunk *chunk)
{
	struct json_object *object = json_object_new_object();
	struct trace_heat heat = trace_chunk_heat(chunk);
	char address[32];

	snprintf(address, sizeof(address), "0x%llx",
		 (unsigned long long)chunk->addr);
	json_object_object_add(object, "address",
			       json_object_new_string(address));
	json_object_object_add(object, "pages", json_object_new_int(heat.pages));
	json_object_object_add(object, "warm", json_object_new_int(heat.warm));
	json_object_object_add(object, "mean",
			       json_object_new_int(heat.mean));
	json_object_object_add(object, "max", json_object_new_int(heat.most));
	json_object_object_add(object, "tier",
			       json_object_new_string(main_tier(pass, chunk)));
	return object;
}

/* Add the heat of each page, for JSON. */
static void add_page_heat(struct json_object *object,
			  const struct trace_chunk *chunk)
{
	struct json_object *heat = json_object_new_array();
	unsigned int i;

	for (i = 0; i < chunk->pages; i++)
		json_object_array_add(heat,
				      json_object_new_int(chunk->heat[i]));
	json_object_object_add(object, "heat", heat);
}

static struct json_object *describe_pass(const struct trace_pass *pass,
					 const struct trace_pass *before,
					 int pid,
					 bool pages)
{
	struct json_object *array = json_object_new_array(), *object;
	size_t hint = 0, i;

	for (i = 0; i < pass->nr_chunks; i++) {
		if (pass->chunks[i].pid != pid)
			continue;
		object = describe_chunk(pass, &pass->chunks[i]);
		describe_writes(object, &pass->chunks[i],
				find_before(before, &pass->chunks[i], &hint));
		if (pages)
			add_page_heat(object, &pass->chunks[i]);
		json_object_array_add(array, object);
	}
	return array;
}

static void print_pass(const struct trace_pass *pass,
		       const struct trace_pass *before,
		       const struct heat_values *values, int pid, bool first)
{
	auto_json struct json_object *all = json_object_new_object();
	auto_json struct json_object *ranges = describe_pass(pass, before, pid,
							     values->json);

	if (!values->json) {
		if (!first)
			putchar('\n');
		print_table(columns, ranges);
		return;
	}
	json_object_object_add(all, "workload",
			       json_object_new_string(pass->workload));
	json_object_object_add(all, "pid", json_object_new_int(pid));
	json_object_object_add(all, "seconds",
			       json_object_new_double(pass->when));
	json_object_object_add(all, "lost",
			       json_object_new_uint64(pass->lost));
	json_object_object_add(all, "ranges", json_object_get(ranges));
	print_result(all, true);
}

static void print_map(const struct heat_values *values,
		      const struct heatmap *map)
{
	if (values->svg)
		heatmap_print_svg(map);
	else if (values->map)
		heatmap_print_text(map);
}

/* Add a pass to a map, which is printed at the end only. */
static void show_passes(struct passes *read, struct heatmap *map,
			const struct trace_pass *pass)
{
	heatmap_add(map, pass, read->trace->pid);
	passes_show(read);
}

/* Show passes; *@done is their number. */
static int watch_passes(struct heat_trace *trace,
			const struct heat_values *values, uint64_t passes,
			uint64_t *done)
{
	/* The current and the previous pass, alternating. */
	struct trace_pass two[2] = { }, *pass;
	struct heatmap map = { };
	struct passes read;
	bool end = false;
	int result = RESULT_OK;

	passes_begin(&read, "heat", trace, passes);
	for (*done = 0; *done < passes && !ferror(stdout); ++*done) {
		pass = &two[*done % 2];
		result = heat_trace_next(trace, pass, &end);
		if (result || end)
			break;
		if (values->map || values->svg)
			show_passes(&read, &map, pass);
		else
			print_pass(pass, &two[!(*done % 2)], values, trace->pid,
				   !*done);
		fflush(stdout);
	}
	passes_end(&read);
	if (!result && !*done)
		result = fail(RESULT_NO_OBJECT,
			      "heat: no pass with process %d; see 'hmtctl stat' for the processes of workloads",
			      trace->pid);
	if (!result)
		print_map(values, &map);
	heatmap_release(&map);
	trace_pass_release(&two[0]);
	trace_pass_release(&two[1]);
	return result;
}

/* Record while the passes are shown; the passes so far are kept. */
static int watch_recorded(struct heat_trace *trace,
			  const struct heat_values *values, uint64_t passes)
{
	struct heat_record record = { };
	uint64_t done = 0;
	int result = RESULT_OK, closed;

	if (values->record)
		result = heat_record_open(&record, values->record,
					  values->from ? trace->in : NULL);
	if (!result && values->record)
		heat_trace_record(trace, record.out);
	if (!result)
		result = watch_passes(trace, values, passes, &done);
	closed = heat_record_close(&record, done > 0);
	return result ? result : closed;
}

static int check_heat_values(const struct heat_values *values,
			     struct heat_trace *trace, uint64_t *passes)
{
	const char *timeout = values->timeout ? values->timeout :
						DEFAULT_TIMEOUT;

	if (values->passes &&
	    !parse_number(values->passes, 1, UINT64_MAX, passes))
		return fail(RESULT_USAGE, "heat: --passes '%.40s': not a number from 1",
			    values->passes);
	if (!parse_seconds(timeout, &trace->timeout))
		return fail(RESULT_USAGE,
			    "heat: --timeout '%.40s': not a number of seconds from 0.05 to 86400",
			    timeout);
	if (values->buffer && (!parse_size(values->buffer, &trace->buffer) ||
			       trace->buffer < BUFFER_MIN ||
			       trace->buffer > BUFFER_MAX))
		return fail(RESULT_USAGE, "heat: --buffer '%.40s': not a size from 64K to 64G",
			    values->buffer);
	if (values->json + values->map + values->svg > 1)
		return fail(RESULT_USAGE, "heat: only one of --json, --map and --svg");
	return RESULT_OK;
}

/* Show the heat that is known now. */
static int show_now(const struct hmtctl *ctl, const struct heat_values *values,
		    const char *pid_text, int pid)
{
	struct trace_pass now = { }, before = { };
	struct heatmap map = { };
	int result = heat_now(ctl, pid_text, &now);

	if (!result && (values->map || values->svg))
		heatmap_add(&map, &now, pid);
	else if (!result)
		print_pass(&now, &before, values, pid, true);
	if (!result)
		print_map(values, &map);
	heatmap_release(&map);
	trace_pass_release(&now);
	return result;
}

/* Check for options of passes, which have to be waited for or read. */
static bool wants_passes(const struct heat_values *values)
{
	return values->passes || values->from || values->record ||
	       values->timeout || values->buffer;
}

static int cmd_heat_run(const struct hmtctl *ctl, const void *arguments,
			char **operands)
{
	const struct heat_values *values = arguments;
	struct heat_trace trace = { };
	uint64_t passes = values->from ? UINT64_MAX : 1, pid;
	int result;

	if (!parse_number(operands[0], 1, INT32_MAX, &pid))
		return fail(RESULT_USAGE, "heat: '%.40s' is not a process ID",
			    operands[0]);
	result = check_heat_values(values, &trace, &passes);
	if (result)
		return result;
	if (!wants_passes(values))
		return show_now(ctl, values, operands[0], pid);
	trace.pid = pid;
	if (values->from)
		trace.timeout = 0;
	result = values->from ? heat_trace_open_file(&trace, values->from) :
		 heat_trace_open_live(&trace, ctl, values->record);
	if (!result)
		result = watch_recorded(&trace, values, passes);
	heat_trace_report_lost(&trace, "heat");
	heat_trace_close(&trace);
	return result;
}

const struct command cmd_heat = {
	.name = "heat",
	.operands = "PID [OPTION...]",
	.summary = "Show how warm the pages of a process are.",
	.man = "hmtctl-heat",
	.options = options,
	.values_size = sizeof(struct heat_values),
	.min_operands = 1,
	.max_operands = 1,
	.run = cmd_heat_run,
};
