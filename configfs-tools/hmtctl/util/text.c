// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/text.h"

/* Return the length of the UTF-8 character at @text, 0 if it is malformed. */
static size_t utf8_length(const unsigned char *text, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = *text < 0x80 ? 1 : *text < 0xc0 ? 0 : *text < 0xe0 ? 2 :
			*text < 0xf0 ? 3 : *text < 0xf8 ? 4 : 0;
	size_t i;

	*character = length == 1 ? *text : *text & (0x7f >> length);
	for (i = 1; i < length; i++) {
		/* The final NUL ends the loop as well. */
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (text[i] & 0x3f);
	}
	if (*character < least[length] || *character > 0x10ffff ||
	    (*character >= 0xd800 && *character < 0xe000))
		return 0;
	return length;
}

static bool is_control(uint32_t character)
{
	return character < ' ' || (character >= 0x7f && character < 0xa0);
}

char *text_escape(const char *text)
{
	/* Two bytes or more become six, four become twelve. */
	char *copy = must(malloc(3 * strlen(text) + 1));
	uint32_t character;
	char *out = copy;
	size_t length;

	for (; *text; text += length) {
		length = utf8_length((const unsigned char *)text, &character);
		if (!length) {
			free(copy);
			return NULL;
		}
		if (length == 1)
			*out++ = *text;
		else if (character < 0x10000)
			out += sprintf(out, "\\u%04x", character);
		else
			out += sprintf(out, "\\u%04x\\u%04x",
				       0xd7c0 + (character >> 10),
				       0xdc00 + (character & 0x3ff));
	}
	*out = '\0';
	return copy;
}

void text_mask(char *text, const char *kept)
{
	uint32_t character;
	size_t length;

	for (; *text; text += length) {
		length = utf8_length((unsigned char *)text, &character);
		if (length == 1 && strchr(kept, *text))
			continue;
		if (!length || is_control(character)) {
			length = length ? length : 1;
			memset(text, '?', length);
		}
	}
}
