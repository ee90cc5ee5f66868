// SPDX-License-Identifier: GPL-2.0
/*
 * The mmap lock of other processes. A process can hold its own for as long as
 * it likes: mmap() of a file waits for the driver or the FUSE server of the
 * file, and fork() of terabytes takes seconds. A kernel thread works for other
 * processes as well and must be stoppable, so it never waits for the lock
 * without a bound. Tasks wait as in /proc, until they are killed.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/hmt_internal.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include "page.h"

/* Longest time that a kernel thread waits for one lock, in us. */
#define HMT_LOCK_WAIT_US	20000

/* First and longest sleep between two tries, in us. */
#define HMT_LOCK_NAP_MIN_US	20
#define HMT_LOCK_NAP_MAX_US	2000

static bool hmt_lock_should_stop(void)
{
	return current->flags & PF_KTHREAD && kthread_should_stop();
}

/* Try to take the lock for at most *@patience us, and subtract the sleeps. */
static int hmt_mmap_read_try(struct mm_struct *mm, unsigned int *patience)
{
	unsigned int left = min(*patience, HMT_LOCK_WAIT_US), slept = 0;
	unsigned int nap = HMT_LOCK_NAP_MIN_US;
	int ret = 0;

	while (!mmap_read_trylock(mm)) {
		if (hmt_lock_should_stop())
			ret = -EINTR;
		else if (slept + nap > left)
			ret = -EAGAIN;
		if (ret)
			break;
		usleep_range(nap, 2 * nap);
		slept += nap;
		nap = min(2 * nap, HMT_LOCK_NAP_MAX_US);
	}
	*patience -= slept;
	return ret;
}

/*
 * As hmt_mmap_read_lock(). A kernel thread waits for at most *@patience us, of
 * which the time that it waited is subtracted.
 */
int hmt_mmap_read_lock_patiently(struct mm_struct *mm, unsigned int *patience)
{
	if (current->flags & PF_KTHREAD)
		return hmt_mmap_read_try(mm, patience);
	return mmap_read_lock_killable(mm);
}

/*
 * As hmt_mmap_read_lock(), for a task that a kernel thread waits for: it waits
 * as briefly as a kernel thread.
 */
int hmt_mmap_read_lock_briefly(struct mm_struct *mm)
{
	unsigned int patience = HMT_LOCK_WAIT_US;

	return hmt_mmap_read_try(mm, &patience);
}

/**
 * hmt_mmap_read_lock() - take the mmap lock for reading, within a bounded time
 * @mm: address space, mm_users held by the caller
 *
 * Context: process, may sleep. A kernel thread waits for at most 20 ms.
 * Return: 0; -EAGAIN if another task holds the lock, kernel threads only;
 * -EINTR if the kernel thread has to stop or the task was killed.
 */
int hmt_mmap_read_lock(struct mm_struct *mm)
{
	unsigned int patience = HMT_LOCK_WAIT_US;

	return hmt_mmap_read_lock_patiently(mm, &patience);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_mmap_read_lock);

/*
 * Check whether no task uses @mm any more, so that its memory and its files
 * only stay because a caller holds mm_users. The kernel clears the owner when
 * the last task leaves, however many others hold mm_users.
 */
bool hmt_mm_is_left(struct mm_struct *mm)
{
#ifdef CONFIG_MEMCG
	return !rcu_access_pointer(mm->owner);
#else
	return mm != current->mm && atomic_read(&mm->mm_users) == 1;
#endif
}
