// SPDX-License-Identifier: LGPL-2.1
/*
 * Read-mostly memory: all of it is write-protected, so that devices can
 * replicate it. A write waits for a thread, which removes the protection of the
 * 64 KiB around it and restores it after a while.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libhmt.h"

/* Unit of writable memory, and of replicas of devices. */
#define WINDOW		65536ULL
/*
 * Memory that is protected in one call, which holds the lock of the address
 * space.
 */
#define STEP		(64ULL << 20)
#define REST_MAX	3600000U

/* A window that is writable until @due, in ms. */
struct writable {
	uint64_t window;
	uint64_t due;
};

/**
 * struct hmt_read_mostly - a read-mostly range
 * @device: descriptor of /dev/hmt
 * @fd: userfaultfd of the range
 * @stop: eventfd that ends the thread
 * @start: first address
 * @end: end address (exclusive)
 * @rest_ms: time that a window stays writable, in ms
 * @thread: serves writes; only it uses the fields below
 * @first: oldest entry of @queue
 * @count: entries in @queue
 * @room: capacity of @queue
 * @queue: ring of writable windows in the order of their due time
 */
struct hmt_read_mostly {
	int device;
	int fd;
	int stop;
	uint64_t start;
	uint64_t end;
	unsigned int rest_ms;
	pthread_t thread;
	size_t first;
	size_t count;
	size_t room;
	struct writable *queue;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t monotonic_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000ULL + time.tv_nsec / 1000000;
}

/*
 * Change the protection; return 0 or -errno. The kernel requires a retry while
 * the address space changes.
 */
static int protect_part(const struct hmt_read_mostly *range, uint64_t start,
			uint64_t end, bool on)
{
	struct uffdio_writeprotect request = {
		.range = { .start = start, .len = end - start },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	while (ioctl(range->fd, UFFDIO_WRITEPROTECT, &request))
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	return 0;
}

static int protect_all(const struct hmt_read_mostly *range)
{
	uint64_t at, next;
	int error = 0;

	for (at = range->start; at < range->end && !error; at = next) {
		next = smaller(at + STEP, range->end);
		error = protect_part(range, at, next, true);
	}
	return error;
}

static int protect_window(const struct hmt_read_mostly *range, uint64_t window,
			  bool on)
{
	uint64_t start = window > range->start ? window : range->start;

	return protect_part(range, start, smaller(window + WINDOW, range->end),
			    on);
}

/* Queue a window for protection. Without memory it stays writable. */
static void remember_window(struct hmt_read_mostly *range, uint64_t window)
{
	size_t i, room = range->room ? 2 * range->room : 64;
	struct writable *queue;

	if (range->count == range->room) {
		queue = malloc(room * sizeof(*queue));
		if (!queue)
			return;
		for (i = 0; i < range->count; i++)
			queue[i] = range->queue[(range->first + i) %
						range->room];
		free(range->queue);
		range->queue = queue;
		range->room = room;
		range->first = 0;
	}
	range->queue[(range->first + range->count++) % range->room] =
		(struct writable){ window, monotonic_ms() + range->rest_ms };
}

/*
 * Permit a write. If the window is not a single mapping any more, only its page
 * is unprotected, or at least the waiting threads are woken.
 */
static void permit_write(struct hmt_read_mostly *range, uint64_t address)
{
	uint64_t page = sysconf(_SC_PAGESIZE);
	struct uffdio_range wake = { .start = address & -page, .len = page };

	if (!protect_window(range, address & -WINDOW, false))
		remember_window(range, address & -WINDOW);
	else if (protect_part(range, wake.start, wake.start + page, false))
		ioctl(range->fd, UFFDIO_WAKE, &wake);
}

/* Protect windows that are due. */
static void protect_due(struct hmt_read_mostly *range)
{
	uint64_t time = monotonic_ms();

	while (range->count && range->queue[range->first].due <= time) {
		protect_window(range, range->queue[range->first].window, true);
		range->first = (range->first + 1) % range->room;
		range->count--;
	}
}

static int next_due(const struct hmt_read_mostly *range)
{
	uint64_t time = monotonic_ms(), due;

	if (!range->count)
		return -1;
	due = range->queue[range->first].due;
	return due > time ? smaller(due - time, INT_MAX) : 0;
}

static void serve_writes(struct hmt_read_mostly *range)
{
	struct uffd_msg message;

	while (read(range->fd, &message, sizeof(message)) == sizeof(message))
		if (message.event == UFFD_EVENT_PAGEFAULT)
			permit_write(range, message.arg.pagefault.address);
}

static void *serve_range(void *arg)
{
	struct hmt_read_mostly *range = arg;
	struct pollfd fds[] = {
		{ .fd = range->fd, .events = POLLIN },
		{ .fd = range->stop, .events = POLLIN },
	};

	while (!fds[1].revents) {
		poll(fds, 2, next_due(range));
		if (fds[0].revents)
			serve_writes(range);
		protect_due(range);
	}
	return NULL;
}

/* Create a userfaultfd by system call or, if not permitted, by its device. */
static int open_with(int flags)
{
	int fd = syscall(SYS_userfaultfd, flags), device;

	if (fd >= 0 || errno != EPERM)
		return fd < 0 ? -errno : fd;
	device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return -EPERM;
	fd = ioctl(device, USERFAULTFD_IOC_NEW, flags);
	if (fd < 0)
		fd = -errno;
	close(device);
	return fd;
}

static int open_userfaultfd(unsigned int flags)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	int fd = open_with(O_CLOEXEC | O_NONBLOCK), error;

	if (fd == -EPERM && flags & HMT_USER_WRITES_ONLY)
		fd = open_with(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	if (fd < 0)
		return fd;
	if (!ioctl(fd, UFFDIO_API, &api))
		return fd;
	error = errno == EINVAL ? -EOPNOTSUPP : -errno;
	close(fd);
	return error;
}

static int register_range(const struct hmt_read_mostly *range)
{
	struct uffdio_register request = {
		.range = {
			.start = range->start,
			.len = range->end - range->start,
		},
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	if (ioctl(range->fd, UFFDIO_REGISTER, &request))
		return -errno;
	return request.ioctls & 1ULL << _UFFDIO_WRITEPROTECT ? 0 : -EOPNOTSUPP;
}

/* Unregister the range, so that no write waits without thread. */
static void unregister_range(const struct hmt_read_mostly *range)
{
	struct uffdio_range request = {
		.start = range->start,
		.len = range->end - range->start,
	};

	ioctl(range->fd, UFFDIO_UNREGISTER, &request);
}

static int begin_thread(struct hmt_read_mostly *range)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&range->thread, NULL, serve_range, range);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static void end_thread(const struct hmt_read_mostly *range)
{
	uint64_t one = 1;

	if (write(range->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(range->thread, NULL);
}

static int advise_range_devices(const struct hmt_read_mostly *range,
				uint32_t advice)
{
	return hmt_advise_pages(range->device, 0, 0, range->start,
				range->end - range->start, advice);
}

static void range_release(struct hmt_read_mostly *range)
{
	if (range->fd >= 0)
		close(range->fd);
	if (range->stop >= 0)
		close(range->stop);
	free(range->queue);
	free(range);
}

/* Start the thread before any page is protected. */
static int range_begin(struct hmt_read_mostly *range)
{
	int error = begin_thread(range);

	if (error)
		return error;
	error = register_range(range);
	if (!error)
		error = protect_all(range);
	if (!error)
		error = advise_range_devices(range, HMT_ADVICE_READ_MOSTLY);
	if (!error)
		return 0;
	unregister_range(range);
	end_thread(range);
	return error;
}

int hmt_read_mostly_begin(int device, void *start, size_t length,
			  unsigned int rest_ms, unsigned int flags,
			  struct hmt_read_mostly **result)
{
	uint64_t page = sysconf(_SC_PAGESIZE), at = (uintptr_t)start;
	struct hmt_read_mostly *range;
	int error;

	if (flags & ~HMT_USER_WRITES_ONLY || !rest_ms || rest_ms > REST_MAX ||
	    !length || at % page || length % page || at + length < at)
		return -EINVAL;
	range = malloc(sizeof(*range));
	if (!range)
		return -ENOMEM;
	*range = (struct hmt_read_mostly) {
		.device = device,
		.fd = open_userfaultfd(flags),
		.stop = eventfd(0, EFD_CLOEXEC),
		.start = at,
		.end = at + length,
		.rest_ms = rest_ms,
	};
	error = range->fd < 0 ? range->fd : range->stop < 0 ? -errno :
		range_begin(range);
	if (error)
		range_release(range);
	else
		*result = range;
	return error;
}

void hmt_read_mostly_end(struct hmt_read_mostly *range)
{
	if (!range)
		return;
	advise_range_devices(range, HMT_ADVICE_READ_WRITE);
	unregister_range(range);
	end_thread(range);
	range_release(range);
}
