// SPDX-License-Identifier: GPL-2.0
/* A provider that takes its time for each chunk, for processes that end. */
#include <linux/delay.h>
#include <linux/hmt_provider.h>
#include <linux/mm_types.h>
#include <linux/mmap_lock.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static unsigned int test_ms = 50;
module_param_named(ms, test_ms, uint, 0644);
MODULE_PARM_DESC(ms, "time for each chunk in ms");

static unsigned int test_visited;
module_param_named(visited, test_visited, uint, 0444);
MODULE_PARM_DESC(visited, "number of visited chunks");

static unsigned int test_delaying;
module_param_named(delaying, test_delaying, uint, 0444);
MODULE_PARM_DESC(delaying, "chunks at whose end a task waited for the mmap lock");

static unsigned int test_kept;
module_param_named(kept, test_kept, uint, 0444);
MODULE_PARM_DESC(kept, "chunks at whose begin a task waited for the mmap lock");

static int test_done(struct vm_area_struct *vma, unsigned long addr,
		     unsigned long end, void *arg)
{
	bool kept = mmap_lock_is_contended(vma->vm_mm);

	msleep(READ_ONCE(test_ms));
	WRITE_ONCE(test_kept, test_kept + kept);
	WRITE_ONCE(test_delaying, test_delaying +
				  mmap_lock_is_contended(vma->vm_mm));
	WRITE_ONCE(test_visited, test_visited + 1);
	return 0;
}

static const struct hmt_walk_ops test_walk = {
	.done = test_done,
};

static int test_collect(struct hmt_session *session, struct hmt_mm *managed)
{
	struct mm_struct *mm = hmt_mm_struct(managed);

	return hmt_walk(mm, 0, mm->task_size, &test_walk, NULL);
}

static const struct hmt_provider_ops test_ops = {
	.collect = test_collect,
};

static struct hmt_provider test_provider = {
	.name = "test_slow",
	.owner = THIS_MODULE,
	.ops = &test_ops,
};
module_hmt_provider(test_provider, test_slow);

MODULE_DESCRIPTION("HMT: a slow provider, for tests");
MODULE_LICENSE("GPL");
