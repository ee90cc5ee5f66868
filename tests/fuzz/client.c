// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as the request of a client of hmtd, in one piece or in several: the
 * answer is one of HTTP with the length that it names.
 */
#include "../../configfs-tools/hmtd/client.c"
#include "input.h"

static const char metrics[] = "hmt_generation 7\n";

static const char *text_for(bool openmetrics, size_t *length)
{
	if (openmetrics && !below(4))
		return NULL;
	*length = sizeof(metrics) - 1;
	return metrics;
}

static void check_answer(const struct client *client)
{
	const char *body = memmem(client->answer, client->length, "\r\n\r\n", 4);
	const char *field = strstr(client->answer, "\r\nContent-Length: ");
	bool head = !strncmp(client->request, "HEAD ", 5);
	size_t length;

	if (strncmp(client->answer, "HTTP/1.1 ", 9) || !body || !field)
		wrong("'%s'", client->answer);
	if (!strncmp(client->answer + 9, "200", 3) && !head &&
	    strncmp(client->request, "GET ", 4))
		wrong("'%s' is no request", client->request);
	length = client->answer + client->length - (body + 4);
	if (length != (size_t)atoi(field + 18) && !(head && !length))
		wrong("%zu bytes: '%s'", length, client->answer);
}

/* As read_more(), with what the socket has. */
static void receive(struct client *client, size_t count)
{
	memcpy(client->request + client->used, input, count);
	input += count;
	input_left -= count;
	client->used += count;
	if (take_request(client) != !!client->answer)
		wrong("no answer");
}

int fuzz_one(const uint8_t *data, size_t size)
{
	static struct client client;
	size_t piece, count;

	set_input(data, size);
	text_of = text_for;
	client.used = 0;
	client.answer = NULL;
	piece = 1 + below(REQUEST_MAX);
	while (input_left && !client.answer) {
		count = input_left < piece ? input_left : piece;
		if (count > REQUEST_MAX - client.used)
			count = REQUEST_MAX - client.used;
		receive(&client, count);
	}
	if (client.answer)
		check_answer(&client);
	free(client.answer);
	return 0;
}
