// SPDX-License-Identifier: GPL-2.0
/*
 * Loaded into hmtctl by unload.sh: a machine with the modules hmt_sim, hmt_device,
 * hmt_accessed, and hmt, which the others use. Removing one takes a tenth of a second,
 * and fails for $STUB_USED. Each removed module and each new thread adds a line to the
 * file $STUB_LOG.
 */
#include <dlfcn.h>
#include <errno.h>
#include <libkmod.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct module {
	const char *name;
	bool removed;
} modules[] = { { "hmt" }, { "hmt_accessed" }, { "hmt_device" }, { "hmt_sim" } };

#define NR_MODULES	(sizeof(modules) / sizeof(*modules))

/* A list is the address of its first module, or of any other byte if it is no list. */
static char some;

static struct module *next_from(struct module *module)
{
	while (module < modules + NR_MODULES && module->removed)
		module++;
	return module < modules + NR_MODULES ? module : NULL;
}

static void log_line(const char *text)
{
	FILE *file = fopen(getenv("STUB_LOG"), "a");

	fprintf(file, "%s\n", text);
	fclose(file);
}

int kmod_module_new_from_loaded(struct kmod_ctx *ctx, struct kmod_list **list)
{
	(void)ctx;
	*list = (struct kmod_list *)next_from(modules);
	return 0;
}

struct kmod_list *kmod_list_next(const struct kmod_list *list,
				 const struct kmod_list *item)
{
	(void)list;
	return (struct kmod_list *)next_from((struct module *)item + 1);
}

struct kmod_module *kmod_module_get_module(const struct kmod_list *item)
{
	return (struct kmod_module *)item;
}

const char *kmod_module_get_name(const struct kmod_module *module)
{
	return ((const struct module *)module)->name;
}

struct kmod_list *kmod_module_get_holders(const struct kmod_module *module)
{
	if ((const struct module *)module != modules || !next_from(modules + 1))
		return NULL;
	return (struct kmod_list *)&some;
}

int kmod_module_remove_module(struct kmod_module *module, unsigned int flags)
{
	struct module *removed = (struct module *)module;
	const char *used = getenv("STUB_USED");

	(void)flags;
	if (used && !strcmp(removed->name, used))
		return -EBUSY;
	usleep(100000);
	removed->removed = true;
	log_line(removed->name);
	return 0;
}

struct kmod_module *kmod_module_unref(struct kmod_module *module)
{
	(void)module;
	return NULL;
}

int kmod_module_unref_list(struct kmod_list *list)
{
	(void)list;
	return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
		   void *(*function)(void *), void *arg)
{
	int (*create)(pthread_t *thread, const pthread_attr_t *attr,
		      void *(*function)(void *), void *arg);

	create = dlsym(RTLD_NEXT, "pthread_create");
	log_line("thread");
	return create(thread, attr, function, arg);
}
