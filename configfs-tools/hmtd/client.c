// SPDX-License-Identifier: GPL-2.0
/*
 * Any local program may connect, so a client has little of everything: one
 * request of bounded length and a few seconds. No system call waits for it.
 * When there are too many clients, the oldest one has to go: one that does
 * nothing but ask is served at once and never old.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

/* Most clients at once, bytes of a request, and time for one, us. */
#define CLIENTS		16
#define REQUEST_MAX	4096
#define TIME_US		5000000

/**
 * struct client - a connection
 * @io: source of its events; NULL: unused
 * @timer: source of the end of its time
 * @fd: socket
 * @number: number of the client, ascending
 * @used: bytes of @request
 * @request: head of the request
 * @answer: the response, allocated; NULL until the request is complete
 * @length: its length
 * @sent: bytes of it that were sent
 * @ended: all was sent; what the client sends besides is read, because a socket
 *	with unread data is reset, and the answer may be lost
 */
struct client {
	sd_event_source *io;
	sd_event_source *timer;
	int fd;
	uint64_t number;
	size_t used;
	char request[REQUEST_MAX + 1];
	char *answer;
	size_t length;
	size_t sent;
	bool ended;
};

static struct client clients[CLIENTS];
static client_text_fn text_of;

static void close_client(struct client *client)
{
	if (!client->io)
		return;
	client->io = sd_event_source_disable_unref(client->io);
	client->timer = sd_event_source_disable_unref(client->timer);
	close(client->fd);
	free(client->answer);
	client->answer = NULL;
}

static void make_answer(struct client *client, const char *status,
			const char *type, const char *more, const char *body,
			size_t length)
{
	FILE *out = open_memstream(&client->answer, &client->length);

	if (!out)
		return;
	fprintf(out,
		"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%sConnection: close\r\n\r\n",
		status, type, length, more);
	fwrite(body, 1, length, out);
	if (ferror(out) | fclose(out)) {
		free(client->answer);
		client->answer = NULL;
	}
}

static void refuse(struct client *client, const char *status, const char *more)
{
	make_answer(client, status, "text/plain; charset=utf-8", more, status,
		    strlen(status));
}

/* Check whether the client asks for OpenMetrics. */
static bool wants_openmetrics(char *head)
{
	char *line;

	for (line = strchr(head, '\n'); line; line = strchr(line, '\n')) {
		line++;
		if (!strncasecmp(line, "accept:", 7))
			return memmem(line, strcspn(line, "\r\n"),
				      "application/openmetrics-text", 28);
	}
	return false;
}

static void answer_text(struct client *client, bool head_only)
{
	bool openmetrics = wants_openmetrics(client->request);
	size_t length = 0;
	const char *text = text_of(openmetrics, &length);

	if (!text) {
		refuse(client, "503 Service Unavailable", "");
		return;
	}
	make_answer(client, "200 OK",
		    openmetrics ?
			    "application/openmetrics-text; version=1.0.0; charset=utf-8" :
			    "text/plain; version=0.0.4; charset=utf-8",
		    "", text, length);
	if (head_only && client->answer)
		client->length -= length;
}

static void answer_request(struct client *client)
{
	char method[8] = "", path[128] = "", version[16] = "";

	if (strlen(client->request) != client->used ||
	    sscanf(client->request, "%7[A-Z]%*1[ ]%127[^ \r\n]%*1[ ]%15[^ \r\n]",
		   method, path, version) != 3 ||
	    strncmp(version, "HTTP/1.", 7))
		refuse(client, "400 Bad Request", "");
	else if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		refuse(client, "405 Method Not Allowed",
		       "Allow: GET, HEAD\r\n");
	else if (strcmp(path, "/metrics") && strncmp(path, "/metrics?", 9))
		refuse(client, "404 Not Found", "");
	else
		answer_text(client, !strcmp(method, "HEAD"));
}

/* Send what the socket takes. Return false when the client is done. */
static bool send_more(struct client *client)
{
	ssize_t sent = send(client->fd, client->answer + client->sent,
			    client->length - client->sent,
			    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += sent;
	if (client->sent < client->length)
		return true;
	shutdown(client->fd, SHUT_WR);
	client->ended = true;
	sd_event_source_set_io_events(client->io, EPOLLIN);
	return true;
}

/* Read and forget. Return false at the end. */
static bool drain(struct client *client)
{
	ssize_t got = recv(client->fd, client->request, REQUEST_MAX,
			   MSG_DONTWAIT);

	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Answer a request that is complete. Return false if the rest is to come. */
static bool take_request(struct client *client)
{
	client->request[client->used] = '\0';
	if (memmem(client->request, client->used, "\r\n\r\n", 4) ||
	    memmem(client->request, client->used, "\n\n", 2))
		answer_request(client);
	else if (client->used == REQUEST_MAX)
		refuse(client, "431 Request Header Fields Too Large", "");
	else
		return false;
	return true;
}

/* Read what there is. Return false when the client is done. */
static bool read_more(struct client *client)
{
	ssize_t got = recv(client->fd, client->request + client->used,
			   REQUEST_MAX - client->used, MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	client->used += got;
	if (!take_request(client))
		return got > 0;
	if (!client->answer)
		return false;
	sd_event_source_set_io_events(client->io, EPOLLOUT);
	return send_more(client);
}

/* Do what @client waits for. Return false when it is done. */
static bool serve_client(struct client *client)
{
	if (client->ended)
		return drain(client);
	return client->answer ? send_more(client) : read_more(client);
}

static int on_client(sd_event_source *source, int fd, uint32_t events,
		     void *arg)
{
	struct client *client = arg;

	(void)source;
	(void)fd;
	if (events & EPOLLERR ||
	    !serve_client(client))
		close_client(client);
	return 0;
}

static int on_timeout(sd_event_source *source, uint64_t due, void *arg)
{
	(void)source;
	(void)due;
	close_client(arg);
	return 0;
}

/* Return a client that is unused: the oldest one is closed if all are used. */
static struct client *free_client(void)
{
	struct client *client, *oldest = clients;

	for (client = clients; client < clients + CLIENTS; client++) {
		if (!client->io)
			return client;
		if (client->number < oldest->number)
			oldest = client;
	}
	close_client(oldest);
	return oldest;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events,
			 void *arg)
{
	static uint64_t number;
	struct sd_event *loop = sd_event_source_get_event(source);
	struct client *client;
	int error, connection = accept4(fd, NULL, NULL,
					SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	(void)arg;
	/* It may be gone, or there is no descriptor: the next one may work. */
	if (connection < 0)
		return 0;
	client = free_client();
	client->fd = connection;
	client->number = number++;
	client->used = 0;
	client->sent = 0;
	client->ended = false;
	error = sd_event_add_io(loop, &client->io, connection, EPOLLIN,
				on_client, client);
	if (error < 0) {
		client->io = NULL;
		close(connection);
		return 0;
	}
	error = sd_event_add_time_relative(loop, &client->timer,
					   CLOCK_MONOTONIC, TIME_US, 0,
					   on_timeout, client);
	if (error < 0) {
		client->timer = NULL;
		close_client(client);
	}
	return 0;
}

int clients_begin(struct sd_event *loop, int fd, client_text_fn text)
{
	int error = sd_event_add_io(loop, NULL, fd, EPOLLIN, on_connection,
				    NULL);

	text_of = text;
	return error < 0 ? error : 0;
}

void clients_end(void)
{
	struct client *client;

	for (client = clients; client < clients + CLIENTS; client++)
		close_client(client);
}
