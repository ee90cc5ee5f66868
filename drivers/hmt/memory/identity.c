// SPDX-License-Identifier: GPL-2.0
/* Identity of a memory: its device and technology. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kobject.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "hmt.h"
#include "memory.h"

/*
 * Protects hmt_memory.identity and .kind. hmt_memory_lock cannot be used,
 * because it is held while the removal of sysfs files waits for their readers.
 */
static DEFINE_SPINLOCK(hmt_identity_lock);

static const struct hmt_identity hmt_identity_none = {
	.kind = HMT_KINDS,
};

static bool hmt_identity_equal(const struct hmt_identity *a,
			       const struct hmt_identity *b)
{
	return a->origin == b->origin && a->kind == b->kind &&
	       !memcmp(a->bytes, b->bytes, sizeof(a->bytes)) &&
	       !strcmp(a->device, b->device) && !strcmp(a->region, b->region) &&
	       hmt_perf_equal(&a->perf, &b->perf);
}

/**
 * hmt_memory_identify() - set the identity of a memory
 * @uid: UID of the memory
 * @identity: copied; NULL resets the identity
 *
 * User space receives a "change" event if the identity changes. The identity is
 * lost when the memory is removed.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENODEV if there is no such memory.
 */
int hmt_memory_identify(u32 uid, const struct hmt_identity *identity)
{
	struct hmt_memory *memory = hmt_memory_get(uid);
	bool changed, other_perf;

	if (!memory)
		return -ENODEV;
	if (!identity)
		identity = &hmt_identity_none;
	spin_lock(&hmt_identity_lock);
	changed = !hmt_identity_equal(&memory->identity, identity);
	other_perf = !hmt_perf_equal(&memory->identity.perf, &identity->perf);
	memory->identity = *identity;
	spin_unlock(&hmt_identity_lock);
	if (changed)
		kobject_uevent(&memory->dev.kobj, KOBJ_CHANGE);
	hmt_memory_put(memory);
	if (other_perf)
		hmt_node_refresh();
	return 0;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_memory_identify);

/*
 * Get the identity of @memory; a kind that no plug-in has set is the core's, and
 * so is that of parts of unknown kind.
 */
void hmt_memory_identity(struct hmt_memory *memory,
			 struct hmt_identity *identity)
{
	spin_lock(&hmt_identity_lock);
	*identity = memory->identity;
	if (identity->kind == HMT_KINDS)
		identity->kind = memory->kind;
	identity->bytes[memory->kind] += identity->bytes[HMT_KINDS];
	identity->bytes[HMT_KINDS] = 0;
	spin_unlock(&hmt_identity_lock);
}

/* Set the kind that the core itself found for @uid. */
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
