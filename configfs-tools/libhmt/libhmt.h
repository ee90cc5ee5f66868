/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libhmt: what a program asks HMT about its memory, through /dev/hmt.
 *
 * All functions that return int give 0 or a negative errno; see <linux/hmt.h>
 * for what each of them means.
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

/* A descriptor of the device, or -errno. */
int hmt_open(void);
/* The same for another path, looked up from the directory @dir. */
int hmt_open_at(int dir, const char *path);

/*
 * What is known of each page of [@start, @start + @length) of @pid (0: the
 * caller), into one entry of @pages each. Goes on after signals.
 */
int hmt_query_pages(int device, pid_t pid, uint64_t start, uint64_t length,
		    struct hmt_page_info *pages);

/*
 * Move the pages of the range to the memory @uid, or to @tier when @uid is
 * HMT_UID_NONE. @result holds the sums, also after an error. Goes on after
 * signals; returns when @stop is given and no longer 0.
 */
int hmt_move_pages(int device, pid_t pid, uint64_t start, uint64_t length,
		   uint32_t uid, const char *tier, const volatile int *stop,
		   struct hmt_move *result);

/*
 * Tell HMT how to treat the range: @advice is one of enum hmt_advice. @start and
 * @length 0: the whole address space.
 */
int hmt_advise_pages(int device, pid_t pid, uint64_t start, uint64_t length,
		     uint32_t advice);

/*
 * The same for what is said of a tier: HMT_ADVICE_PREFER with a share in per
 * mille, HMT_ADVICE_AVOID and HMT_ADVICE_NEUTRAL with @share 0; "" stands for all
 * tiers there.
 */
int hmt_advise_tier(int device, pid_t pid, uint64_t start, uint64_t length,
		    uint32_t advice, const char *tier, unsigned int share);

/*
 * Report pages of @pid that were accessed: @count ranges for the provider "report",
 * or the one that @flags names (0, HMT_REPORT_DAMON). What is no address of a
 * process, and what finds the queue full, is passed over; *@lost is raised by the
 * number of such ranges.
 */
int hmt_report_heat(int device, pid_t pid, unsigned int flags,
		    const struct hmt_heat_range *ranges, size_t count,
		    size_t *lost);

/* Flags of hmt_read_mostly_begin(): writes by the kernel may fail. */
#define HMT_USER_WRITES_ONLY	(1U << 0)

struct hmt_read_mostly;

/*
 * Have devices copy what they read of [@start, @start + @length), private
 * anonymous memory of the caller, and drop the copies when somebody writes: all
 * of it is protected with userfaultfd(2), and a thread lets writes through, 64
 * KiB at a time for @rest_ms. The memory must not be the library's own: none that
 * malloc(3) gives out, and no stack.
 */
int hmt_read_mostly_begin(int device, void *start, size_t length,
			  unsigned int rest_ms, unsigned int flags,
			  struct hmt_read_mostly **range);
/* No more; the memory is writable. */
void hmt_read_mostly_end(struct hmt_read_mostly *range);

/* The best memory. @best holds the wish (its size is filled in) and the answer. */
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
