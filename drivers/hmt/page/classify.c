// SPDX-License-Identifier: GPL-2.0
/*
 * What pages are, as far as can be seen without holding them. Whoever moves
 * one looks again under its lock.
 */
#include <linux/hmt_internal.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/pgtable.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include "hmt.h"
#include "page.h"

/*
 * References that a base page has without being pinned: its mappings, the
 * swap cache, and the per-CPU batch that will put it on the LRU.
 */
static bool hmt_page_is_pinned(struct folio *folio)
{
	int expected = atomic_read(&folio->_mapcount) + 1;

	expected += folio_test_swapcache(folio) ? 1 : 0;
	expected += folio_test_lru(folio) ? 0 : 1;
	return folio_ref_count(folio) > expected;
}

/* References that the page cache and who keeps data beside a page have. */
static int hmt_folio_cache_references(struct folio *folio)
{
	int references = folio_test_private(folio) ? 1 : 0;

	if (!folio_test_anon(folio) || folio_test_swapcache(folio))
		references += folio_nr_pages(folio);
	return references;
}

/*
 * Is a folio that is mapped @mapped times, and by nobody else, pinned? Where
 * parts of it are mapped one by one, only pins of long standing are seen.
 */
static bool hmt_folio_is_pinned(struct folio *folio, bool whole, int mapped)
{
	int expected = mapped + hmt_folio_cache_references(folio);

	if (!whole)
		return folio_maybe_dma_pinned(folio);
	expected += folio_test_lru(folio) ? 0 : 1;
	return folio_ref_count(folio) > expected;
}

/*
 * &hmt_page_states.group of @page, which is mapped as a part of a table (@huge false)
 * or as a whole huge page. A page that others map, too, is not ours to judge:
 * how warm it is to them is not known here.
 */
static s16 hmt_page_group(struct page *page, bool huge)
{
	struct folio *folio = page_folio(page);
	s16 pages = folio_nr_pages(folio);
	int mapped = atomic_read(&page->_mapcount) + 1;
	bool whole = huge || pages == 1;

	if (folio_test_large(folio)) {
		int entire = folio_entire_mapcount(folio);

		mapped = huge ? entire : mapped + entire;
	}
	if (page != &folio->page || mapped != 1 || folio_test_writeback(folio))
		return 0;
	/* Memory of a driver that is mapped like a file. */
	if (!READ_ONCE(folio->mapping))
		return 0;
	return hmt_folio_is_pinned(folio, whole, mapped) ? -pages : pages;
}

/*
 * Check whether no other address space can map @page, an anonymous base page of
 * system memory that this one maps, as long as this one does not fork.
 *
 * Only such a page may be unmapped by migrate_vma_setup(), and only outside
 * mappings that KSM merges. KSM marks a page as merged, or maps a merged page,
 * before it adds the mappings to the reverse mapping, and drops the mmap lock in
 * between. migrate_vma_setup() needs no reverse mapping to unmap a page, but to
 * map it again when it cannot move. A mapping that KSM has not added yet would
 * keep its migration entry forever.
 *
 * After a fork, a page of this process can be merged through the mapping of
 * another one, whatever this one asked for; one in the swap cache can be mapped
 * by another one at any time.
 */
static bool hmt_page_is_private(struct page *page)
{
	struct folio *folio = page_folio(page);

	if (folio_test_ksm(folio) || atomic_read(&page->_mapcount))
		return false;
	return PageAnonExclusive(page) || !folio_test_swapcache(folio);
}

/* Racy: the page may change at once. */
static enum hmt_page_class hmt_page_classify(const struct vm_area_struct *vma,
					     struct page *page)
{
	struct folio *folio;

	if (PageCompound(page))
		return HMT_PAGE_HUGE;
	folio = page_folio(page);
	if (!folio_test_anon(folio))
		return HMT_PAGE_FILE;
	/* KSM does not merge memory of devices. */
	if (!is_zone_device_page(page)) {
		if (vma->vm_flags & VM_MERGEABLE)
			return HMT_PAGE_MERGEABLE;
		if (!hmt_page_is_private(page))
			return HMT_PAGE_SHARED;
	}
	if (folio_test_writeback(folio))
		return HMT_PAGE_BUSY;
	return hmt_page_is_pinned(folio) ? HMT_PAGE_PINNED : HMT_PAGE_MOVABLE;
}

/*
 * The page of an entry; memory that CPUs cannot address is not present. An
 * entry that is not special has one: mappings where that is not so are passed
 * over by the walk.
 */
static struct page *hmt_pte_page(pte_t pte)
{
	swp_entry_t entry;

	if (pte_none(pte))
		return NULL;
	if (!pte_present(pte)) {
		entry = pte_to_swp_entry(pte);
		return is_device_private_entry(entry) ?
			       pfn_swap_entry_to_page(entry) :
			       NULL;
	}
	/* Special: the zero page and mappings without struct page. */
	if (pte_special(pte) || pte_devmap(pte))
		return NULL;
	return pfn_to_page(pte_pfn(pte));
}

/*
 * Check whether migrate_vma_setup() may unmap the page of @pte from a mapping
 * that is not VM_MERGEABLE. The answer holds until the mmap lock is dropped.
 */
bool hmt_pte_is_private(pte_t pte)
{
	struct page *page = pte_present(pte) ? hmt_pte_page(pte) : NULL;

	return page && !PageCompound(page) && PageAnon(page) &&
	       hmt_page_is_private(page);
}

/* The same for a huge page, which migrate_vma_setup() splits first. */
bool hmt_pmd_is_private(pmd_t pmd)
{
	struct page *page;

	if (!pmd_trans_huge(pmd) || !pfn_valid(pmd_pfn(pmd)))
		return false;
	page = pfn_to_page(pmd_pfn(pmd));
	return PageAnon(page) && PageAnonExclusive(page);
}

/* Look at one page; its class was set to HMT_PAGE_HOLE. Interrupts are off. */
void hmt_classify_pte(struct hmt_page_states *states,
		      const struct vm_area_struct *vma, unsigned int index,
		      pte_t pte)
{
	struct page *page = hmt_pte_page(pte);

	if (!page)
		return;
	states->uid[index] = is_zone_device_page(page) ? hmt_page_uid(page) :
							 page_to_nid(page);
	states->class[index] = hmt_page_classify(vma, page);
	if (pte_present(pte) && !pte_dirty(pte))
		__set_bit(index, states->clean);
	if (states->class[index] >= HMT_PAGE_HUGE)
		states->group[index] = hmt_page_group(page, false);
	else
		states->group[index] = !atomic_read(&page->_mapcount);
}

static void hmt_classify_huge(struct hmt_page_states *states,
			      unsigned int index, unsigned int pages, pmd_t pmd)
{
	struct page *page;

	if (!pmd_trans_huge(pmd) || !pfn_valid(pmd_pfn(pmd)))
		return;
	page = pfn_to_page(pmd_pfn(pmd));
	/* The huge zero page belongs to nobody, as the small one. */
	if (!page_folio(page)->mapping)
		return;
	memset(&states->group[index], 0, pages * sizeof(states->group[0]));
	states->group[index] = hmt_page_group(page, true);
	if (!pmd_dirty(pmd))
		bitmap_set(states->clean, index, pages);
	for (; pages--; index++) {
		states->uid[index] = page_to_nid(page);
		states->class[index] = HMT_PAGE_HUGE;
	}
}

/*
 * Pages of @mm in [@addr, @end), which is in one chunk, that are excluded from
 * being moved are nothing else any more. The mmap lock is held.
 */
void hmt_page_states_exclude(struct hmt_page_states *states,
			     const struct mm_struct *mm, unsigned long addr,
			     unsigned long end)
{
	unsigned long next = end;

	mmap_assert_locked((struct mm_struct *)mm);
	while (hmt_exclude_first(mm, &addr, &next)) {
		for (; addr < next; addr += PAGE_SIZE) {
			u8 *class = &states->class[hmt_chunk_index(addr)];

			if (*class != HMT_PAGE_HOLE)
				*class = HMT_PAGE_EXCLUDED;
		}
		next = end;
	}
}

static void hmt_classify_table(struct hmt_page_states *states,
			       const struct vm_area_struct *vma,
			       unsigned int index, unsigned int pages,
			       pte_t *ptep)
{
	while (pages--)
		hmt_classify_pte(states, vma, index++, READ_ONCE(*ptep++));
}

/*
 * Look at [@addr, @end) of @vma, which is in one chunk. @pmd is its live entry,
 * as &hmt_walk_ops.scan gets it; interrupts are off.
 */
void hmt_classify(struct hmt_page_states *states,
		  const struct vm_area_struct *vma, unsigned long addr,
		  unsigned long end, pmd_t pmd)
{
	unsigned int index = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	memset(&states->class[index], HMT_PAGE_HOLE, pages);
	bitmap_clear(states->clean, index, pages);
	if (pmd_leaf(pmd))
		hmt_classify_huge(states, index, pages, pmd);
	else
		hmt_classify_table(states, vma, index, pages,
				   pte_offset_kernel(&pmd, addr));
	hmt_page_states_exclude(states, vma->vm_mm, addr, end);
}
