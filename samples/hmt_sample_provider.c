// SPDX-License-Identifier: GPL-2.0
/* The smallest provider: it reports each mapped page as accessed. */
#include <linux/bitmap.h>
#include <linux/hmt_provider.h>
#include <linux/mm_types.h>
#include <linux/module.h>

struct sample_pass {
	struct hmt_session *session;
	struct hmt_mm *managed;
	DECLARE_BITMAP(accessed, HMT_CHUNK_PAGES);
};

/* Interrupts are off: only record the accessed pages. */
static void sample_scan(struct vm_area_struct *vma, unsigned long addr,
			unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	struct sample_pass *pass = arg;

	bitmap_zero(pass->accessed, HMT_CHUNK_PAGES);
	bitmap_set(pass->accessed, hmt_chunk_index(addr),
		   (end - addr) >> PAGE_SHIFT);
}

/* May sleep: report the recorded pages. */
static int sample_done(struct vm_area_struct *vma, unsigned long addr,
		       unsigned long end, void *arg)
{
	struct sample_pass *pass = arg;

	return hmt_report_bitmap(pass->session, pass->managed, addr,
				 pass->accessed);
}

static const struct hmt_walk_ops sample_walk = {
	.scan = sample_scan,
	.done = sample_done,
};

static int sample_collect(struct hmt_session *session, struct hmt_mm *managed)
{
	struct sample_pass pass = { .session = session, .managed = managed };
	struct mm_struct *mm = hmt_mm_struct(managed);

	return hmt_walk(mm, 0, mm->task_size, &sample_walk, &pass);
}

static const struct hmt_provider_ops sample_ops = {
	.collect = sample_collect,
};

static struct hmt_provider sample_provider = {
	.name = "sample",
	.owner = THIS_MODULE,
	.ops = &sample_ops,
};
module_hmt_provider(sample_provider, sample);

MODULE_DESCRIPTION("HMT: smallest provider");
MODULE_LICENSE("GPL");
