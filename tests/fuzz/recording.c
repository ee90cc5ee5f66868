// SPDX-License-Identifier: GPL-2.0
/*
 * Random recordings for the parts of hmtctl that read them: passes, maps and
 * replays. Built with sanitizers; prints TAP.
 *
 *	recording [ROUNDS [SEED]]
 */
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "random.h"
#include "trace/heatmap.h"
#include "trace/heattrace.h"
#include "trace/replay.h"

#define PID	812

/* Text of a recording. */
static char text[1 << 16];
static size_t length;
/* Passes that were read. */
static unsigned long passes_read;

static void add(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void add(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	length += vsnprintf(text + length, sizeof(text) - length, format,
			    args);
	va_end(args);
	if (length >= sizeof(text))
		length = sizeof(text) - 1;
}

/* Numbers at the ends of ranges, and others. */
static long long any_number(void)
{
	static const long long numbers[] = {
		0, 1, -1, 1LL << 32, 1LL << 52, (1LL << 52) + 1, 1LL << 62,
		__LONG_LONG_MAX__, -__LONG_LONG_MAX__ - 1,
	};
	size_t count = sizeof(numbers) / sizeof(*numbers);

	return below(64) ? (long long)below(4096) : numbers[below(count)];
}

static void add_chunk_line(void)
{
	static const char places[] = "0123.-gh";
	unsigned int pages = 1 + below(8), i;

	add("1.0: hmt_heat: workload=db pid=%d addr=0x%llx heat=",
	    below(8) ? PID : 813, below(4) << 21);
	for (i = 0; i < pages; i++)
		add("%02x", (unsigned int)below(256));
	add(" place=");
	for (i = 0; i < pages; i++)
		add("%c", places[below(sizeof(places) - 1)]);
	if (below(2))
		add(" clean=00000000,0000000%llx", below(16));
	add("\n");
}

static void add_evidence_line(unsigned int sample)
{
	unsigned int i;

	add("1.0: hmt_hits: workload=db provider=%c pid=%d addr=0x%llx sample=%u pages=",
	    (char)('a' + below(2)), PID, below(4) << 21, sample);
	for (i = 0; i < 16; i++)
		add("%s%08llx", i ? "," : "", below(1ULL << 32));
	add("\n");
}

static void add_tier_lines(void)
{
	unsigned int tiers = 1 + below(3), i;

	for (i = 0; i < tiers; i++) {
		add("1.0: hmt_tier: workload=db tier=t%u index=%u tiers=%u capacity=%lld free=%lld",
		    i, i, tiers, any_number(), any_number());
		add(" low=%lld high=%lld limit=%lld promote=%lld demote=%lld samples=2",
		    any_number(), any_number(), any_number(), any_number(),
		    any_number());
		add(" demand=%lld targets=", any_number());
		if (i + 1 < tiers)
			add("%02x", i + 1);
		add("\n");
	}
}

/* Replace some characters by others of a recording. */
static void dirty_text(void)
{
	static const char dirt[] = "0123456789abcdefx=.- ,\n:\x7f\xff";
	unsigned int i;

	for (i = below(4) ? 0 : 1 + below(8); i; i--)
		text[below(length)] = dirt[below(sizeof(dirt) - 1)];
}

static void make_recording(void)
{
	unsigned int passes = 1 + below(4), pass, i;

	length = 0;
	add("hmt_trace: version=2\n");
	for (pass = 0; pass < passes; pass++) {
		for (i = below(3); i; i--)
			add_evidence_line(2 * pass + below(2));
		for (i = 1 + below(4); i; i--)
			add_chunk_line();
		add("1.0: hmt_provider: workload=db provider=a weight=3 sample=%u\n",
		    2 * pass + 1);
		add("1.0: hmt_provider: workload=db provider=b weight=1 sample=%u\n",
		    2 * pass + 1);
		add_tier_lines();
	}
	dirty_text();
}

/* Check that a map is text, which @print prints to @out. */
static void check_map(const struct heatmap *map,
		      void (*print)(const struct heatmap *map), const char *name)
{
	FILE *old = stdout;
	char *printed = NULL;
	size_t size, i;

	stdout = open_memstream(&printed, &size);
	if (!stdout)
		abort();
	print(map);
	fclose(stdout);
	stdout = old;
	for (i = 0; i < size; i++)
		if (printed[i] != '\n' && (printed[i] < ' ' || printed[i] > '~'))
			wrong("byte %02x in the %s", (unsigned char)printed[i],
			      name);
	free(printed);
}

/* Replay passes and draw a map of them, until the recording is refused. */
static void read_recording(struct replay *replays[3])
{
	struct heat_trace trace = {
		.in = fmemopen(text, length, "r"),
		.pid = below(2) ? PID : 0,
	};
	struct trace_pass pass = { };
	struct heatmap map = { };
	bool end = false;
	unsigned int i;

	if (!trace.in)
		abort();
	while (!heat_trace_next(&trace, &pass, &end) && !end) {
		passes_read++;
		heatmap_add(&map, &pass, PID);
		for (i = 0; i < 3; i++)
			if (replays[i] && replay_pass(replays[i], &pass)) {
				replay_free(replays[i]);
				replays[i] = NULL;
			}
	}
	check_map(&map, heatmap_print_text, "map");
	check_map(&map, heatmap_print_svg, "image");
	heatmap_release(&map);
	trace_pass_release(&pass);
	free(trace.line);
	fclose(trace.in);
}

static void fuzz_recording(void)
{
	struct replay_policy policies[3];
	struct replay *replays[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		policies[i] = (struct replay_policy){
			.low = REPLAY_AS_IS, .high = REPLAY_AS_IS,
			.promote = REPLAY_AS_IS, .demote = REPLAY_AS_IS,
			.decay = REPLAY_AS_IS,
		};
	policies[1].low = below(1000);
	policies[1].high = below(1000);
	policies[1].decay = 2 + below(127);
	policies[2].nr_weights = 1;
	strcpy(policies[2].weights[0].name, "a");
	policies[2].weights[0].weight = below(101);
	for (i = 0; i < 3; i++)
		replays[i] = replay_new(&policies[i]);
	make_recording();
	read_recording(replays);
	for (i = 0; i < 3; i++)
		if (replays[i])
			replay_free(replays[i]);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
	unsigned long first = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	unsigned long i;

	errors_mute(true);
	for (i = 0; i < rounds; i++) {
		set_seed(first + i);
		fuzz_recording();
	}
	/* Most recordings are well-formed, or the others test only the parser. */
	if (passes_read < rounds)
		wrong("%lu passes in %lu recordings", passes_read, rounds);
	printf("ok 1 - recordings, %lu rounds from seed %lu\n1..1\n", rounds,
	       first);
	return 0;
}
