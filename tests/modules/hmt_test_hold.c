// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/hmt_test_hold: mmap() of it does not return, and holds the mmap lock for
 * writing, as long as the parameter is set.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static bool test_hold;
module_param_named(hold, test_hold, bool, 0644);
MODULE_PARM_DESC(hold, "mmap() does not return before this is N");

static unsigned int test_waiting;
module_param_named(waiting, test_waiting, uint, 0444);
MODULE_PARM_DESC(waiting, "1: a call of mmap() does not return");

static int test_mmap(struct file *file, struct vm_area_struct *vma)
{
	WRITE_ONCE(test_waiting, 1);
	while (READ_ONCE(test_hold))
		msleep(20);
	WRITE_ONCE(test_waiting, 0);
	return -ENXIO;
}

static const struct file_operations test_fops = {
	.owner = THIS_MODULE,
	.mmap = test_mmap,
};

static struct miscdevice test_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hmt_test_hold",
	.fops = &test_fops,
};
module_misc_device(test_device);

MODULE_DESCRIPTION("HMT: a file whose mmap() holds the mmap lock, for tests");
MODULE_LICENSE("GPL");
