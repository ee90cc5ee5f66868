// SPDX-License-Identifier: GPL-2.0
/* Any bytes as a recording, for passes, maps and replays. */
#include "cli/errors.h"
#include "input.h"
#include "reading.h"

int fuzz_one(const uint8_t *data, size_t size)
{
	struct replay_policy policies[REPLAYS];
	char *text;
	int pid;

	set_input(data, size);
	errors_mute(true);
	choose_policies(policies);
	pid = below(2) ? PID : 0;
	text = rest_as_text();
	/* A stream of no bytes cannot be opened. */
	if (input_left)
		read_recording(text, input_left, pid, policies);
	free(text);
	return 0;
}
