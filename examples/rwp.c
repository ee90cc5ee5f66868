// SPDX-License-Identifier: GPL-2.0
/*
 * Exact heat by read-write protection of userfaultfd: the kernel makes pages
 * inaccessible, and accessible again at their next access, without a message. The
 * virtual machine monitor then asks it which pages these were.
 *
 * Accesses of a guest of KVM count as well, although the page tables of its host
 * process do not show them: protecting a page removes it from the tables of the
 * guest.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/types.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/hmt.h>

#include "libhmt.h"
#include "rwp.h"

/* Headers of most distributions are older than Linux 7.2. */
#ifndef UFFDIO_RWPROTECT
#define UFFD_FEATURE_RWP		(1 << 17)
#define UFFD_FEATURE_RWP_ASYNC		(1 << 18)
#define UFFDIO_REGISTER_MODE_RWP	((__u64)1 << 3)
#define UFFDIO_RWPROTECT_MODE_RWP	((__u64)1 << 0)
#define UFFDIO_RWPROTECT		_IOWR(UFFDIO, 0x09, struct uffdio_rwprotect)

struct uffdio_rwprotect {
	struct uffdio_range range;
	__u64 mode;
};
#endif

#ifndef PAGEMAP_SCAN
#define PAGEMAP_SCAN	_IOWR('f', 16, struct pm_scan_arg)
#define PAGE_IS_PRESENT	(1 << 3)

struct page_region {
	__u64 start;
	__u64 end;
	__u64 categories;
};

struct pm_scan_arg {
	__u64 size;
	__u64 flags;
	__u64 start;
	__u64 end;
	__u64 walk_end;
	__u64 vec;
	__u64 vec_len;
	__u64 max_pages;
	__u64 category_inverted;
	__u64 category_mask;
	__u64 category_anyof_mask;
	__u64 return_mask;
};
#endif

#ifndef PAGE_IS_ACCESSED
#define PAGE_IS_ACCESSED	(1 << 9)
#endif

/* Ranges of one call. */
#define RANGES		512
/* Longest range that HMT takes in one report. */
#define RANGE_MAX	(2ULL << 20)

static int open_userfaultfd(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK), device;

	if (fd >= 0 || errno != EPERM)
		return fd < 0 ? -errno : fd;
	device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return -EPERM;
	fd = ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		fd = -errno;
	close(device);
	return fd;
}

/* The kernel requires a retry while the address space changes. */
static int protect(const struct rwp *watch, uint64_t start, uint64_t end)
{
	struct uffdio_rwprotect request = {
		.range = { .start = start, .len = end - start },
		.mode = UFFDIO_RWPROTECT_MODE_RWP,
	};

	while (ioctl(watch->fd, UFFDIO_RWPROTECT, &request))
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	return 0;
}

static int set_up(const struct rwp *watch)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_RWP | UFFD_FEATURE_RWP_ASYNC,
	};
	struct uffdio_register request = {
		.range = { .start = watch->start,
			   .len = watch->end - watch->start },
		.mode = UFFDIO_REGISTER_MODE_RWP,
	};

	if (ioctl(watch->fd, UFFDIO_API, &api))
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	if (ioctl(watch->fd, UFFDIO_REGISTER, &request))
		return -errno;
	return protect(watch, watch->start, watch->end);
}

int rwp_begin(struct rwp *watch, void *start, size_t length)
{
	int error;

	watch->start = (uintptr_t)start;
	watch->end = watch->start + length;
	watch->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (watch->pagemap < 0)
		return -errno;
	watch->fd = open_userfaultfd();
	if (watch->fd < 0) {
		close(watch->pagemap);
		return watch->fd;
	}
	error = set_up(watch);
	if (error)
		rwp_end(watch);
	return error;
}

/* Report accessed pages; one report per @RANGE_MAX. */
static int report(int device, const struct page_region *found, size_t count)
{
	struct hmt_heat_range ranges[RANGES];
	size_t nr = 0, i;
	uint64_t at;
	int error = 0;

	for (i = 0; i < count; i++) {
		for (at = found[i].start; at < found[i].end && !error;
		     at += ranges[nr++].length) {
			if (nr == RANGES) {
				error = hmt_report_heat(device, getpid(), 0,
							ranges, nr, NULL);
				nr = 0;
			}
			ranges[nr] = (struct hmt_heat_range){
				.start = at,
				.length = found[i].end - at < RANGE_MAX ?
						  found[i].end - at : RANGE_MAX,
				.score = HMT_REPORT_SCORE_HIT,
			};
		}
	}
	if (nr && !error)
		error = hmt_report_heat(device, getpid(), 0, ranges, nr, NULL);
	/* No workload wants the report now. */
	return error == -ENXIO ? 0 : error;
}

int rwp_report(const struct rwp *watch, int device, size_t *pages)
{
	struct page_region found[RANGES];
	struct pm_scan_arg scan = {
		.size = sizeof(scan),
		.end = watch->end,
		.vec = (uintptr_t)found,
		.vec_len = RANGES,
		.category_mask = PAGE_IS_PRESENT | PAGE_IS_ACCESSED,
		.return_mask = PAGE_IS_ACCESSED,
	};
	int error = 0, count, i;

	*pages = 0;
	for (scan.start = watch->start; scan.start < watch->end && !error;
	     scan.start = scan.walk_end) {
		count = ioctl(watch->pagemap, PAGEMAP_SCAN, &scan);
		if (count < 0)
			return -errno;
		for (i = 0; i < count && !error; i++) {
			*pages += (found[i].end - found[i].start) /
				  (size_t)sysconf(_SC_PAGESIZE);
			error = protect(watch, found[i].start, found[i].end);
		}
		if (!error)
			error = report(device, found, count);
	}
	return error;
}

/* The memory becomes accessible when the userfaultfd is closed. */
void rwp_end(struct rwp *watch)
{
	close(watch->fd);
	close(watch->pagemap);
}
