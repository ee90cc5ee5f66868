// SPDX-License-Identifier: GPL-2.0
/* The connection of a client to the server that it requests data from. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "load.h"

static int server;

void client_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int tries;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	for (tries = 0; tries < 600; tries++) {
		if (!connect(server, (struct sockaddr *)&address,
			     sizeof(address)))
			return;
		usleep(100000);
	}
	die("%s: %s", path, strerror(errno));
}

void client_send(const char *text, size_t bytes)
{
	while (bytes) {
		ssize_t sent = write(server, text, bytes);

		if (sent <= 0)
			die("cannot send a request: %s", strerror(errno));
		text += sent;
		bytes -= sent;
	}
}

void client_receive(char *text, size_t bytes)
{
	while (bytes) {
		ssize_t got = read(server, text, bytes);

		if (got <= 0)
			die("no answer from the server");
		text += got;
		bytes -= got;
	}
}
