// SPDX-License-Identifier: GPL-2.0
/*
 * Classification of pages without a reference or a lock. A mover checks a page
 * again under its lock.
 */
#include <asm/arch.h>
#include <linux/dax.h>
#include <linux/hmt_internal.h>
#include <linux/leafops.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/pgtable.h>
#include <linux/string.h>
#include <linux/swap.h>
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

/* References of the page cache and of private data of a page. */
static int hmt_folio_cache_references(struct folio *folio)
{
	int references = folio_test_private(folio) ? 1 : 0;

	if (!folio_test_anon(folio) || folio_test_swapcache(folio))
		references += folio_nr_pages(folio);
	return references;
}

/*
 * Check whether a folio that has @mapped mappings, all of this process, is
 * pinned. Only long-term pins are seen where parts are mapped one by one.
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
 * Set the unit of @page, which is mapped as a part of a table (@huge false) or
 * as a whole huge page. A page that has mappings besides those that the user of
 * @chunk knows has none, because they may have other heat and permissions.
 *
 * Tables may map parts of a huge page that other tables map as a whole. The
 * entire mapcount does not tell, but such a page has more references than
 * mappings that are known, and so counts as pinned.
 */
static void hmt_chunk_set_unit(struct hmt_chunk *chunk, unsigned int index,
			       struct page *page, bool huge)
{
	struct folio *folio = page_folio(page);
	unsigned int pages = folio_nr_pages(folio);
	int mapped = atomic_read(&page->_mapcount) + 1;
	int known = chunk->mapped ? max_t(int, chunk->mapped[index], 1) : 1;
	bool whole = huge || pages == 1;

	chunk->unit[index] = 0;
	chunk->flags[index] = 0;
	if (folio_test_large(folio)) {
		int entire = folio_entire_mapcount(folio);

		mapped = huge ? entire : mapped + entire;
	}
	if (whole && mapped > 1)
		chunk->flags[index] = HMT_PAGE_SEVERAL;
	if (whole && mapped > known)
		chunk->flags[index] |= HMT_PAGE_FOREIGN;
	/* The kernel does not check the other pages if all mappers move. */
	if (!whole && known > 1)
		return;
	/* The other chunks of the page may have other heat. */
	if (pages > HMT_CHUNK_PAGES)
		return;
	if (page != &folio->page || mapped != known ||
	    folio_test_writeback(folio))
		return;
	/* Memory of a driver that is mapped like a file. */
	if (!READ_ONCE(folio->mapping))
		return;
	chunk->unit[index] = pages;
	if (hmt_folio_is_pinned(folio, whole, mapped))
		chunk->flags[index] |= HMT_PAGE_UNIT_PINNED;
}

/*
 * As PageAnonExclusive(), which is a BUG with CONFIG_DEBUG_VM_PGFLAGS if the
 * page is not anonymous any more: nothing keeps it from being freed and reused.
 */
static bool hmt_page_is_exclusive(const struct page *page)
{
	return test_bit(PG_anon_exclusive, hmt_page_flag_bits(page));
}

/*
 * Check whether no other address space can map @page, an anonymous base page
 * that this one maps, as long as this one does not fork.
 *
 * Others that map a page may not let the caller move it, as move_pages(2) checks
 * without MPOL_MF_MOVE_ALL, may have excluded it, and may be confined to other
 * nodes. The kernel does not let modules find them.
 *
 * Besides, only such a page may be unmapped by migrate_vma_setup(), and only outside
 * mappings that KSM merges. KSM marks a page as merged, or maps a merged page,
 * before it adds the mappings to the reverse mapping, and drops the mmap lock
 * in between. migrate_vma_setup() needs no reverse mapping to unmap a page, but
 * to map it again when it cannot move. A mapping that KSM has not added yet
 * would keep its migration entry forever.
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
	return hmt_page_is_exclusive(page) || !folio_test_swapcache(folio);
}

/*
 * Check whether @page, an anonymous part of a huge page that a table maps, can
 * leave it: no other address space maps the part, see hmt_page_is_private(), and
 * the kernel's migrate_vma splits such a huge page. Older ones leave it alone.
 */
static bool hmt_page_is_part(const struct page *page)
{
	return HMT_MIGRATE_WHOLE && hmt_page_is_exclusive(page);
}

/*
 * Check whether migrate_vma_setup() finds @folio on its list and does not wait
 * for other CPUs, see lru.c. Memory of devices has no list.
 */
static bool hmt_folio_is_on_lru(struct folio *folio)
{
	return folio_test_lru(folio) || folio_is_zone_device(folio);
}

/* Check whether KSM leaves @page alone, as it does memory of devices. */
static bool hmt_vma_leaves_alone(const struct vm_area_struct *vma,
				 const struct page *page)
{
	return is_zone_device_page(page) || !(vma->vm_flags & VM_MERGEABLE);
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
	if (!hmt_vma_leaves_alone(vma, page))
		return HMT_PAGE_MERGEABLE;
	if (!hmt_page_is_private(page))
		return HMT_PAGE_SHARED;
	if (folio_test_writeback(folio))
		return HMT_PAGE_BUSY;
	if (hmt_page_is_pinned(folio))
		return HMT_PAGE_PINNED;
	return hmt_folio_is_on_lru(folio) ? HMT_PAGE_MOVABLE : HMT_PAGE_BUSY;
}

/*
 * Check whether @page is of the usual kind, which is HMT_PAGE_MOVABLE: an
 * anonymous base page on the LRU that this mapping has alone. As
 * hmt_page_classify(), which knows the other kinds too and reads the flags
 * one by one. The mapping is not VM_MERGEABLE.
 */
static __always_inline bool hmt_page_is_plain(struct page *page)
{
	const unsigned long asked = BIT(PG_lru) | BIT(PG_swapcache) |
				    BIT(PG_writeback) | BIT(PG_head);
	struct folio *folio;

	if ((READ_ONCE(*hmt_page_flag_bits(page)) & asked) != BIT(PG_lru) ||
	    PageTail(page) || is_zone_device_page(page) ||
	    atomic_read(&page->_mapcount) || page_ref_count(page) != 1)
		return false;
	folio = page_folio(page);
	return folio_test_anon(folio) && !folio_test_ksm(folio);
}

/* As hmt_pte_page(). A census calls it for each page. */
static __always_inline struct page *hmt_pte_find_page(pte_t pte)
{
	softleaf_t entry;

	if (pte_none(pte))
		return NULL;
	if (!pte_present(pte)) {
		entry = softleaf_from_pte(pte);
		return softleaf_is_device_private(entry) ?
			       softleaf_to_page(entry) :
			       NULL;
	}
	/* Special: the zero page and mappings without struct page. */
	if (pte_special(pte) || hmt_pte_is_dax(pte))
		return NULL;
	return pfn_to_page(pte_pfn(pte));
}

/*
 * Return the page of an entry, or NULL. An entry of memory that CPUs cannot
 * address is not present. An entry that is not special has a page, because the
 * walk skips mappings without pages.
 */
struct page *hmt_pte_page(pte_t pte)
{
	return hmt_pte_find_page(pte);
}

/*
 * Check whether migrate_vma_setup() may unmap the page of @pte from a mapping
 * that is not VM_MERGEABLE. The answer holds until the mmap lock is dropped.
 */
bool hmt_pte_is_private(pte_t pte)
{
	struct page *page = hmt_pte_page(pte);

	if (!page || !PageAnon(page))
		return false;
	return PageCompound(page) ? hmt_page_is_part(page) :
				    hmt_page_is_private(page);
}

/* Return the huge page that @pmd maps as a whole, or NULL. */
static struct page *hmt_pmd_page(pmd_t pmd)
{
	if (!hmt_pmd_is_huge(pmd))
		return NULL;
	if (!pmd_present(pmd))
		return softleaf_to_page(softleaf_from_pmd(pmd));
	if (!pmd_trans_huge(pmd) || !pfn_valid(pmd_pfn(pmd)))
		return NULL;
	return pfn_to_page(pmd_pfn(pmd));
}

/*
 * As hmt_pte_is_private(), for a huge page, which migrate_vma_setup() splits, or
 * unmaps as a whole where the kernel can.
 */
bool hmt_pmd_is_private(pmd_t pmd)
{
	struct page *page = hmt_pmd_page(pmd);
	struct folio *folio;

	if (!page || !PageAnon(page))
		return false;
	folio = page_folio(page);
	/*
	 * After a fork whose child has ended, it is not exclusive any more. Each
	 * mapping has a reference, of the whole or of a part.
	 */
	return hmt_page_is_exclusive(page) ||
	       (!folio_test_swapcache(folio) && folio_ref_count(folio) == 1);
}

/*
 * Check whether the page of @pte, of which hmt_pte_is_private() is true, is on
 * the LRU. Reclaim can take it off at any time, as it can before each
 * migration.
 */
bool hmt_pte_is_on_lru(pte_t pte)
{
	return hmt_folio_is_on_lru(page_folio(hmt_pte_page(pte)));
}

/* As hmt_pte_is_on_lru(), for a huge page. */
bool hmt_pmd_is_on_lru(pmd_t pmd)
{
	return hmt_folio_is_on_lru(page_folio(hmt_pmd_page(pmd)));
}

/* Return the flags of a base page of @class. */
static u8 hmt_page_flags(struct page *page, enum hmt_page_class class)
{
	u8 flags = atomic_read(&page->_mapcount) ? 0 : HMT_PAGE_MAPPED_ONCE;

	if (class == HMT_PAGE_BUSY && !hmt_folio_is_on_lru(page_folio(page)))
		flags |= HMT_PAGE_OFF_LRU;
	return flags;
}

/*
 * Classify @page if it is of the usual kind of pages of files: a base page on the LRU
 * of which all mappings are known and that nothing but them and the page cache refers
 * to. As hmt_classify_page(), which knows the other kinds too, with fewer
 * instructions. Return false if @page is not of this kind.
 */
static bool hmt_classify_file(struct hmt_chunk *chunk, unsigned int index,
			      struct page *page)
{
	const unsigned long asked = BIT(PG_lru) | BIT(PG_swapcache) |
				    BIT(PG_writeback) | BIT(PG_head) |
				    BIT(PG_private);
	int known = chunk->mapped ? max_t(int, chunk->mapped[index], 1) : 1;
	struct folio *folio;

	if ((READ_ONCE(*hmt_page_flag_bits(page)) & asked) != BIT(PG_lru) ||
	    PageTail(page) || is_zone_device_page(page) ||
	    atomic_read(&page->_mapcount) + 1 != known ||
	    page_ref_count(page) != known + 1)
		return false;
	folio = page_folio(page);
	if (folio_test_anon(folio) || !READ_ONCE(folio->mapping))
		return false;
	chunk->uid[index] = page_to_nid(page);
	chunk->class[index] = HMT_PAGE_FILE;
	chunk->flags[index] = known > 1 ? HMT_PAGE_SEVERAL : 0;
	chunk->unit[index] = 1;
	return true;
}

/* Classify a page that may be of any kind: few are not of the usual one. */
static noinline void hmt_classify_page(struct hmt_chunk *chunk,
				       const struct vm_area_struct *vma,
				       unsigned int index, struct page *page)
{
	chunk->mixed = true;
	if (hmt_classify_file(chunk, index, page))
		return;
	chunk->uid[index] = is_zone_device_page(page) ? hmt_page_uid(page) :
							page_to_nid(page);
	chunk->class[index] = hmt_page_classify(vma, page);
	if (chunk->class[index] >= HMT_PAGE_HUGE)
		hmt_chunk_set_unit(chunk, index, page, false);
	else
		chunk->flags[index] = hmt_page_flags(page, chunk->class[index]);
	if (chunk->class[index] == HMT_PAGE_HUGE && PageAnon(page) &&
	    hmt_page_is_part(page) && hmt_vma_leaves_alone(vma, page))
		chunk->flags[index] |= HMT_PAGE_PART;
}

/* As hmt_classify_pte(). A census calls it for each page. */
static __always_inline void hmt_classify_entry(struct hmt_chunk *chunk,
					       const struct vm_area_struct *vma,
					       unsigned int index, pte_t pte)
{
	struct page *page = hmt_pte_find_page(pte);

	if (!page)
		return;
	if (pte_present(pte) && !pte_dirty(pte))
		__set_bit(index, chunk->clean);
	if (vma->vm_flags & VM_MERGEABLE || !hmt_page_is_plain(page)) {
		hmt_classify_page(chunk, vma, index, page);
		return;
	}
	chunk->uid[index] = page_to_nid(page);
	chunk->class[index] = HMT_PAGE_MOVABLE;
	chunk->flags[index] = HMT_PAGE_MAPPED_ONCE;
}

/* Classify one page; its class is HMT_PAGE_HOLE so far. Interrupts are off. */
void hmt_classify_pte(struct hmt_chunk *chunk,
		      const struct vm_area_struct *vma, unsigned int index,
		      pte_t pte)
{
	hmt_classify_entry(chunk, vma, index, pte);
}

/* Check whether the huge page @page, which @pmd maps, is &hmt_chunk.whole. */
static bool hmt_huge_is_whole(const struct vm_area_struct *vma,
			      struct page *page, pmd_t pmd)
{
	struct folio *folio = page_folio(page);

	return hmt_pmd_is_private(pmd) && hmt_vma_leaves_alone(vma, page) &&
	       folio_entire_mapcount(folio) == 1 &&
	       !folio_test_writeback(folio) &&
	       !hmt_folio_is_pinned(folio, true, 1);
}

static void hmt_classify_huge(struct hmt_chunk *chunk,
			      const struct vm_area_struct *vma,
			      unsigned int index, unsigned int pages, pmd_t pmd)
{
	struct page *page = hmt_pmd_page(pmd);
	u32 uid;

	/* The huge zero page has no owner, as the small one. */
	if (!page || !page_folio(page)->mapping)
		return;
	uid = is_zone_device_page(page) ? hmt_page_uid(page) :
					  page_to_nid(page);
	chunk->mixed = true;
	chunk->whole = hmt_huge_is_whole(vma, page, pmd);
	memset(&chunk->unit[index], 0, pages * sizeof(chunk->unit[0]));
	memset(&chunk->flags[index], 0, pages * sizeof(chunk->flags[0]));
	/* A selection that was full continues inside a huge page that it has. */
	if (!index)
		hmt_chunk_set_unit(chunk, index, page, true);
	if (pmd_present(pmd) && !pmd_dirty(pmd))
		bitmap_set(chunk->clean, index, pages);
	for (; pages--; index++) {
		chunk->uid[index] = uid;
		chunk->class[index] = HMT_PAGE_HUGE;
	}
}

/*
 * Give pages of @mm in [@addr, @end), which is in one chunk, that are excluded
 * from being moved the class HMT_PAGE_EXCLUDED. The mmap lock is held.
 */
void hmt_chunk_exclude(struct hmt_chunk *chunk, const struct mm_struct *mm,
		       unsigned long addr, unsigned long end)
{
	unsigned long next = end;

	mmap_assert_locked((struct mm_struct *)mm);
	while (hmt_exclude_first(mm, &addr, &next)) {
		chunk->mixed = true;
		for (; addr < next; addr += PAGE_SIZE) {
			u8 *class = &chunk->class[hmt_chunk_index(addr)];

			if (*class != HMT_PAGE_HOLE)
				*class = HMT_PAGE_EXCLUDED;
		}
		next = end;
	}
}

static void hmt_classify_table(struct hmt_chunk *chunk,
			       const struct vm_area_struct *vma,
			       unsigned int index, unsigned int pages,
			       pte_t *ptep)
{
	while (pages--)
		hmt_classify_entry(chunk, vma, index++, hmt_pte_get(ptep++));
}

/*
 * Classify the pages of [@addr, @end) of @vma, which is in one chunk. @pmd is
 * its live entry, as &hmt_walk_ops.scan gets it; interrupts are off.
 */
void hmt_classify(struct hmt_chunk *chunk, const struct vm_area_struct *vma,
		  unsigned long addr, unsigned long end, pmd_t pmd)
{
	unsigned int index = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	memset(&chunk->class[index], HMT_PAGE_HOLE, pages);
	bitmap_clear(chunk->clean, index, pages);
	chunk->whole = false;
	chunk->mixed = false;
	if (hmt_pmd_is_huge(pmd))
		hmt_classify_huge(chunk, vma, index, pages, pmd);
	else
		hmt_classify_table(chunk, vma, index, pages,
				   pte_offset_kernel(&pmd, addr));
	hmt_chunk_exclude(chunk, vma->vm_mm, addr, end);
}

/*
 * Give the pages from @index on that have HMT_PAGE_FOREIGN, and the other pages of
 * such a huge page, the class HMT_PAGE_SHARED. They are classified.
 */
void hmt_chunk_mark_foreign(struct hmt_chunk *chunk, unsigned int index,
			    unsigned int pages)
{
	u8 *class = chunk->class;

	for (; pages--; index++) {
		if (class[index] == HMT_PAGE_FILE &&
		    chunk->flags[index] & HMT_PAGE_FOREIGN)
			class[index] = HMT_PAGE_SHARED;
		/* Only the whole chunk is a huge page that has this flag. */
		if (class[index] == HMT_PAGE_HUGE &&
		    chunk->flags[index] & HMT_PAGE_FOREIGN) {
			memset(class + index, HMT_PAGE_SHARED, pages + 1);
			return;
		}
	}
}

/*
 * Classify the pages of [@addr, @end) of @vma, which belong to a page of hugetlb
 * whose base page at @addr is @page. Interrupts are off. The entry has the time
 * of no write that would make a part of the page clean.
 */
void hmt_classify_hugetlb(struct hmt_chunk *chunk,
			  const struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, struct page *page)
{
	unsigned int index = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;
	/* The kernel may have freed the struct pages of the tail. */
	u32 uid = page_to_nid(&page_folio(page)->page);

	chunk->whole = false;
	chunk->mixed = true;
	bitmap_clear(chunk->clean, index, pages);
	memset(&chunk->class[index], HMT_PAGE_HUGETLB, pages);
	memset(&chunk->unit[index], 0, pages * sizeof(chunk->unit[0]));
	memset(&chunk->flags[index], 0, pages * sizeof(chunk->flags[0]));
	while (pages--)
		chunk->uid[index++] = uid;
	hmt_chunk_exclude(chunk, vma->vm_mm, addr, end);
}
