// SPDX-License-Identifier: GPL-2.0
/*
 * Copies from one device to another: straight if one of the two devices reaches
 * the memory of the other, else through system memory, in as few jobs of the
 * devices as there are copies to make at once.
 */
#include <linux/gfp.h>
#include <linux/hmt_internal.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "hmt.h"
#include "memory/memory.h"
#include "move.h"

/**
 * struct hmt_peer_bounce - copies on their way through system memory
 * @out: copies from the source to system memory
 * @in: copies from there to the destination
 * @index: index of each entry of @in in @out
 */
struct hmt_peer_bounce {
	struct hmt_copy_desc out[HMT_BATCH_PAGES];
	struct hmt_copy_desc in[HMT_BATCH_PAGES];
	u8 index[HMT_BATCH_PAGES];
};

static struct page *hmt_peer_alloc(unsigned int order)
{
	gfp_t gfp = order ? GFP_TRANSHUGE_LIGHT :
			    GFP_HIGHUSER | __GFP_NOWARN | __GFP_NORETRY;

	return alloc_pages(gfp, order);
}

/* Describe the way out of as many copies as there are pages for; return their number. */
static unsigned int hmt_peer_describe(struct hmt_peer_bounce *bounce,
				      const struct hmt_copy_desc *copies,
				      unsigned int nr)
{
	unsigned int i;

	nr = min(nr, HMT_BATCH_PAGES);
	for (i = 0; i < nr; i++) {
		bounce->out[i] = (struct hmt_copy_desc) {
			.to = hmt_peer_alloc(copies[i].order),
			.from = copies[i].from,
			.order = copies[i].order,
		};
		if (!bounce->out[i].to)
			break;
	}
	return i;
}

/* Copy what came out to the destination. @failed of the others is set. */
static void hmt_peer_copy_in(struct hmt_peer_bounce *bounce,
			     const struct hmt_memory *to,
			     struct hmt_copy_desc *copies, unsigned int nr)
{
	unsigned int i, nr_in = 0;

	for (i = 0; i < nr; i++) {
		copies[i].failed = bounce->out[i].failed;
		if (copies[i].failed)
			continue;
		bounce->in[nr_in] = (struct hmt_copy_desc) {
			.to = copies[i].to,
			.from = bounce->out[i].to,
			.order = copies[i].order,
		};
		bounce->index[nr_in++] = i;
	}
	if (nr_in)
		hmt_memory_operations(to)->copy(to, bounce->in, nr_in);
	for (i = 0; i < nr_in; i++)
		copies[bounce->index[i]].failed = bounce->in[i].failed;
}

/* Bounce the first copies, and return their number; 0: there is no memory. */
static unsigned int hmt_peer_bounce_some(struct hmt_peer_bounce *bounce,
					 const struct hmt_memory *from,
					 const struct hmt_memory *to,
					 struct hmt_copy_desc *copies,
					 unsigned int nr)
{
	unsigned int i;

	nr = hmt_peer_describe(bounce, copies, nr);
	if (!nr)
		return 0;
	hmt_memory_operations(from)->copy(from, bounce->out, nr);
	hmt_peer_copy_in(bounce, to, copies, nr);
	for (i = 0; i < nr; i++)
		__free_pages(bounce->out[i].to, bounce->out[i].order);
	return nr;
}

/* Copy through system memory. */
static void hmt_peer_bounce(const struct hmt_memory *from,
			    const struct hmt_memory *to,
			    struct hmt_copy_desc *copies, unsigned int nr)
{
	struct hmt_peer_bounce *bounce = kmalloc(sizeof(*bounce), GFP_KERNEL);
	unsigned int done = 0, got = bounce ? 1 : 0, i;

	while (done < nr && got) {
		got = hmt_peer_bounce_some(bounce, from, to, &copies[done],
					   nr - done);
		/* A device that hangs delays each job until its timeout. */
		for (i = done; i < done + got && copies[i].failed; i++)
			;
		if (got && i == done + got)
			got = 0;
		else
			done += got;
	}
	for (; done < nr; done++)
		copies[done].failed = true;
	kfree(bounce);
}

/*
 * Copy pages of the device memory @from to pages of another device, @to, and set
 * @failed of those that went wrong. The caller holds the operations of both.
 * Context: process, may sleep.
 */
void hmt_peer_copy(const struct hmt_memory *from, const struct hmt_memory *to,
		   struct hmt_copy_desc *copies, unsigned int nr)
{
	const struct hmt_memory_ops *out = hmt_memory_operations(from);
	const struct hmt_memory_ops *in = hmt_memory_operations(to);

	if (in->reaches && in->reaches(to, copies->from))
		in->copy(to, copies, nr);
	else if (out->reaches && out->reaches(from, copies->to))
		out->copy(from, copies, nr);
	else
		hmt_peer_bounce(from, to, copies, nr);
}
