// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <numa.h>
#include <numaif.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/lock.h"
#include "cli/output.h"
#include "machine/emptying.h"
#include "machine/holders.h"
#include "machine/hotplug.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/signals.h"
#include "util/units.h"

#define POLICY "sys/devices/system/memory/auto_online_blocks"

/**
 * struct policy - policy of the kernel for added memory
 * @fd: its file, locked
 * @before: the previous policy, NULL if unchanged
 */
struct policy {
	int fd;
	char *before;
};

static int write_policy(const struct policy *policy, const char *text)
{
	ssize_t length = strlen(text);

	return pwrite(policy->fd, text, length, 0) == length ? 0 : -errno;
}

/*
 * Lock the policy, so that a second hmtctl does not save ours as that of the
 * administrator.
 */
static void policy_open(const struct hmtctl *ctl, struct policy *policy)
{
	policy->before = NULL;
	policy->fd = openat(ctl->root, POLICY, O_RDWR | O_CLOEXEC);
	if (policy->fd >= 0)
		lock_exclusive(policy->fd, "the kernel's policy for new memory");
}

/*
 * Let the kernel itself bring the memory online while it adds it, before a udev
 * rule can do so in another way.
 */
static void policy_hold(const struct hmtctl *ctl, bool movable,
			struct policy *policy)
{
	const char *wanted = movable ? "online_movable" : "online_kernel";

	if (policy->fd < 0)
		return;
	policy->before = fs_read(ctl->root, POLICY);
	if (!policy->before || !strcmp(policy->before, wanted) ||
	    write_policy(policy, wanted)) {
		free(policy->before);
		policy->before = NULL;
	}
}

static void policy_release(struct policy *policy)
{
	if (policy->before)
		write_policy(policy, policy->before);
	free(policy->before);
	cleanup_fd(&policy->fd);
}

/*
 * Lock a device against a second hmtctl, which would bring memory online again
 * that goes offline. Only root can open its file "uevent" for writing. Returns
 * an fd, or minus an enum result after a message.
 */
static int lock_device(const struct hmtctl *ctl, const struct dax *dax)
{
	char path[80];
	int fd, err;

	snprintf(path, sizeof(path), "sys/bus/dax/devices/%.40s/uevent",
		 dax_name(dax));
	fd = openat(ctl->root, path, O_WRONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : lock_exclusive(fd, "this device");
	if (!err)
		return fd;
	cleanup_fd(&fd);
	return -fail(RESULT_REFUSED, "'%s': %s", dax_name(dax),
		     explain(-err, NULL));
}

static bool node_has_cpus(const struct hmtctl *ctl, int node)
{
	auto_text char *cpus = NULL;
	char path[80];

	snprintf(path, sizeof(path), "sys/devices/system/node/node%d/cpulist",
		 node);
	cpus = fs_read(ctl->root, path);
	return cpus && *cpus;
}

int memory_check_node(const struct hmtctl *ctl, const char *name, int node,
		      const struct hotplug *how)
{
	if (node < 0)
		return fail(RESULT_REFUSED,
			    "'%s': has no target node: firmware (SRAT, CEDT) assigns none, so the kernel cannot use it as memory",
			    name);
	if (!how->cpu_node && node_has_cpus(ctl, node))
		return fail(RESULT_REFUSED,
			    "'%s': its target node %d has CPUs and other memory, and both would be one memory; use --cpu-node to allow that",
			    name, node);
	return RESULT_OK;
}

static int check_device(const struct hmtctl *ctl, const struct dax *dax,
			const struct hotplug *how)
{
	int node = daxctl_dev_get_target_node(dax->dev);
	const char *name = dax_name(dax);
	auto_text char *holder = NULL;
	char path[64];
	int result = memory_check_node(ctl, name, node, how);

	if (result || how->in_use)
		return result;
	snprintf(path, sizeof(path), "/dev/%.40s", name);
	holder = file_holder(ctl, path);
	if (holder)
		return fail(RESULT_REFUSED,
			    "'%s': %s uses it as a device; end it first, or use --in-use",
			    name, holder);
	return RESULT_OK;
}

static int blocks_online(struct daxctl_memory *memory)
{
	int online = daxctl_memory_is_online(memory);

	return online < 0 ? 0 : online;
}

static bool is_whole(struct daxctl_memory *memory)
{
	return blocks_online(memory) == daxctl_memory_num_sections(memory);
}

static int put_online(struct daxctl_memory *memory, bool movable)
{
	int err;

	if (is_whole(memory))
		return 0;
	err = movable ? daxctl_memory_online(memory) :
			daxctl_memory_online_no_movable(memory);
	return is_whole(memory) ? 0 : err < 0 ? err : -EAGAIN;
}

/* Bind the device to kmem, which adds its memory. */
static int become_ram(const struct dax *dax)
{
	int err;

	if (daxctl_dev_is_enabled(dax->dev)) {
		err = daxctl_dev_disable(dax->dev);
		if (err)
			return err;
	}
	return daxctl_dev_enable_ram(dax->dev);
}

static int become_device(const struct dax *dax)
{
	if (daxctl_dev_is_enabled(dax->dev))
		daxctl_dev_disable(dax->dev);
	return daxctl_dev_enable_devdax(dax->dev);
}

static int refuse_online(const struct dax *dax, int err)
{
	static const struct remedy remedies[] = {
		{ EINVAL, "it is smaller than a memory block (see dmesg)" },
		{ ENXIO, "the driver kmem is missing or refused it (see dmesg)" },
		{ ENODEV, "the driver kmem is missing or refused it (see dmesg)" },
		{ ENOMEM, "not enough memory for its page descriptors" },
		{ }
	};

	return fail(RESULT_REFUSED, "'%s': cannot go online: %s", dax_name(dax),
		    explain(-err, remedies));
}

static int add_device_memory(const struct hmtctl *ctl, const struct dax *dax,
			     bool movable)
{
	struct policy policy;
	int err;

	policy_open(ctl, &policy);
	policy_hold(ctl, movable, &policy);
	err = become_ram(dax);
	if (!err)
		err = put_online(daxctl_dev_get_memory(dax->dev), movable);
	else
		become_device(dax);
	policy_release(&policy);
	return err ? refuse_online(dax, err) : RESULT_OK;
}

/*
 * Print the result for a device as JSON: its state is "online", "offline", or, for
 * a dry run, "would be online" and "would be offline".
 */
static void print_device_json(const struct dax *dax, const char *state,
			      uint64_t bytes, bool movable)
{
	auto_json struct json_object *json = json_object_new_object();

	json_object_object_add(json, "device",
			       json_object_new_string(dax_name(dax)));
	json_object_object_add(json, "node",
			       json_object_new_int(daxctl_dev_get_target_node(dax->dev)));
	json_object_object_add(json, "state", json_object_new_string(state));
	json_object_object_add(json, "bytes", json_object_new_uint64(bytes));
	json_object_object_add(json, "movable",
			       json_object_new_boolean(movable));
	print_result(json, true);
}

static void print_online(const struct dax *dax, struct daxctl_memory *memory,
			 const struct hotplug *how)
{
	uint64_t bytes = (uint64_t)blocks_online(memory) *
			 daxctl_memory_get_block_size(memory);
	char size[UNITS_LEN];

	if (how->json) {
		print_device_json(dax, "online", bytes,
				  daxctl_memory_is_movable(memory) == 1);
		return;
	}
	human_size(bytes, size);
	printf("%s: %s online as node%d, %s\n", dax_name(dax), size,
	       daxctl_dev_get_target_node(dax->dev),
	       daxctl_memory_is_movable(memory) == 1 ? "movable" :
						       "not movable");
}

static void print_would_online(const struct dax *dax, const struct hotplug *how)
{
	char size[UNITS_LEN];

	if (how->json) {
		print_device_json(dax, "would be online",
				  daxctl_dev_get_size(dax->dev), how->movable);
		return;
	}
	human_size(daxctl_dev_get_size(dax->dev), size);
	printf("%s: %s would go online as node%d, %s\n", dax_name(dax), size,
	       daxctl_dev_get_target_node(dax->dev),
	       how->movable ? "movable" : "not movable");
}

static int refuse_unmovable(const struct dax *dax)
{
	return fail(RESULT_REFUSED,
		    "'%s': is online, but not movable: another program brought it online first, and it may contain kernel memory; run 'hmtctl memory offline %s', and this again",
		    dax_name(dax), dax_name(dax));
}

/* Complete memory that is online, in part or as a whole. */
static int complete_memory(const struct dax *dax, struct daxctl_memory *memory,
			   const struct hotplug *how)
{
	int err = how->dry_run ? 0 : put_online(memory, how->movable);

	return err ? refuse_online(dax, err) : RESULT_OK;
}

static int report_online(const struct dax *dax, const struct hotplug *how)
{
	struct daxctl_memory *memory = daxctl_dev_get_memory(dax->dev);

	if (how->movable && daxctl_memory_is_movable(memory) != 1)
		return refuse_unmovable(dax);
	print_online(dax, memory, how);
	return RESULT_OK;
}

/* Release the signals after a change; one that arrived may end hmtctl here. */
static void release_signals(const sigset_t *before, bool discard)
{
	/* The signal would end hmtctl with text in its buffer. */
	fflush(stdout);
	if (discard)
		signals_discard();
	signals_release(before);
}

int memory_online(const struct hmtctl *ctl, struct dax *dax,
		  const struct hotplug *how)
{
	struct daxctl_memory *memory = daxctl_dev_get_memory(dax->dev);
	auto_fd int lock = lock_device(ctl, dax);
	int result = RESULT_OK;
	sigset_t before;

	if (lock < 0)
		return -lock;
	if (!memory)
		result = check_device(ctl, dax, how);
	if (result)
		return result;
	if (how->dry_run && (!memory || !is_whole(memory))) {
		print_would_online(dax, how);
		return RESULT_OK;
	}
	/* They would leave the policy changed, or the device unbound. */
	signals_hold(&before);
	result = memory ? complete_memory(dax, memory, how) :
			  add_device_memory(ctl, dax, how->movable);
	if (!result)
		result = report_online(dax, how);
	release_signals(&before, !result && how->last);
	return result;
}

/* Return the bytes in use on a node. */
static uint64_t used_on(int node)
{
	long long free_bytes = 0;
	long long size = numa_node_size64(node, &free_bytes);

	return size > free_bytes ? size - free_bytes : 0;
}

static uint64_t used_on_node(const void *node)
{
	return used_on(*(const int *)node);
}

/*
 * Return the node with most free memory other than @from, -1 if there is none.
 * *@room is the free memory of all of them.
 */
static int roomiest(int from, uint64_t *room)
{
	long long most = 0, free_bytes;
	int best = -1;
	int node;

	*room = 0;
	for (node = 0; node <= numa_max_node(); node++) {
		if (node == from || numa_node_size64(node, &free_bytes) <= 0)
			continue;
		*room += free_bytes;
		if (free_bytes <= most)
			continue;
		most = free_bytes;
		best = node;
	}
	return best;
}

/**
 * struct leaving - migration of pages away from a node
 * @ctl: context
 * @node: the node
 */
struct leaving {
	const struct hmtctl *ctl;
	int node;
};

/*
 * Move the pages of a process. Failures are ignored: remaining pages are
 * reported later.
 */
static void move_process(int pid, void *data)
{
	struct leaving *leaving = data;
	struct bitmask *from, *to;
	uint64_t room;
	int target;

	if (!process_pages(leaving->ctl, pid, leaving->node))
		return;
	target = roomiest(leaving->node, &room);
	if (target < 0)
		return;
	from = must(numa_allocate_nodemask());
	to = must(numa_allocate_nodemask());
	numa_bitmask_setbit(from, leaving->node);
	numa_bitmask_setbit(to, target);
	numa_migrate_pages(pid, from, to);
	numa_free_nodemask(from);
	numa_free_nodemask(to);
}

/* The last signal of the user that ended an attempt, 0 if there was none. */
static volatile sig_atomic_t caught;

/*
 * Come again after a second: a signal that arrives between two blocks interrupts
 * no system call, and the next write would wait for a pinned page forever.
 */
static void interrupt_again(int signal)
{
	if (signal != SIGALRM)
		caught = signal;
	alarm(1);
}

/*
 * The kernel retries forever if a page is pinned. The alarm or a signal of the
 * user ends the call, because their handlers do not restart it, and libdaxctl
 * ends with the first block that fails. Signals are held back afterwards, with
 * the previous mask in *@mask; one that arrived is pending.
 */
static int offline_within(struct daxctl_memory *memory, unsigned int seconds,
			  sigset_t *mask)
{
	static const int signals[] = { SIGALRM, SIGINT, SIGTERM, SIGHUP,
				       SIGQUIT };
	const int count = sizeof(signals) / sizeof(*signals);
	struct sigaction action = { .sa_handler = interrupt_again };
	struct sigaction before[sizeof(signals) / sizeof(*signals)];
	int err, i;

	sigfillset(&action.sa_mask);
	caught = 0;
	for (i = 0; i < count; i++) {
		sigaction(signals[i], NULL, &before[i]);
		/* nohup(1) ignores SIGHUP. */
		if (signals[i] == SIGALRM || before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	alarm(seconds);
	err = daxctl_memory_offline(memory);
	alarm(0);
	signals_hold(mask);
	for (i = 0; i < count; i++)
		sigaction(signals[i], &before[i], NULL);
	alarm(0);
	if (caught)
		raise(caught);
	if (!blocks_online(memory))
		return 0;
	return err < 0 ? err : -EAGAIN;
}

static int refuse_rival(const struct dax *dax)
{
	return fail(RESULT_REFUSED,
		    "'%s': its memory came online again during removal; another program brings it online (a udev rule?)",
		    dax_name(dax));
}

/* Print the sizes of the used memory of @node and of the largest room elsewhere. */
static void size_up(int node, char used[UNITS_LEN], char room_text[UNITS_LEN])
{
	uint64_t room;

	roomiest(node, &room);
	human_size(used_on(node), used);
	human_size(room, room_text);
}

static int refuse_offline(const struct hmtctl *ctl, const struct dax *dax,
			  bool movable, bool whole)
{
	int node = daxctl_dev_get_target_node(dax->dev);
	auto_text char *holders = node_holders(ctl, node);
	char used[UNITS_LEN], free_text[UNITS_LEN];

	size_up(node, used, free_text);
	return fail(RESULT_REFUSED,
		    "'%s': cannot go offline%s: %s in use on node%d, %s free elsewhere; %s%s%s",
		    dax_name(dax), whole ? "" : ", and is partly offline", used, node,
		    free_text, movable ? "" : "not movable, so the kernel may hold it; ",
		    *holders ? holders : "no process has pages there, the kernel uses it",
		    *holders ? "; end or move them first" :
		    movable ? "; try again later" : "; only a reboot frees it");
}

/* The kernel does not release a device whose memory it cannot remove. */
static int refuse_remains(const struct dax *dax)
{
	return fail(RESULT_REFUSED,
		    "'%s': not removed: another program brought part of its memory online; the kernel cannot use the device before the next reboot",
		    dax_name(dax));
}

static void report_offline(const struct dax *dax, const struct hotplug *how)
{
	if (how->json) {
		print_device_json(dax, "offline", 0, false);
		return;
	}
	printf("%s: offline, a device again\n", dax_name(dax));
}

static int remove_device_memory(const struct hmtctl *ctl, struct dax *dax,
				struct daxctl_memory *memory,
				const struct hotplug *how)
{
	bool movable = daxctl_memory_is_movable(memory) == 1;
	struct leaving leaving = {
		ctl, daxctl_dev_get_target_node(dax->dev)
	};
	struct emptying emptying = { .used = used_on_node, .memory = &leaving.node };
	sigset_t before;
	int result = RESULT_OK;
	int err;

	emptying_begin(&emptying, "memory offline");
	each_process(ctl, move_process, &leaving);
	err = offline_within(memory, how->seconds, &before);
	emptying_end(&emptying);
	if (err == -EAGAIN) {
		put_online(memory, movable);
		result = refuse_rival(dax);
	} else if (err) {
		err = put_online(memory, movable);
		result = refuse_offline(ctl, dax, movable, !err);
	} else if (become_device(dax)) {
		result = refuse_remains(dax);
	}
	if (!result)
		report_offline(dax, how);
	release_signals(&before, !result && how->last);
	return result;
}

static void print_would_offline(const struct hmtctl *ctl, const struct dax *dax,
				const struct hotplug *how)
{
	int node = daxctl_dev_get_target_node(dax->dev);
	auto_text char *holders = node_holders(ctl, node);
	char used[UNITS_LEN], free_text[UNITS_LEN];

	if (how->json) {
		print_device_json(dax, "would be offline", used_on(node), true);
		return;
	}
	size_up(node, used, free_text);
	printf("%s: would go offline: %s in use on node%d, %s free elsewhere%s%s\n",
	       dax_name(dax), used, node, free_text, *holders ? "; " : "",
	       holders);
}

int memory_offline(const struct hmtctl *ctl, struct dax *dax,
		   const struct hotplug *how)
{
	struct daxctl_memory *memory = daxctl_dev_get_memory(dax->dev);
	auto_fd int lock = lock_device(ctl, dax);

	if (lock < 0)
		return -lock;
	if (memory && !how->dry_run)
		return remove_device_memory(ctl, dax, memory, how);
	if (memory)
		print_would_offline(ctl, dax, how);
	else if (how->dry_run && !how->json)
		printf("%s: is a device, not memory\n", dax_name(dax));
	else
		report_offline(dax, how);
	return RESULT_OK;
}
