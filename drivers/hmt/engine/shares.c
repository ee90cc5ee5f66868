// SPDX-License-Identifier: GPL-2.0
/*
 * Shares: pages of files and of shared memory that an address space maps several
 * times, or several address spaces of a workload, as the shared buffers of a
 * database and its program. Before the census, one walk of such mappings of each
 * address space gathers for each page
 *	the first mapping, in the order of the address spaces, where it counts,
 *	the number of mappings, and whether one excludes it,
 *	the heat of all mappings.
 * Heat is a count of accesses, so the heat of the mappings adds up, to at most
 * HMT_HEAT_MAX.
 *
 * In shared mappings, the walk reads entries of page tables and no struct page.
 * The costly part, to classify a page, is done in the first mapping only, however
 * many there are. Private mappings have copies of written pages between those of
 * the file, so they are classified everywhere.
 *
 * A page moves if as many mappings were gathered as it has, and none excludes it.
 * That is a hint, because processes map, unmap and exit in the meantime:
 * hmt_remote_check() counts again before the page moves. The results last for one
 * pass, and files are distinguished by addresses that are only compared. If a file
 * is freed and its address is used again within a pass, pages may be counted wrong
 * in this pass.
 */
#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/hmt_internal.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "hmt.h"
#include "memory/memory.h"
#include "page/page.h"
#include "heat/heat.h"
#include "pass.h"

/* Size of the memory for 2 MiB of a file, in bytes. */
#define HMT_SHARE_BYTES		PAGE_SIZE

/*
 * Without memory, pages stay and are counted in each mapping. Nothing is killed
 * for them.
 */
#define HMT_SHARE_GFP	(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

/* Fixed-point 1 of the inverse of a number of samples. */
#define HMT_SHARE_DOUBT		65536U

/* Mapping in which a page of a part of a file counts; @base: address of page 0. */
struct hmt_share_mapping {
	const struct hmt_mm *managed;
	unsigned long base;
};

/**
 * struct hmt_share - aligned part of a file that mappings share
 * @first: index in @mappings where each page counts, plus one; 0: no mapping is
 *	known, or @mappings is full
 * @nr: number of mappings of each page
 * @heat: heat of each page in all mappings
 * @excluded: pages that a mapping excludes
 * @nr_mappings: number of entries in @mappings
 * @mappings: those that are the first one for some page
 */
struct hmt_share {
	u16 first[HMT_CHUNK_PAGES];
	u16 nr[HMT_CHUNK_PAGES];
	u8 heat[HMT_CHUNK_PAGES];
	DECLARE_BITMAP(excluded, HMT_CHUNK_PAGES);
	unsigned int nr_mappings;
	struct hmt_share_mapping mappings[];
};

#define HMT_SHARE_MAPPINGS						\
	((HMT_SHARE_BYTES - sizeof(struct hmt_share)) /			\
	 sizeof(struct hmt_share_mapping))

static_assert(sizeof(struct hmt_share) < HMT_SHARE_BYTES);

/**
 * struct hmt_share_file - file of which a workload has several mappings
 * @parts: its parts, by their number in the file
 * @allowed: nodes that all processes and mappings allow that have pages of it
 * @home: home of all of these processes, or NUMA_NO_NODE if they differ
 * @home_sure: it is sure for each of them
 * @any: there is such a process
 * @pages: number of pages of all mappings
 * @doubt: for each of them the inverse of the samples behind its heat, in
 *	1/HMT_SHARE_DOUBT
 */
struct hmt_share_file {
	struct xarray parts;
	nodemask_t allowed;
	int home;
	bool home_sure;
	bool any;
	u64 pages;
	u64 doubt;
};

void hmt_shares_init(struct hmt_shares *shares)
{
	xa_init(&shares->files);
}

/* Drop all that was gathered. */
void hmt_shares_drop(struct hmt_shares *shares)
{
	struct hmt_share_file *file;
	struct hmt_share *share;
	unsigned long i, j;

	xa_for_each(&shares->files, i, file) {
		/* Files of terabytes have millions of parts. */
		xa_for_each(&file->parts, j, share) {
			kfree(share);
			cond_resched();
		}
		xa_destroy(&file->parts);
		kfree(file);
	}
	xa_destroy(&shares->files);
}

/* The slab aligns addresses; without constant bits the tree is less deep. */
static unsigned long hmt_share_file_index(const struct vm_area_struct *vma)
{
	return (unsigned long)vma->vm_file->f_mapping /
	       __alignof__(struct address_space);
}

static struct hmt_share_file *hmt_share_file_make(struct hmt_shares *shares,
						  unsigned long index)
{
	struct hmt_share_file *file = xa_load(&shares->files, index);

	if (file)
		return file;
	file = kmalloc(sizeof(*file), HMT_SHARE_GFP);
	if (!file)
		return NULL;
	xa_init(&file->parts);
	file->allowed = node_states[N_MEMORY];
	file->home = NUMA_NO_NODE;
	file->home_sure = true;
	file->any = false;
	file->pages = 0;
	file->doubt = 0;
	if (!xa_err(xa_store(&shares->files, index, file, HMT_SHARE_GFP)))
		return file;
	kfree(file);
	return NULL;
}

/*
 * Weigh @pages of a mapping. The heat of all mappings adds up, and so do the errors of
 * the means that it consists of: those of few samples count more.
 */
static void hmt_share_file_weigh(struct hmt_share_file *file,
				 const struct hmt_mm *managed,
				 unsigned int pages)
{
	file->pages += pages;
	file->doubt += pages * HMT_SHARE_DOUBT / max(managed->evidence, 1U);
}

/* Return the number of samples that the heat of pages of @file is a mean of. */
static unsigned int hmt_share_file_evidence(const struct hmt_share_file *file)
{
	return file->doubt ? div64_u64(file->pages * HMT_SHARE_DOUBT,
				       file->doubt) : 1;
}

/*
 * Pages of @file may go where all processes and mappings that have some of them
 * may have theirs. They follow to a home only if it is that of all of these
 * processes. The mmap lock is held.
 */
static void hmt_share_file_add(struct hmt_share_file *file,
			       const struct hmt_mm *managed,
			       struct vm_area_struct *vma)
{
	nodes_and(file->allowed, file->allowed, managed->allowed);
	hmt_mempolicy_restrict(vma_policy(vma), &file->allowed);
	if (!file->any)
		file->home = managed->home;
	else if (file->home != managed->home)
		file->home = NUMA_NO_NODE;
	file->home_sure &= managed->home_sure;
	file->any = true;
}

/* Return part @number of @file, or NULL without memory. */
static struct hmt_share *hmt_share_make(struct hmt_share_file *file,
					unsigned long number)
{
	struct hmt_share *share = xa_load(&file->parts, number);

	if (share)
		return share;
	share = kzalloc(HMT_SHARE_BYTES, HMT_SHARE_GFP);
	if (share && xa_err(xa_store(&file->parts, number, share,
				     HMT_SHARE_GFP))) {
		kfree(share);
		share = NULL;
	}
	return share;
}

/**
 * struct hmt_share_piece - pages of a chunk that are in one part of a file
 * @number: number of the part
 * @offset: index of the first page in the part
 * @index: its index in the chunk
 * @pages: number of pages
 * @base: address of page 0 of the part in this mapping
 */
struct hmt_share_piece {
	unsigned long number;
	unsigned int offset;
	unsigned int index;
	unsigned int pages;
	unsigned long base;
};

/* Take the next piece of [*@addr, @end), which is in one chunk. */
static bool hmt_share_next(struct hmt_share_piece *piece,
			   const struct vm_area_struct *vma,
			   unsigned long *addr, unsigned long end)
{
	unsigned long pgoff;

	if (*addr >= end)
		return false;
	/* In base pages for hugetlb as well. */
	pgoff = vma->vm_pgoff + ((*addr - vma->vm_start) >> PAGE_SHIFT);
	piece->number = pgoff / HMT_CHUNK_PAGES;
	piece->offset = pgoff % HMT_CHUNK_PAGES;
	piece->index = hmt_chunk_index(*addr);
	piece->pages = min_t(unsigned long, (end - *addr) >> PAGE_SHIFT,
			     HMT_CHUNK_PAGES - piece->offset);
	piece->base = *addr - piece->offset * PAGE_SIZE;
	*addr += piece->pages * PAGE_SIZE;
	return true;
}

/* Return the entry of a mapping in @share, plus one; 0: it has none. */
static unsigned int hmt_share_find(const struct hmt_share *share,
				   const struct hmt_mm *managed,
				   unsigned long base)
{
	unsigned int i;

	for (i = 0; i < share->nr_mappings; i++)
		if (share->mappings[i].managed == managed &&
		    share->mappings[i].base == base)
			return i + 1;
	return 0;
}

/**
 * struct hmt_shares_walk - arguments of the walk of an address space
 * @shares: result
 * @pass: pass
 * @managed: address space
 * @next: address at which the next slice begins
 * @present: pages of the chunk that are mapped
 */
struct hmt_shares_walk {
	struct hmt_shares *shares;
	const struct hmt_pass *pass;
	struct hmt_mm *managed;
	unsigned long next;
	DECLARE_BITMAP(present, HMT_CHUNK_PAGES);
};

static void hmt_shares_scan(struct vm_area_struct *vma, unsigned long addr,
			    unsigned long end, pmd_t *pmdp, pmd_t pmd,
			    void *arg)
{
	struct hmt_shares_walk *walk = arg;
	unsigned int index = hmt_chunk_index(addr);
	bool shared = vma->vm_flags & VM_MAYSHARE;
	pte_t *ptep;

	bitmap_zero(walk->present, HMT_CHUNK_PAGES);
	if (pmd_leaf(pmd)) {
		/* Copies are base pages. */
		if (pmd_trans_huge(pmd))
			bitmap_set(walk->present, index,
				   (end - addr) >> PAGE_SHIFT);
		return;
	}
	ptep = pte_offset_kernel(&pmd, addr);
	for (; addr < end; addr += PAGE_SIZE, ptep++, index++) {
		struct page *page = hmt_pte_page(READ_ONCE(*ptep));

		if (page && (shared || !PageAnon(page)))
			__set_bit(index, walk->present);
	}
}

static void hmt_shares_scan_hugetlb(struct vm_area_struct *vma,
				    unsigned long addr, unsigned long end,
				    struct page *page, void *arg)
{
	struct hmt_shares_walk *walk = arg;

	bitmap_zero(walk->present, HMT_CHUNK_PAGES);
	bitmap_set(walk->present, hmt_chunk_index(addr),
		   (end - addr) >> PAGE_SHIFT);
}

/* Let the page at @offset count in the mapping with the entry @self, minus one. */
static void hmt_share_claim(struct hmt_share *share, unsigned int offset,
			    const struct hmt_mm *managed, unsigned long base,
			    unsigned int *self)
{
	if (!*self && share->nr_mappings < HMT_SHARE_MAPPINGS) {
		share->mappings[share->nr_mappings].managed = managed;
		share->mappings[share->nr_mappings].base = base;
		*self = ++share->nr_mappings;
	}
	share->first[offset] = *self;
}

/* Add the pages of @piece that are mapped. */
static void hmt_share_add(struct hmt_share *share,
			  const struct hmt_share_piece *piece,
			  const struct hmt_shares_walk *walk, bool excluded)
{
	struct hmt_mm *managed = walk->managed;
	unsigned int self = hmt_share_find(share, managed, piece->base), i;
	unsigned long addr = piece->base + piece->offset * PAGE_SIZE;
	const u8 *heat = hmt_heat_map_chunk(&managed->heat, addr);

	for (i = 0; i < piece->pages; i++, addr += PAGE_SIZE) {
		unsigned int index = piece->index + i;
		unsigned int offset = piece->offset + i;

		if (!test_bit(index, walk->present))
			continue;
		if (!share->first[offset])
			hmt_share_claim(share, offset, managed, piece->base,
					&self);
		/* The page stays if no mapping is known. */
		if (!share->first[offset])
			continue;
		if (share->nr[offset] < U16_MAX)
			share->nr[offset]++;
		if (excluded &&
		    hmt_is_excluded(managed->mm, addr, addr + PAGE_SIZE))
			__set_bit(offset, share->excluded);
		if (heat)
			share->heat[offset] = min(share->heat[offset] +
							  heat[index],
						  HMT_HEAT_MAX);
	}
}

static int hmt_shares_add(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, void *arg)
{
	struct hmt_shares_walk *walk = arg;
	bool excluded = hmt_is_excluded(vma->vm_mm, addr, end);
	struct hmt_share_file *file = NULL;
	struct hmt_share_piece piece;
	struct hmt_share *share;

	while (hmt_share_next(&piece, vma, &addr, end)) {
		if (find_next_bit(walk->present, piece.index + piece.pages,
				  piece.index) == piece.index + piece.pages)
			continue;
		if (!file) {
			file = hmt_share_file_make(walk->shares,
						   hmt_share_file_index(vma));
			if (!file)
				break;
			hmt_share_file_add(file, walk->managed, vma);
			hmt_share_file_weigh(file, walk->managed,
					     bitmap_weight(walk->present,
							   HMT_CHUNK_PAGES));
		}
		share = hmt_share_make(file, piece.number);
		if (share)
			hmt_share_add(share, &piece, walk, excluded);
	}
	walk->next = end;
	return kthread_should_stop() || hmt_pace_is_spent(walk->pass->pace) ?
		       -EINTR :
		       0;
}

static const struct hmt_walk_ops hmt_shares_ops = {
	.scan = hmt_shares_scan,
	.done = hmt_shares_add,
};

/*
 * Gather the next slice. Return as hmt_walk(), and -EINTR if there may be more. An
 * address space that is locked is left out, so that its pages stay in this pass.
 */
static int hmt_shares_gather_slice(struct hmt_shares_walk *walk)
{
	struct hmt_mm *managed = walk->managed;
	int ret = -EAGAIN;

	if (!hmt_mm_pin(managed))
		return -ESRCH;
	if (!hmt_mm_is_locked(managed))
		ret = hmt_walk_shared(managed->mm, walk->next,
				      managed->mm->task_size, &hmt_shares_ops,
				      hmt_shares_scan_hugetlb, walk);
	hmt_mm_unpin(managed);
	hmt_pace_rest(walk->pass->pace);
	return ret;
}

/* Gather the shared pages of @managed. It comes after those gathered before. */
void hmt_shares_gather(struct hmt_shares *shares, const struct hmt_pass *pass,
		       struct hmt_mm *managed)
{
	struct hmt_shares_walk walk = {
		.shares = shares,
		.pass = pass,
		.managed = managed,
	};
	int ret = -EINTR;

	while (ret == -EINTR && !hmt_engine_should_stop())
		ret = hmt_shares_gather_slice(&walk);
	managed->gathered = !ret;
}

static void hmt_shares_read(struct hmt_shared *shared,
			    const struct hmt_share *share,
			    const struct hmt_share_piece *piece,
			    unsigned int self)
{
	unsigned int i;

	memcpy(shared->heat + piece->index, share->heat + piece->offset,
	       piece->pages);
	for (i = 0; i < piece->pages; i++) {
		unsigned int first = share->first[piece->offset + i];

		/* Of a private mapping, the page may be a copy. */
		shared->nr[piece->index + i] =
			first && first == self ? share->nr[piece->offset + i] :
						 0;
		__assign_bit(piece->index + i, shared->later,
			     first && first != self);
		__assign_bit(piece->index + i, shared->excluded,
			     first && first == self &&
			     test_bit(piece->offset + i, share->excluded));
	}
}

static void hmt_shares_read_none(struct hmt_shared *shared,
				 const struct hmt_share_piece *piece)
{
	memset(shared->nr + piece->index, 0,
	       piece->pages * sizeof(*shared->nr));
	bitmap_clear(shared->later, piece->index, piece->pages);
	bitmap_clear(shared->excluded, piece->index, piece->pages);
}

/*
 * Check whether no page of [@addr, @end) counts in this mapping. Pages that are new
 * since may count in the next pass only.
 */
static bool hmt_shares_are_elsewhere(struct hmt_share_file *file,
				     const struct hmt_mm *managed,
				     const struct vm_area_struct *vma,
				     unsigned long addr, unsigned long end)
{
	struct hmt_share_piece piece;

	while (hmt_share_next(&piece, vma, &addr, end)) {
		struct hmt_share *share = xa_load(&file->parts, piece.number);

		if (!share || share->nr_mappings == HMT_SHARE_MAPPINGS ||
		    hmt_share_find(share, managed, piece.base))
			return false;
	}
	return true;
}

/*
 * Fill @shared for [@addr, @end) of @vma, which is in one chunk of @managed.
 * Does not sleep.
 */
void hmt_shares_look(const struct hmt_shares *shares, struct hmt_shared *shared,
		     const struct hmt_mm *managed,
		     const struct vm_area_struct *vma, unsigned long addr,
		     unsigned long end)
{
	struct hmt_share_file *file = NULL;
	struct hmt_share_piece piece;

	if (vma->vm_file)
		file = xa_load((struct xarray *)&shares->files,
			       hmt_share_file_index(vma));
	shared->any = file;
	/*
	 * Another task may have held the lock of @managed: the pages that only it
	 * has are in no part then, and must count, so that limits hold.
	 */
	shared->elsewhere = file && vma->vm_flags & VM_MAYSHARE &&
			    managed->gathered;
	if (file) {
		shared->allowed = &file->allowed;
		shared->home = file->home;
		shared->home_sure = file->home_sure;
		shared->evidence = hmt_share_file_evidence(file);
	}
	if (shared->elsewhere &&
	    hmt_shares_are_elsewhere(file, managed, vma, addr, end))
		return;
	shared->elsewhere = false;
	while (file && hmt_share_next(&piece, vma, &addr, end)) {
		struct hmt_share *share = xa_load(&file->parts, piece.number);

		if (share)
			hmt_shares_read(shared, share, &piece,
					hmt_share_find(share, managed,
						       piece.base));
		else
			hmt_shares_read_none(shared, &piece);
	}
}
