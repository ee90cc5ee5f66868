/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * libhmt: requests of programs to HMT about memory, through /dev/hmt.
 *
 * Functions that return int return 0 or a negative errno; <linux/hmt.h>
 * describes the errors. "make install" installs that header as <hmt/uapi.h>.
 *
 * Structs that can grow begin with their size, which the caller sets to the
 * size that it was compiled with. Other structs, and values, are those of the
 * kernel, which never change.
 */
#ifndef LIBHMT_H
#define LIBHMT_H

#include <linux/hmt.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Open the device; return a descriptor or -errno. */
int hmt_open(void);
/* Open the device at @path, relative to the directory @dir. */
int hmt_open_at(int dir, const char *path);

/* Version of the library, such as "0.1". */
const char *hmt_version(void);
/*
 * Store the version of the loaded modules, with a NUL, in @version of @size
 * bytes. -ENOENT: HMT is not loaded; -ENAMETOOLONG: @size is too small.
 */
int hmt_module_version(char *version, size_t size);

/*
 * In all requests below @pid is a process or thread, 0 the caller; with
 * HMT_PIDFD in @flags, a pidfd. @flags is 0 or HMT_PIDFD where no other flag is
 * named.
 */

/*
 * Query each page of [@start, @start + @length) of @pid into one entry of
 * @pages. Continues after signals.
 */
int hmt_query_pages(int device, pid_t pid, unsigned int flags, uint64_t start,
		    uint64_t length, struct hmt_page_info *pages);

/**
 * struct hmt_moved - pages of a moved range
 * @size: in: size of this struct, bytes, so that it can grow
 * @reserved: 0
 * @next: address at which the call stopped
 * @pages: pages between the start of the range and @next by enum hmt_result;
 *	others than the results that the library knows are counted as well
 */
struct hmt_moved {
	uint32_t size;
	uint32_t reserved;
	uint64_t next;
	uint64_t pages[HMT_RESULTS_MAX];
};

/*
 * Move the pages of the range to the memory @uid, or to @tier if @uid is
 * HMT_UID_NONE. @result, with its size set, has the sums, also after an error.
 * Continues after signals, and returns -EINTR if @stop is given and not 0.
 */
int hmt_move_pages(int device, pid_t pid, unsigned int flags, uint64_t start,
		   uint64_t length, uint32_t uid, const char *tier,
		   const volatile int *stop, struct hmt_moved *result);

/*
 * Advise HMT about the range: @advice is one of enum hmt_advice. @start and
 * @length 0 mean the whole address space.
 */
int hmt_advise_pages(int device, pid_t pid, unsigned int flags, uint64_t start,
		     uint64_t length, uint32_t advice);

/*
 * Advise HMT about a tier for the range: HMT_ADVICE_PREFER with a share in per
 * mille; HMT_ADVICE_AVOID and HMT_ADVICE_NEUTRAL with @share 0, where @tier ""
 * means all tiers.
 */
int hmt_advise_tier(int device, pid_t pid, unsigned int flags, uint64_t start,
		    uint64_t length, uint32_t advice, const char *tier,
		    unsigned int share);

/*
 * Report accessed pages of @pid: @count ranges for the provider "report", or
 * "damon" with HMT_REPORT_DAMON in @flags. Ranges that are malformed or outside
 * of user addresses, and ranges that do not fit into the queue, are dropped;
 * their number is added to *@lost unless @lost is NULL. Continues after signals.
 * After an error the ranges before an unknown one have been reported.
 */
int hmt_report_heat(int device, pid_t pid, unsigned int flags,
		    const struct hmt_heat_range *ranges, size_t count,
		    size_t *lost);

/* Flag of hmt_read_mostly_begin(): writes by the kernel may fail. */
#define HMT_USER_WRITES_ONLY	(1U << 0)

struct hmt_read_mostly;

/*
 * Let devices keep replicas of pages that they read in [@start, @start +
 * @length), private anonymous memory of the caller, until a page is written.
 * The range is protected with userfaultfd(2), and a thread permits writes to 64
 * KiB at a time for @rest_ms. The range must not contain memory of malloc(3) or
 * a stack.
 */
int hmt_read_mostly_begin(int device, void *start, size_t length,
			  unsigned int rest_ms, unsigned int flags,
			  struct hmt_read_mostly **range);
/* End the protection of the range, and free @range, which may be NULL. */
void hmt_read_mostly_end(struct hmt_read_mostly *range);

/*
 * Find the best memory. @best has the request, with its size set, and the
 * answer.
 */
int hmt_best_for(int device, struct hmt_best *best);

/*
 * Return one word for a value of enum hmt_page_state, hmt_why, hmt_result,
 * hmt_best_reason; "unknown" for a value of a newer kernel.
 */
const char *hmt_state_name(unsigned int state);
const char *hmt_why_name(unsigned int why);
const char *hmt_result_name(unsigned int result);
const char *hmt_reason_name(unsigned int reason);

#ifdef __cplusplus
}
#endif

#endif
