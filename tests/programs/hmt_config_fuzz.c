// SPDX-License-Identifier: GPL-2.0
/*
 * Random changes of the configuration: directories, links, all attributes with
 * text that is nearly right, starts and stops.
 *
 *	hmt_config_fuzz SEED COUNT PID
 *
 * makes COUNT changes in sequences. Each ends with the removal of all tiers and
 * workloads, which must succeed. PID is a process to manage besides this one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libfuzz.h"
#include "libtest.h"

#define CONFIG		"/sys/kernel/config/hmt"
#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
/* Attributes of all kinds of objects. */
#define FILES_MAX	160
/* Longer than the longest text of an attribute. */
#define TEXT_MAX	4200

static const char * const names[] = {
	"a", "b", "c", "d", "-._0Az", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a b", "*",
};

/* The first ones are valid. */
#define NAMES_GOOD	6

static const char * const classes[] = { "tiers", "workloads", "providers" };

enum class { TIERS, WORKLOADS, PROVIDERS, CLASSES };

/* Paths of attributes below an object of a class. */
static struct file {
	enum class class;
	char name[80];
} files[FILES_MAX];

static size_t nr_files;
static char providers[16][NAME_MAX + 1];
static size_t nr_providers;
static const char *pid;
static unsigned long changes, accepted;

static void make_path(char path[PATH_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void make_path(char path[PATH_MAX], const char *format, ...)
{
	size_t length = strlen(CONFIG);
	va_list args;

	memcpy(path, CONFIG, length);
	va_start(args, format);
	vsnprintf(path + length, PATH_MAX - length, format, args);
	va_end(args);
}

/* Make the path of @more below @name in the directory @path. */
static void join(char out[PATH_MAX], const char *path, const char *name,
		 const char *more)
{
	if (snprintf(out, PATH_MAX, "%s/%s%s", path, name, more) >= PATH_MAX)
		die(EXIT_WRONG, "%s/%s is too long", path, name);
}

/* Call @take for each entry of a directory, but not for hidden ones. */
static void list(const char *path,
		 void (*take)(const char *path, const char *name, void *arg),
		 void *arg)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			take(path, entry->d_name, arg);
	closedir(dir);
}

/* Note an attribute, or the ones of a directory such as stats. */
static void take_file(const char *path, const char *name, void *arg)
{
	struct file *parent = arg, here = *parent;
	char below[PATH_MAX];
	struct stat info;

	join(below, path, name, "");
	if (snprintf(here.name, sizeof(here.name), "%s%s%s", parent->name,
		     *parent->name ? "/" : "", name) >= (int)sizeof(here.name))
		die(EXIT_WRONG, "%s is too long", below);
	if (lstat(below, &info))
		return;
	if (S_ISDIR(info.st_mode))
		list(below, take_file, &here);
	else if (nr_files < FILES_MAX)
		files[nr_files++] = here;
	else
		die(EXIT_WRONG, "more than %d attributes", FILES_MAX);
}

static void take_provider(const char *path, const char *name, void *arg)
{
	struct file parent = { .class = PROVIDERS };
	char below[PATH_MAX];

	(void)arg;
	if (nr_providers == LENGTH_OF(providers))
		die(EXIT_WRONG, "too many providers");
	snprintf(providers[nr_providers++], NAME_MAX + 1, "%s", name);
	join(below, path, name, "");
	list(below, take_file, &parent);
}

/* Learn the attributes from a tier and a workload. */
static void learn(enum class class)
{
	struct file parent = { .class = class };
	char path[PATH_MAX];

	make_path(path, "/%s/a", classes[class]);
	if (mkdir(path, 0755))
		die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
	list(path, take_file, &parent);
	if (rmdir(path))
		die(EXIT_WRONG, "%s: %s", path, strerror(errno));
}

static const char *any_name(void)
{
	return names[fuzz_below(fuzz_below(16) ? 3 : LENGTH_OF(names))];
}

static const char *any_object(enum class class)
{
	return class == PROVIDERS && nr_providers ?
	       providers[fuzz_below(nr_providers)] : any_name();
}

/* A value of an attribute. */
static const char *any_value(void)
{
	static const char * const values[] = {
		"0", "1", "10", "20", "40", "1000", "max", "node0", "node1",
		"node2", "node0 node1", "a=4K", "a=0 b=1T", "accessed:3",
		"accessed", "accessed counter:2", "/", "/fuzz", "-1", "99999",
		"4294967296", "18446744073709551616", "+1", "0x1", ":", "=",
		" ", "\n", "\t", "\xff", "..", "2147483648", "1 2 3", "",
	};
	size_t nr = fuzz_below(LENGTH_OF(values) + 2);

	return nr < LENGTH_OF(values) ? values[nr] : pid;
}

static size_t make_text(char text[TEXT_MAX])
{
	static const char dirt[] = { 'a', ' ', '\n', '\0' };
	size_t words = fuzz_below(8) ? 1 : fuzz_below(5), length = 0;

	if (!fuzz_below(64)) {
		memset(text, dirt[fuzz_below(sizeof(dirt))], TEXT_MAX);
		return TEXT_MAX - fuzz_below(200);
	}
	while (words--)
		length += sprintf(text + length, "%s%s", any_value(),
				  fuzz_below(4) ? "\n" : " ");
	return length;
}

static void count(int result)
{
	changes++;
	accepted += result >= 0;
}

static void write_file(const char *path)
{
	char text[TEXT_MAX];
	size_t length = make_text(text), pieces = fuzz_below(16) ? 1 : 3;
	int fd = open(path, fuzz_below(16) ? O_WRONLY : O_RDWR);

	if (fd < 0) {
		count(fd);
		return;
	}
	while (pieces--)
		count(fuzz_below(16) ? write(fd, text, length) :
				       pwrite(fd, text, length, fuzz_below(99)));
	close(fd);
}

/* The text of an attribute has a line end. */
static void read_file(const char *path)
{
	char text[2 * 4096];
	int fd = open(path, O_RDONLY);
	ssize_t got;

	count(fd);
	if (fd < 0)
		return;
	got = read(fd, text, sizeof(text));
	if (got > 4096 || (got > 0 && text[got - 1] != '\n'))
		die(EXIT_WRONG, "%s: %zd bytes", path, got);
	close(fd);
}

static void change_object(int (*change)(const char *path))
{
	char path[PATH_MAX];

	make_path(path, "/%s/%s%s", classes[fuzz_below(CLASSES)], any_name(),
		  fuzz_below(16) ? "" : "/demotion");
	count(change(path));
}

static int make_directory(const char *path)
{
	return mkdir(path, 0755);
}

static void change_link(void)
{
	char path[PATH_MAX], target[PATH_MAX];
	unsigned long order = fuzz_below(fuzz_below(8) ? 3 : 40);

	make_path(path, "/tiers/%s/demotion/%s%lu", any_name(),
		  fuzz_below(32) ? "" : "0", order);
	if (!fuzz_below(4)) {
		count(unlink(path));
		return;
	}
	make_path(target, "/%s/%s%s", classes[fuzz_below(8) ? 0 : 1],
		  any_name(), fuzz_below(32) ? "" : "/demotion");
	count(symlink(target, path));
}

static void change_file(void)
{
	const struct file *file = &files[fuzz_below(nr_files)];
	char path[PATH_MAX];

	make_path(path, "/%s/%s/%s", classes[file->class],
		  any_object(file->class), file->name);
	if (fuzz_below(4))
		write_file(path);
	else
		read_file(path);
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), result;

	if (fd < 0)
		return fd;
	result = write(fd, text, strlen(text));
	close(fd);
	return result;
}

static unsigned long generation(void)
{
	unsigned long number = 0;
	char text[4096];
	int fd = open(CONFIG "/status", O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[got < 0 ? 0 : got] = '\0';
	if (sscanf(text, "generation %lu", &number) != 1)
		die(EXIT_WRONG, "status is '%s'", text);
	close(fd);
	return number;
}

/* A refused commit leaves the graph, an accepted one is a new generation. */
static void commit(void)
{
	unsigned long before = generation();
	int result = write_text(CONFIG "/commit", "1");
	bool taken = result >= 0;

	count(result);
	if (generation() != before + taken)
		die(EXIT_WRONG, "generation %lu after %lu", generation(),
		    before);
}

/* A workload that is likely to start. */
static void start(void)
{
	char path[PATH_MAX];
	const char *name = any_name();

	make_path(path, "/workloads/%s", name);
	count(mkdir(path, 0755));
	make_path(path, "/workloads/%s/pids", name);
	count(write_text(path, pid));
	make_path(path, "/workloads/%s/scan_interval_ms", name);
	count(write_text(path, "10"));
	make_path(path, "/workloads/%s/live", name);
	count(write_text(path, "1"));
}

/* A tier that is likely to be valid. */
static void stage(void)
{
	unsigned int nr = fuzz_below(3);
	char path[PATH_MAX], memory[] = "node0", target[PATH_MAX];

	memory[4] += nr;
	make_path(path, "/tiers/%s", names[nr]);
	count(mkdir(path, 0755));
	make_path(path, "/tiers/%s/memories", names[nr]);
	count(write_text(path, memory));
	if (!nr)
		return;
	make_path(target, "/tiers/%s", names[nr]);
	make_path(path, "/tiers/%s/demotion/0", names[nr - 1]);
	count(symlink(target, path));
}

static void step(void)
{
	switch (fuzz_below(12)) {
	case 0:
		change_object(make_directory);
		break;
	case 1:
		change_object(rmdir);
		break;
	case 2:
	case 3:
		change_link();
		break;
	case 4:
		commit();
		break;
	case 5:
		start();
		break;
	case 6:
	case 7:
		stage();
		break;
	default:
		change_file();
	}
}

static void remove_entry(const char *path, const char *name, void *arg)
{
	char entry[PATH_MAX];

	(void)arg;
	join(entry, path, name, "");
	if (unlink(entry))
		die(EXIT_WRONG, "%s: %s", entry, strerror(errno));
}

static void remove_links(const char *path, const char *name, void *arg)
{
	char demotion[PATH_MAX];

	join(demotion, path, name, "/demotion");
	list(demotion, remove_entry, arg);
}

static void remove_object(const char *path, const char *name, void *arg)
{
	char entry[PATH_MAX];

	(void)arg;
	join(entry, path, name, "/live");
	write_text(entry, "0");
	join(entry, path, name, "");
	if (rmdir(entry))
		die(EXIT_WRONG, "%s: %s", entry, strerror(errno));
}

static void take_any(const char *path, const char *name, void *arg)
{
	(void)arg;
	die(EXIT_WRONG, "%s/%s is left", path, name);
}

static void remove_all(void)
{
	list(CONFIG "/workloads", remove_object, NULL);
	list(CONFIG "/tiers", remove_links, NULL);
	list(CONFIG "/tiers", remove_object, NULL);
	list(CONFIG "/workloads", take_any, NULL);
	list(CONFIG "/tiers", take_any, NULL);
}

int main(int argc, char **argv)
{
	unsigned long most, i;

	if (argc != 4)
		die(EXIT_USAGE, "usage: hmt_config_fuzz SEED COUNT PID");
	most = number(argv[2]);
	pid = argv[3];
	learn(TIERS);
	learn(WORKLOADS);
	list(CONFIG "/providers", take_provider, NULL);
	fuzz_open(number(argv[1]));
	while (changes < most) {
		fuzz_begin();
		for (i = 1 + fuzz_below(24); i; i--)
			step();
		remove_all();
		fuzz_end();
	}
	printf("%zu attributes, %lu accepted, ", nr_files, accepted);
	fuzz_print(changes, "changes");
	return 0;
}
