// SPDX-License-Identifier: GPL-2.0
/*
 * The client of a server of the memcached protocol. Keys are requested by Zipf's
 * law, nine of ten requests read, and each answer is checked. One request is on
 * its way at a time, and its time is measured.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "load.h"
#include "marker.h"
#include "random.h"

#define SOCKET		"/tmp/cache"
#define VALUE_MAX	4096
/* Mean memory of a key, its value and its entry in the table, in bytes. */
#define KEY_BYTES	1264
/* Values that are set together while the server is filled. */
#define BATCH		64

static uint64_t state;
static uint32_t keys;
static uint32_t *key_of;
static const uint64_t *zipf;
static char value[VALUE_MAX + 1], request[BATCH * (VALUE_MAX + 64)];

/*
 * Sizes from 16 bytes to 4 KiB, most of them small, with a tail that has most of
 * the memory, as in a cache of web pages. The size of a key does not change.
 */
static unsigned int size_of(uint32_t key)
{
	uint64_t x = seed_of(key + 1);
	unsigned int bits;

	draw(&x);
	bits = draw(&x) >> 32;
	if (bits % 10 < 4)
		return 16 + (bits >> 8) % 240;
	if (bits % 10 < 8)
		return 256 + (bits >> 8) % 1792;
	return 2048 + (bits >> 8) % 2048;
}

static size_t write_set(char *to, uint32_t key, const char *reply)
{
	unsigned int size = size_of(key);
	int head = sprintf(to, "set key:%u 0 0 %u%s\r\n%u:", key, size, reply,
			   key);
	int start = strchr(to, '\n') + 1 - to;

	memcpy(to + head, value, size - (head - start));
	memcpy(to + start + size, "\r\n", 2);
	return start + size + 2;
}

static void fill(void)
{
	uint32_t key = 0;
	char answer[9];
	size_t bytes;
	int i;

	while (key < keys) {
		bytes = 0;
		for (i = 0; i < BATCH - 1 && key < keys - 1; i++)
			bytes += write_set(request + bytes, key++, " noreply");
		/* Its answer says that all of them are there. */
		bytes += write_set(request + bytes, key++, "");
		client_send(request, bytes);
		client_receive(answer, 8);
		if (strncmp(answer, "STORED\r\n", 8))
			die("set: '%.8s'", answer);
	}
}

/* Returns in the client. */
void cache_init(struct load *load)
{
	memset(value, 'x', sizeof(value));
	program_begin(load);
	client_connect(SOCKET);
	keys = (load->mib << 20) / KEY_BYTES;
	fill();
	state = seed_of(load->seed);
	key_of = allocate(keys, sizeof(*key_of));
	shuffle(key_of, keys, &state);
	zipf = zipf_table(keys);
}

static void get(uint32_t key)
{
	char expected[64];
	int head = sprintf(expected, "VALUE key:%u 0 %u\r\n%u:", key,
			   size_of(key), key);
	int start = strchr(expected, '\n') + 1 - expected;
	size_t bytes = sprintf(request, "get key:%u\r\n", key);

	client_send(request, bytes);
	client_receive(request, start + size_of(key) + 2 + 5);
	if (strncmp(request, expected, head))
		die("key %u has the value '%.40s'", key, request);
}

static void set(uint32_t key)
{
	client_send(request, write_set(request, key, ""));
	client_receive(request, 8);
	if (strncmp(request, "STORED\r\n", 8))
		die("set: '%.8s'", request);
}

void cache_run(uint64_t requests)
{
	while (requests--) {
		uint32_t key = key_of[zipf_rank(zipf, keys, draw(&state))];

		mark_request(1);
		if (draw(&state) >> 32 < 0x1999999a)
			set(key);
		else
			get(key);
		mark_request(0);
	}
}
