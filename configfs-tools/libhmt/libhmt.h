/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libhmt: requests of programs to HMT about their memory, through /dev/hmt.
 *
 * Functions that return int return 0 or a negative errno, unless noted
 * otherwise; <linux/hmt.h> has the meaning of each errno.
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

/* Return a descriptor of the device, or -errno. */
int hmt_open(void);
/* Open another path, relative to the directory @dir. */
int hmt_open_at(int dir, const char *path);

/*
 * Fill one entry of @pages for each page of [@start, @start + @length) of @pid
 * (0: the caller). Continues after signals.
 */
int hmt_query_pages(int device, pid_t pid, uint64_t start, uint64_t length,
		    struct hmt_page_info *pages);

/*
 * Move the pages of the range to the memory @uid, or to @tier if @uid is
 * HMT_UID_NONE. @result has the sums, also after an error. Continues after
 * signals, until *@stop, if @stop is not NULL, is not 0 any more.
 */
int hmt_move_pages(int device, pid_t pid, uint64_t start, uint64_t length,
		   uint32_t uid, const char *tier, const volatile int *stop,
		   struct hmt_move *result);

/*
 * Set or remove advice for the range: @advice is one of enum hmt_advice. @start
 * and @length 0: the whole address space.
 */
int hmt_advise_pages(int device, pid_t pid, uint64_t start, uint64_t length,
		     uint32_t advice);

/*
 * Set or remove advice for a tier: HMT_ADVICE_PREFER with a share in per mille,
 * HMT_ADVICE_AVOID and HMT_ADVICE_NEUTRAL with @share 0. "" means all tiers for
 * HMT_ADVICE_NEUTRAL.
 */
int hmt_advise_tier(int device, pid_t pid, uint64_t start, uint64_t length,
		    uint32_t advice, const char *tier, unsigned int share);

/*
 * Report pages of @pid that were accessed: @count ranges for the provider "report",
 * or "damon" if @flags is HMT_REPORT_DAMON. *@lost grows by the number of ranges
 * that are not addresses of a process or found the queue full.
 */
int hmt_report_heat(int device, pid_t pid, unsigned int flags,
		    const struct hmt_heat_range *ranges, size_t count,
		    size_t *lost);

/* Flags of hmt_read_mostly_begin(): writes by the kernel may fail. */
#define HMT_USER_WRITES_ONLY	(1U << 0)

struct hmt_read_mostly;

/*
 * Let devices replicate the pages of [@start, @start + @length) that they read.
 * The range is private anonymous memory of the caller. It is protected against
 * writing with userfaultfd(2); a thread of the library makes 64 KiB writable for
 * @rest_ms after a write, when their replicas are dropped. The range must not be
 * memory of malloc(3) or a stack, because the library uses these.
 */
int hmt_read_mostly_begin(int device, void *start, size_t length,
			  unsigned int rest_ms, unsigned int flags,
			  struct hmt_read_mostly **range);
/* End replication and make the memory writable. */
void hmt_read_mostly_end(struct hmt_read_mostly *range);

/*
 * Find the best memory. @best has the request, whose size is filled in, and
 * receives the answer.
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
