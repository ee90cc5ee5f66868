// SPDX-License-Identifier: GPL-2.0
/*
 * Compare the cost of the router's question with that of reading one counter of
 * every CPU for every node, which grows with the machine.
 */
#include <linux/cpumask.h>
#include <linux/hmt_internal.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#define TEST_ROUNDS	100
#define TEST_CALLS	20

static unsigned long question_ns = ULONG_MAX;
module_param(question_ns, ulong, 0444);
MODULE_PARM_DESC(question_ns, "Least time of hmt_demotion_of_node(0)");

static unsigned long counters_ns = ULONG_MAX;
module_param(counters_ns, ulong, 0444);
MODULE_PARM_DESC(counters_ns, "Least time of reading a counter of each CPU for each other node");

static DEFINE_PER_CPU(unsigned int, test_counter);

static void test_question(void)
{
	struct hmt_demotion demotion;

	hmt_demotion_of_node(0, &demotion);
}

static void test_counters(void)
{
	int nid, cpu;

	for_each_node_state(nid, N_MEMORY)
		if (nid)
			for_each_online_cpu(cpu)
				READ_ONCE(per_cpu(test_counter, cpu));
}

static void test_measure(void (*call)(void), unsigned long *least)
{
	unsigned int i;
	u64 start;

	preempt_disable();
	start = ktime_get_ns();
	for (i = 0; i < TEST_CALLS; i++)
		call();
	*least = min_t(u64, *least, (ktime_get_ns() - start) / TEST_CALLS);
	preempt_enable();
}

static int __init test_init(void)
{
	unsigned int i;

	for (i = 0; i < TEST_ROUNDS; i++) {
		test_measure(test_question, &question_ns);
		test_measure(test_counters, &counters_ns);
	}
	return 0;
}
module_init(test_init);

static void __exit test_exit(void)
{
}
module_exit(test_exit);

MODULE_DESCRIPTION("HMT: cost of a question of the router, for tests");
MODULE_IMPORT_HMT_INTERNAL();
MODULE_LICENSE("GPL");
