/* SPDX-License-Identifier: GPL-2.0 */
/* A process that a command works on, for requests to /dev/hmt. */
#ifndef HMTCTL_PROCESS_H
#define HMTCTL_PROCESS_H

#include <sys/types.h>
#include <unistd.h>

#include "cli/command.h"

/**
 * struct process - a process of requests
 * @pid: its number, for /proc and messages
 * @fd: pidfd, or -1
 */
struct process {
	pid_t pid;
	int fd;
};

/*
 * Open the process with the number @text, so that requests never reach another
 * one that gets the number later: its ranges are read after this. Returns an
 * enum result, after a message on failure.
 */
int process_open(const struct hmtctl *ctl, const char *text,
		 struct process *process);

/* Number and flags of the process for requests of libhmt. */
pid_t process_number(const struct process *process);
unsigned int process_flags(const struct process *process);

static inline void cleanup_process(struct process *process)
{
	if (process->fd >= 0)
		close(process->fd);
}

#define auto_process	__attribute__((cleanup(cleanup_process)))

#endif
