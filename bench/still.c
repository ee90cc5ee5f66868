// SPDX-License-Identifier: GPL-2.0
/*
 * Stop the time of day for QEMU, which is started with LD_PRELOAD of this
 * library. QEMU changes the size of its TLB by the number of entries that it
 * used in 100 ms of that time. A page whose entry is in the TLB is accessed
 * without setting its accessed bit, so that the guest sees other accessed bits
 * if the host is slower.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define SECONDS		1767225600	/* 2026-01-01 */

static bool is_qemu(void)
{
	char path[256] = "";
	ssize_t bytes = readlink("/proc/self/exe", path, sizeof(path) - 1);

	return bytes > 0 && strstr(path, "/qemu-system-");
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	static int qemu = -1;

	if (qemu < 0)
		qemu = is_qemu();
	if (!qemu)
		return syscall(SYS_gettimeofday, time, zone);
	*time = (struct timeval) { .tv_sec = SECONDS };
	return 0;
}
