// SPDX-License-Identifier: GPL-2.0
/*
 * Simulated accelerators read pages that CPUs write now and then. Pages are not
 * writable between writes: this program or libhmt protects them by userfaultfd, so
 * that devices may have replicas. A page that is not written during the read of
 * a device must have the last written value.
 *
 *	hmt_sim_readers MIB DEVICE...
 *
 * Commands, one a line; each is answered by one line: "ok", numbers, or an error.
 * N is the number of a device, from 0.
 *	read N [FIRST COUNT]	the device reads all pages, or some
 *	write FIRST COUNT	the CPU writes to some pages
 *	look			the CPU compares all pages
 *	fight			two CPUs start to write, and all devices to read
 *	rest			they stop; the CPU compares all pages
 *	turns			compared reads of each device since the start
 *	open, shut		remove or restore the protection of all pages
 *	seal			map all pages without PROT_WRITE, unprotected
 *	poke PAGE		write to a page by /proc/PID/mem, as a debugger does
 *	keep MS			let libhmt keep them, with written pages after MS
 *	release			let libhmt release them
 *	push N PAGE		the device writes to a page, and the CPU again
 *	fetch PAGE		the kernel writes to a page, and the CPU again
 *	bad			calls that libhmt must refuse: "ok" if all were
 *	limits			limits of a user without privileges
 *	fork			a child writes and compares, as does its parent
 *	remap			move the pages to other addresses
 *	discard			discard the pages and fill them again
 *	unmap			unmap the second half
 *	range			addresses, as in /proc/PID/maps
 *	quit			compare all pages and exit
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/hmt_sim.h>
#include <linux/userfaultfd.h>

#include "../../configfs-tools/libhmt/libhmt.h"
#include "libtest.h"

#define DEVICES_MAX	4
#define WRITERS		2

/**
 * struct state - writes to a page
 * @begun: number of writes that have begun
 * @done: number of writes that are done; value of the page if both are equal
 */
struct state {
	uint32_t begun;
	uint32_t done;
};

/**
 * struct reader - a device
 * @name: its name
 * @fd: the open device
 * @compared: number of pages that were not written during their read
 * @seed: seed of random numbers
 * @thread: its thread during a fight
 */
struct reader {
	const char *name;
	int fd;
	unsigned long compared;
	unsigned int seed;
	pthread_t thread;
};

static pthread_t writers[WRITERS];
static struct reader readers[DEVICES_MAX];
static unsigned int nr_readers;
static uint64_t *area;
static size_t pages;
static struct state *states;
static bool over;
static int hmt = -1;
static struct hmt_read_mostly *kept;
/* Protects the pages unless libhmt keeps them; -1 in a child. */
static int protector = -1;
/* One lock for each window, held by its writer. */
static pthread_mutex_t *windows;

static uint64_t *at_page(size_t page)
{
	return area + page * PAGE_WORDS;
}

static struct uffdio_range range_of(size_t page, size_t count)
{
	return (struct uffdio_range){
		.start = (uintptr_t)at_page(page),
		.len = count * PAGE_BYTES,
	};
}

static void protect(size_t page, size_t count, bool on)
{
	struct uffdio_writeprotect request = {
		.range = range_of(page, count),
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	if (kept || protector < 0)
		return;
	while (ioctl(protector, UFFDIO_WRITEPROTECT, &request))
		if (errno != EAGAIN)
			die(EXIT_SYSTEM, "UFFDIO_WRITEPROTECT: %s",
			    strerror(errno));
}

static void take_over(void)
{
	struct uffdio_register request = {
		.range = range_of(0, pages),
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	if (ioctl(protector, UFFDIO_REGISTER, &request))
		die(EXIT_SYSTEM, "UFFDIO_REGISTER: %s", strerror(errno));
}

static void hand_over(void)
{
	struct uffdio_range request = range_of(0, pages);

	if (ioctl(protector, UFFDIO_UNREGISTER, &request))
		die(EXIT_SYSTEM, "UFFDIO_UNREGISTER: %s", strerror(errno));
}

static void open_protector(void)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};

	protector = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (protector < 0 || ioctl(protector, UFFDIO_API, &api))
		die(EXIT_SYSTEM, "userfaultfd: %s", strerror(errno));
	take_over();
}

static uint64_t sum_of(size_t page, uint32_t version)
{
	uint64_t sum = 0;
	size_t word;

	for (word = 0; word < PAGE_WORDS; word++)
		sum += page_word(1, page, word, version);
	return sum;
}

/* Pages of one window. */
static void write_window(size_t first, size_t count)
{
	size_t window = first / WINDOW_PAGES, page;

	pthread_mutex_lock(&windows[window]);
	protect(window * WINDOW_PAGES, WINDOW_PAGES, false);
	for (page = first; page < first + count; page++) {
		struct state *state = &states[page];
		uint32_t version = state->done + 1;

		__atomic_store_n(&state->begun, version, __ATOMIC_SEQ_CST);
		page_fill(at_page(page), 1, page, version);
		__atomic_store_n(&state->done, version, __ATOMIC_SEQ_CST);
	}
	protect(window * WINDOW_PAGES, WINDOW_PAGES, true);
	pthread_mutex_unlock(&windows[window]);
}

static void write_pages(size_t first, size_t count)
{
	size_t end = first + count, part;

	for (; first < end; first += part) {
		part = WINDOW_PAGES - first % WINDOW_PAGES;
		if (part > end - first)
			part = end - first;
		write_window(first, part);
	}
}

/* An unplugged device is plugged in again. */
static void open_device(struct reader *reader)
{
	char path[64];

	if (reader->fd >= 0)
		close(reader->fd);
	snprintf(path, sizeof(path), "/dev/%s", reader->name);
	reader->fd = open(path, O_RDWR | O_CLOEXEC);
	if (reader->fd < 0)
		usleep(2000);
}

static bool run(struct reader *reader, struct hmt_sim_run *request)
{
	if (reader->fd >= 0 && !ioctl(reader->fd, HMT_SIM_RUN, request))
		return true;
	if (reader->fd >= 0 && errno != ENODEV)
		die(EXIT_SYSTEM, "%s: %s", reader->name, strerror(errno));
	open_device(reader);
	return false;
}

static void read_page(struct reader *reader, size_t page, unsigned int flags)
{
	struct hmt_sim_run request = {
		.size = sizeof(request),
		.kernel = HMT_SIM_SUM,
		.flags = flags,
		.src = (uintptr_t)at_page(page),
		.bytes = PAGE_BYTES,
	};
	struct state *state = &states[page];
	uint32_t done = __atomic_load_n(&state->done, __ATOMIC_SEQ_CST);

	if (!run(reader, &request))
		return;
	if (__atomic_load_n(&state->begun, __ATOMIC_SEQ_CST) != done)
		return;
	if (request.value != sum_of(page, done))
		die(EXIT_WRONG, "%s: page %zu is not version %u", reader->name,
		    page, done);
	reader->compared++;
}

static const char *look(void)
{
	size_t page;

	for (page = 0; page < pages; page++)
		if (!page_good(at_page(page), 1, page, states[page].done))
			return "wrong";
	return "ok";
}

static bool is_over(void)
{
	return __atomic_load_n(&over, __ATOMIC_RELAXED);
}

static void *keep_reading(void *arg)
{
	struct reader *reader = arg;

	while (!is_over())
		read_page(reader, rand_r(&reader->seed) % pages,
			  rand_r(&reader->seed) % 2 ? HMT_SIM_MIGRATE : 0);
	return NULL;
}

/* Mostly the same few pages, so that they are replicated between writes. */
static void *keep_writing(void *arg)
{
	unsigned int seed = (uintptr_t)arg;

	while (!is_over()) {
		size_t some = rand_r(&seed) % 4 ? pages / 4 : pages;

		write_pages(rand_r(&seed) % some, 1);
		usleep(200);
	}
	return NULL;
}

static void begin(pthread_t *thread, void *(*what)(void *), void *arg)
{
	int error = pthread_create(thread, NULL, what, arg);

	if (error)
		die(EXIT_SYSTEM, "pthread_create: %s", strerror(error));
}

static const char *fight(void)
{
	unsigned int each;

	over = false;
	for (each = 0; each < WRITERS; each++)
		begin(&writers[each], keep_writing,
		      (void *)(uintptr_t)(each + 1));
	for (each = 0; each < nr_readers; each++)
		begin(&readers[each].thread, keep_reading, &readers[each]);
	return "ok";
}

static const char *rest(void)
{
	unsigned int each;

	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	for (each = 0; each < WRITERS; each++)
		pthread_join(writers[each], NULL);
	for (each = 0; each < nr_readers; each++)
		pthread_join(readers[each].thread, NULL);
	return look();
}

static const char *turns(void)
{
	static char text[128];
	unsigned int i;
	int length = 0;

	for (i = 0; i < nr_readers; i++)
		length += snprintf(text + length, sizeof(text) - length,
				   "%s%lu", i ? " " : "", readers[i].compared);
	return text;
}

static const char *read_pages(unsigned int device, size_t first, size_t count)
{
	size_t page;

	if (device >= nr_readers || first + count > pages)
		die(EXIT_USAGE, "no such device or page");
	for (page = first; page < first + count; page++)
		read_page(&readers[device], page, HMT_SIM_MIGRATE);
	return "ok";
}

static const char *have_child(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return "fork";
	if (!pid) {
		protector = -1;
		if (strcmp(look(), "ok"))
			_exit(EXIT_WRONG);
		write_pages(0, pages);
		_exit(strcmp(look(), "ok") ? EXIT_WRONG : 0);
	}
	/* While the child writes to pages that both share. */
	read_pages(0, 0, pages);
	if (waitpid(pid, &status, 0) != pid || status)
		return "wrong in the child";
	return look();
}

static const char *keep(unsigned int ms)
{
	int error;

	hand_over();
	error = hmt_read_mostly_begin(hmt, area, pages * PAGE_BYTES, ms, 0,
				      &kept);
	return error ? strerrorname_np(-error) : "ok";
}

static const char *release(void)
{
	hmt_read_mostly_end(kept);
	kept = NULL;
	take_over();
	return "ok";
}

static const char *seal(void)
{
	protect(0, pages, false);
	if (mprotect(area, pages * PAGE_BYTES, PROT_READ))
		return strerrorname_np(errno);
	return "ok";
}

/*
 * Write to a page that is not writable, from a process that traces this one: some
 * kernels permit that to tracers only (CONFIG_PROC_MEM_FORCE_PTRACE). A fork would
 * share the page.
 */
static int poke_by_tracer(const uint64_t *text, size_t page)
{
	pid_t traced = getpid(), tracer;
	char path[32];
	int fd, status;

	snprintf(path, sizeof(path), "/proc/%d/mem", traced);
	tracer = vfork();
	if (!tracer) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (ptrace(PTRACE_SEIZE, traced, NULL, NULL) ||
		    pwrite(fd, text, PAGE_BYTES, (uintptr_t)at_page(page)) !=
			    (ssize_t)PAGE_BYTES)
			_exit(errno);
		_exit(0);
	}
	if (tracer < 0 || waitpid(tracer, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static const char *poke(size_t page)
{
	uint32_t version = states[page].done + 1;
	uint64_t text[PAGE_WORDS];
	int error;

	page_fill(text, 1, page, version);
	error = poke_by_tracer(text, page);
	if (error)
		return strerrorname_np(error);
	states[page] = (struct state){ version, version };
	return "ok";
}

static const char *push(unsigned int device, size_t page)
{
	struct hmt_sim_run request = {
		.size = sizeof(request),
		.kernel = HMT_SIM_SCATTER,
		.dst = (uintptr_t)at_page(page),
		.bytes = PAGE_BYTES,
		.value = 77,
	};
	size_t word;

	states[page].begun++;
	if (!run(&readers[device], &request))
		return strerrorname_np(errno);
	for (word = 0; word < PAGE_WORDS; word++)
		if (at_page(page)[word] != 77 + word)
			return "wrong";
	write_pages(page, 1);
	return "ok";
}

/* Return NULL if the write of the kernel succeeds. */
static const char *fetch_zeros(void *to)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	ssize_t got = read(fd, to, PAGE_BYTES);
	int error = errno;

	close(fd);
	return got == (ssize_t)PAGE_BYTES ? NULL : strerrorname_np(error);
}

static const char *fetch(size_t page)
{
	const char *error;

	states[page].begun++;
	error = fetch_zeros(at_page(page));
	if (error || !page_zero(at_page(page)))
		return error ?: "wrong";
	write_pages(page, 1);
	return "ok";
}

static bool refused(void *start, size_t length, unsigned int ms,
		    unsigned int flags, int error)
{
	struct hmt_read_mostly *range;

	return hmt_read_mostly_begin(hmt, start, length, ms, flags, &range) ==
	       -error;
}

static const char *bad(void)
{
	char *at = (char *)area;

	if (!refused(at, 0, 10, 0, EINVAL))
		return "no bytes were taken";
	if (!refused(at + 1, PAGE_BYTES, 10, 0, EINVAL) ||
	    !refused(at, PAGE_BYTES + 1, 10, 0, EINVAL))
		return "half a page was taken";
	if (!refused(at, -PAGE_BYTES, 10, 0, EINVAL))
		return "a range without an end was taken";
	if (!refused(at, PAGE_BYTES, 0, 0, EINVAL))
		return "no time was taken";
	if (!refused(at, PAGE_BYTES, 10, ~0U, EINVAL))
		return "unknown flags were taken";
	if (!refused(NULL, PAGE_BYTES, 10, 0, EINVAL))
		return "memory that is not there was taken";
	/* A late failure leaves no page protected. */
	hand_over();
	if (hmt_read_mostly_begin(-1, at, PAGE_BYTES, 10, 0, &kept) != -EBADF)
		return "no device was taken";
	kept = NULL;
	take_over();
	write_pages(0, 1);
	return look();
}

static void have_limits(void)
{
	volatile char *at = map_pages(1);

	*at = 1;
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		die(EXIT_SYSTEM, "setuid: %s", strerror(errno));
	if (!refused((void *)at, PAGE_BYTES, 1000, 0, EPERM))
		die(EXIT_WRONG, "kept without the privilege");
	if (hmt_read_mostly_begin(hmt, (void *)at, PAGE_BYTES, 1000,
				  HMT_USER_WRITES_ONLY, &kept))
		die(EXIT_WRONG, "not kept for its own writes");
	if (strcmp(fetch_zeros((void *)at) ?: "", "EFAULT"))
		die(EXIT_WRONG, "the kernel wrote");
	*at = 2;
	if (fetch_zeros((void *)at))
		die(EXIT_WRONG, "the kernel did not write");
	hmt_read_mostly_end(kept);
	_exit(*at);
}

static const char *limits(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		have_limits();
	if (waitpid(pid, &status, 0) != pid || status)
		return "wrong in the child";
	return "ok";
}

static const char *remap(void)
{
	hand_over();
	area = mremap(area, pages * PAGE_BYTES, pages * PAGE_BYTES,
		      MREMAP_MAYMOVE | MREMAP_FIXED, map_windows(pages));
	if (area == MAP_FAILED)
		die(EXIT_SYSTEM, "mremap: %s", strerror(errno));
	take_over();
	return look();
}

static const char *discard(void)
{
	if (madvise(area, pages * PAGE_BYTES, MADV_DONTNEED))
		return strerrorname_np(errno);
	write_pages(0, pages);
	return "ok";
}

static const char *unmap(void)
{
	pages /= 2;
	if (munmap(at_page(pages), pages * PAGE_BYTES))
		return strerrorname_np(errno);
	return look();
}

static const char *range(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "%lx-%lx", (unsigned long)area,
		 (unsigned long)area + pages * PAGE_BYTES);
	return text;
}

static const char *answer_to(char *line)
{
	unsigned long device, first = 0, count = pages;

	if (sscanf(line, "read %lu %lu %lu", &device, &first, &count) >= 1)
		return read_pages(device, first, count);
	if (sscanf(line, "write %lu %lu", &first, &count) == 2 &&
	    first + count <= pages) {
		write_pages(first, count);
		return "ok";
	}
	if (sscanf(line, "keep %lu", &count) == 1)
		return keep(count);
	if (!strcmp(line, "release"))
		return release();
	if (sscanf(line, "push %lu %lu", &device, &first) == 2 &&
	    device < nr_readers && first < pages)
		return push(device, first);
	if (sscanf(line, "fetch %lu", &first) == 1 && first < pages)
		return fetch(first);
	if (!strcmp(line, "bad"))
		return bad();
	if (!strcmp(line, "limits"))
		return limits();
	if (!strcmp(line, "fight"))
		return fight();
	if (!strcmp(line, "rest"))
		return rest();
	if (!strcmp(line, "turns"))
		return turns();
	if (!strcmp(line, "look"))
		return look();
	if (!strcmp(line, "open") || !strcmp(line, "shut")) {
		protect(0, pages, *line == 's');
		return "ok";
	}
	if (!strcmp(line, "seal"))
		return seal();
	if (sscanf(line, "poke %lu", &first) == 1 && first < pages)
		return poke(first);
	if (!strcmp(line, "fork"))
		return have_child();
	if (!strcmp(line, "remap"))
		return remap();
	if (!strcmp(line, "discard"))
		return discard();
	if (!strcmp(line, "unmap"))
		return unmap();
	if (!strcmp(line, "range"))
		return range();
	die(EXIT_USAGE, "unknown command '%s'", line);
}

static void open_devices(char **names)
{
	for (; names[nr_readers] && nr_readers < DEVICES_MAX; nr_readers++) {
		struct reader *reader = &readers[nr_readers];

		*reader = (struct reader) {
			.name = names[nr_readers],
			.fd = -1,
			.seed = nr_readers + 1,
		};
		open_device(reader);
		if (reader->fd < 0)
			die(EXIT_SYSTEM, "%s: %s", reader->name,
			    strerror(errno));
	}
}

static void init(void)
{
	size_t i;

	area = map_windows(pages);
	states = calloc(pages, sizeof(*states));
	windows = calloc(pages / WINDOW_PAGES, sizeof(*windows));
	if (!states || !windows)
		die(EXIT_SYSTEM, "no memory");
	for (i = 0; i < pages / WINDOW_PAGES; i++)
		pthread_mutex_init(&windows[i], NULL);
	open_protector();
	write_pages(0, pages);
}

int main(int argc, char **argv)
{
	char line[64];

	if (argc < 2)
		die(EXIT_USAGE, "usage: hmt_sim_readers MIB DEVICE...");
	pages = number(argv[1]) * PAGES_PER_MIB;
	init();
	open_devices(argv + 2);
	hmt = hmt_open();
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "quit"))
			break;
		puts(answer_to(line));
	}
	puts(look());
	return strcmp(look(), "ok") ? EXIT_WRONG : 0;
}
