// SPDX-License-Identifier: GPL-2.0
/* Text from others, masked. Prints TAP. */
#include <stdbool.h>
#include <stdio.h>
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
	return end_of_tests();
}
