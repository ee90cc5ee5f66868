// SPDX-License-Identifier: GPL-2.0
/*
 * A provider for tests that lies at each query: addresses of the kernel, more
 * chunks than can exist, endless ranges, absurd scores, invalid address spaces.
 */
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/hmt_provider.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/poison.h>
#include <linux/sizes.h>

/* Nothing is mapped here, at HMT_LIE_BYTES and more. */
#define HMT_LIE_AT	BIT(45)
#define HMT_LIE_BYTES	BIT(40)
#define HMT_LIE_CHUNKS	1000UL

static struct hmt_provider hmt_lie;

static unsigned long hmt_lie_told;
module_param_named(told, hmt_lie_told, ulong, 0444);
MODULE_PARM_DESC(told, "number of queries");

static unsigned long hmt_lie_believed;
module_param_named(believed, hmt_lie_believed, ulong, 0444);
MODULE_PARM_DESC(believed, "lies that were wrongly accepted");

static void hmt_lie_expect(int got, int wanted)
{
	if (got == wanted)
		return;
	pr_err_ratelimited("hmt_lie: %d instead of %d\n", got, wanted);
	WRITE_ONCE(hmt_lie_believed, hmt_lie_believed + 1);
}

static void hmt_lie_push(const struct mm_struct *mm)
{
	const struct mm_struct *none = LIST_POISON1;
	int i;

	hmt_lie_expect(hmt_report_range(&hmt_lie, mm, 0, ULONG_MAX, 1),
		       -EINVAL);
	hmt_lie_expect(hmt_report_range(&hmt_lie, mm, SZ_2M, SZ_1M, 1),
		       -EINVAL);
	hmt_lie_expect(hmt_report_range(&hmt_lie, mm, SZ_1M, SZ_2M, 0),
		       -EINVAL);
	hmt_lie_expect(hmt_report_page(&hmt_lie, none, SZ_1M, 1), -ESRCH);
	hmt_lie_expect(hmt_report_page(&hmt_lie, NULL, SZ_1M, 1), -ESRCH);
	/* Accepted without a check at first, and rejected when it is used. */
	hmt_report_page(&hmt_lie, mm, (unsigned long)&hmt_lie, UINT_MAX);
	hmt_report_page(&hmt_lie, mm, ULONG_MAX, UINT_MAX);
	for (i = 0; i < 100; i++)
		hmt_report_range(&hmt_lie, mm, HMT_LIE_AT,
				 HMT_LIE_AT + HMT_LIE_BYTES, UINT_MAX);
}

/* Chunks that do not exist. */
static void hmt_lie_flood(struct hmt_session *session, struct hmt_mm *managed,
			  const unsigned long *all)
{
	unsigned long i;

	for (i = 0; i < HMT_LIE_CHUNKS; i++)
		hmt_lie_expect(hmt_report_bitmap(session, managed,
						 HMT_LIE_AT +
						 i * HMT_CHUNK_SIZE, all),
			       -ERANGE);
}

static int hmt_lie_collect(struct hmt_session *session, struct hmt_mm *managed)
{
	const struct mm_struct *mm = hmt_mm_struct(managed);
	DECLARE_BITMAP(all, HMT_CHUNK_PAGES);

	bitmap_fill(all, HMT_CHUNK_PAGES);
	hmt_lie_expect(hmt_report_bitmap(session, managed, mm->task_size, all),
		       -ERANGE);
	hmt_lie_expect(hmt_report_bitmap(session, managed, ULONG_MAX, all),
		       -ERANGE);
	hmt_lie_expect(hmt_report_bitmap(session, managed,
					 (unsigned long)&hmt_lie, all),
		       -ERANGE);
	hmt_lie_flood(session, managed, all);
	hmt_lie_push(mm);
	WRITE_ONCE(hmt_lie_told, hmt_lie_told + 1);
	/* An error that providers should not return. */
	return INT_MIN;
}

static const struct hmt_provider_ops hmt_lie_ops = {
	.collect = hmt_lie_collect,
};

static struct hmt_provider hmt_lie = {
	.name = "lie",
	.owner = THIS_MODULE,
	.ops = &hmt_lie_ops,
	.push = true,
};
module_hmt_provider(hmt_lie, lie);

MODULE_DESCRIPTION("HMT: a provider that lies");
MODULE_LICENSE("GPL");
