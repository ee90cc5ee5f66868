// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that the driver of the simulated accelerator uses itself instead of
 * lending it to HMT. A file in debugfs triggers the calls for which a real
 * driver has reasons of its own.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hmt_device.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "sim.h"

#define HMT_SIM_COMMAND_MAX	64

/* Commands: "reserve KIB", "take KIB KIB MS", "give KIB KIB", "evacuate MS",
 * "room KIB MS", "reopen".
 */
static int hmt_sim_own_run(struct hmt_sim *sim, char *command)
{
	struct hmt_device_memory *memory = &sim->memory;
	unsigned int at, size, ms;

	if (sscanf(command, "reserve %u", &size) == 1)
		return hmt_device_memory_reserve(memory, (u64)size << 10,
						 &sim->reserved);
	if (sscanf(command, "take %u %u %u", &at, &size, &ms) == 3)
		return hmt_device_memory_take(memory, (u64)at << 10,
					      (u64)size << 10, ms);
	if (sscanf(command, "room %u %u", &size, &ms) == 2)
		return hmt_device_memory_make_room(memory, (u64)size << 10, ms,
						   &sim->reserved);
	if (sscanf(command, "give %u %u", &at, &size) == 2)
		return hmt_device_memory_give(memory, (u64)at << 10,
					      (u64)size << 10);
	if (sscanf(command, "evacuate %u", &ms) == 1)
		return hmt_device_memory_evacuate(memory, ms);
	if (!strcmp(strim(command), "reopen"))
		return hmt_device_memory_reopen(memory);
	return -EINVAL;
}

static ssize_t hmt_sim_own_write(struct file *file, const char __user *user,
				 size_t size, loff_t *pos)
{
	char *command;
	int ret;

	if (size > HMT_SIM_COMMAND_MAX)
		return -EINVAL;
	command = memdup_user_nul(user, size);
	if (IS_ERR(command))
		return PTR_ERR(command);
	ret = hmt_sim_own_run(file_inode(file)->i_private, command);
	kfree(command);
	return ret ?: size;
}

/* Read the offset of the last reserved range, in KiB. */
static ssize_t hmt_sim_own_read(struct file *file, char __user *user,
				size_t size, loff_t *pos)
{
	struct hmt_sim *sim = file_inode(file)->i_private;
	char text[24];
	int length = scnprintf(text, sizeof(text), "%llu\n",
			       sim->reserved >> 10);

	return simple_read_from_buffer(user, size, pos, text, length);
}

static const struct file_operations hmt_sim_own_fops = {
	.owner = THIS_MODULE,
	.read = hmt_sim_own_read,
	.write = hmt_sim_own_write,
	.llseek = default_llseek,
};

/* Called while the memory is registered, because the file uses it. */
void hmt_sim_own_init(struct hmt_sim *sim)
{
	sim->own = debugfs_create_file("own", 0600, sim->dir, sim,
				       &hmt_sim_own_fops);
}

void hmt_sim_own_exit(struct hmt_sim *sim)
{
	debugfs_remove(sim->own);
}
