// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "cmd/passes.h"
#include "cmd/report-page.h"
#include "hmtfs/facts.h"
#include "trace/heattrace.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/replace.h"
#include "util/units.h"
#include "view/page.h"
#include "view/pictures.h"

#define DEFAULT_PASSES	10
#define TIMEOUT_S	60

static const struct {
	const char *name;
	void (*print)(FILE *out, const struct history *history);
} pictures[] = {
	{ "heat", picture_heat },
	{ "residency", picture_residency },
	{ "cdf", picture_cdf },
	{ }
};

bool wants_page(const struct page_values *values)
{
	return values->picture || values->html || values->from ||
	       values->passes;
}

/* Read passes, at most @passes, and show how many are there. */
static int read_passes(struct heat_trace *trace, struct history *history,
		       uint64_t passes)
{
	struct trace_pass pass = { };
	struct passes read;
	bool end = false;
	int result = RESULT_OK;

	passes_begin(&read, "report", trace, passes);
	while (read.done < passes && !interrupted) {
		result = heat_trace_next(trace, &pass, &end);
		if (result || end)
			break;
		history_add(history, &pass, trace->pid);
		passes_show(&read);
	}
	passes_end(&read);
	trace_pass_release(&pass);
	return result;
}

static int fail_without_pass(const struct page_values *values, uint64_t pid)
{
	char process[40] = "";

	if (pid)
		snprintf(process, sizeof(process), " with process %llu",
			 (unsigned long long)pid);
	return fail(RESULT_NO_OBJECT,
		    "report: no pass%s in '%.200s'; record some with 'hmtctl heat PID --record FILE'",
		    process, values->from ? values->from : "the trace");
}

static int read_history(const struct hmtctl *ctl,
			const struct page_values *values, uint64_t pid,
			uint64_t passes, struct history *history)
{
	struct heat_trace trace = { .pid = (int)pid };
	int result;

	if (values->from) {
		result = heat_trace_open_file(&trace, values->from);
	} else {
		trace.timeout = TIMEOUT_S;
		result = heat_trace_open_live(&trace, ctl, false);
	}
	if (!result)
		result = read_passes(&trace, history, passes);
	if (!result && !history->nr_passes)
		result = fail_without_pass(values, pid);
	heat_trace_report_lost(&trace, "report");
	heat_trace_close(&trace);
	return result;
}

static int print_picture(const char *name, const struct history *history)
{
	size_t i;

	for (i = 0; pictures[i].name; i++)
		if (!strcmp(pictures[i].name, name))
			pictures[i].print(stdout, history);
	return RESULT_OK;
}

static int write_page(const struct hmtctl *ctl, const char *path,
		      const struct history *history)
{
	static const struct remedy remedies[] = {
		{ ELOOP, "a link that leads to no file; create the file first, or name it" },
		{ ENOENT, "no such directory; name another file" },
		{ ENOSPC, "no space left on device; free some space" },
		{ EFBIG, "file too large; raise the limit (ulimit -f)" },
		{ }
	};
	auto_facts struct facts facts = { };
	auto_text char *text = NULL;
	time_t now = time(NULL);
	size_t length = 0;
	struct tm tm;
	char date[32];
	FILE *out;
	int result = facts_read(ctl, &facts), err;

	if (result)
		return result;
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M", localtime_r(&now, &tm));
	if (!strcmp(path, "-")) {
		page_print(stdout, &facts, history, date);
		return RESULT_OK;
	}
	out = must(open_memstream(&text, &length));
	page_print(out, &facts, history, date);
	must(fclose(out) ? NULL : text);
	err = file_replace(path, text, length);
	return err ? fail(RESULT_REFUSED, "report: '%.200s': %s", path,
			  explain(-err, remedies)) : RESULT_OK;
}

static bool is_picture(const char *name)
{
	size_t i;

	for (i = 0; pictures[i].name; i++)
		if (!strcmp(pictures[i].name, name))
			return true;
	return false;
}

static int check_page(const struct page_values *values, const char *pid)
{
	if (!values->picture == !values->html)
		return fail(RESULT_USAGE,
			    "report: one of --picture and --html is needed for passes");
	if (values->picture && !is_picture(values->picture))
		return fail(RESULT_USAGE,
			    "report: --picture '%.40s': not heat, residency or cdf",
			    values->picture);
	if (values->picture && !values->from && !pid)
		return fail(RESULT_USAGE,
			    "report: a picture needs a process or --from FILE");
	return RESULT_OK;
}

int report_page(const struct hmtctl *ctl, const struct page_values *values,
		const char *pid)
{
	uint64_t number = 0, passes = values->from ? UINT64_MAX : DEFAULT_PASSES;
	struct history history = { };
	int result = check_page(values, pid);

	if (!result && pid && !parse_number(pid, 1, INT32_MAX, &number))
		result = fail(RESULT_USAGE, "report: '%.40s' is not a process ID",
			      pid);
	if (!result && values->passes &&
	    !parse_number(values->passes, 1, UINT64_MAX, &passes))
		result = fail(RESULT_USAGE,
			      "report: --passes '%.40s': not a number from 1",
			      values->passes);
	if (!result && (pid || values->from))
		result = read_history(ctl, values, number, passes, &history);
	if (!result)
		result = values->picture ?
			 print_picture(values->picture, &history) :
			 write_page(ctl, values->html, &history);
	history_release(&history);
	return result;
}
