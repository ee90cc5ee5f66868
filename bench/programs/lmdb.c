// SPDX-License-Identifier: GPL-2.0
/* Fill a database of the library LMDB and read it by Zipf's law. */
#include <lmdb.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS		560000
#define VALUE_BYTES	1000
#define BATCH		10000
/* A prime that scatters ranks over keys. */
#define SCATTER		7368787ULL

static void check(int status)
{
	if (!status)
		return;
	fprintf(stderr, "lmdb: %s\n", mdb_strerror(status));
	exit(1);
}

static uint64_t draw(uint64_t *x)
{
	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return *x * 0x2545f4914f6cdd1dULL;
}

static void fill(MDB_env *env, MDB_dbi *table)
{
	static char bytes[VALUE_BYTES];
	uint64_t key = 0;

	while (key < KEYS) {
		MDB_txn *change;
		int i;

		check(mdb_txn_begin(env, NULL, 0, &change));
		check(mdb_dbi_open(change, NULL, MDB_INTEGERKEY, table));
		for (i = 0; i < BATCH; i++, key++) {
			MDB_val name = { sizeof(key), &key };
			MDB_val value = { sizeof(bytes), bytes };

			memcpy(bytes, &key, sizeof(key));
			check(mdb_put(change, *table, &name, &value, MDB_APPEND));
		}
		check(mdb_txn_commit(change));
	}
}

static void read_keys(MDB_env *env, MDB_dbi table, uint64_t *state)
{
	volatile char sum = 0;
	MDB_txn *look;
	int i;

	check(mdb_txn_begin(env, NULL, MDB_RDONLY, &look));
	for (i = 0; i < BATCH; i++) {
		double part = (draw(state) >> 11) / 9007199254740992.0;
		uint64_t key = (uint64_t)exp(part * log(KEYS)) * SCATTER % KEYS;
		MDB_val name = { sizeof(key), &key }, value;
		size_t j;

		check(mdb_get(look, table, &name, &value));
		if (memcmp(value.mv_data, &key, sizeof(key)))
			exit(1);
		for (j = 0; j < value.mv_size; j += 64)
			sum += ((char *)value.mv_data)[j];
	}
	mdb_txn_abort(look);
}

int main(int argc, char **argv)
{
	uint64_t state = 88172645463325252ULL ^ (argc > 1 ? atoll(argv[1]) : 1) << 40;
	MDB_dbi table;
	MDB_env *env;

	check(mdb_env_create(&env));
	check(mdb_env_set_mapsize(env, 1UL << 30));
	/* As for a cache: the file need not survive the system. */
	check(mdb_env_open(env, "/tmp/lmdb", MDB_WRITEMAP | MDB_NOSYNC, 0600));
	fill(env, &table);
	for (;;)
		read_keys(env, table, &state);
}
