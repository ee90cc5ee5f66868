// SPDX-License-Identifier: GPL-2.0
/*
 * Page-table walk without the locks of page tables. One rule keeps the tables
 * from being freed under every walk: the mmap lock or the lock of a VMA is held,
 * addresses are those of a VMA that was found under it, and interrupts are off
 * while a table is read.
 *
 * Either lock protects the tables of mapped addresses: munmap() removes the VMA
 * under both locks held for writing, and frees only tables that no other VMA
 * needs. mremap() and khugepaged, which take tables from a VMA that stays, hold
 * both as well. Interrupts off are an RCU read-side section, which protects
 * tables that are freed without the lock, after a grace period: since 6.5 those
 * of mapped files by retract_page_tables(), since 6.14 those that madvise()
 * leaves empty. Both are tables of base pages, so the entry that points to one
 * stays valid memory for @done.
 *
 * hmt_walk() takes the lock of one VMA after the other, where the kernel exports
 * it: mmap(), munmap() and fork() of the process then wait only if they change
 * the VMA that is visited. The walks of the engine need the mmap lock, under
 * which ranges are excluded.
 *
 * Interrupts off alone protect nothing, unlike in fast GUP. Without a
 * hypervisor x86 frees tables as soon as the CPUs in mm_cpumask() have flushed
 * their TLBs, and the CPU of a kernel thread is not one of them.
 *
 * Processes that map the same part of a file of hugetlb may share a table. The
 * kernel takes it from one of them without its mmap lock, and the last one frees
 * it. It holds the i_mmap lock of the file for writing then, so a walk of such
 * mappings holds it for reading.
 */
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/hmt_internal.h>
#include <linux/hugetlb.h>
#include <linux/irqflags.h>
#include <linux/leafops.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include "hmt.h"
#include "page.h"

/* Chunks or mappings after which the lock is dropped for writers. */
#define HMT_WALK_SLICE		32

/*
 * Time that a kernel thread waits for the mmap lock in one walk, in us, and the
 * time that each chunk adds, so that a walk of any size can end. One chunk of
 * base pages takes about as long.
 */
#define HMT_WALK_WAIT_US	250000
#define HMT_WALK_WAIT_CHUNK_US	32

/*
 * Operations of a walk. Mappings of hugetlb are skipped without @hugetlb. With
 * @shared, only those are visited for which hmt_vma_is_shared() is true. With
 * @absent, chunks that are a huge page in memory that CPUs cannot address are
 * visited as well: their entry is not present, see hmt_pmd_is_huge(). With
 * @by_vma the lock of each VMA suffices; not with @hugetlb or @shared.
 */
struct hmt_walk_visitor {
	const struct hmt_walk_ops *ops;
	hmt_walk_hugetlb_t hugetlb;
	bool shared;
	bool absent;
	bool by_vma;
	void *arg;
};

/*
 * Arguments of one step and its result: the PMD, if there is one. A step in a
 * mapping of hugetlb, whose pages have @huge bytes, finds the base page @page
 * instead.
 * @absent: see &struct hmt_walk_visitor.
 */
struct hmt_walk_state {
	const struct hmt_walk_ops *ops;
	void *arg;
	unsigned long huge;
	bool absent;
	struct page *page;
	pmd_t *pmdp;
	pmd_t pmd;
	unsigned long next;
};

/*
 * Find the base page at @addr of a page of hugetlb that is smaller than a chunk,
 * such as one of 64 KiB on arm64. The step ends with this page.
 */
static bool hmt_walk_huge_table(pmd_t pmd, unsigned long addr,
				struct hmt_walk_state *step)
{
	pte_t pte = READ_ONCE(*pte_offset_kernel(&pmd, addr));

	step->next = min(step->next, ALIGN(addr + 1, step->huge));
	if (!pte_present(pte))
		return false;
	step->page = pte_page(pte);
	return true;
}

static bool hmt_walk_pud(pud_t *pudp, pud_t pud, unsigned long addr,
			 unsigned long end, struct hmt_walk_state *step)
{
	step->pmdp = pmd_offset_lockless(pudp, pud, addr);
	step->pmd = READ_ONCE(*step->pmdp);
	if (!pmd_present(step->pmd) &&
	    !(step->absent && pmd_is_device_private_entry(step->pmd))) {
		step->next = pmd_addr_end(addr, end);
		return false;
	}
	if (!step->huge)
		return true;
	/* Entries that wait for a migration are not present. */
	if (!pmd_leaf(step->pmd))
		return hmt_walk_huge_table(step->pmd, addr, step);
	step->page = pfn_to_page(pmd_pfn(step->pmd) +
				 ((addr & ~PMD_MASK) >> PAGE_SHIFT));
	return true;
}

/* Find the base page at @addr of a page of hugetlb that is larger than a chunk. */
static bool hmt_walk_huge_pud(pud_t pud, unsigned long addr,
			      struct hmt_walk_state *step)
{
	if (!step->huge || !pud_present(pud) || !pud_leaf(pud))
		return false;
	step->page = pfn_to_page(pud_pfn(pud) +
				 ((addr & ~PUD_MASK) >> PAGE_SHIFT));
	return true;
}

static bool hmt_walk_p4d(p4d_t *p4dp, p4d_t p4d, unsigned long addr,
			 unsigned long end, struct hmt_walk_state *step)
{
	pud_t *pudp = pud_offset_lockless(p4dp, p4d, addr);
	pud_t pud = READ_ONCE(*pudp);

	if (hmt_walk_huge_pud(pud, addr, step))
		return true;
	if (pud_none(pud) || !pud_present(pud) || pud_leaf(pud) ||
	    (step->ops->enter &&
	     !step->ops->enter(addr, pudp, pud, step->arg))) {
		step->next = pud_addr_end(addr, end);
		return false;
	}
	return hmt_walk_pud(pudp, pud, addr, end, step);
}

/* Find the PMD of @addr; false: none up to step->next. Interrupts are off. */
static bool hmt_walk_step(struct mm_struct *mm, unsigned long addr,
			  unsigned long end, struct hmt_walk_state *step)
{
	pgd_t *pgdp = pgd_offset(mm, addr);
	pgd_t pgd = READ_ONCE(*pgdp);
	p4d_t *p4dp, p4d;

	/* A step is in one chunk, for whose pages arrays have an entry. */
	static_assert(PMD_SHIFT >= HMT_CHUNK_SHIFT,
		      "HMT needs tables of at least a chunk");
	step->next = min(end, ALIGN(addr + 1, HMT_CHUNK_SIZE));
	if (pgd_none(pgd)) {
		step->next = pgd_addr_end(addr, end);
		return false;
	}
	p4dp = p4d_offset_lockless(pgdp, pgd, addr);
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d) || !p4d_present(p4d)) {
		step->next = p4d_addr_end(addr, end);
		return false;
	}
	return hmt_walk_p4d(p4dp, p4d, addr, end, step);
}

/* Visit one chunk, or skip the hole that starts at @addr. Sets *next. */
static int hmt_walk_chunk(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, unsigned long *next,
			  const struct hmt_walk_visitor *visitor)
{
	const struct hmt_walk_ops *ops = visitor->ops;
	struct hmt_walk_state step = {
		.ops = ops,
		.arg = visitor->arg,
		.absent = visitor->absent,
	};
	unsigned long flags;
	bool present;

	local_irq_save(flags);
	present = hmt_walk_step(vma->vm_mm, addr, end, &step);
	if (present && ops->scan)
		ops->scan(vma, addr, step.next, step.pmdp, step.pmd,
			  visitor->arg);
	local_irq_restore(flags);
	*next = step.next;
	return present && ops->done ?
		       ops->done(vma, addr, step.next, visitor->arg) :
		       0;
}

/*
 * Visit the chunks of [@start, @end), which is in @vma, as hmt_walk_all() does.
 * The caller holds the mmap lock and keeps it.
 */
int hmt_walk_vma(struct vm_area_struct *vma, unsigned long start,
		 unsigned long end, const struct hmt_walk_ops *ops, void *arg)
{
	const struct hmt_walk_visitor visitor = {
		.ops = ops,
		.absent = true,
		.arg = arg,
	};
	int ret = 0;

	mmap_assert_locked(vma->vm_mm);
	while (start < end && !ret)
		ret = hmt_walk_chunk(vma, start, end, &start, &visitor);
	return ret;
}

/*
 * Take the i_mmap lock of a file of hugetlb. A kernel thread does not wait,
 * because a task may hold the lock while it removes the mappings of many others.
 */
static bool hmt_walk_lock_file(struct address_space *mapping)
{
	if (current->flags & PF_KTHREAD)
		return i_mmap_trylock_read(mapping);
	return !down_read_killable(&mapping->i_mmap_rwsem);
}

/*
 * As hmt_walk_chunk(), in a mapping of hugetlb. A chunk whose file is locked is
 * skipped.
 */
static int hmt_walk_huge(struct vm_area_struct *vma, unsigned long addr,
			 unsigned long end, unsigned long *next,
			 const struct hmt_walk_visitor *visitor)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	const struct hmt_walk_ops *ops = visitor->ops;
	struct hmt_walk_state step = {
		.ops = ops,
		.arg = visitor->arg,
		.huge = huge_page_size(hstate_vma(vma)),
	};
	unsigned long flags;
	bool present;

	*next = min(end, ALIGN(addr + 1, HMT_CHUNK_SIZE));
	if (!hmt_walk_lock_file(mapping))
		return 0;
	local_irq_save(flags);
	present = hmt_walk_step(vma->vm_mm, addr, end, &step);
	if (present)
		visitor->hugetlb(vma, addr, step.next, step.page, visitor->arg);
	local_irq_restore(flags);
	i_mmap_unlock_read(mapping);
	*next = step.next;
	return present && ops->done ?
		       ops->done(vma, addr, step.next, visitor->arg) :
		       0;
}

static bool hmt_walk_wants(struct vm_area_struct *vma,
			   const struct hmt_walk_visitor *visitor)
{
	return hmt_vma_has_pages(vma) &&
	       (visitor->hugetlb || !is_vm_hugetlb_page(vma)) &&
	       (!visitor->shared || hmt_vma_is_shared(vma));
}

static int hmt_walk_visit(struct vm_area_struct *vma, unsigned long *addr,
			  unsigned long end,
			  const struct hmt_walk_visitor *visitor)
{
	if (is_vm_hugetlb_page(vma))
		return hmt_walk_huge(vma, *addr, end, addr, visitor);
	return hmt_walk_chunk(vma, *addr, end, addr, visitor);
}

/* Check whether a slice of @chunks chunks ends: a writer waits, or it is long. */
static bool hmt_walk_slice_ends(struct mm_struct *mm, unsigned int chunks)
{
	return chunks >= HMT_WALK_SLICE ||
	       (chunks && mmap_lock_is_contended(mm));
}

/*
 * Walk from *addr for one slice with the mmap lock held. *addr becomes the
 * address to continue at, @end at the end, and *chunks the length of the slice.
 */
static int hmt_walk_slice(struct mm_struct *mm, unsigned long *addr,
			  unsigned long end, unsigned int *chunks,
			  const struct hmt_walk_visitor *visitor)
{
	const struct hmt_walk_ops *ops = visitor->ops;
	int ret = 0;

	mmap_assert_locked(mm);
	*chunks = 0;
	while (*addr < end && !ret && !hmt_walk_slice_ends(mm, *chunks)) {
		struct vm_area_struct *vma = find_vma(mm, *addr);

		if (!vma || vma->vm_start >= end) {
			*addr = end;
			break;
		}
		*addr = max(*addr, vma->vm_start);
		if (!hmt_walk_wants(vma, visitor)) {
			*addr = vma->vm_end;
			++*chunks;
			continue;
		}
		for (; *addr < min(end, vma->vm_end) && !ret &&
		     !hmt_walk_slice_ends(mm, *chunks); ++*chunks)
			ret = hmt_walk_visit(vma, addr, min(end, vma->vm_end),
					     visitor);
	}
	if (!ret && ops->slice)
		ret = ops->slice(*chunks, visitor->arg);
	return ret;
}

/*
 * Find the first address from @addr on that is mapped, or @end. The map may have
 * changed when this returns.
 */
static unsigned long hmt_walk_seek(struct mm_struct *mm, unsigned long addr,
				   unsigned long end)
{
	VMA_ITERATOR(vmi, mm, addr);

	rcu_read_lock();
	/* The VMA may have been freed; its addresses are in the iterator. */
	if (vma_next(&vmi))
		end = min(end, max(addr, vmi.mas.index));
	rcu_read_unlock();
	return end;
}

/*
 * Check whether a slice of @chunks chunks of a VMA ends. A task that holds the
 * mmap lock for writing may wait for the lock of the VMA, and others for that
 * task.
 */
static bool hmt_walk_vma_slice_ends(struct mm_struct *mm, unsigned int chunks)
{
	return chunks >= HMT_WALK_SLICE ||
	       (chunks && hmt_mmap_is_write_locked(mm));
}

/*
 * As hmt_walk_slice(), under the lock of the VMA at *@addr, which the caller
 * holds and keeps.
 */
static int hmt_walk_vma_slice(struct vm_area_struct *vma, unsigned long *addr,
			      unsigned long end,
			      const struct hmt_walk_visitor *visitor)
{
	const struct hmt_walk_ops *ops = visitor->ops;
	unsigned int chunks = 0;
	int ret = 0;

	end = min(end, vma->vm_end);
	if (!hmt_walk_wants(vma, visitor)) {
		*addr = end;
		chunks++;
	}
	for (; *addr < end && !ret &&
	     !hmt_walk_vma_slice_ends(vma->vm_mm, chunks); chunks++)
		ret = hmt_walk_chunk(vma, *addr, end, addr, visitor);
	if (!ret && ops->slice)
		ret = ops->slice(chunks, visitor->arg);
	return ret;
}

/*
 * Try to walk a slice under the lock of the VMA at *@addr, or skip the hole
 * there. Return false if neither was possible, because the kernel does not
 * export the lock, or because a task changes this VMA; or the result in *@ret.
 */
static bool hmt_walk_by_vma(struct mm_struct *mm, unsigned long *addr,
			    unsigned long end,
			    const struct hmt_walk_visitor *visitor, int *ret)
{
	struct vm_area_struct *vma;
	unsigned long next;

	if (!HMT_HAS_VMA_LOCKS || !visitor->by_vma)
		return false;
	vma = hmt_lock_vma(mm, *addr);
	if (vma) {
		*ret = hmt_walk_vma_slice(vma, addr, end, visitor);
		hmt_unlock_vma(vma);
		return true;
	}
	next = hmt_walk_seek(mm, *addr, end);
	if (next == *addr)
		return false;
	*addr = next;
	*ret = 0;
	return true;
}

/* Walk a slice under a lock, which takes a part of *@patience. */
static int hmt_walk_next(struct mm_struct *mm, unsigned long *addr,
			 unsigned long end, unsigned int *patience,
			 const struct hmt_walk_visitor *visitor)
{
	unsigned int chunks;
	int ret;

	/* The memory of a process that ends must not wait for the walk. */
	if (hmt_mm_is_left(mm))
		return -ESRCH;
	if (hmt_walk_by_vma(mm, addr, end, visitor, &ret))
		return ret;
	ret = hmt_mmap_read_lock_patiently(mm, patience);
	if (ret)
		return ret;
	ret = hmt_walk_slice(mm, addr, end, &chunks, visitor);
	mmap_read_unlock(mm);
	*patience = min(*patience + chunks * HMT_WALK_WAIT_CHUNK_US,
			HMT_WALK_WAIT_US);
	return ret;
}

static int hmt_walk_range(struct mm_struct *mm, unsigned long start,
			  unsigned long end,
			  const struct hmt_walk_visitor *visitor)
{
	unsigned int patience = HMT_WALK_WAIT_US;
	unsigned long addr = start;
	int ret = 0;

	while (addr < end && !ret) {
		ret = hmt_walk_next(mm, &addr, end, &patience, visitor);
		cond_resched();
	}
	return ret;
}

/*
 * As hmt_walk(), with huge pages in memory that CPUs cannot address, of which
 * only hmt_pmd_is_huge() tells the entry from that of a table, and with the
 * mappings of hugetlb unless @hugetlb is NULL: it is called for each part of
 * their pages in place of @ops->scan. @ops->enter is not for such mappings.
 */
int hmt_walk_all(struct mm_struct *mm, unsigned long start, unsigned long end,
		 const struct hmt_walk_ops *ops, hmt_walk_hugetlb_t hugetlb,
		 void *arg)
{
	const struct hmt_walk_visitor visitor = {
		.ops = ops,
		.hugetlb = hugetlb,
		.absent = true,
		.arg = arg,
	};

	return hmt_walk_range(mm, start, end, &visitor);
}

/* As hmt_walk_all(), for the mappings of which hmt_vma_is_shared() is true. */
int hmt_walk_shared(struct mm_struct *mm, unsigned long start,
		    unsigned long end, const struct hmt_walk_ops *ops,
		    hmt_walk_hugetlb_t hugetlb, void *arg)
{
	const struct hmt_walk_visitor visitor = {
		.ops = ops,
		.hugetlb = hugetlb,
		.shared = true,
		.arg = arg,
	};

	return hmt_walk_range(mm, start, end, &visitor);
}

int hmt_walk(struct mm_struct *mm, unsigned long start, unsigned long end,
	     const struct hmt_walk_ops *ops, void *arg)
{
	const struct hmt_walk_visitor visitor = {
		.ops = ops,
		.absent = ops->absent,
		.by_vma = !ops->mmap_lock,
		.arg = arg,
	};

	might_sleep();
	return hmt_walk_range(mm, start, end, &visitor);
}
EXPORT_SYMBOL_GPL(hmt_walk);

static int hmt_walk_found(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, void *arg)
{
	return 1;
}

/*
 * Check whether the chunk of @addr has a page table or is a huge page. Return
 * 1, 0, or -EAGAIN if another task holds the mmap lock for writing or waits for
 * it. The caller holds mm_users of @mm and may hold the mmap lock for reading,
 * because this only tries to take it.
 */
int hmt_walk_finds(struct mm_struct *mm, unsigned long addr)
{
	static const struct hmt_walk_ops find = { .done = hmt_walk_found };
	const struct hmt_walk_visitor visitor = {
		.ops = &find,
		.absent = true,
	};
	unsigned long end;
	unsigned int chunks;
	int ret = 0;

	addr = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	end = addr + HMT_CHUNK_SIZE;
	if (!mmap_read_trylock(mm))
		return -EAGAIN;
	while (addr < end && !ret)
		ret = hmt_walk_slice(mm, &addr, end, &chunks, &visitor);
	mmap_read_unlock(mm);
	return ret;
}
