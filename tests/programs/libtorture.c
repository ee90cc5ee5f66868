// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "libtorture.h"

/* Pages that are pinned at a time: a pipe has 16 buffers. */
#define PINNED_MAX	16
/* Pages of an area that a thread fills. */
#define FILLED_MAX	64

uint64_t *page_at(const struct arena *arena, size_t page)
{
	return arena->words + page * PAGE_WORDS;
}

static bool is_good(const struct arena *arena, size_t page)
{
	const uint64_t *at = page_at(arena, page);
	uint32_t version = arena->versions[page];

	if (version == ZEROED)
		return page_zero(at);
	if (version == EQUAL)
		return page_good(at, 0, 0, EQUAL);
	return page_good(at, arena->id, page, version);
}

void check(struct arena *arena, size_t page, const char *when)
{
	if (!is_good(arena, page))
		die(EXIT_WRONG, "%s: arena %llu page %zu (%p) version %u", when,
		    (unsigned long long)arena->id, page,
		    (void *)page_at(arena, page), arena->versions[page]);
	arena->checked++;
}

void check_range(struct arena *arena, size_t first, size_t count,
		 const char *when)
{
	while (count--)
		check(arena, first++, when);
}

static uint32_t next_version(const struct arena *arena, size_t page)
{
	uint32_t version = arena->versions[page];

	return version == ZEROED || version == EQUAL ? 0 : version + 1;
}

void rewrite(struct arena *arena, size_t page)
{
	arena->versions[page] = next_version(arena, page);
	page_fill(page_at(arena, page), arena->id, page, arena->versions[page]);
}

void rewrite_range(struct arena *arena, size_t first, size_t count)
{
	while (count--)
		rewrite(arena, first++);
}

size_t pick(const struct arena *arena, size_t *count)
{
	size_t first = random_below(arena->pages);

	*count = 1 + random_below(arena->pages - first);
	return first;
}

static size_t pick_most(const struct arena *arena, size_t *count, size_t most)
{
	size_t first = pick(arena, count);

	if (*count > most)
		*count = most;
	return first;
}

/* Return 0, or an errno that a kernel without the feature gives. */
static int try_advise(const struct arena *arena, size_t first, size_t count,
		      int advice)
{
	if (!madvise(page_at(arena, first), count * PAGE_BYTES, advice))
		return 0;
	/* The kernel has no memory for it, or is just doing something else. */
	if (errno != EINVAL && errno != EAGAIN && errno != ENOMEM)
		die(EXIT_SYSTEM, "madvise %d: %s", advice, strerror(errno));
	return errno;
}

void op_merge(struct arena *arena)
{
	size_t count, first = pick(arena, &count), page;

	for (page = first; page < first + count; page++) {
		arena->versions[page] = EQUAL;
		page_fill(page_at(arena, page), 0, 0, EQUAL);
	}
	try_advise(arena, first, count, MADV_MERGEABLE);
	/* Time for KSM. */
	usleep(20000);
	check_range(arena, first, count, "merged");
	if (random_below(2))
		try_advise(arena, first, count, MADV_UNMERGEABLE);
}

void op_pageout(struct arena *arena)
{
	size_t count, first = pick(arena, &count);

	try_advise(arena, first, count, MADV_PAGEOUT);
	check_range(arena, first, count, "paged out");
}

void op_cold(struct arena *arena)
{
	size_t count, first = pick(arena, &count);

	try_advise(arena, first, count, MADV_COLD);
	check_range(arena, first, count, "cold");
}

/*
 * userfaultfd.
 */

/**
 * struct filler - thread that fills pages when they are touched
 * @arena: arena
 * @fd: userfaultfd
 * @stop: pipe whose writer is closed at the end
 */
struct filler {
	const struct arena *arena;
	int fd;
	int stop[2];
};

static void fill_one(const struct filler *filler, uint64_t address)
{
	const struct arena *arena = filler->arena;
	size_t page = (address - (uintptr_t)arena->words) / PAGE_BYTES;
	uint64_t content[PAGE_WORDS];
	struct uffdio_copy copy = {
		.dst = (uintptr_t)page_at(arena, page),
		.src = (uintptr_t)content,
		.len = PAGE_BYTES,
	};

	page_fill(content, arena->id, page, arena->versions[page]);
	/* EEXIST: another thread has filled it. EAGAIN: again at the next fault. */
	while (ioctl(filler->fd, UFFDIO_COPY, &copy) && errno != EEXIST) {
		if (errno != EAGAIN)
			die(EXIT_SYSTEM, "UFFDIO_COPY: %s", strerror(errno));
		copy.copy = 0;
	}
}

static void *run_filler(void *arg)
{
	const struct filler *filler = arg;
	struct uffd_msg message;
	struct pollfd polled[2] = {
		{ .fd = filler->fd, .events = POLLIN },
		{ .fd = filler->stop[0], .events = POLLIN },
	};

	while (poll(polled, 2, -1) > 0 && !polled[1].revents)
		if (read(filler->fd, &message, sizeof(message)) ==
			    sizeof(message) &&
		    message.event == UFFD_EVENT_PAGEFAULT)
			fill_one(filler, message.arg.pagefault.address);
	return NULL;
}

static int open_userfault(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		die(EXIT_SYSTEM, "userfaultfd: %s", strerror(errno));
	return fd;
}

void op_userfault(struct arena *arena)
{
	size_t count, first = pick_most(arena, &count, FILLED_MAX), page;
	struct filler filler = { .arena = arena, .fd = open_userfault() };
	struct uffdio_register area = {
		.range = { .start = (uintptr_t)page_at(arena, first),
			   .len = count * PAGE_BYTES },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	pthread_t thread;

	if (ioctl(filler.fd, UFFDIO_REGISTER, &area) || pipe(filler.stop))
		die(EXIT_SYSTEM, "UFFDIO_REGISTER: %s", strerror(errno));
	for (page = first; page < first + count; page++)
		arena->versions[page] = next_version(arena, page);
	if (madvise(page_at(arena, first), count * PAGE_BYTES, MADV_DONTNEED) ||
	    pthread_create(&thread, NULL, run_filler, &filler))
		die(EXIT_SYSTEM, "userfault: %s", strerror(errno));
	check_range(arena, first, count, "filled");
	check_range(arena, first, count, "filled before");
	close(filler.stop[1]);
	pthread_join(thread, NULL);
	close(filler.stop[0]);
	close(filler.fd);
}

/*
 * Pinned pages.
 */

static void expect_content(const struct arena *arena, size_t first,
			   size_t count, const uint64_t *content,
			   const char *when)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (memcmp(page_at(arena, first + i), content + i * PAGE_WORDS,
			   PAGE_BYTES))
			die(EXIT_WRONG, "%s: page %zu of arena %llu", when,
			    first + i, (unsigned long long)arena->id);
}

void op_vmsplice(struct arena *arena)
{
	static __thread uint64_t content[PINNED_MAX * PAGE_WORDS];
	size_t count, first = pick_most(arena, &count, PINNED_MAX), got = 0;
	struct iovec area = { page_at(arena, first), count * PAGE_BYTES };
	int ends[2];
	ssize_t part;

	if (pipe(ends) || vmsplice(ends[1], &area, 1, 0) !=
				  (ssize_t)area.iov_len)
		die(EXIT_SYSTEM, "vmsplice: %s", strerror(errno));
	usleep(1000 * random_below(20));
	check_range(arena, first, count, "in a pipe");
	while (got < area.iov_len) {
		part = read(ends[0], (char *)content + got, area.iov_len - got);
		if (part <= 0)
			die(EXIT_SYSTEM, "pipe: %s", strerror(errno));
		got += part;
	}
	expect_content(arena, first, count, content, "out of a pipe");
	close(ends[0]);
	close(ends[1]);
}

/**
 * struct uring - a ring for one request at a time
 * @fd: descriptor
 * @memory: indices of both rings
 * @size: of it
 * @requests: entries of requests
 * @offsets: where the indices are
 */
struct uring {
	int fd;
	char *memory;
	size_t size;
	struct io_uring_sqe *requests;
	struct io_uring_params offsets;
};

static void *map_ring(const struct uring *ring, size_t size, off_t offset)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_POPULATE, ring->fd, offset);

	if (memory == MAP_FAILED)
		die(EXIT_SYSTEM, "ring: %s", strerror(errno));
	return memory;
}

static void open_ring(struct uring *ring)
{
	struct io_uring_params *at = &ring->offsets;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, 2, at);
	if (ring->fd < 0 || !(at->features & IORING_FEAT_SINGLE_MMAP))
		die(EXIT_SYSTEM, "io_uring_setup: %s", strerror(errno));
	ring->size = at->cq_off.cqes +
		     at->cq_entries * sizeof(struct io_uring_cqe);
	if (ring->size < at->sq_off.array + at->sq_entries * sizeof(__u32))
		ring->size = at->sq_off.array + at->sq_entries * sizeof(__u32);
	ring->memory = map_ring(ring, ring->size, IORING_OFF_SQ_RING);
	ring->requests = map_ring(ring, at->sq_entries * sizeof(*ring->requests),
				  IORING_OFF_SQES);
}

static void close_ring(struct uring *ring)
{
	munmap(ring->requests, ring->offsets.sq_entries * sizeof(*ring->requests));
	munmap(ring->memory, ring->size);
	close(ring->fd);
}

/* Let the ring read or write @bytes of its buffer 0, and wait for that. */
static void use_ring(struct uring *ring, int opcode, int file, void *buffer,
		     size_t bytes)
{
	const struct io_sqring_offsets *sq = &ring->offsets.sq_off;
	const struct io_cqring_offsets *cq = &ring->offsets.cq_off;
	__u32 *tail = (__u32 *)(ring->memory + sq->tail);
	__u32 *head = (__u32 *)(ring->memory + cq->head);
	__u32 mask = *(__u32 *)(ring->memory + sq->ring_mask);
	struct io_uring_sqe *request = &ring->requests[*tail & mask];
	const struct io_uring_cqe *done;

	*request = (struct io_uring_sqe) {
		.opcode = opcode,
		.fd = file,
		.addr = (uintptr_t)buffer,
		.len = bytes,
	};
	((__u32 *)(ring->memory + sq->array))[*tail & mask] = *tail & mask;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	while (syscall(SYS_io_uring_enter, ring->fd, 1, 1,
		       IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		if (errno != EINTR)
			die(EXIT_SYSTEM, "io_uring_enter: %s", strerror(errno));
	mask = *(__u32 *)(ring->memory + cq->ring_mask);
	done = (const struct io_uring_cqe *)(ring->memory + cq->cqes) +
	       (*head & mask);
	if (done->res != (__s32)bytes)
		die(EXIT_SYSTEM, "opcode %d of the ring: %d", opcode, done->res);
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
}

void op_uring(struct arena *arena)
{
	static __thread uint64_t content[PINNED_MAX * PAGE_WORDS];
	size_t count, first = pick_most(arena, &count, PINNED_MAX), i;
	size_t bytes = count * PAGE_BYTES;
	struct iovec area = { page_at(arena, first), bytes };
	int file = memfd_create("hmt", MFD_CLOEXEC);
	struct uring ring;

	open_ring(&ring);
	if (file < 0 || syscall(SYS_io_uring_register, ring.fd,
				IORING_REGISTER_BUFFERS, &area, 1))
		die(EXIT_SYSTEM, "buffers of a ring: %s", strerror(errno));
	usleep(1000 * random_below(20));
	use_ring(&ring, IORING_OP_WRITE_FIXED, file, area.iov_base, bytes);
	if (pread(file, content, bytes, 0) != (ssize_t)bytes)
		die(EXIT_SYSTEM, "memfd: %s", strerror(errno));
	expect_content(arena, first, count, content, "written by a ring");
	for (i = 0; i < count; i++) {
		arena->versions[first + i] = next_version(arena, first + i);
		page_fill(content + i * PAGE_WORDS, arena->id, first + i,
			  arena->versions[first + i]);
	}
	if (pwrite(file, content, bytes, 0) != (ssize_t)bytes)
		die(EXIT_SYSTEM, "memfd: %s", strerror(errno));
	usleep(1000 * random_below(20));
	use_ring(&ring, IORING_OP_READ_FIXED, file, area.iov_base, bytes);
	check_range(arena, first, count, "read by a ring");
	close(file);
	close_ring(&ring);
}
