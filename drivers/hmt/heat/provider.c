// SPDX-License-Identifier: GPL-2.0
/* Registry of hotness providers. */
#include <linux/err.h>
#include <linux/kmod.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include "hmt.h"
#include "lib/parse.h"
#include "provider.h"

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
