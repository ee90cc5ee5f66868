// SPDX-License-Identifier: GPL-2.0
/* What a memory is: which device is behind it, and what that is made of. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kobject.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "hmt.h"
#include "memory.h"

/*
 * hmt_memory.identity and kind. Not hmt_memory_lock: that one is held while
 * readers of sysfs files are waited for.
 */
static DEFINE_SPINLOCK(hmt_identity_lock);

static const struct hmt_identity hmt_identity_none = {
	.kind = HMT_KINDS,
};

static bool hmt_identity_equal(const struct hmt_identity *a,
			       const struct hmt_identity *b)
{
	return a->origin == b->origin && a->kind == b->kind &&
	       !strcmp(a->device, b->device) && !strcmp(a->region, b->region);
}

/**
 * hmt_memory_identify() - say what a memory is
 * @uid: the memory
 * @identity: copied; NULL forgets what was said
 *
 * User space gets a "change" event when this is news. A memory that goes away
 * takes what was said along.
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV when there is no such memory.
 */
int hmt_memory_identify(u32 uid, const struct hmt_identity *identity)
{
	struct hmt_memory *memory = hmt_memory_get(uid);
	bool news;

	if (!memory)
		return -ENODEV;
	if (!identity)
		identity = &hmt_identity_none;
	spin_lock(&hmt_identity_lock);
	news = !hmt_identity_equal(&memory->identity, identity);
	memory->identity = *identity;
	spin_unlock(&hmt_identity_lock);
	if (news)
		kobject_uevent(&memory->dev.kobj, KOBJ_CHANGE);
	hmt_memory_put(memory);
	return 0;
}
EXPORT_SYMBOL_GPL(hmt_memory_identify);

/* What @memory is: as said, and where nothing was, as the core sees it. */
void hmt_memory_identity(struct hmt_memory *memory,
			 struct hmt_identity *identity)
{
	spin_lock(&hmt_identity_lock);
	*identity = memory->identity;
	if (identity->kind == HMT_KINDS)
		identity->kind = memory->kind;
	spin_unlock(&hmt_identity_lock);
}

/* What the core itself can tell of the kind of @uid. */
void hmt_memory_set_kind(u32 uid, enum hmt_kind kind)
{
	struct hmt_memory *memory = hmt_memory_get(uid);

	if (!memory)
		return;
	spin_lock(&hmt_identity_lock);
	memory->kind = kind;
	spin_unlock(&hmt_identity_lock);
	hmt_memory_put(memory);
}
