/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets that only programs of this machine reach. */
#ifndef HMTD_LISTEN_H
#define HMTD_LISTEN_H

/*
 * Listen at "unix:PATH", or at "ADDRESS:PORT" with an address of the loopback
 * interface. Return a descriptor that does not block, or -1 after a message;
 * *@status is an exit status then.
 */
int listen_at(const char *where, int *status);

/* Remove the path of a socket of listen_at(). */
void listen_remove(const char *where);

#endif
