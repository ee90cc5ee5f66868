// SPDX-License-Identifier: GPL-2.0
/* Registry of hotness providers, and their directories in configfs. */
#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/hmt_internal.h>
#include <linux/kmod.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "lib/lib.h"
#include "heat.h"
#include "provider.h"

static DEFINE_MUTEX(hmt_provider_lock);
static LIST_HEAD(hmt_providers);

/* Registration creates the directories: mkdir returns -EPERM. */
static const struct config_item_type hmt_providers_type = {
	.ct_owner = THIS_MODULE,
};

static struct config_group hmt_providers_group;

/*
 * Return the directory "providers" for the root of the configfs subsystem.
 * Called once, before the first provider is registered.
 */
struct config_group *hmt_provider_dirs(void)
{
	config_group_init_type_name(&hmt_providers_group, "providers",
				    &hmt_providers_type);
	return &hmt_providers_group;
}

/* Directory of one provider; its type has the attributes of the provider. */
struct hmt_provider_dir {
	struct config_group group;
	struct config_item_type type;
};

static void hmt_provider_dir_release(struct config_item *item)
{
	kfree(container_of(to_config_group(item), struct hmt_provider_dir,
			   group));
}

static struct configfs_item_operations hmt_provider_dir_item_ops = {
	.release = hmt_provider_dir_release,
};

/* Create a directory; return it or an ERR_PTR. */
static void *hmt_provider_dir_add(struct hmt_provider *provider)
{
	struct hmt_provider_dir *dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	int ret;

	if (!dir)
		return ERR_PTR(-ENOMEM);
	dir->type.ct_owner = provider->owner;
	dir->type.ct_item_ops = &hmt_provider_dir_item_ops;
	dir->type.ct_attrs = provider->attrs;
	config_group_init_type_name(&dir->group, provider->name, &dir->type);
	ret = configfs_register_group(&hmt_providers_group, &dir->group);
	if (ret) {
		config_item_put(&dir->group.cg_item);
		return ERR_PTR(ret);
	}
	return dir;
}

static void hmt_provider_dir_remove(void *arg)
{
	struct hmt_provider_dir *dir = arg;

	configfs_unregister_group(&dir->group);
	config_item_put(&dir->group.cg_item);
}

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
		pr_err("provider '%s' refused: its name must have 1 to %d characters of A-Z a-z 0-9 _ . -\n",
		       provider->name ?: "", HMT_NAME_MAX);
		return -EINVAL;
	}
	if (!provider->ops || (!provider->ops->collect && !provider->push)) {
		pr_err("provider '%s' refused: it has neither a collect operation nor sets push: set one of them\n",
		       provider->name);
		return -EINVAL;
	}
	return 0;
}

int __hmt_provider_register(struct hmt_provider *provider,
			    struct module *module, u32 api_version)
{
	void *dir;
	int ret;

	might_sleep();
	ret = hmt_api_check(module, api_version) ?:
	      hmt_provider_check(provider);
	if (ret)
		return ret;
	/*
	 * Must be called without the lock, because configfs locks are taken
	 * first.
	 */
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
EXPORT_SYMBOL_GPL(__hmt_provider_register);

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

	guard(mutex)(&hmt_provider_lock);
	provider = hmt_provider_find(name);
	if (provider && !try_module_get(provider->owner))
		provider = NULL;
	return provider;
}

/*
 * Find and pin a provider, after loading its module if necessary, or return
 * NULL.
 */
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
