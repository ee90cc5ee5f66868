// SPDX-License-Identifier: GPL-2.0
/*
 * Run a command whose standard error is a terminal, print its text, and end with
 * the status of the command.
 *
 *	hmt_terminal COMMAND [ARGUMENT...]
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libtest.h"

static int open_slave(int master)
{
	int slave = -1;

	if (!grantpt(master) && !unlockpt(master))
		slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		die(EXIT_SYSTEM, "terminal: %s", strerror(errno));
	return slave;
}

static void copy(int from, int to)
{
	char text[256];
	ssize_t got;

	/* EIO: all writers have closed it. */
	while ((got = read(from, text, sizeof(text))) > 0)
		if (write(to, text, got) != got)
			die(EXIT_SYSTEM, "write: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	int master, slave, status;
	pid_t child;

	if (argc < 2)
		die(EXIT_USAGE, "usage: hmt_terminal COMMAND [ARGUMENT...]");
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	slave = open_slave(master);
	child = fork();
	if (!child) {
		dup2(slave, STDERR_FILENO);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	close(slave);
	copy(master, STDOUT_FILENO);
	if (child < 0 || waitpid(child, &status, 0) != child)
		die(EXIT_SYSTEM, "wait: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
