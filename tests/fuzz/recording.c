// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings that are well-formed but for some characters, for the parts of
 * hmtctl that read them: passes, maps and replays.
 */
#include "cli/errors.h"
#include "input.h"
#include "reading.h"

/* Text of a recording. */
static char text[1 << 16];
static size_t length;

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

int fuzz_one(const uint8_t *data, size_t size)
{
	struct replay_policy policies[REPLAYS];
	int pid;

	set_input(data, size);
	errors_mute(true);
	choose_policies(policies);
	pid = below(2) ? PID : 0;
	make_recording();
	read_recording(text, length, pid, policies);
	return 0;
}
