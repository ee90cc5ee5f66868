/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers for configfs attributes of providers. */
#ifndef _HMT_PROVIDER_ATTRS_H
#define _HMT_PROVIDER_ATTRS_H

#include <linux/configfs.h>
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/percpu.h>

/* Show the sum of a number of each CPU. */
static inline ssize_t hmt_attr_show_sum(char *page,
					const u64 __percpu *number)
{
	unsigned int cpu;
	u64 sum = 0;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(number, cpu));
	return sysfs_emit(page, "%llu\n", sum);
}

/* Define the read-only attribute @_name: the sum of @_number over all CPUs. */
#define HMT_ATTR_SUM(_prefix, _name, _number)				\
static ssize_t _prefix##_name##_show(struct config_item *item,		\
				     char *page)			\
{									\
	return hmt_attr_show_sum(page, &(_number));			\
}									\
CONFIGFS_ATTR_RO(_prefix, _name)

/* Store a number from 1 to @most, read without a lock; return 0 or an error. */
static inline int hmt_attr_store(unsigned int *value, const char *page,
				 unsigned int most)
{
	unsigned int number;
	int ret = kstrtouint(page, 10, &number);

	if (ret)
		return ret;
	if (!number || number > most)
		return -ERANGE;
	WRITE_ONCE(*value, number);
	return 0;
}

/* Store 0 or 1, read without a lock; return 0 or an error. */
static inline int hmt_attr_store_bool(bool *value, const char *page)
{
	u8 number;
	int ret = kstrtou8(page, 10, &number);

	if (ret)
		return ret;
	if (number > 1)
		return -ERANGE;
	WRITE_ONCE(*value, number);
	return 0;
}

#endif /* _HMT_PROVIDER_ATTRS_H */
