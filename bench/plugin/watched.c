// SPDX-License-Identifier: GPL-2.0
#include "fail.h"
#include "watched.h"

static struct {
	uint64_t start;
	uint64_t end;
	enum watched kind;
} functions[16];
static unsigned int nr_functions;

void watched_add(uint64_t start, uint64_t end, enum watched kind)
{
	if (nr_functions == sizeof(functions) / sizeof(*functions))
		fail("too many functions with accesses");
	functions[nr_functions].start = start;
	functions[nr_functions].end = end;
	functions[nr_functions++].kind = kind;
}

enum watched watched_kind(uint64_t pc)
{
	unsigned int i;

	for (i = 0; i < nr_functions; i++)
		if (pc >= functions[i].start && pc < functions[i].end)
			return functions[i].kind;
	return WATCHED_NOT;
}
