/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exact heat of memory that belongs to the calling process, such as the memory
 * of a virtual machine. Works from Linux 7.2 on. Link with rwp.c and libhmt.
 */
#ifndef RWP_H
#define RWP_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct rwp - memory whose accesses are watched
 * @fd: userfaultfd that belongs to the memory
 * @pagemap: descriptor of /proc/self/pagemap
 * @start: first address
 * @end: end address (exclusive)
 */
struct rwp {
	int fd;
	int pagemap;
	uint64_t start;
	uint64_t end;
};

/*
 * Watch whole pages. Return 0 or -errno; -EOPNOTSUPP if the kernel is too old,
 * -EPERM without permission to use userfaultfd for accesses of the kernel and of
 * virtual machines (see userfaultfd(2), /dev/userfaultfd).
 */
int rwp_begin(struct rwp *watch, void *start, size_t length);

/*
 * Report the pages that were accessed since the last call to the provider
 * "report", through @device of hmt_open(), and watch them again. Without a
 * workload that wants the report, they are only watched again. Return 0 or -errno,
 * and the number of pages in *@pages.
 *
 * Each of these pages costs its next user one page fault, which the kernel serves
 * itself. A page that is not accessed costs nothing. A huge page counts as a
 * whole.
 */
int rwp_report(const struct rwp *watch, int device, size_t *pages);

/* Stop; accesses cost nothing any more. */
void rwp_end(struct rwp *watch);

#endif /* RWP_H */
