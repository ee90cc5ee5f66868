// SPDX-License-Identifier: GPL-2.0
/*
 * The memory that a page is on. A page of a device has the memory as owner of its
 * pgmap; one of a driver outside of HMT has another pointer there. Walks look this
 * up for each page, so that it takes constant time: memories of devices are in a
 * hash table by address.
 */
#include <linux/export.h>
#include <linux/hashtable.h>
#include <linux/hmt_internal.h>
#include <linux/lockdep.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include "hmt.h"
#include "memory.h"
#include "owner.h"

/* Changed under hmt_memory_lock, looked up under RCU. */
static DEFINE_HASHTABLE(hmt_owners, 6);

/* Let pages of @memory be found. Its UID does not change afterwards. */
void hmt_owner_add(struct hmt_memory *memory)
{
	lockdep_assert_held(&hmt_memory_lock);
	if (memory->uid & HMT_UID_DEVICE)
		hash_add_rcu(hmt_owners, &memory->owner,
			     (unsigned long)memory);
}

/* Find no page of @memory any more. It is freed after a grace period. */
void hmt_owner_remove(struct hmt_memory *memory)
{
	lockdep_assert_held(&hmt_memory_lock);
	if (memory->uid & HMT_UID_DEVICE)
		hash_del_rcu(&memory->owner);
}

static u32 hmt_device_page_uid(const struct page *page)
{
	const void *owner = page_pgmap(page)->owner;
	struct hmt_memory *memory;
	u32 uid = HMT_UID_NONE;

	rcu_read_lock();
	hash_for_each_possible_rcu(hmt_owners, memory, owner,
				   (unsigned long)owner)
		if (memory == owner)
			uid = memory->uid;
	rcu_read_unlock();
	return uid;
}

/**
 * hmt_page_uid() - get the memory that a page is on
 * @page: page that the caller keeps from being freed
 *
 * Context: any.
 * Return: UID, or HMT_UID_NONE for a device page that is not on a memory of
 * HMT.
 */
u32 hmt_page_uid(const struct page *page)
{
	if (is_zone_device_page(page))
		return hmt_device_page_uid(page);
	return page_to_nid(page);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_page_uid);
