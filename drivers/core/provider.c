// SPDX-License-Identifier: GPL-2.0
/* Registry of hotness providers. */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/kmod.h>
#include <linux/list.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include "core.h"
#include "parse.h"
#include "provider.h"
#include "space.h"

static DEFINE_MUTEX(hmt_provider_lock);
static LIST_HEAD(hmt_providers);

static struct hmt_provider *hmt_provider_find(const char *name)
{
	struct hmt_provider *provider;

	lockdep_assert_held(&hmt_provider_lock);
	list_for_each_entry(provider, &hmt_providers, list)
		if (!strcmp(provider->name, name))
			return provider;
	return NULL;
}

static int hmt_provider_check(const struct hmt_provider *provider)
{
	if (!provider->name || hmt_parse_name(provider->name)) {
		pr_err("hmt: provider refused: bad or missing name\n");
		return -EINVAL;
	}
	if (!provider->ops || (!provider->ops->collect && !provider->push)) {
		pr_err("hmt: provider '%s' refused: no collect operation, and it does not push\n",
		       provider->name);
		return -EINVAL;
	}
	return 0;
}

/**
 * hmt_provider_register() - make a source of hotness known
 * @provider: filled in by the caller, who keeps it until
 *	hmt_provider_unregister()
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL when the name or a mandatory operation is missing, which
 * the log names; -EEXIST when the name is taken; -ENOMEM.
 */
int hmt_provider_register(struct hmt_provider *provider)
{
	int ret = hmt_provider_check(provider);
	void *dir;

	if (ret)
		return ret;
	/* Outside the lock: configfs locks come first. */
	dir = hmt_provider_dir_add(provider);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	mutex_lock(&hmt_provider_lock);
	if (hmt_provider_find(provider->name)) {
		ret = -EEXIST;
	} else {
		provider->dir = dir;
		list_add_tail(&provider->list, &hmt_providers);
	}
	mutex_unlock(&hmt_provider_lock);
	if (ret)
		hmt_provider_dir_remove(dir);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_provider_register);

/**
 * hmt_provider_unregister() - take a provider away
 * @provider: a registered provider
 *
 * To be called when its module is unloaded. No session can be left then: each
 * pins the module.
 *
 * Context: process, may sleep.
 */
void hmt_provider_unregister(struct hmt_provider *provider)
{
	mutex_lock(&hmt_provider_lock);
	list_del(&provider->list);
	mutex_unlock(&hmt_provider_lock);
	hmt_provider_dir_remove(provider->dir);
}
EXPORT_SYMBOL_GPL(hmt_provider_unregister);

static const struct hmt_provider *hmt_provider_lookup(const char *name)
{
	struct hmt_provider *provider;

	mutex_lock(&hmt_provider_lock);
	provider = hmt_provider_find(name);
	if (provider && !try_module_get(provider->owner))
		provider = NULL;
	mutex_unlock(&hmt_provider_lock);
	return provider;
}

/* Find and pin a provider, loading its module once. NULL: there is none. */
const struct hmt_provider *hmt_provider_get(const char *name)
{
	const struct hmt_provider *provider = hmt_provider_lookup(name);

	if (provider)
		return provider;
	request_module("hmt-provider-%s", name);
	return hmt_provider_lookup(name);
}

void hmt_provider_put(const struct hmt_provider *provider)
{
	module_put(provider->owner);
}

/* What a hit of a provider is worth among those that the workload names. */
static unsigned int hmt_session_score(const struct hmt_provider_spec *specs,
				      unsigned int nr_specs,
				      unsigned int index)
{
	unsigned int total = 0, i;

	for (i = 0; i < nr_specs; i++)
		total += specs[i].weight;
	return hmt_heat_score(specs[index].weight, total);
}

/*
 * Start the provider that @specs[@index] names. @specs is what the workload
 * names in all and stays as it is until the session is stopped.
 */
int hmt_session_start(struct hmt_session *session,
		      const struct hmt_provider_spec *specs,
		      unsigned int nr_specs, unsigned int index)
{
	const struct hmt_provider *provider =
		hmt_provider_get(specs[index].name);
	int ret = 0;

	if (!provider)
		return -ENOENT;
	*session = (struct hmt_session) {
		.provider = provider,
		.score = hmt_session_score(specs, nr_specs, index),
		.specs = specs,
		.nr_specs = nr_specs,
	};
	if (provider->push)
		ret = hmt_reports_init(&session->reports);
	if (!ret && provider->ops->start)
		ret = provider->ops->start(session);
	if (ret) {
		hmt_reports_destroy(&session->reports);
		hmt_provider_put(provider);
	}
	return ret;
}

/* No address space takes reports any more, since an RCU grace period. */
void hmt_session_stop(struct hmt_session *session)
{
	if (session->provider->ops->stop)
		session->provider->ops->stop(session);
	hmt_reports_destroy(&session->reports);
	hmt_provider_put(session->provider);
}

/* Ask the provider about @space, which the caller entered. */
void hmt_session_collect(struct hmt_session *session, struct hmt_space *space)
{
	const struct hmt_provider_ops *ops = session->provider->ops;
	u64 start = ktime_get_ns();

	if (ops->collect && ops->collect(session, space))
		session->stats.errors++;
	if (ops->flush)
		ops->flush(session, space);
	session->stats.ns += ktime_get_ns() - start;
}

/**
 * hmt_session_set_data() - keep the provider's own data
 * @session: a session
 * @data: anything; freed by the provider in its stop operation
 *
 * Context: any, in one of the provider's operations.
 */
void hmt_session_set_data(struct hmt_session *session, void *data)
{
	session->data = data;
}
EXPORT_SYMBOL_GPL(hmt_session_set_data);

/**
 * hmt_session_data() - what hmt_session_set_data() kept
 * @session: a session
 *
 * Context: any.
 * Return: the data, NULL when none was set.
 */
void *hmt_session_data(const struct hmt_session *session)
{
	return session->data;
}
EXPORT_SYMBOL_GPL(hmt_session_data);

/**
 * hmt_session_has() - does the workload name a provider, too?
 * @session: a session
 * @name: name of a provider
 *
 * For a provider that leaves to another one what that does better.
 *
 * Context: any, in one of the provider's operations.
 * Return: true when the workload of @session uses it.
 */
bool hmt_session_has(const struct hmt_session *session, const char *name)
{
	unsigned int i;

	for (i = 0; i < session->nr_specs; i++)
		if (!strcmp(session->specs[i].name, name))
			return true;
	return false;
}
EXPORT_SYMBOL_GPL(hmt_session_has);

/**
 * hmt_space_mm() - address space that a provider is asked about
 * @space: argument of a provider operation
 *
 * Context: any, in one of the provider's operations.
 * Return: the mm, with mm_users held for the duration of the operation.
 */
struct mm_struct *hmt_space_mm(const struct hmt_space *space)
{
	return space->mm;
}
EXPORT_SYMBOL_GPL(hmt_space_mm);

/**
 * hmt_space_is_new() - is this the first sample of an address space?
 * @space: argument of a provider operation
 *
 * What a provider finds then happened before it was asked to look; it should
 * start its records and report nothing.
 *
 * Context: any, in one of the provider's operations.
 * Return: true when @space was not sampled before.
 */
bool hmt_space_is_new(const struct hmt_space *space)
{
	return !space->samples;
}
EXPORT_SYMBOL_GPL(hmt_space_is_new);

/*
 * Chunks that @space may have heat in: those that have ever had a page table
 * (or a huge page without one) at the same time, and as many again, because
 * heat outlives what it was about for a while.
 */
static unsigned long hmt_space_chunks_max(struct hmt_space *space)
{
	unsigned long chunks = mm_pgtables_bytes(space->mm) / PAGE_SIZE +
			       get_mm_rss(space->mm) / HMT_CHUNK_PAGES + 1;

	if (chunks > space->chunks_peak)
		space->chunks_peak = chunks;
	return 2 * space->chunks_peak;
}

/* A provider that lies must not make the heat map grow. */
static bool hmt_report_is_sane(struct hmt_space *space, unsigned long addr)
{
	return addr < space->mm->task_size &&
	       (hmt_heat_map_chunk(&space->heat, addr) ||
		space->heat.nr_chunks < hmt_space_chunks_max(space));
}

/**
 * hmt_report_bitmap() - report accesses in one chunk
 * @session: session that collects
 * @space: address space that is collected
 * @addr: any address of the chunk (2 MiB)
 * @accessed: HMT_CHUNK_PAGES bits, one a page
 *
 * Each set bit warms its page by the provider's weight among the weights of
 * the workload's providers.
 *
 * Context: in the provider's collect operation; may sleep.
 * Return: 0; -ENOMEM; -ERANGE for an address outside the address space or in
 * more chunks than can be mapped, which is counted and has no other effect.
 */
int hmt_report_bitmap(struct hmt_session *session, struct hmt_space *space,
		      unsigned long addr, const unsigned long *accessed)
{
	if (!hmt_report_is_sane(space, addr)) {
		session->stats.rejected++;
		return -ERANGE;
	}
	session->stats.hits += bitmap_weight(accessed, HMT_CHUNK_PAGES);
	return hmt_heat_map_report(&space->heat, addr, accessed,
				   session->score);
}
EXPORT_SYMBOL_GPL(hmt_report_bitmap);
