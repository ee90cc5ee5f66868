// SPDX-License-Identifier: GPL-2.0
/*
 * A provider for tests that does not answer as long as its parameter is set,
 * and reports everything as accessed when it answers.
 */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/hmt_provider.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

static bool hmt_stall_hang;
module_param_named(hang, hmt_stall_hang, bool, 0644);
MODULE_PARM_DESC(hang, "do not return before this is N");

static bool hmt_stall_spin;
module_param_named(spin, hmt_stall_spin, bool, 0644);
MODULE_PARM_DESC(spin, "use CPU time instead of sleeping");

static unsigned int hmt_stall_waiting;
module_param_named(waiting, hmt_stall_waiting, uint, 0444);
MODULE_PARM_DESC(waiting, "collections that do not return");

static unsigned int hmt_stall_refused;
module_param_named(refused, hmt_stall_refused, uint, 0444);
MODULE_PARM_DESC(refused, "reports that came too late");

struct hmt_stall_pass {
	struct hmt_session *session;
	struct hmt_mm *managed;
	DECLARE_BITMAP(all, HMT_CHUNK_PAGES);
};

static int hmt_stall_done(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, void *arg)
{
	struct hmt_stall_pass *pass = arg;
	int ret = hmt_report_bitmap(pass->session, pass->managed, addr,
				    pass->all);

	if (ret == -ECANCELED)
		WRITE_ONCE(hmt_stall_refused, hmt_stall_refused + 1);
	return 0;
}

static const struct hmt_walk_ops hmt_stall_walk = {
	.done = hmt_stall_done,
};

static int hmt_stall_collect(struct hmt_session *session,
			     struct hmt_mm *managed)
{
	struct hmt_stall_pass pass = { .session = session, .managed = managed };
	struct mm_struct *mm = hmt_mm_struct(managed);

	bitmap_fill(pass.all, HMT_CHUNK_PAGES);
	if (!READ_ONCE(hmt_stall_hang))
		return 0;
	WRITE_ONCE(hmt_stall_waiting, hmt_stall_waiting + 1);
	/* The provider does not even check whether it should stop. */
	while (READ_ONCE(hmt_stall_hang))
		if (READ_ONCE(hmt_stall_spin))
			cond_resched();
		else
			msleep(20);
	WRITE_ONCE(hmt_stall_waiting, hmt_stall_waiting - 1);
	return hmt_walk(mm, 0, mm->task_size, &hmt_stall_walk, &pass);
}

static const struct hmt_provider_ops hmt_stall_ops = {
	.collect = hmt_stall_collect,
};

static struct hmt_provider hmt_stall = {
	.name = "stall",
	.owner = THIS_MODULE,
	.ops = &hmt_stall_ops,
};
module_hmt_provider(hmt_stall, stall);

MODULE_DESCRIPTION("HMT: a provider that does not answer");
MODULE_LICENSE("GPL");
