// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that calls the API wrongly. Each call must be refused and change
 * nothing; loading fails if one is not.
 */
#include <linux/hmt_device.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

static unsigned long test_base;
module_param_named(base, test_base, ulong, 0444);
MODULE_PARM_DESC(base, "physical address of coherent memory; 0: private memory");

#define TEST_SIZE	SZ_4M

static int test_failed;

/* Count a call that did not return @expected. */
static void test_result(const char *call, long result, long expected)
{
	if (result == expected)
		return;
	pr_err("%s: %ld instead of %ld\n", call, result, expected);
	test_failed++;
}

static void test_copy(struct hmt_device_memory *memory,
		      struct hmt_device_copy_desc *copies, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		copies[i].failed = true;
}

static const struct hmt_device_memory_ops test_ops = { .copy = test_copy };
static const struct hmt_device_memory_ops test_no_ops = { };

static int test_submit(struct hmt_device_memory *memory,
		       struct hmt_device_copy_desc *copies, unsigned int nr,
		       u64 *fence)
{
	return -EIO;
}

static const struct hmt_device_memory_ops test_no_wait = {
	.copy = test_copy,
	.submit = test_submit,
};

static void test_map(struct hmt_device_mm *view, unsigned long addr,
		     const struct hmt_device_translation *translation)
{
}

static void test_unmap(struct hmt_device_mm *view, unsigned long start,
		       unsigned long end)
{
}

static const struct hmt_device_mm_ops test_mm_ops = {
	.map = test_map,
	.unmap = test_unmap,
};

static struct hmt_device_memory test_memory;

static void test_fill(void)
{
	test_memory = (struct hmt_device_memory) {
		.name = "refuse",
		.kind = test_base ? HMT_KIND_DEVICE_COHERENT :
				    HMT_KIND_DEVICE_PRIVATE,
		.base = test_base,
		.size = TEST_SIZE,
		.nid = NUMA_NO_NODE,
		.ops = &test_ops,
	};
}

static void test_bad_name(const char *name)
{
	test_fill();
	test_memory.name = name;
	test_result(name, hmt_device_memory_register(&test_memory), -EINVAL);
}

static void test_bad_size(u64 size)
{
	test_fill();
	test_memory.size = size;
	test_result("size", hmt_device_memory_register(&test_memory), -EINVAL);
}

static void test_registration(void)
{
	test_bad_name(".");
	test_bad_name("..");
	test_bad_name("");
	test_bad_name("a b");
	test_bad_size(0);
	test_bad_size(SZ_4K);
	test_bad_size(SZ_2M + SZ_4K);
	test_bad_size(BIT_ULL(62));
	test_bad_size(-SZ_2M);
	test_fill();
	test_memory.kind = HMT_KIND_DRAM;
	test_result("kind of a node", hmt_device_memory_register(&test_memory),
		    -EINVAL);
	test_fill();
	test_memory.kind = HMT_KINDS;
	test_result("kind", hmt_device_memory_register(&test_memory), -EINVAL);
	test_fill();
	test_memory.nid = MAX_NUMNODES;
	test_result("node", hmt_device_memory_register(&test_memory), -EINVAL);
	test_fill();
	test_memory.nid = NUMA_NO_NODE - 1;
	test_result("node below 0", hmt_device_memory_register(&test_memory),
		    -EINVAL);
	test_fill();
	test_memory.ops = NULL;
	test_result("no operations", hmt_device_memory_register(&test_memory),
		    -EINVAL);
	test_fill();
	test_memory.ops = &test_no_wait;
	test_result("no wait", hmt_device_memory_register(&test_memory),
		    -EINVAL);
	test_fill();
	test_memory.ops = &test_no_ops;
	test_result("no copy", hmt_device_memory_register(&test_memory),
		    -EINVAL);
	test_fill();
	test_memory.lent = true;
	test_result("no lend", hmt_device_memory_register(&test_memory),
		    -EINVAL);
}

/* After a refused registration and without one the memory does not exist. */
static void test_absent(void)
{
	struct hmt_device_mm_ops mm_ops = { };
	struct hmt_device_mm view = { .device = &test_memory, .ops = &mm_ops };
	u64 offset = 7;

	test_result("uid", hmt_device_memory_uid(&test_memory), HMT_UID_NONE);
	test_result("owner", !hmt_device_memory_owner(&test_memory), true);
	test_result("holds", hmt_device_memory_holds(&test_memory,
						     ZERO_PAGE(0), &offset),
		    false);
	test_result("reserve", hmt_device_memory_reserve(&test_memory, SZ_4K,
							 &offset), -ENODEV);
	test_result("take", hmt_device_memory_take(&test_memory, 0, SZ_4K, 1),
		    -ENODEV);
	test_result("make room",
		    hmt_device_memory_make_room(&test_memory, SZ_4K, 1,
						&offset), -ENODEV);
	test_result("give", hmt_device_memory_give(&test_memory, 0, SZ_4K),
		    -ENODEV);
	hmt_device_memory_report(&test_memory, HMT_EVIDENCE_COUNTER, 0, SZ_4K,
				 1);
	test_result("evacuate", hmt_device_memory_evacuate(&test_memory, 1),
		    -ENODEV);
	test_result("reopen", hmt_device_memory_reopen(&test_memory), -ENODEV);
	test_result("open without operations", hmt_device_mm_open(&view),
		    -EINVAL);
	view.ops = &test_mm_ops;
	test_result("open", hmt_device_mm_open(&view), -ENODEV);
	hmt_device_report(&view, HMT_EVIDENCE_COUNTER, 0, PAGE_SIZE, 1);
	view.device = NULL;
	test_result("open without device", hmt_device_mm_open(&view), -EINVAL);
	test_result("offset", offset, 7);
}

static void test_ranges(void)
{
	struct hmt_device_memory *memory = &test_memory;
	u64 offset = 7;

	test_result("reserve 0", hmt_device_memory_reserve(memory, 0, &offset),
		    -EINVAL);
	test_result("reserve a part of a page",
		    hmt_device_memory_reserve(memory, PAGE_SIZE + 1, &offset),
		    -EINVAL);
	test_result("reserve too much",
		    hmt_device_memory_reserve(memory, TEST_SIZE + PAGE_SIZE,
					      &offset), -ENOSPC);
	test_result("make room of 0",
		    hmt_device_memory_make_room(memory, 0, 1, &offset),
		    -EINVAL);
	test_result("make too much room",
		    hmt_device_memory_make_room(memory, TEST_SIZE + PAGE_SIZE,
						1, &offset), -ENOSPC);
	hmt_device_memory_report(memory, HMT_EVIDENCE_COUNTER, TEST_SIZE, 1, 1);
	hmt_device_memory_report(memory, HMT_EVIDENCE_COUNTER, 1, ~0ULL, 1);
	test_result("offset", offset, 7);
	test_result("give what is HMT's",
		    hmt_device_memory_give(memory, 0, PAGE_SIZE), -EINVAL);
	test_result("take a part of a page",
		    hmt_device_memory_take(memory, 1, PAGE_SIZE, 1), -EINVAL);
	test_result("take beyond the end",
		    hmt_device_memory_take(memory, TEST_SIZE, PAGE_SIZE, 1),
		    -EINVAL);
	test_result("take an overflow",
		    hmt_device_memory_take(memory, -PAGE_SIZE, 2 * PAGE_SIZE,
					   1), -EINVAL);
	test_result("take", hmt_device_memory_take(memory, 0, PAGE_SIZE, 1000),
		    0);
	test_result("take twice",
		    hmt_device_memory_take(memory, 0, PAGE_SIZE, 1), -EBUSY);
	test_result("give too much",
		    hmt_device_memory_give(memory, 0, 2 * PAGE_SIZE), -EINVAL);
	test_result("give", hmt_device_memory_give(memory, 0, PAGE_SIZE), 0);
	test_result("give twice", hmt_device_memory_give(memory, 0, PAGE_SIZE),
		    -EINVAL);
}

static void test_migration(const char *title, unsigned int nr_to, u32 to,
			   unsigned long next, unsigned long end, int expected)
{
	struct hmt_migration migration = {
		.mm = current->mm,
		.next = next,
		.end = end,
		.allowed = node_states[N_MEMORY],
		.nr_to = nr_to,
		.to = &to,
	};

	test_result(title, hmt_migrate_range(&migration), expected);
}

static void test_migrations(void)
{
	u32 uid = hmt_device_memory_uid(&test_memory);
	unsigned long top = current->mm->task_size;
	struct hmt_migration nowhere = { .nr_to = 1, .to = &uid };

	test_migration("no destination", 0, uid, 0, PAGE_SIZE, -EINVAL);
	test_migration("too many destinations", HMT_TIER_MEMORIES_MAX + 1, uid,
		       0, PAGE_SIZE, -EINVAL);
	test_migration("unknown destination", 1, HMT_UID_NONE, 0, PAGE_SIZE,
		       -ENODEV);
	test_migration("reversed", 1, uid, PAGE_SIZE, 0, -EINVAL);
	test_migration("unaligned", 1, uid, 1, PAGE_SIZE, -EINVAL);
	test_migration("above the address space", 1, uid, 0, top + PAGE_SIZE,
		       -EINVAL);
	test_migration("all of memory", 1, uid, 0, ~0UL & PAGE_MASK, -EINVAL);
	test_migration("nothing", 1, uid, top, top, 0);
	test_result("no address space", hmt_migrate_range(&nowhere), -EINVAL);
	nowhere.mm = current->mm;
	nowhere.to = NULL;
	test_result("no list of destinations", hmt_migrate_range(&nowhere),
		    -EINVAL);
}

static void test_exclusion(const char *title, unsigned long start,
			   unsigned long end)
{
	test_result(title, hmt_exclude_range(current->mm, start, end), -EINVAL);
	test_result(title, hmt_include_range(current->mm, start, end), -EINVAL);
}

static void test_exclusions(void)
{
	unsigned long top = current->mm->task_size;

	test_exclusion("exclude reversed", PAGE_SIZE, 0);
	test_exclusion("exclude unaligned", 1, PAGE_SIZE);
	test_exclusion("exclude a part of a page", 0, PAGE_SIZE + 1);
	test_exclusion("exclude too far", 0, top + PAGE_SIZE);
	test_exclusion("exclude all of memory", 0, ~0UL & PAGE_MASK);
}

static void test_forget(struct hmt_mirror *mirror, unsigned long start,
			unsigned long end)
{
}

static void test_mirrors(void)
{
	struct hmt_mirror mirror = { };

	test_result("mirror of nothing", hmt_mirror_add(&mirror), -EINVAL);
	mirror.forget = test_forget;
	test_result("mirror without address space", hmt_mirror_add(&mirror),
		    -EINVAL);
	hmt_mirror_report(&mirror, HMT_EVIDENCE_COUNTER, 0, PAGE_SIZE, 1);
	mirror.mm = current->mm;
	test_result("mirror", hmt_mirror_add(&mirror), 0);
	test_result("mirror twice", hmt_mirror_add(&mirror), -EEXIST);
	hmt_mirror_remove(&mirror);
}

static struct hmt_device_mm test_view = {
	.device = &test_memory,
	.ops = &test_mm_ops,
};

static void test_done(struct hmt_device_prefetch *prefetch)
{
}

static void test_prefetch(const char *title,
			  void (*done)(struct hmt_device_prefetch *prefetch),
			  unsigned long start, unsigned long end)
{
	struct hmt_device_prefetch prefetch = {
		.view = &test_view,
		.start = start,
		.end = end,
		.done = done,
	};

	test_result(title, hmt_device_prefetch(&prefetch), -EINVAL);
}

static void test_prefetches(void)
{
	unsigned long top = current->mm->task_size;

	test_prefetch("prefetch without done", NULL, 0, PAGE_SIZE);
	test_prefetch("prefetch reversed", test_done, PAGE_SIZE, 0);
	test_prefetch("prefetch unaligned", test_done, 1, PAGE_SIZE);
	test_prefetch("prefetch too far", test_done, 0, top + PAGE_SIZE);
}

static void test_faults(void)
{
	test_result("open", hmt_device_mm_open(&test_view), 0);
	test_result("unknown flag", hmt_device_fault(&test_view, 0, 4),
		    -EINVAL);
	test_result("fault at 0", hmt_device_fault(&test_view, 0, 0), -EFAULT);
	test_result("fault above the address space",
		    hmt_device_fault(&test_view, ~0UL, 0), -EFAULT);
}

static int __init test_init(void)
{
	u32 uid;

	test_registration();
	test_absent();
	test_fill();
	test_result("register", hmt_device_memory_register(&test_memory), 0);
	uid = hmt_device_memory_uid(&test_memory);
	test_result("register twice", hmt_device_memory_register(&test_memory),
		    -EEXIST);
	test_result("uid", hmt_device_memory_uid(&test_memory), uid);
	test_ranges();
	test_migrations();
	test_exclusions();
	test_mirrors();
	test_faults();
	test_prefetches();
	/* A view may outlive the memory. */
	hmt_device_memory_unregister(&test_memory);
	test_result("fault without memory", hmt_device_fault(&test_view, 0, 0),
		    -ENODEV);
	hmt_device_mm_close(&test_view);
	test_absent();
	/* Nothing is to be unloaded. */
	return test_failed ? -EIO : -EAGAIN;
}
module_init(test_init);

MODULE_DESCRIPTION("HMT: wrong calls of the API, for tests");
MODULE_LICENSE("GPL");
