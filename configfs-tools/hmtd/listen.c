// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"
#include "log.h"
#include "loop.h"

#define UNIX	"unix:"
#define BACKLOG	16

/* A socket address of any family. */
struct address {
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t length;
};

static bool is_unix(const char *where)
{
	return !strncmp(where, UNIX, strlen(UNIX));
}

static bool parse_path(const char *path, struct address *address)
{
	address->un.sun_family = AF_UNIX;
	if (*path != '/' || strlen(path) >= sizeof(address->un.sun_path))
		return false;
	strcpy(address->un.sun_path, path);
	address->length = sizeof(address->un);
	return true;
}

/* Parse a number from 1 to 65535; 0 if there is none. */
static unsigned int parse_port(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	return *text >= '0' && *text <= '9' && !*end && port < 65536 ? port :
								       0;
}

/* Parse "127.0.0.1:9977", "[::1]:9977" or "localhost:9977". */
static bool parse_loopback(const char *where, struct address *address)
{
	const char *colon = strrchr(where, ':');
	unsigned int port = colon ? parse_port(colon + 1) : 0;
	char host[64];

	if (!port || (size_t)snprintf(host, sizeof(host), "%.*s",
				      (int)(colon - where), where) >=
			     sizeof(host))
		return false;
	if (!strcmp(host, "[::1]")) {
		address->in6.sin6_family = AF_INET6;
		address->in6.sin6_port = htons(port);
		address->in6.sin6_addr = in6addr_loopback;
		address->length = sizeof(address->in6);
		return true;
	}
	address->in.sin_family = AF_INET;
	address->in.sin_port = htons(port);
	address->length = sizeof(address->in);
	if (!strcmp(host, "localhost"))
		strcpy(host, "127.0.0.1");
	return inet_pton(AF_INET, host, &address->in.sin_addr) == 1 &&
	       ntohl(address->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* Remove a socket that a process left behind: nothing answers there. */
static void remove_stale(const struct address *address)
{
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			   0);
	struct stat status;

	if (probe < 0)
		return;
	if (!lstat(address->un.sun_path, &status) &&
	    S_ISSOCK(status.st_mode) &&
	    connect(probe, &address->any, address->length) &&
	    errno == ECONNREFUSED)
		unlink(address->un.sun_path);
	close(probe);
}

static int open_socket(const struct address *address)
{
	int family = address->any.sa_family, one = 1;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (family == AF_UNIX)
		remove_stale(address);
	else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, &address->any, address->length) &&
	    (family != AF_UNIX || !chmod(address->un.sun_path, 0666)) &&
	    !listen(fd, BACKLOG))
		return fd;
	close(fd);
	return -1;
}

int listen_at(const char *where, int *status)
{
	struct address address = { };
	int fd;

	if (is_unix(where) ? !parse_path(where + strlen(UNIX), &address) :
			     !parse_loopback(where, &address)) {
		*status = EXIT_USAGE;
		return log_error("'--listen=%.100s': %s", where,
				 "neither unix: and an absolute path nor an address of the loopback interface and a port, as 127.0.0.1:9977; for other machines use a proxy");
	}
	fd = open_socket(&address);
	if (fd >= 0)
		return fd;
	*status = EXIT_FAILURE;
	return log_error("'--listen=%.100s': %s%s", where, strerror(errno),
			 errno == EADDRINUSE ?
				 "; stop the program that listens there, or choose another one" :
				 "");
}

void listen_remove(const char *where)
{
	if (is_unix(where))
		unlink(where + strlen(UNIX));
}
