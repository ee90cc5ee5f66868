/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libhmt: requests of programs to HMT about memory, through /dev/hmt.
 *
 * Functions that return int return 0 or a negative errno; <linux/hmt.h>
 * describes the errors.
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

/*
 * Query each page of [@start, @start + @length) of @pid (0: the caller) into
 * one entry of @pages. Continues after signals.
 */
int hmt_query_pages(int device, pid_t pid, uint64_t start, uint64_t length,
		    struct hmt_page_info *pages);

/*
 * Move the pages of the range to the memory @uid, or to @tier if @uid is
 * HMT_UID_NONE. @result has the sums, also after an error. Continues after
 * signals, and returns -EINTR if @stop is given and not 0.
 */
int hmt_move_pages(int device, pid_t pid, uint64_t start, uint64_t length,
		   uint32_t uid, const char *tier, const volatile int *stop,
		   struct hmt_move *result);

/*
 * Advise HMT about the range: @advice is one of enum hmt_advice. @start and
 * @length 0 mean the whole address space.
 */
int hmt_advise_pages(int device, pid_t pid, uint64_t start, uint64_t length,
		     uint32_t advice);

/*
 * Advise HMT about a tier for the range: HMT_ADVICE_PREFER with a share in per
 * mille; HMT_ADVICE_AVOID and HMT_ADVICE_NEUTRAL with @share 0, where @tier ""
 * means all tiers.
 */
int hmt_advise_tier(int device, pid_t pid, uint64_t start, uint64_t length,
		    uint32_t advice, const char *tier, unsigned int share);

/*
 * Report accessed pages of @pid: @count ranges for the provider "report"
 * (@flags 0) or "damon" (HMT_REPORT_DAMON). Ranges outside of user addresses,
 * and ranges that do not fit into the queue, are dropped; their number is added
 * to *@lost.
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
/* End the protection of the range, and free @range. */
void hmt_read_mostly_end(struct hmt_read_mostly *range);

/*
 * Find the best memory. @best has the request, whose size is filled in, and the
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
