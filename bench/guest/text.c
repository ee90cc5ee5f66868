// SPDX-License-Identifier: GPL-2.0
/*
 * Print input for programs.
 *
 * usage: text words SEED COUNT MOST     COUNT words of MOST, by Zipf's law
 *        text clauses SEED COUNT MOST   a formula of COUNT clauses of 3 of MOST
 *                                       variables
 *        text updates SEED COUNT MOST   COUNT changes and as many queries of rows
 *                                       below MOST, by Zipf's law
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "die.h"
#include "random.h"

static uint64_t state;
static unsigned long count, most;

static unsigned long rank(void)
{
	double part = (draw(&state) >> 11) / 9007199254740992.0;

	return exp(part * log(most));
}

static void word(unsigned long i)
{
	uint64_t letters = seed_of(rank());

	printf("%08lx%c", (unsigned long)(draw(&letters) >> 32), i % 20 == 19 ? '\n' : ' ');
}

static void clause(unsigned long i)
{
	int literal;

	if (!i)
		printf("p cnf %lu %lu\n", most, count);
	for (literal = 0; literal < 3; literal++) {
		uint64_t bits = draw(&state);

		printf("%s%u ", bits & 1 << 20 ? "-" : "",
		       1 + below(most, bits >> 32));
	}
	puts("0");
}

static void update(unsigned long i __attribute__((unused)))
{
	printf("SELECT count(v) FROM t WHERE name = 'n%lu' AND hex(substr(v, 500, 1)) = '00';\n",
	       rank() * 7919 % most);
	printf("UPDATE t SET v = zeroblob(1000) WHERE name = 'n%lu';\n",
	       rank() * 7919 % most);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(unsigned long i);
	} kinds[] = {
		{ "words", word }, { "clauses", clause }, { "updates", update },
	};
	unsigned long i;
	size_t kind;

	if (argc != 5)
		die("usage: text KIND SEED COUNT MOST");
	for (kind = 0; kind < 3 && strcmp(argv[1], kinds[kind].name); kind++)
		;
	state = seed_of(atol(argv[2]));
	count = strtoul(argv[3], NULL, 10);
	most = strtoul(argv[4], NULL, 10);
	if (kind == 3 || !most)
		die("unknown kind '%s', or 0", argv[1]);
	for (i = 0; i < count; i++)
		kinds[kind].print(i);
	return 0;
}
