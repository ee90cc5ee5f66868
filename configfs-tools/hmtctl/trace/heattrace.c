// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/hmt.h>

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "trace/heattrace.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"

#define TRACING		"sys/kernel/tracing"

/* Bits are printed in words of so many. */
#define WORD_BITS	64

/* What a bit in hmt_hits is in hmt_scores. */
#define TRACE_HIT	HMT_REPORT_SCORE_HIT

void trace_pass_release(struct trace_pass *pass)
{
	free(pass->chunks);
	free(pass->evidence);
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

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Words with a bit a page, the last of @pages first: which of them are @value? */
static bool parse_bits(const char *text, uint8_t *out, unsigned int pages,
		       uint8_t value)
{
	size_t length = strcspn(text, "\n ");
	unsigned int page = 0, bit;
	int digit;

	while (length--) {
		if (text[length] == ',')
			continue;
		digit = digit_of(text[length]);
		if (digit < 0 || page >= pages)
			return false;
		for (bit = 0; bit < 4; bit++, page++)
			out[page] = digit >> bit & 1 ? value : 0;
	}
	return page == pages;
}

/* Traces of an older HMT do not tell; those that do have whole words. */
static bool parse_clean(struct trace_chunk *chunk, const char *bits)
{
	chunk->told = bits;
	return !bits ||
	       parse_bits(bits, chunk->clean,
			  (chunk->pages + WORD_BITS - 1) / WORD_BITS * WORD_BITS,
			  1);
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
	return chunk->pages &&
	       chunk->pages <= TRACE_PAGES - trace_page_of(addr) &&
	       (!heat || heat == (int)chunk->pages) &&
	       parse_place(chunk, place) &&
	       parse_clean(chunk, field(line, "clean"));
}

static void add_chunk(struct trace_pass *pass, const struct trace_chunk *chunk)
{
	pass->chunks = grow(pass->chunks, pass->nr_chunks, &pass->room,
			    sizeof(*pass->chunks));
	pass->chunks[pass->nr_chunks++] = *chunk;
}

static bool parse_evidence(const char *line, struct trace_evidence *evidence)
{
	const char *pages = field(line, "pages");
	int64_t pid, addr, sample;

	if (!text_field(line, "provider", evidence->provider,
			sizeof(evidence->provider)) ||
	    !number_field(line, "pid", &pid) ||
	    !number_field(line, "addr", &addr) ||
	    !number_field(line, "sample", &sample) ||
	    addr % (int64_t)TRACE_CHUNK || sample < 0)
		return false;
	evidence->pid = pid;
	evidence->addr = addr;
	evidence->sample = sample;
	if (pages)
		return parse_bits(pages, evidence->score, TRACE_PAGES,
				  TRACE_HIT);
	return hex_field(line, "scores", evidence->score, TRACE_PAGES) ==
	       TRACE_PAGES;
}

static void add_evidence(struct trace_pass *pass,
			 const struct trace_evidence *evidence)
{
	pass->evidence = grow(pass->evidence, pass->nr_evidence,
			      &pass->evidence_room, sizeof(*pass->evidence));
	pass->evidence[pass->nr_evidence++] = *evidence;
}

/* Where the provider is, or belongs: one may come twice when events were lost. */
static unsigned int provider_place(const struct trace_pass *pass,
				   const char *name)
{
	unsigned int i;

	for (i = 0; i < pass->nr_providers; i++)
		if (!strcmp(pass->providers[i].name, name))
			break;
	return i;
}

static bool parse_provider(const char *line, struct trace_pass *pass)
{
	char name[HMT_NAME_MAX + 1];
	int64_t weight, sample;
	unsigned int place;

	if (!text_field(line, "provider", name, sizeof(name)) ||
	    !number_field(line, "weight", &weight) ||
	    !number_field(line, "sample", &sample) || sample < 0 ||
	    weight < 1 || weight > HMT_WEIGHT_MAX)
		return false;
	place = provider_place(pass, name);
	if (place == HMT_PROVIDERS_MAX)
		return false;
	strcpy(pass->providers[place].name, name);
	pass->providers[place].weight = weight;
	pass->sampled = sample;
	if (place == pass->nr_providers)
		pass->nr_providers++;
	return true;
}

/* Number of the tier, -1 for a bad line. */
static int parse_tier(const char *line, struct trace_pass *pass)
{
	struct trace_tier tier = { };
	int64_t index, count, capacity, low, high, limit, promote, demote;
	int64_t samples = 0, claimed = 0, intervals = 1;
	int targets = hex_field(line, "targets", tier.targets, HMT_TIERS_MAX);
	int weights, i;

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
	    index < 0 || count < 1 || count > HMT_TIERS_MAX || index >= count)
		return -1;
	/* Recorded before the event had them, or by one who lies. */
	if (number_field(line, "samples", &samples) &&
	    (samples < 1 || samples > TRACE_SAMPLES))
		return -1;
	if (number_field(line, "demand", &demand) && demand < 0)
		return -1;
	if (number_field(line, "intervals", &intervals) &&
	    (intervals < 1 || intervals > TRACE_INTERVALS))
		return -1;
	weights = hex_field(line, "weights", tier.weights, HMT_TIERS_MAX);
	if (weights >= 0 && weights != targets)
		return -1;
	for (i = 0; i < targets; i++)
		if (tier.targets[i] <= index || tier.targets[i] >= count)
			return -1;
	tier.capacity = capacity;
	tier.low = low;
	tier.high = high;
	tier.limit = limit;
	tier.demand = demand;
	tier.nr_targets = targets;
	pass->tiers[index] = tier;
	pass->nr_tiers = count;
	pass->promote = promote;
	pass->demote = demote;
	pass->samples = samples;
	pass->intervals = intervals;
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
	char name[HMT_NAME_MAX + 1];
	const char *only = *trace->workload ? trace->workload : pass->workload;

	return text_field(event, "workload", name, sizeof(name)) &&
	       (!*only || !strcmp(only, name));
}

/* Is an event of process @pid one of the workload that is looked for? */
static bool unplaced(const struct heat_trace *trace, const char *event, int pid,
		  struct trace_pass *pass)
{
	if (!trace->pid || *trace->workload || pid == trace->pid)
		text_field(event, "workload", pass->workload,
			   sizeof(pass->workload));
	return *pass->workload;
}

static bool take_heat(const struct heat_trace *trace, const char *event,
		      struct trace_pass *pass)
{
	struct trace_chunk chunk;

	if (!parse_chunk(event, &chunk))
		return false;
	if (unplaced(trace, event, chunk.pid, pass))
		add_chunk(pass, &chunk);
	return true;
}

static bool take_evidence(const struct heat_trace *trace, const char *event,
			  struct trace_pass *pass)
{
	struct trace_evidence evidence;

	if (!parse_evidence(event, &evidence))
		return false;
	if (unplaced(trace, event, evidence.pid, pass))
		add_evidence(pass, &evidence);
	return true;
}

static bool take_provider(const struct heat_trace *trace, const char *event,
			  struct trace_pass *pass)
{
	(void)trace;
	return !*pass->workload || parse_provider(event, pass);
}

static bool take_tier(const struct heat_trace *trace, const char *event,
		      struct trace_pass *pass)
{
	int index = parse_tier(event, pass);

	(void)trace;
	pass->whole = index == (int)pass->nr_tiers - 1;
	return index >= 0;
}

static const struct kind {
	const char *name;
	bool (*take)(const struct heat_trace *trace, const char *event,
		     struct trace_pass *pass);
} kinds[] = {
	{ "hmt_heat: ", take_heat },
	{ "hmt_hits: ", take_evidence },
	{ "hmt_scores: ", take_evidence },
	{ "hmt_provider: ", take_provider },
	{ "hmt_tier: ", take_tier },
};

/* The event in @line, NULL when it is none of ours. */
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

static void begin(struct trace_pass *pass)
{
	pass->nr_chunks = 0;
	pass->nr_tiers = 0;
	pass->nr_providers = 0;
	pass->nr_evidence = 0;
	pass->whole = false;
	pass->workload[0] = '\0';
}

static void record(struct heat_trace *trace, const char *event, double when)
{
	if (trace->record && !trace->cut)
		fprintf(trace->record, "%.6f: %s", when, event);
}

/* A line that is no event may be the first one of a file. */
static int check_version(const char *line)
{
	static const char name[] = "hmt_trace:";
	int64_t version;

	if (strncmp(line, name, strlen(name)))
		return RESULT_OK;
	if (!number_field(line, "version", &version))
		return bad_line(line);
	if (version > TRACE_VERSION)
		return fail(RESULT_REFUSED,
			    "trace: version %lld; this hmtctl reads up to %d",
			    (long long)version, TRACE_VERSION);
	return RESULT_OK;
}

/* What @line has for @pass. */
static int take(struct heat_trace *trace, const char *line,
		struct trace_pass *pass)
{
	const struct kind *kind;
	const char *event = find_event(line, &kind);

	if (!event)
		return check_version(line);
	if (!wanted(trace, event, pass))
		return RESULT_OK;
	pass->when = time_of(line, event);
	record(trace, event, pass->when);
	return kind->take(trace, event, pass) ? RESULT_OK : bad_line(event);
}

int heat_trace_next(struct heat_trace *trace, struct trace_pass *pass,
		    bool *end)
{
	int result;

	begin(pass);
	trace->deadline = now() + trace->timeout;
	for (;;) {
		result = read_line(trace, end);
		if (!result && !*end)
			result = take(trace, trace->line, pass);
		if (result || *end)
			return result;
		if (!pass->whole)
			continue;
		if (*pass->workload)
			memcpy(trace->workload, pass->workload,
			       sizeof(trace->workload));
		if (*pass->workload && !trace->cut)
			return RESULT_OK;
		/* Cut, or of a workload without the process. */
		trace->cut = trace->cut && !*pass->workload;
		begin(pass);
	}
}

int heat_trace_record(struct heat_trace *trace, const char *path)
{
	trace->record = fopen(path, "we");
	if (!trace->record)
		return fail(RESULT_REFUSED, "%.200s: %s", path,
			    strerror(errno));
	fprintf(trace->record, "hmt_trace: version=%d\n", TRACE_VERSION);
	return RESULT_OK;
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
		/* For records only: */
		{ "events/hmt/hmt_provider/enable", "1" },
		{ "events/hmt/hmt_hits/enable", "1" },
		{ "events/hmt/hmt_scores/enable", "1" },
	};
	size_t count = trace->record ? sizeof(values) / sizeof(*values) : 3, i;
	int result = RESULT_OK, fd;

	for (i = 0; i < count && !result; i++)
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
	auto_fd int dir = -1;

	if (tracing < 0)
		return fail(RESULT_REFUSED, "/" TRACING "/instances: %s (mount tracefs there)",
			    explain(-tracing, NULL));
	/* From here on there is something to take away. */
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
