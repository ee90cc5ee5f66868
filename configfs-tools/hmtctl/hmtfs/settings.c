// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

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

static int write_setting(const struct object *object,
			 const struct setting *setting, const char *text)
{
	static const struct remedy too_long[] = {
		{ EFBIG, "too long: an attribute takes "
		  LIMIT_TEXT(ATTRIBUTE_MAX) " characters" },
		{ }
	};
	int err = object_write(object, setting->file, text);

	if (!err)
		return RESULT_OK;
	return fail(RESULT_REFUSED, "%s '%s': %s '%.80s': %s",
		    object->class->noun, object->name, setting->file, text,
		    explain(-err, err == -EFBIG ? too_long : setting->remedies));
}

static size_t settings_count(const struct setting *settings)
{
	size_t count = 0;

	while (settings[count].file)
		count++;
	return count;
}

void settings_undo(const struct object *object, const struct setting *settings,
		   char **before)
{
	size_t i = settings_count(settings);

	change_insist();
	while (i--)
		if (before[i])
			object_write(object, settings[i].file, before[i]);
}

void settings_release(const struct setting *settings, char **before)
{
	size_t i;

	for (i = 0; before && i < settings_count(settings); i++)
		free(before[i]);
	free(before);
}

int settings_write(const struct object *object,
		   const struct setting *settings, const void *values,
		   char ***before)
{
	size_t count = settings_count(settings);
	int result = RESULT_OK;
	const char *text;
	size_t i;

	*before = must(calloc(count + 1, sizeof(**before)));
	for (i = 0; i < count && !result; i++) {
		text = setting_text(&settings[i], values);
		if (!text)
			continue;
		(*before)[i] = object_read(object, settings[i].file);
		result = write_setting(object, &settings[i], text);
	}
	if (result)
		settings_undo(object, settings, *before);
	return result;
}
