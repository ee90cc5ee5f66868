// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "cli/errors.h"
#include "cli/process.h"
#include "cli/ranges.h"
#include "libhmt/libhmt.h"

int process_open(const struct hmtctl *ctl, const char *text,
		 struct process *process)
{
	int result = parse_pid(text, &process->pid);

	process->fd = -1;
	/* The processes of a fake root are files. */
	if (result || ctl->fake)
		return result;
	process->fd = syscall(SYS_pidfd_open, process->pid, 0);
	/* Threads that do not lead their process have no pidfd. */
	if (process->fd >= 0 || errno == EINVAL || errno == ENOENT)
		return RESULT_OK;
	if (errno == ESRCH)
		return fail(RESULT_NO_OBJECT, "process %d: no such process",
			    process->pid);
	return fail(RESULT_REFUSED, "process %d: %s", process->pid,
		    strerror(errno));
}

pid_t process_number(const struct process *process)
{
	return process->fd >= 0 ? process->fd : process->pid;
}

unsigned int process_flags(const struct process *process)
{
	return process->fd >= 0 ? HMT_PIDFD : 0;
}
