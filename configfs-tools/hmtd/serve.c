// SPDX-License-Identifier: GPL-2.0
#include <linux/mempolicy.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "carry.h"
#include "log.h"
#include "serve.h"
#include "service.h"

static int server = -1;

static int check_plan(__u64 id)
{
	return service_check(server, id);
}

/*
 * Move pages that only this process maps, which the kernel checks; or, for @all,
 * pages that others map as well, for which HMT has asked all of them. libnuma is
 * not used, because it reads and sets memory policies when it is loaded, which
 * the sandbox of hmtd.service does not allow.
 */
static long move_process_pages(int pid, unsigned long count, void **pages,
			       const int *nodes, int *status, bool all)
{
	return syscall(SYS_move_pages, pid, count, pages, nodes, status,
		       !nodes ? 0 : all ? MPOL_MF_MOVE_ALL : MPOL_MF_MOVE);
}

static const struct mover mover = {
	.check = check_plan,
	.move = move_process_pages,
};

static int carry_waiting(void)
{
	static struct hmt_remote_plan plans[CARRY_PLANS];
	static struct hmt_remote_result results[CARRY_PLANS];
	ssize_t count = service_read(server, plans, CARRY_PLANS);

	if (count < 0)
		return -1;
	carry_out(&mover, plans, count, results);
	return service_write(server, results, count);
}

/* Carry out one batch, so that signals are handled between batches. */
static int on_plans(struct sd_event_source *source, int fd, uint32_t events,
		    void *arg)
{
	int error;

	(void)fd;
	(void)arg;
	error = events & EPOLLIN ? carry_waiting() :
		log_error("waiting for plans: the kernel has closed the connection");
	return error ? sd_event_exit(sd_event_source_get_event(source),
				     EXIT_FAILURE) : 0;
}

int serve_begin(struct sd_event *loop, int service)
{
	int error;

	server = service;
	error = sd_event_add_io(loop, NULL, service, EPOLLIN, on_plans, NULL);
	return error < 0 ? log_error("waiting for plans: %s", strerror(-error)) :
			   0;
}
