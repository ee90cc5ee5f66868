// SPDX-License-Identifier: GPL-2.0
/*
 * DAMON's sysfs has one user at a time: the number of monitors cannot be
 * changed while one of them runs, and changing it drops the configuration of
 * others. hmtd uses it only while there is no monitor, and releases it. A
 * record file marks the monitor as hmtd's, so that the next hmtd can end it if
 * this one is killed.
 *
 * DAMON_STAT is a user inside the kernel, which many kernels start at boot and
 * which leaves DAMON to nothing else. hmtd stops it on request only, and starts it
 * again; another record file marks that.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "damon.h"
#include "log.h"

#define ADMIN		"/sys/kernel/mm/damon/admin/kdamonds"
#define OURS		ADMIN "/0"
#define CONTEXT		OURS "/contexts/0"
#define RECORD_DIR	"/run/hmt"
#define RECORD		RECORD_DIR "/damon"
#define STAT		"/sys/module/damon_stat/parameters/enabled"
#define STAT_RECORD	RECORD_DIR "/damon-stat"
/* Locked while hmtd serves the provider; hmtctl prints the text in it. */
#define WATCH		RECORD_DIR "/damon-watch"

/* Unusual update interval that identifies a monitor of hmtd. */
#define UPDATE_US	"1000003"

/* sysfs is busy for a short time while it processes a command. */
#define BUSY_TRIES	100
#define BUSY_NAP_US	10000

/* Write @text; return 0 or errno. */
static int put_once(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

static int put_text(const char *path, const char *text)
{
	int error, tries;

	for (tries = 0; tries < BUSY_TRIES; tries++) {
		error = put_once(path, text);
		if (error != EBUSY)
			break;
		usleep(BUSY_NAP_US);
	}
	return error;
}

static int get_once(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
	ssize_t got;

	if (fd < 0)
		return errno;
	got = read(fd, text, size - 1);
	if (got < 0)
		error = errno;
	close(fd);
	text[got < 0 ? 0 : got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return error;
}

/* Read the first line of a file; return 0 or errno. */
static int get_text(const char *path, char *text, size_t size)
{
	int error, tries;

	for (tries = 0; tries < BUSY_TRIES; tries++) {
		error = get_once(path, text, size);
		if (error != EBUSY)
			break;
		usleep(BUSY_NAP_US);
	}
	return error;
}

static bool file_holds(const char *path, const char *wanted)
{
	char text[64];

	return !get_text(path, text, sizeof(text)) && !strcmp(text, wanted);
}

/* Read a number, 0 on failure. */
static uint64_t get_number(const char *path)
{
	char text[64];

	return get_text(path, text, sizeof(text)) ? 0 :
	       strtoull(text, NULL, 10);
}

/**
 * struct setting - a value of a file
 * @file: its name
 * @text: the value
 */
struct setting {
	const char *file;
	const char *text;
};

static int put_settings(const char *dir, const struct setting *settings)
{
	char path[256];
	int error = 0;

	for (; settings->file && !error; settings++) {
		snprintf(path, sizeof(path), "%s/%s", dir, settings->file);
		error = put_text(path, settings->text);
	}
	return error;
}

/* Configure the scheme of a process, which only reports its regions. */
static int put_scheme(size_t index)
{
	char dir[128], number[32];
	const struct setting settings[] = {
		{ "action", "stat" },
		{ "access_pattern/sz/max", "18446744073709551615" },
		{ "access_pattern/nr_accesses/min", "1" },
		{ "access_pattern/nr_accesses/max", "4294967295" },
		{ "access_pattern/age/max", "4294967295" },
		{ "filters/nr_filters", "1" },
		{ "filters/0/type", "target" },
		{ "filters/0/matching", "N" },
		{ "filters/0/damon_target_idx", number },
		{ }
	};

	snprintf(dir, sizeof(dir), CONTEXT "/schemes/%zu", index);
	snprintf(number, sizeof(number), "%zu", index);
	return put_settings(dir, settings);
}

static int put_target(size_t index, pid_t pid)
{
	char path[128], number[32];

	snprintf(path, sizeof(path), CONTEXT "/targets/%zu/pid_target", index);
	snprintf(number, sizeof(number), "%d", pid);
	return put_text(path, number);
}

static int configure_monitor(const pid_t *pids, size_t count)
{
	char number[32];
	const struct setting settings[] = {
		{ "operations", "vaddr" },
		{ "monitoring_attrs/intervals/sample_us", "5000" },
		{ "monitoring_attrs/intervals/aggr_us", "100000" },
		{ "monitoring_attrs/intervals/update_us", UPDATE_US },
		{ "monitoring_attrs/nr_regions/min", "20" },
		{ "monitoring_attrs/nr_regions/max", "1000" },
		{ "targets/nr_targets", number },
		{ "schemes/nr_schemes", number },
		{ }
	};
	int error = put_text(OURS "/contexts/nr_contexts", "1");
	size_t i;

	snprintf(number, sizeof(number), "%zu", count);
	error = error ? error : put_settings(CONTEXT, settings);
	for (i = 0; i < count && !error; i++) {
		error = put_target(i, pids[i]);
		error = error ? error : put_scheme(i);
	}
	return error ? error : put_text(OURS "/state", "on");
}

/*
 * Create a record before what it marks, so that nothing is left without it.
 * Return 0 or errno.
 */
static int make_record(const char *path)
{
	int fd;

	if (mkdir(RECORD_DIR, 0755) && errno != EEXIST)
		return errno;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

bool damon_is_there(void)
{
	if (!access(ADMIN "/nr_kdamonds", F_OK))
		return true;
	log_error("this kernel has no DAMON (CONFIG_DAMON_SYSFS): 'damon' reports nothing");
	return false;
}

/* Check whether the recorded monitor is configured by hmtd or not at all. */
static bool monitor_is_ours(void)
{
	return file_holds(ADMIN "/nr_kdamonds", "1") &&
	       (file_holds(OURS "/contexts/nr_contexts", "0") ||
		file_holds(CONTEXT "/monitoring_attrs/intervals/update_us",
			   UPDATE_US));
}

/* End the monitor of hmtd; return true if there was one. */
static bool release_monitor(void)
{
	bool ours = !access(RECORD, F_OK) && monitor_is_ours();

	if (ours) {
		put_text(OURS "/state", "off");
		put_text(ADMIN "/nr_kdamonds", "0");
	}
	unlink(RECORD);
	return ours;
}

void damon_restart_stat(void)
{
	int error;

	if (access(STAT_RECORD, F_OK))
		return;
	error = put_text(STAT, "Y");
	if (error)
		log_error("DAMON_STAT: not started again, as writing Y to "
			  STAT " failed: %s", strerror(error));
	else
		log_detail("DAMON_STAT: started again");
	unlink(STAT_RECORD);
}

void damon_recover(void)
{
	if (release_monitor())
		log_detail("DAMON: ended the monitor of an earlier hmtd");
	damon_restart_stat();
}

void damon_stop(void)
{
	release_monitor();
}

/* Descriptor of WATCH; open until hmtd ends. */
static int watch_file = -1;

void damon_announce(void)
{
	if (mkdir(RECORD_DIR, 0755) && errno != EEXIST)
		log_error(RECORD_DIR ": %s", strerror(errno));
	watch_file = open(WATCH, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	/* Any user may read it, whatever the umask is. */
	if (watch_file < 0 || fchmod(watch_file, 0644) ||
	    flock(watch_file, LOCK_EX | LOCK_NB) || ftruncate(watch_file, 0))
		log_error(WATCH ": %s", strerror(errno));
}

/* Publish the reason for which the provider waits, "" if it does not. */
static void publish(const char *why)
{
	ssize_t length = strlen(why);

	if (watch_file >= 0 &&
	    (ftruncate(watch_file, 0) ||
	     pwrite(watch_file, why, length, 0) != length))
		log_detail(WATCH ": %s", strerror(errno));
}

/* Log @why once until it changes; return -1, or 0 if @why is NULL. */
static int refuse_once(const char *why)
{
	static char logged[256];

	if (strcmp(logged, why ? why : ""))
		publish(why ? why : "");
	if (why && strcmp(logged, why))
		log_error("%s", why);
	snprintf(logged, sizeof(logged), "%s", why ? why : "");
	return why ? -1 : 0;
}

static bool stops_stat;

void damon_stop_stat(void)
{
	stops_stat = true;
}

/* Stop DAMON_STAT if it runs and if that was requested; return 0 or -1. */
static int take_from_stat(void)
{
	char why[128];
	int error;

	if (!file_holds(STAT, "Y"))
		return 0;
	if (!stops_stat)
		return refuse_once("DAMON is in use by the kernel's DAMON_STAT: 'damon' waits for "
				   STAT " to be N; with --stop-damon-stat hmtd stops it");
	error = make_record(STAT_RECORD);
	error = error ? error : put_text(STAT, "N");
	if (!error) {
		log_detail("DAMON_STAT: stopped while hmtd runs");
		return 0;
	}
	unlink(STAT_RECORD);
	snprintf(why, sizeof(why), STAT ": %s", strerror(error));
	return refuse_once(why);
}

int damon_start(const pid_t *pids, size_t count)
{
	char why[128];
	int error;

	if (!file_holds(ADMIN "/nr_kdamonds", "0"))
		return refuse_once("DAMON is in use by another program: 'damon' waits for it");
	if (take_from_stat())
		return -1;
	error = make_record(RECORD);
	if (error) {
		snprintf(why, sizeof(why), RECORD ": %s", strerror(error));
		return refuse_once(why);
	}
	error = put_text(ADMIN "/nr_kdamonds", "1");
	error = error ? error : configure_monitor(pids, count);
	if (!error)
		return refuse_once(NULL);
	damon_stop();
	/* A process may have exited in the meantime: log nothing. */
	if (error == EINVAL || error == ESRCH)
		return -1;
	snprintf(why, sizeof(why), "DAMON: %s", strerror(error));
	return refuse_once(why);
}

int damon_update(void)
{
	return put_text(OURS "/state", "update_schemes_tried_regions") ||
	       !file_holds(OURS "/state", "on") ? -1 : 0;
}

static void get_region(const char *dir, const char *name,
		       struct damon_region *region)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s/start", dir, name);
	region->start = get_number(path);
	snprintf(path, sizeof(path), "%s/%s/end", dir, name);
	region->end = get_number(path);
	snprintf(path, sizeof(path), "%s/%s/nr_accesses", dir, name);
	region->accesses = get_number(path);
}

/*
 * The kernel numbers the regions of all schemes consecutively, so that the
 * first number of a scheme is unknown.
 */
struct damon_region *damon_regions(size_t target, size_t *count)
{
	struct damon_region *regions = NULL, *more;
	struct dirent *entry;
	char path[128];
	DIR *dir;

	*count = 0;
	snprintf(path, sizeof(path), CONTEXT "/schemes/%zu/tried_regions",
		 target);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		more = realloc(regions, (*count + 1) * sizeof(*regions));
		if (!more)
			break;
		regions = more;
		get_region(path, entry->d_name, &regions[(*count)++]);
	}
	if (dir)
		closedir(dir);
	return regions;
}
