// SPDX-License-Identifier: GPL-2.0
/*
 * File descriptor returned by HMT_SERVE: read() returns plans, write() takes
 * results.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/hmt_internal.h>
#include <linux/poll.h>
#include <linux/uaccess.h>
#include "hmt.h"
#include "move/move.h"
#include "serve.h"

static int hmt_serve_wait(struct file *file)
{
	if (hmt_remote_has_plans())
		return 0;
	if (file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(hmt_remote_plan_waitq,
					hmt_remote_has_plans());
}

/* Copy as many plans to user space as exist and fit. */
static ssize_t hmt_serve_take(char __user *user, size_t size)
{
	struct hmt_remote_plan plan;
	size_t done = 0;
	int ret = 0;

	while (done + sizeof(plan) <= size) {
		ret = hmt_remote_take(&plan);
		if (ret)
			break;
		if (copy_to_user(user + done, &plan, sizeof(plan))) {
			hmt_remote_requeue(plan.id);
			ret = -EFAULT;
			break;
		}
		done += sizeof(plan);
	}
	return done ?: ret;
}

static ssize_t hmt_serve_read(struct file *file, char __user *user, size_t size,
			      loff_t *offset)
{
	ssize_t ret;

	if (size < sizeof(struct hmt_remote_plan))
		return -EINVAL;
	do {
		ret = hmt_serve_wait(file) ?: hmt_serve_take(user, size);
		/*
		 * The plan that ended the wait may have belonged to a process
		 * that is gone.
		 */
	} while (ret == -EAGAIN && !(file->f_flags & O_NONBLOCK));
	return ret;
}

/*
 * Results before a bad one are accepted; the next write begins with the bad
 * one.
 */
static ssize_t hmt_serve_write(struct file *file, const char __user *user,
			       size_t size, loff_t *offset)
{
	struct hmt_remote_result result;
	size_t done = 0;
	int ret = 0;

	if (!size || size % sizeof(result))
		return -EINVAL;
	while (done < size && !ret) {
		if (copy_from_user(&result, user + done, sizeof(result)))
			ret = -EFAULT;
		else
			ret = hmt_remote_finish(&result);
		if (!ret)
			done += sizeof(result);
	}
	return done ?: ret;
}

static __poll_t hmt_serve_poll(struct file *file, poll_table *table)
{
	__poll_t events = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &hmt_remote_plan_waitq, table);
	if (hmt_remote_has_plans())
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

static long hmt_serve_ioctl(struct file *file, unsigned int command,
			    unsigned long arg)
{
	u64 id;

	if (command != HMT_CHECK)
		return -ENOTTY;
	if (copy_from_user(&id, (void __user *)arg, sizeof(id)))
		return -EFAULT;
	return hmt_remote_check(id);
}

static int hmt_serve_release(struct inode *inode, struct file *file)
{
	hmt_remote_detach();
	return 0;
}

static const struct file_operations hmt_serve_ops = {
	.owner = THIS_MODULE,
	.read = hmt_serve_read,
	.write = hmt_serve_write,
	.poll = hmt_serve_poll,
	.unlocked_ioctl = hmt_serve_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = hmt_serve_release,
	.llseek = noop_llseek,
};

/* Open a descriptor. Return it, -EPERM, or -EBUSY if one is open already. */
int hmt_serve_open(void)
{
	int ret;

	if (!capable(CAP_SYS_NICE))
		return -EPERM;
	ret = hmt_remote_attach();
	if (ret)
		return ret;
	ret = anon_inode_getfd("[hmt]", &hmt_serve_ops, NULL,
			       O_RDWR | O_CLOEXEC);
	if (ret < 0)
		hmt_remote_detach();
	return ret;
}
