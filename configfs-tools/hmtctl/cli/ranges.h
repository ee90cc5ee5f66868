/* SPDX-License-Identifier: GPL-2.0 */
/* Processes and ranges of addresses in operands. */
#ifndef HMTCTL_RANGES_H
#define HMTCTL_RANGES_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#include "cli/command.h"

struct range {
	uint64_t start;
	uint64_t end;
};

/**
 * struct ranges - parts of an address space
 * @count: entries in @list
 * @room: capacity of @list
 * @list: allocated array
 */
struct ranges {
	size_t count;
	size_t room;
	struct range *list;
};

/*
 * These print a message on failure and return an enum result. Operands are
 * START-END as in /proc/PID/maps; without operands all mappings are used.
 */
int parse_pid(const char *text, pid_t *pid);
int ranges_parse(const struct hmtctl *ctl, pid_t pid, char **operands,
		 struct ranges *ranges);

/* Return the mappings that have pages in memory: of a sparse process, a few. */
int ranges_resident(const struct hmtctl *ctl, pid_t pid, struct ranges *ranges);

/* Print a message for an -errno of libhmt; return an enum result. */
int fail_about_process(pid_t pid, int error);

/*
 * Open /dev/hmt; return a descriptor, or minus an enum result after a message.
 */
int open_device(const struct hmtctl *ctl);

static inline void cleanup_ranges(struct ranges *ranges)
{
	free(ranges->list);
}

#define auto_ranges	__attribute__((cleanup(cleanup_ranges)))

#endif
