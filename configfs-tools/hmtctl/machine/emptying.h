/* SPDX-License-Identifier: GPL-2.0 */
/* Progress of emptying memory, while the kernel is asked to. */
#ifndef HMTCTL_EMPTYING_H
#define HMTCTL_EMPTYING_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/progress.h"

/**
 * struct emptying - watched memory; the caller sets @used and @memory
 * @progress: the line on the terminal
 * @thread: shows it
 * @watched: @thread runs
 * @end: set to end it
 * @used: returns the used bytes of @memory
 * @memory: the memory
 */
struct emptying {
	struct progress progress;
	pthread_t thread;
	bool watched;
	atomic_bool end;
	uint64_t (*used)(const void *memory);
	const void *memory;
};

/*
 * Show the progress of @what until emptying_end(), which waits for the thread, and
 * comes before other output. A second emptying_end() does nothing.
 */
void emptying_begin(struct emptying *emptying, const char *what);
void emptying_end(struct emptying *emptying);

#endif
