/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of words: NULL-terminated arrays that own their strings. */
#ifndef HMTCTL_WORDS_H
#define HMTCTL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Split @text at blanks and line ends. Never NULL; empty for NULL or "". */
char **words_split(const char *text);
/* Join @words with one blank in between; the inverse of words_split(). */
char *words_join(char *const *words);
size_t words_count(char *const *words);
bool words_contain(char *const *words, const char *word);
void words_free(char **words);

static inline void cleanup_words(char ***words)
{
	words_free(*words);
}

#define auto_words	__attribute__((cleanup(cleanup_words)))

#endif
