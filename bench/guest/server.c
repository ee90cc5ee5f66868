// SPDX-License-Identifier: GPL-2.0
/*
 * A key-value server, Redis, and its client. This process becomes the server,
 * so that a tool that manages the process manages the server. A child process
 * is the client, which requests keys by Zipf's law and checks each answer.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "load.h"
#include "marker.h"
#include "random.h"

#define DIRECTORY	"/tmp/redis"
#define PROGRAM		DIRECTORY "/redis-server"
#define SOCKET		DIRECTORY "/socket"
/* Lower addresses belong to the program and its brk heap. */
#define MAPPINGS	0x7f0000000000UL

#define VALUE_BYTES	2000
/* Memory of a key, its value and its entry in the table, in bytes. */
#define KEY_BYTES	2176
#define ANSWER_HEAD	"$2000\r\nvalue:"
#define ANSWER_BYTES	(7 + VALUE_BYTES + 2)
static pid_t server_pid;
static uint64_t state;
static uint32_t keys;
static uint32_t *key_of;
static const uint64_t *zipf;

static void __attribute__((noreturn)) become_server(void)
{
	setenv("LD_LIBRARY_PATH", DIRECTORY, 1);
	/* Standard output is for results. */
	dup2(2, 1);
	execl(PROGRAM, "redis-server", "--port", "0", "--unixsocket", SOCKET,
	      "--save", "", "--loglevel", "warning",
	      "--enable-debug-command", "yes", NULL);
	die("%s: %s", PROGRAM, strerror(errno));
}

static void end_server(void)
{
	kill(server_pid, SIGTERM);
}

static void fill_server(const struct load *load)
{
	char text[128];

	keys = (load->mib << 20) / KEY_BYTES;
	snprintf(text, sizeof(text), "DEBUG POPULATE %u key %d\r\n", keys,
		 VALUE_BYTES);
	client_send(text, strlen(text));
	client_receive(text, 5);
	if (strncmp(text, "+OK\r\n", 5))
		die("DEBUG POPULATE: '%.5s'", text);
}

/*
 * Find the data of the server: anonymous memory of at least 1 MiB that does not
 * belong to the program or its stack.
 */
static void find_data(struct load *load)
{
	unsigned long low = -1UL, high = 0, from, to;
	char path[64], line[512];
	FILE *maps;
	int end;

	snprintf(path, sizeof(path), "/proc/%d/maps", load->pid);
	maps = fopen(path, "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		end = 0;
		if (sscanf(line, "%lx-%lx rw-p 00000000 00:00 0 %n", &from, &to,
			   &end) != 2 || line[end] ||
		    from < MAPPINGS || to - from < 1 << 20)
			continue;
		low = from < low ? from : low;
		high = to > high ? to : high;
	}
	if (maps)
		fclose(maps);
	if (low > high)
		die("%s: no data", path);
	load->base = (char *)low;
	load->pages = (high - low) / PAGE_BYTES;
}

/* Returns in the client. */
void server_init(struct load *load)
{
	/* The client must not use the addresses of the server's data. */
	mallopt(M_MMAP_MAX, 0);
	server_pid = getpid();
	load->pid = server_pid;
	if (fork())
		become_server();
	atexit(end_server);
	client_connect(SOCKET);
	fill_server(load);
	find_data(load);
	load_mark_data(load);
	state = seed_of(load->seed);
	key_of = allocate(keys, sizeof(*key_of));
	shuffle(key_of, keys, &state);
	zipf = zipf_table(keys);
}

/* Request SERVER_PIPELINE keys in one write and check the answers. */
static void ask(void)
{
	static char request[SERVER_PIPELINE * 64], answer[SERVER_PIPELINE * ANSWER_BYTES];
	uint32_t key[SERVER_PIPELINE], i;
	size_t bytes = 0;

	for (i = 0; i < SERVER_PIPELINE; i++) {
		char name[16];
		int length;

		key[i] = key_of[zipf_rank(zipf, keys, draw(&state))];
		length = sprintf(name, "key:%u", key[i]);
		bytes += sprintf(request + bytes,
				 "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n",
				 length, name);
	}
	client_send(request, bytes);
	client_receive(answer, sizeof(answer));
	for (i = 0; i < SERVER_PIPELINE; i++) {
		const char *text = answer + (size_t)i * ANSWER_BYTES;
		size_t head = strlen(ANSWER_HEAD);

		if (strncmp(text, ANSWER_HEAD, head) ||
		    (uint32_t)atol(text + head) != key[i])
			die("key %u has the value '%.32s'", key[i], text);
	}
}

void server_run(uint64_t requests)
{
	for (; requests >= SERVER_PIPELINE; requests -= SERVER_PIPELINE) {
		mark_request(1);
		ask();
		mark_request(0);
	}
}
