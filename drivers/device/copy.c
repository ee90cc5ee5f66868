// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: copies by the driver, which executes them at once, or begins
 * them and waits later. One side of a copy is in the memory of the pool; the
 * other is in system memory, or in the memory of a peer that the device reaches.
 *
 * Jobs that one move began are linked, and the last one is waited for. The caller
 * of hmt_device_copy_begin() keeps both memories registered until
 * hmt_device_copy_end() returns: hmt_memory_unregister() waits for it.
 */
#include <linux/hmt_internal.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include "device.h"

/**
 * struct hmt_device_job - copies that the driver began
 * @before: job that was begun before it for the same move, or NULL
 * @copies: the copies
 * @nr: number of entries in @copies
 * @fence: fence of the driver
 * @descs: the same copies for the driver
 */
struct hmt_device_job {
	struct hmt_device_job *before;
	struct hmt_copy_desc *copies;
	unsigned int nr;
	u64 fence;
	struct hmt_device_copy_desc descs[];
};

/*
 * Return the number of entries for the driver that describe one copy: the driver
 * may copy huge pages at once.
 */
static unsigned int hmt_device_nr_entries(const struct hmt_device_pool *pool,
					  const struct hmt_copy_desc *copy)
{
	return pool->driver.device->huge_copies ? 1 : 1U << copy->order;
}

/* Describe entry @i of one copy for the driver. */
static void hmt_device_describe_entry(const struct hmt_device_pool *pool,
				      const struct hmt_copy_desc *copy,
				      unsigned int i,
				      struct hmt_device_copy_desc *to)
{
	struct page *own = copy->to, *other = copy->from;
	bool to_device = hmt_device_is_own(pool, own);
	const struct hmt_device_pool *peer;

	if (!to_device)
		swap(own, other);
	peer = hmt_device_peer_of(other);
	*to = (struct hmt_device_copy_desc) {
		.offset = PFN_PHYS(page_to_pfn(own) + i - pool->first),
		.order = hmt_device_nr_entries(pool, copy) == 1 ?
				 copy->order : 0,
		.to_device = to_device,
	};
	if (!peer) {
		to->page = other + i;
		return;
	}
	to->peer = peer->driver.device;
	to->peer_offset = PFN_PHYS(page_to_pfn(other) + i - peer->first);
}

/* Describe one copy for the driver. */
static void hmt_device_describe(const struct hmt_device_pool *pool,
				const struct hmt_copy_desc *copy,
				struct hmt_device_copy_desc *to)
{
	unsigned int nr = hmt_device_nr_entries(pool, copy), i;

	for (i = 0; i < nr; i++)
		hmt_device_describe_entry(pool, copy, i, &to[i]);
}

/* Set @failed of a copy if one of its entries failed. */
static void hmt_device_collect(const struct hmt_device_pool *pool,
			       struct hmt_copy_desc *copy,
			       const struct hmt_device_copy_desc *from)
{
	unsigned int nr = hmt_device_nr_entries(pool, copy);

	copy->failed = false;
	while (nr--)
		copy->failed |= from[nr].failed;
}

static void hmt_device_fail_all(struct hmt_copy_desc *copies, unsigned int nr)
{
	while (nr--)
		copies[nr].failed = true;
}

/* Collect the results of a job, and free it. Return the job before it. */
static struct hmt_device_job *hmt_device_job_end(struct hmt_device_pool *pool,
						 struct hmt_device_job *job)
{
	struct hmt_device_job *before = job->before;
	unsigned int i, entries = 0;

	for (i = 0; i < job->nr; i++) {
		hmt_device_collect(pool, &job->copies[i], &job->descs[entries]);
		entries += hmt_device_nr_entries(pool, &job->copies[i]);
	}
	kvfree(job);
	return before;
}

/* Return a job that describes @copies, or NULL. */
static struct hmt_device_job *hmt_device_job_alloc(struct hmt_device_pool *pool,
						   struct hmt_copy_desc *copies,
						   unsigned int nr,
						   unsigned int *entries)
{
	struct hmt_device_job *job;
	unsigned int i;

	*entries = 0;
	for (i = 0; i < nr; i++)
		*entries += hmt_device_nr_entries(pool, &copies[i]);
	job = kvmalloc(struct_size(job, descs, *entries), GFP_KERNEL);
	if (!job)
		return NULL;
	job->copies = copies;
	job->nr = nr;
	*entries = 0;
	for (i = 0; i < nr; i++) {
		hmt_device_describe(pool, &copies[i], &job->descs[*entries]);
		*entries += hmt_device_nr_entries(pool, &copies[i]);
	}
	return job;
}

/* Execute a copy entry by entry. Return false if one of them fails. */
static bool hmt_device_copy_entries(struct hmt_device_pool *pool,
				    struct hmt_copy_desc *copy)
{
	struct hmt_device_memory *device = pool->driver.device;
	unsigned int entry, nr = hmt_device_nr_entries(pool, copy);
	struct hmt_device_copy_desc desc;

	for (entry = 0; entry < nr; entry++) {
		hmt_device_describe_entry(pool, copy, entry, &desc);
		device->ops->copy(device, &desc, 1);
		if (desc.failed)
			return false;
	}
	return true;
}

/*
 * Execute copies one by one, without memory for a job: a process that waits for its
 * page would get SIGBUS if a copy failed, and the page is fine. A device that does
 * not respond takes its time limit for each, until its driver finds it gone.
 */
static void hmt_device_copy_singly(struct hmt_device_pool *pool,
				   struct hmt_copy_desc *copies,
				   unsigned int nr)
{
	const struct hmt_device_memory *device = pool->driver.device;

	for (; nr--; copies++)
		copies->failed = READ_ONCE(device->gone) ||
				 !hmt_device_copy_entries(pool, copies);
}

/*
 * Begin copies, and return the job, which follows @before; @before if they were
 * executed at once.
 */
static struct hmt_device_job *hmt_device_driver_copy(struct hmt_device_pool *pool,
						     struct hmt_copy_desc *copies,
						     unsigned int nr,
						     struct hmt_device_job *before)
{
	struct hmt_device_memory *device = pool->driver.device;
	const struct hmt_device_memory_ops *ops = device->ops;
	struct hmt_device_job *job;
	unsigned int entries;
	int ret = -ENOMEM;

	lockdep_assert_held_read(&pool->driver.gate);
	job = hmt_device_job_alloc(pool, copies, nr, &entries);
	if (!job) {
		hmt_device_copy_singly(pool, copies, nr);
		return before;
	}
	job->before = before;
	if (ops->submit)
		ret = ops->submit(device, job->descs, entries, &job->fence);
	if (!ret)
		return job;
	if (ret == -ENOMEM) {
		ops->copy(device, job->descs, entries);
		return hmt_device_job_end(pool, job);
	}
	hmt_device_fail_all(copies, nr);
	kvfree(job);
	return before;
}

/* Begin copies, or execute them if there is no driver that can begin them. */
static struct hmt_device_job *hmt_device_begin(struct hmt_device_pool *pool,
					       struct hmt_copy_desc *copies,
					       unsigned int nr,
					       struct hmt_device_job *before)
{
	const struct hmt_device_memory *device = pool->driver.device;

	lockdep_assert_held_read(&pool->driver.gate);
	if (READ_ONCE(pool->driver.copy_disabled))
		hmt_device_fail_all(copies, nr);
	else if (device && !device->gone)
		return hmt_device_driver_copy(pool, copies, nr, before);
	else if (!device && !hmt_device_is_private(pool))
		hmt_copy_pages(copies, nr);
	else
		hmt_device_fail_all(copies, nr);
	return before;
}

/* Wait for @job and those before it, and collect the results. */
static void hmt_device_end(struct hmt_device_pool *pool,
			   struct hmt_device_job *job)
{
	struct hmt_device_memory *device = pool->driver.device;

	if (!job)
		return;
	device->ops->wait(device, job->fence);
	while (job)
		job = hmt_device_job_end(pool, job);
}

/* Copy pages, and set @failed of those that went wrong. May sleep. */
void hmt_device_copy_pages(struct hmt_device_pool *pool,
			   struct hmt_copy_desc *copies, unsigned int nr)
{
	if (!nr)
		return;
	down_read(&pool->driver.gate);
	hmt_device_end(pool, hmt_device_begin(pool, copies, nr, NULL));
	up_read(&pool->driver.gate);
}

/* As &hmt_memory_ops.copy_begin. */
void *hmt_device_copy_begin(const struct hmt_memory *memory,
			    struct hmt_copy_desc *copies, unsigned int nr,
			    void *before)
{
	struct hmt_device_pool *pool = hmt_memory_data(memory);
	struct hmt_device_job *job;

	down_read(&pool->driver.gate);
	job = hmt_device_begin(pool, copies, nr, before);
	up_read(&pool->driver.gate);
	return job;
}

/* As &hmt_memory_ops.copy_end. The gate is not needed, see above. */
void hmt_device_copy_end(const struct hmt_memory *memory, void *job)
{
	hmt_device_end(hmt_memory_data(memory), job);
}

/* As &hmt_memory_ops.reaches. */
bool hmt_device_reaches(const struct hmt_memory *memory, struct page *page)
{
	const struct hmt_device_pool *pool = hmt_memory_data(memory);
	const struct hmt_device_pool *peer = hmt_device_peer_of(page);
	struct hmt_device_memory *device = pool->driver.device;

	return peer && device->ops->reaches &&
	       device->ops->reaches(device, peer->driver.device);
}
