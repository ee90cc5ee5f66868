// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hmtfs/change.h"
#include "hmtfs/settings.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/limits.h"
#include "util/units.h"
#include "util/words.h"

bool number_valid(const struct setting *setting, const char *text)
{
	uint64_t value;

	return parse_number(text, setting->min, setting->max, &value);
}

bool numbers_valid(const struct setting *setting, const char *text)
{
	auto_words char **words = words_split(text);
	uint64_t value;
	size_t i;

	for (i = 0; words[i]; i++)
		if (!parse_number(words[i], setting->min, setting->max,
				  &value))
			return false;
	return true;
}

static const char *setting_text(const struct setting *setting,
				const void *values)
{
	return *(const char *const *)((const char *)values + setting->offset);
}

int settings_check(const struct object_class *class, const char *name,
		   const struct setting *settings, const void *values)
{
	const char *text;

	for (; settings->file; settings++) {
		text = setting_text(settings, values);
		if (!text || !settings->valid ||
		    settings->valid(settings, text))
			continue;
		return fail(RESULT_USAGE, "%s '%.40s': %s '%.80s': not %s",
			    class->noun, name, settings->file, text,
			    settings->wants);
	}
	return RESULT_OK;
}

static int setting_result(const struct object *object,
			  const struct setting *setting, const char *text,
			  int err)
{
	static const struct remedy too_long[] = {
		{ EFBIG, "an attribute takes " LIMIT_TEXT(ATTRIBUTE_MAX)
		  " characters; leave some words out" },
		{ }
	};
	const struct remedy *remedies = setting->remedies;

	if (!err)
		return RESULT_OK;
	if (err == -EFBIG && !find_remedy(-err, remedies))
		remedies = too_long;
	return fail(RESULT_REFUSED, "%s '%s': %s '%.80s': %s",
		    object->class->noun, object->name, setting->file, text,
		    explain(-err, remedies));
}

static size_t settings_count(const struct setting *settings)
{
	size_t count = 0;

	while (settings[count].file)
		count++;
	return count;
}

/*
 * Write those of the former processes that the kernel still accepts: it refuses a
 * list with one that has ended.
 */
static int undo_pids(const struct object *object, const char *file,
		     const char *before)
{
	auto_words char **pids = words_split(before);
	int err = object_write(object, file, before);
	size_t count, i;

	while (err == -ESRCH && *pids) {
		auto_text char *text = NULL;

		for (count = 0, i = 0; pids[i]; i++) {
			if (object_write(object, file, pids[i]) == -ESRCH)
				free(pids[i]);
			else
				pids[count++] = pids[i];
		}
		pids[count] = NULL;
		text = words_join(pids);
		err = object_write(object, file, text);
	}
	return err;
}

static int undo_setting(const struct object *object, const char *file,
			const char *before)
{
	return strcmp(file, "pids") ? object_write(object, file, before) :
				      undo_pids(object, file, before);
}

/* Write the values of @before, the last one first. Return 0 if all are accepted. */
static int undo_all(const struct object *object, const struct setting *settings,
		    char **before)
{
	size_t i = settings_count(settings);
	int failed = 0;

	while (i--)
		if (before[i])
			failed |= undo_setting(object, settings[i].file,
					       before[i]);
	return failed;
}

void settings_undo(const struct object *object, const struct setting *settings,
		   char **before)
{
	change_insist();
	/* One may be refused until another one has its former value. */
	if (undo_all(object, settings, before) &&
	    undo_all(object, settings, before))
		fail(RESULT_REFUSED,
		     "%s '%s': undoing the changes failed in part; see 'hmtctl list'",
		     object->class->noun, object->name);
}

void settings_release(const struct setting *settings, char **before)
{
	size_t i;

	for (i = 0; before && i < settings_count(settings); i++)
		free(before[i]);
	free(before);
}

/*
 * Read the text that undoes writing @text. A fake root may lack the file, which
 * is created then.
 */
static int read_setting(const struct object *object,
			const struct setting *setting, const char *text,
			char **old)
{
	*old = object_read(object, setting->file);
	if (*old || (object->fake && errno == ENOENT))
		return RESULT_OK;
	return setting_result(object, setting, text, -errno);
}

int settings_write(const struct object *object,
		   const struct setting *settings, const void *values,
		   char ***before)
{
	size_t count = settings_count(settings);
	int result = RESULT_OK;
	const struct setting *late = NULL;
	const char *text;
	char **old;
	size_t i;
	int err;

	*before = must(calloc(count + 1, sizeof(**before)));
	old = must(calloc(count + 1, sizeof(*old)));
	for (i = 0; i < count && !result; i++) {
		text = setting_text(&settings[i], values);
		if (text)
			result = read_setting(object, &settings[i], text,
					      &old[i]);
	}
	for (i = 0; i < count && !result; i++) {
		text = setting_text(&settings[i], values);
		if (!text)
			continue;
		(*before)[i] = old[i];
		old[i] = NULL;
		err = object_write(object, settings[i].file, text);
		if (err == -ERANGE && !late)
			late = &settings[i];
		else
			result = setting_result(object, &settings[i], text,
						err);
	}
	settings_release(settings, old);
	if (!result && late) {
		text = setting_text(late, values);
		result = setting_result(object, late, text,
					object_write(object, late->file, text));
	}
	if (result)
		settings_undo(object, settings, *before);
	return result;
}
