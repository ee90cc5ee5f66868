// SPDX-License-Identifier: GPL-2.0
/*
 * Loaded into hmtctl by workload.sh and progress.sh: attributes of a kernel that
 * is made up. A list of processes with $STUB_ENDED is refused with ESRCH, and the
 * text $STUB_REFUSED with EBUSY, or the error with the number $STUB_ERROR, in any
 * attribute. The attribute $STUB_SLOW takes half a second.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Return 0 or -errno. */
static int refusal(const char *path, const char *text)
{
	const char *ended = getenv("STUB_ENDED");
	const char *refused = getenv("STUB_REFUSED");
	const char *error = getenv("STUB_ERROR");
	const char *slow = getenv("STUB_SLOW");

	if (slow && !strcmp(basename(path), slow))
		usleep(500000);
	if (ended && !strcmp(basename(path), "pids") && strstr(text, ended))
		return -ESRCH;
	if (refused && !strcmp(text, refused))
		return error ? -atoi(error) : -EBUSY;
	return 0;
}

ssize_t write(int fd, const void *data, size_t size)
{
	char link[32], path[4096] = "", text[8192] = "";
	int error;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) > 0 && size < sizeof(text)) {
		memcpy(text, data, size);
		text[strcspn(text, "\n")] = '\0';
		error = refusal(path, text);
		if (error) {
			errno = -error;
			return -1;
		}
	}
	return syscall(SYS_write, fd, data, size);
}
