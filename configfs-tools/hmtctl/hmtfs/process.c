// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hmtfs/process.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/units.h"
#include "util/words.h"

/* Place of the start among the words after "(comm)", from 0: proc_pid_stat(5). */
#define START_WORD	19

char *boot_id(const struct hmtctl *ctl)
{
	return fs_read(ctl->root, BOOT_ID);
}

int process_start(const struct hmtctl *ctl, const char *pid, uint64_t *ticks)
{
	auto_text char *path = NULL;
	auto_text char *text = NULL;
	auto_words char **words = NULL;
	char *rest;

	path = format_text("proc/%s/stat", pid);
	text = fs_read(ctl->root, path);
	if (!text)
		return errno == ENOENT ? -ESRCH : -errno;
	/* The name of a program may have blanks and parentheses. */
	rest = strrchr(text, ')');
	words = words_split(rest ? rest + 1 : NULL);
	if (words_count(words) > START_WORD &&
	    parse_number(words[START_WORD], 0, UINT64_MAX, ticks))
		return 0;
	return -EIO;
}
