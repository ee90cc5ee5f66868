// SPDX-License-Identifier: GPL-2.0
/* Text from others, masked. Prints TAP. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"
#include "tap.h"

/* True if @text becomes @want. */
static bool masked(const char *text, const char *kept, const char *want)
{
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", text);
	text_mask(copy, kept);
	return !strcmp(copy, want);
}

/* True if the escaped @text is @want. */
static bool escaped(const char *text, const char *want)
{
	char *copy = text_escape(text);
	bool same = copy && !strcmp(copy, want);

	free(copy);
	return same;
}

int main(void)
{
	ok(masked("", "", "") && masked("dram", "", "dram"), "plain text");
	ok(masked("\033[31mRED\r\n", "", "?[31mRED??"), "C0 controls");
	ok(masked("a\n\tb", "\n", "a\n?b"), "characters that are kept");
	ok(masked("\x7f", "", "?"), "DEL");
	ok(masked("\302\23331m", "", "??31m"), "U+009B");
	ok(masked("\xc2\xa0", "", "\xc2\xa0"), "U+00A0 is not a control");
	ok(masked("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "",
		  "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"), "UTF-8");
	ok(masked("\x9b", "", "?") && masked("\xff", "", "?") &&
	   masked("\xc3", "", "?") && masked("\xe2\x82", "", "??") &&
	   masked("\xc3(", "", "?("), "bytes that are not UTF-8");
	ok(masked("\xc0\x9b", "", "??") && masked("\xe0\x82\x9b", "", "???"),
	   "controls in more bytes than needed");
	ok(escaped("", "") && escaped("{\"a\\u0041\": 1}\n", "{\"a\\u0041\": 1}\n"),
	   "ASCII needs no escapes");
	ok(escaped("\302\233x\xe2\x82\xac\xf0\x9f\x98\x80",
		   "\\u009bx\\u20ac\\ud83d\\ude00"), "escapes of other characters");
	ok(!text_escape("\x9b") && !text_escape("a\xc3") && !text_escape("\xc0\x9b") &&
	   !text_escape("\xf5\x80\x80\x80") && !text_escape("\xed\xa0\x80"),
	   "bytes that are not UTF-8 are refused");
	return end_of_tests();
}
