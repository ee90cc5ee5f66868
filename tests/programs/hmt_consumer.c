// SPDX-License-Identifier: GPL-2.0
/*
 * A memory consumer with a hot, a warm and a cold set of anonymous base pages.
 *
 * The cold set is touched first, then the warm and the hot one, so that first
 * touch puts them in the wrong place. From then on the hot set is touched all
 * the time, the warm one now and then, the cold one never.
 *
 *	SIGUSR1		the hot set gets cold, and as much of the cold set hot
 *	"place" (stdin)	one line of JSON: how many pages of each set are on which
 *			node, as the kernel reports (move_pages(2) without nodes)
 *	SIGTERM		look at every word of every page, and exit
 *
 * The expected contents of each page are known, and checked at each touch. Exit
 * status: 0, 1 (system error), 2 (usage), 3 (a page is wrong).
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES	4096UL
#define PAGE_WORDS	(PAGE_BYTES / sizeof(uint64_t))
#define PAGES_PER_MIB	(1024 * 1024 / PAGE_BYTES)

#define NS_PER_MS	1000000ULL
#define NS_PER_S	1000000000ULL

#define TICK_MS		10
#define QUERY_PAGES	512
#define NODES_MAX	64

enum { EXIT_SYSTEM = 1, EXIT_USAGE, EXIT_WRONG };

enum role { HOT, WARM, COLD, ROLES };

static const char * const role_names[ROLES] = { "hot", "warm", "cold" };

/**
 * struct set - pages that are used alike
 * @role: how
 * @pages: number of them
 * @words: where they are
 * @touched: how often, for each page
 * @next: page to be touched next
 * @debt: page-nanoseconds that are not worth a page yet
 */
struct set {
	enum role role;
	size_t pages;
	uint64_t *words;
	uint32_t *touched;
	size_t next;
	uint64_t debt;
};

/* In order of first touch. "Next" is the part that becomes hot later. */
enum { SET_NEXT, SET_COLD, SET_WARM, SET_HOT, SETS };

static struct set sets[SETS] = {
	[SET_NEXT] = { .role = COLD },
	[SET_COLD] = { .role = COLD },
	[SET_WARM] = { .role = WARM },
	[SET_HOT] = { .role = HOT },
};

/* Milliseconds for a round over the sets of a role; 0: never. */
static uint64_t round_ms[ROLES] = { [HOT] = 100, [WARM] = 1500 };

/**
 * struct query - a placement query, carried out between touches
 * @wanted: asked for and not finished
 * @set: index of the set that it has come to
 * @page: first page of the set not asked for yet
 * @nodes: pages found, by role and node
 * @absent: pages that are on no node, being moved for instance, by role
 */
static struct query {
	bool wanted;
	unsigned int set;
	size_t page;
	size_t nodes[ROLES][NODES_MAX];
	size_t absent[ROLES];
} query;

static unsigned int changes;
static bool change_wanted;
static bool stop_wanted;

static void __attribute__((noreturn, format(printf, 2, 3)))
die(int status, const char *format, ...)
{
	va_list args;

	fputs("hmt_consumer: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Value of word @word of page @page before the first touch. */
static uint64_t pattern(const struct set *set, size_t page, size_t word)
{
	uint64_t seed = (set - sets + 1) * 0x9e3779b97f4a7c15ULL;

	return (seed ^ (page * PAGE_WORDS + word)) * 0xd1342543de82ef95ULL;
}

static void *map(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap of %zu bytes: %s", bytes,
		    strerror(errno));
	/* Fails harmlessly on a kernel without huge pages. */
	if (madvise(memory, bytes, MADV_NOHUGEPAGE) && errno != EINVAL)
		die(EXIT_SYSTEM, "madvise: %s", strerror(errno));
	return memory;
}

static void fill(struct set *set)
{
	uint64_t *word = set->words;
	size_t page, i;

	for (page = 0; page < set->pages; page++)
		for (i = 0; i < PAGE_WORDS; i++)
			*word++ = pattern(set, page, i);
}

static void make_sets(void)
{
	struct set *set;

	for (set = sets; set < sets + SETS; set++) {
		if (!set->pages)
			continue;
		set->words = map(set->pages * PAGE_BYTES);
		set->touched = map(set->pages * sizeof(*set->touched));
		fill(set);
	}
}

/* Read, check, modify and write one word. */
static void touch(struct set *set, size_t page)
{
	uint64_t *word = set->words + page * PAGE_WORDS;
	uint64_t expected = pattern(set, page, 0) + set->touched[page];
	uint64_t found = __atomic_load_n(word, __ATOMIC_RELAXED);

	if (found != expected)
		die(EXIT_WRONG,
		    "page %zu of the %s set (%p), touched %u times: %#llx instead of %#llx",
		    page, role_names[set->role], (void *)word,
		    set->touched[page], (unsigned long long)found,
		    (unsigned long long)expected);
	__atomic_store_n(word, found + 1, __ATOMIC_RELAXED);
	set->touched[page]++;
}

/* Touch the part of @set that is due after @ns, never more than all of it. */
static void touch_share(struct set *set, uint64_t ns)
{
	uint64_t round = round_ms[set->role] * NS_PER_MS;
	uint64_t due;

	if (!round || !set->pages)
		return;
	if (ns > round)
		ns = round;
	set->debt += ns * set->pages;
	due = set->debt / round;
	set->debt %= round;
	while (due--) {
		touch(set, set->next);
		if (++set->next == set->pages)
			set->next = 0;
	}
}

/* Compare all pages; return the number of wrong ones. */
static size_t verify_set(const struct set *set)
{
	const uint64_t *word = set->words;
	size_t page, i, wrong = 0;

	for (page = 0; page < set->pages; page++, word += PAGE_WORDS) {
		bool good = word[0] == pattern(set, page, 0) +
				       set->touched[page];

		for (i = 1; i < PAGE_WORDS; i++)
			good &= word[i] == pattern(set, page, i);
		wrong += !good;
	}
	return wrong;
}

static int verify(void)
{
	size_t pages = 0, wrong = 0;
	const struct set *set;

	for (set = sets; set < sets + SETS; set++) {
		pages += set->pages;
		wrong += verify_set(set);
	}
	printf("verify: %zu pages, %zu wrong\n", pages, wrong);
	return wrong ? EXIT_WRONG : 0;
}

/* Exchange the hot set and the part of the cold set kept for this. */
static void change_roles(void)
{
	enum role role = sets[SET_HOT].role;

	sets[SET_HOT].role = sets[SET_NEXT].role;
	sets[SET_NEXT].role = role;
	changes++;
}

static void query_count(enum role role, int status)
{
	if (status >= 0 && status < NODES_MAX)
		query.nodes[role][status]++;
	else
		query.absent[role]++;
}

/* Query the next pages of the current set. */
static void query_chunk(const struct set *set)
{
	static void *address[QUERY_PAGES];
	static int status[QUERY_PAGES];
	size_t count = set->pages - query.page;
	size_t i;

	if (count > QUERY_PAGES)
		count = QUERY_PAGES;
	for (i = 0; i < count; i++)
		address[i] = set->words + (query.page + i) * PAGE_WORDS;
	if (count && syscall(SYS_move_pages, 0, count, address, NULL, status, 0))
		die(EXIT_SYSTEM, "move_pages: %s", strerror(errno));
	for (i = 0; i < count; i++)
		query_count(set->role, status[i]);
	query.page += count;
}

static void query_print(void)
{
	unsigned int node;
	enum role role;

	printf("{\"changes\":%u", changes);
	for (role = HOT; role < ROLES; role++) {
		printf(",\"%s\":{", role_names[role]);
		for (node = 0; node < NODES_MAX; node++)
			if (query.nodes[role][node])
				printf("\"%u\":%zu,", node,
				       query.nodes[role][node]);
		printf("\"absent\":%zu}", query.absent[role]);
	}
	puts("}");
}

/* Continue the query for @ns only, because touching must go on. */
static void query_go_on(uint64_t ns)
{
	uint64_t end = now_ns() + ns;

	while (query.wanted && now_ns() < end) {
		const struct set *set = &sets[query.set];

		query_chunk(set);
		if (query.page < set->pages)
			continue;
		query.page = 0;
		if (++query.set < SETS)
			continue;
		query_print();
		query.wanted = false;
	}
}

static void command(const char *line)
{
	if (strcmp(line, "place")) {
		fprintf(stderr, "hmt_consumer: unknown command '%s'\n", line);
		return;
	}
	memset(&query, 0, sizeof(query));
	query.wanted = true;
}

static void read_signal(struct pollfd *from)
{
	struct signalfd_siginfo info;

	if (read(from->fd, &info, sizeof(info)) != sizeof(info))
		die(EXIT_SYSTEM, "signalfd: %s", strerror(errno));
	if (info.ssi_signo == SIGUSR1)
		change_wanted = true;
	else
		stop_wanted = true;
}

static void read_byte(struct pollfd *from)
{
	static char line[64];
	static size_t length;

	if (read(from->fd, line + length, 1) <= 0) {
		/* The reader has gone, but signals may still arrive. */
		from->fd = -1;
	} else if (line[length] == '\n') {
		line[length] = '\0';
		length = 0;
		command(line);
	} else if (length < sizeof(line) - 1) {
		length++;
	}
}

/* Wait until @when at most, and handle input and signals. */
static void listen_until(struct pollfd *signals, struct pollfd *input,
			 uint64_t when)
{
	struct pollfd polled[] = { *signals, *input };
	uint64_t now = now_ns();
	int ms = when > now ? (when - now + NS_PER_MS - 1) / NS_PER_MS : 0;

	if (poll(polled, 2, ms) <= 0)
		return;
	if (polled[0].revents)
		read_signal(signals);
	if (polled[1].revents)
		read_byte(input);
}

static void tick(uint64_t ns)
{
	struct set *set;

	/* An answer must not mix two sets of roles. */
	if (change_wanted && !query.wanted) {
		change_wanted = 0;
		change_roles();
	}
	for (set = sets; set < sets + SETS; set++)
		touch_share(set, ns);
	/*
	 * Touching pages that are being moved may take long. In proportion, or
	 * there would be no answer just when pages move.
	 */
	query_go_on(ns / 2);
}

/* From here on signals are read, they interrupt nothing. */
static int open_signals(void)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (fd < 0)
		die(EXIT_SYSTEM, "signalfd: %s", strerror(errno));
	return fd;
}

static void run(int signal_fd)
{
	struct pollfd signals = { .fd = signal_fd, .events = POLLIN };
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	uint64_t last = now_ns();

	while (!stop_wanted) {
		uint64_t next = last + TICK_MS * NS_PER_MS;
		uint64_t now;

		do {
			listen_until(&signals, &input, next);
			now = now_ns();
		} while (now < next && !stop_wanted);
		tick(now - last);
		last = now;
	}
}

static void __attribute__((noreturn)) usage(int status)
{
	fputs("usage: hmt_consumer --hot MIB --warm MIB --cold MIB [--hot-ms MS] [--warm-ms MS]\n"
	      "\n"
	      "  --hot, --warm, --cold  size of the set; cold is not less than hot\n"
	      "  --hot-ms               time for a round over the hot set, 100\n"
	      "  --warm-ms              the same for the warm set, 1500\n",
	      status ? stderr : stdout);
	exit(status);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (end == text || *end || errno || value > 1024 * 1024)
		die(EXIT_USAGE, "'%s' is no number", text);
	return value;
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "hot", required_argument, NULL, 'h' },
		{ "warm", required_argument, NULL, 'w' },
		{ "cold", required_argument, NULL, 'c' },
		{ "hot-ms", required_argument, NULL, 'H' },
		{ "warm-ms", required_argument, NULL, 'W' },
		{ "help", no_argument, NULL, 'i' },
		{ }
	};
	size_t pages[ROLES] = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			pages[HOT] = number(optarg) * PAGES_PER_MIB;
			break;
		case 'w':
			pages[WARM] = number(optarg) * PAGES_PER_MIB;
			break;
		case 'c':
			pages[COLD] = number(optarg) * PAGES_PER_MIB;
			break;
		case 'H':
			round_ms[HOT] = number(optarg);
			break;
		case 'W':
			round_ms[WARM] = number(optarg);
			break;
		case 'i':
			usage(0);
		default:
			usage(EXIT_USAGE);
		}
	}
	if (optind < argc || !pages[HOT] || pages[COLD] < pages[HOT])
		usage(EXIT_USAGE);
	sets[SET_HOT].pages = pages[HOT];
	sets[SET_WARM].pages = pages[WARM];
	sets[SET_NEXT].pages = pages[HOT];
	sets[SET_COLD].pages = pages[COLD] - pages[HOT];
}

int main(int argc, char **argv)
{
	int signal_fd;

	parse(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sysconf(_SC_PAGESIZE) != PAGE_BYTES)
		die(EXIT_SYSTEM, "pages are not of 4 KiB");
	signal_fd = open_signals();
	make_sets();
	printf("ready: pid %d, pages hot %zu, warm %zu, cold %zu\n", getpid(),
	       sets[SET_HOT].pages, sets[SET_WARM].pages,
	       sets[SET_NEXT].pages + sets[SET_COLD].pages);
	run(signal_fd);
	return verify();
}
