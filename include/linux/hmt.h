/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HMT: Heterogeneous Memory Tiers. Common part of <linux/hmt_provider.h>, the
 * API for hotness providers, and <linux/hmt_device.h>, the API for drivers of
 * devices with memory. Modules include one of these.
 */
#ifndef _LINUX_HMT_H
#define _LINUX_HMT_H

#include <linux/bits.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <uapi/linux/hmt.h>

/* Version of all modules; dkms.conf has the same. */
#define HMT_VERSION		"0.1"

/*
 * Version of the API for modules outside this tree. Registration passes the
 * version that the module was compiled with, and fails with -EPROTO if the
 * major number differs from the major number of the loaded HMT. The major
 * number changes when a module must be changed or rebuilt, the minor number
 * when the API grows.
 */
#define HMT_API_MAJOR		1
#define HMT_API_MINOR		1
#define HMT_API_VERSION		((HMT_API_MAJOR << 16) | HMT_API_MINOR)

/*
 * A chunk is the unit of heat and of walking page tables: 2 MiB, aligned. With
 * pages of 4 KiB it is all that one table of base pages maps, or a huge page;
 * with larger pages these have several chunks.
 */
#define HMT_CHUNK_SHIFT		21
#define HMT_CHUNK_SIZE		BIT(HMT_CHUNK_SHIFT)
#define HMT_CHUNK_PAGES		(HMT_CHUNK_SIZE >> PAGE_SHIFT)
#define HMT_CHUNK_ORDER		(HMT_CHUNK_SHIFT - PAGE_SHIFT)

/**
 * hmt_chunk_index() - index of a page in its chunk
 * @addr: any address of the page
 *
 * Context: any.
 * Return: 0 to HMT_CHUNK_PAGES - 1.
 */
static inline unsigned int hmt_chunk_index(unsigned long addr)
{
	return (addr & (HMT_CHUNK_SIZE - 1)) >> PAGE_SHIFT;
}

/**
 * enum hmt_evidence - kind of observation by which a device notices an access
 * @HMT_EVIDENCE_TRANSLATION: the device requested a translation that its cache
 *	did not hold
 * @HMT_EVIDENCE_COUNTER: a counter of accesses reached its threshold
 */
enum hmt_evidence {
	HMT_EVIDENCE_TRANSLATION,
	HMT_EVIDENCE_COUNTER
};

#endif /* _LINUX_HMT_H */
