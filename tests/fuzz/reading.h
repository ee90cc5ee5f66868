/* SPDX-License-Identifier: GPL-2.0 */
/* Reading of a recording as hmtctl does: passes, maps and replays. */
#ifndef FUZZ_READING_H
#define FUZZ_READING_H

#include "input.h"
#include "trace/heatmap.h"
#include "trace/heattrace.h"
#include "trace/replay.h"

#define PID	812
#define REPLAYS	3

/* Choose the settings of replays: as recorded, other ones, other weights. */
static inline void choose_policies(struct replay_policy policies[REPLAYS])
{
	unsigned int i;

	for (i = 0; i < REPLAYS; i++)
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
}

/* Check that a map is text, which @print prints. */
static inline void check_map(const struct heatmap *map,
			     void (*print)(const struct heatmap *map),
			     const char *name)
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
static inline void read_recording(char *text, size_t length, int pid,
				  const struct replay_policy policies[REPLAYS])
{
	struct heat_trace trace = {
		.in = fmemopen(text, length, "r"),
		.pid = pid,
	};
	struct replay *replays[REPLAYS];
	struct trace_pass pass = { };
	struct heatmap map = { };
	bool end = false;
	unsigned int i;

	if (!trace.in)
		abort();
	for (i = 0; i < REPLAYS; i++)
		replays[i] = replay_new(&policies[i]);
	while (!heat_trace_next(&trace, &pass, &end) && !end) {
		heatmap_add(&map, &pass, PID);
		for (i = 0; i < REPLAYS; i++)
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
	for (i = 0; i < REPLAYS; i++)
		if (replays[i])
			replay_free(replays[i]);
}

#endif
