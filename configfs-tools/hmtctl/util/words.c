// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/words.h"

static const char blanks[] = " \t\r\n";

char **words_split(const char *text)
{
	char **words = must(calloc(1, sizeof(*words)));
	size_t count = 0;
	size_t length;

	if (!text)
		return words;
	for (;; text += length) {
		text += strspn(text, blanks);
		length = strcspn(text, blanks);
		if (!length)
			return words;
		words = must(realloc(words, (count + 2) * sizeof(*words)));
		words[count++] = must(strndup(text, length));
		words[count] = NULL;
	}
}

char *words_join(char *const *words)
{
	size_t length = 1;
	size_t i;
	char *text;

	for (i = 0; words[i]; i++)
		length += strlen(words[i]) + 1;
	text = must(calloc(1, length));
	for (i = 0; words[i]; i++) {
		if (i)
			strcat(text, " ");
		strcat(text, words[i]);
	}
	return text;
}

size_t words_count(char *const *words)
{
	size_t count = 0;

	while (words[count])
		count++;
	return count;
}

bool words_contain(char *const *words, const char *word)
{
	for (; *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

void words_free(char **words)
{
	size_t i;

	for (i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}
