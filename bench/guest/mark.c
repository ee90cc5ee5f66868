// SPDX-License-Identifier: GPL-2.0
/*
 * Marks for the memory model from scripts.
 *
 * usage: mark symbols FILE...  report the functions of the kernel in FILEs, whose
 *                              lines are KIND, CAUSE and patterns of symbols,
 *                              separated by "|", one of which has to match, and
 *                              optionally a file: without it none has to
 *        mark start            begin to count
 */
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "die.h"
#include "marker.h"

#define LINES_MAX	128

struct symbol {
	unsigned long address;
	char *name;
};

struct line {
	char mark[32];	/* KIND CAUSE */
	char patterns[128];
	char needs[64];	/* a file, or empty */
	unsigned int found;
};

static struct symbol *symbols;
static size_t nr_symbols;
static struct line lines[LINES_MAX];
static size_t nr_lines;

DEFINE_MARK(mark_symbol, MARK_SYMBOL);
DEFINE_MARK(mark_start, MARK_START);

static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		die("cannot read %s", path);
	return file;
}

static void read_lines(const char *path)
{
	FILE *file = open_file(path);
	char text[256], kind[12], cause[16];

	while (fgets(text, sizeof(text), file)) {
		struct line *line = &lines[nr_lines];

		if (text[0] == '#' || text[0] == '\n')
			continue;
		if (nr_lines == LINES_MAX ||
		    sscanf(text, "%11s %15s %127s %63s", kind, cause,
			   line->patterns, line->needs) < 3)
			die("%s: invalid line '%s'", path, text);
		snprintf(line->mark, sizeof(line->mark), "%s %s", kind, cause);
		nr_lines++;
	}
	fclose(file);
}

static void read_symbols(void)
{
	FILE *file = open_file("/proc/kallsyms");
	char text[512], name[256], type;
	unsigned long address;

	while (fgets(text, sizeof(text), file)) {
		if (sscanf(text, "%lx %c %255s", &address, &type, name) != 3 ||
		    !strncmp(name, "__pfx_", 6) || !strncmp(name, "__cfi_", 6))
			continue;
		if (!(nr_symbols & 0xffff))
			symbols = realloc(symbols, (nr_symbols + 0x10000) *
						   sizeof(*symbols));
		if (!symbols)
			die("no memory");
		symbols[nr_symbols].address = address;
		symbols[nr_symbols++].name = strdup(name);
	}
	fclose(file);
	if (!nr_symbols || !symbols[nr_symbols / 2].address)
		die("/proc/kallsyms hides addresses");
}

static int compare(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	return a->address < b->address ? -1 : a->address > b->address;
}

/* Return the address of the next symbol, which ends a function. */
static unsigned long end_of(size_t symbol)
{
	size_t i = symbol + 1;

	while (i < nr_symbols &&
	       symbols[i].address == symbols[symbol].address)
		i++;
	return i < nr_symbols ? symbols[i].address : -1UL;
}

/* Check one of the patterns, which "|" or the end follows. */
static bool matches(const char *patterns, const char *name)
{
	char pattern[sizeof(lines->patterns)];
	size_t length = strcspn(patterns, "|");

	/* Most names differ at once. */
	if (*patterns != *name)
		return false;
	snprintf(pattern, sizeof(pattern), "%.*s", (int)length, patterns);
	return !fnmatch(pattern, name, 0);
}

static bool matches_any(const struct line *line, const char *name)
{
	const char *next = line->patterns;

	while (!matches(next, name)) {
		next = strchr(next, '|');
		if (!next++)
			return false;
	}
	return true;
}

/* A copy that the compiler made, such as "name.isra.0", counts as well. */
static void copy_name(char *to, size_t bytes, const char *name)
{
	snprintf(to, bytes, "%s", name);
	if (!strstr(name, ".cold"))
		to[strcspn(to, ".")] = 0;
}

/* The first line that matches counts. */
static void report(size_t symbol)
{
	bool reported = false;
	char name[256];
	size_t i;

	copy_name(name, sizeof(name), symbols[symbol].name);
	for (i = 0; i < nr_lines; i++) {
		if (!matches_any(&lines[i], name))
			continue;
		lines[i].found++;
		if (!reported)
			mark_symbol(symbols[symbol].address, end_of(symbol),
				    lines[i].mark);
		reported = true;
	}
}

/* A function without a hook would be counted as another cause. */
static void check_lines(void)
{
	bool failed = false;
	size_t i;

	for (i = 0; i < nr_lines; i++) {
		if (lines[i].found ||
		    (*lines[i].needs && access(lines[i].needs, F_OK)))
			continue;
		fprintf(stderr, "mark: this kernel has no '%s'\n",
			lines[i].patterns);
		failed = true;
	}
	if (failed)
		die("correct the names of functions");
}

static void report_symbols(char **paths)
{
	size_t i;

	while (*paths)
		read_lines(*paths++);
	read_symbols();
	qsort(symbols, nr_symbols, sizeof(*symbols), compare);
	for (i = 0; i < nr_symbols; i++)
		report(i);
	check_lines();
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "symbols"))
		report_symbols(argv + 2);
	else if (argc == 2 && !strcmp(argv[1], "start"))
		mark_start();
	else
		die("usage: mark symbols FILE... | start");
	return 0;
}
