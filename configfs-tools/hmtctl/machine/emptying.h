/* SPDX-License-Identifier: GPL-2.0 */
/* Progress of emptying a node, while the kernel is asked to. */
#ifndef HMTCTL_EMPTYING_H
#define HMTCTL_EMPTYING_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/progress.h"

/**
 * struct emptying - a watched node
 * @progress: the line on the terminal
 * @thread: shows it
 * @watched: @thread runs
 * @end: set to end it
 * @node: the node
 * @used: returns the used bytes of the node
 */
struct emptying {
	struct progress progress;
	pthread_t thread;
	bool watched;
	atomic_bool end;
	int node;
	uint64_t (*used)(int node);
};

/* Show the progress until emptying_end(), which waits for the thread. */
void emptying_begin(struct emptying *emptying, int node,
		    uint64_t (*used)(int node));
void emptying_end(struct emptying *emptying);

#endif
