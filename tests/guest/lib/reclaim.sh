# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Kernel reclaim.

# set_kernel_demotion ON - until the test ends; without a router the kernel chooses
# the targets
set_kernel_demotion()
{
	write_until_end /sys/kernel/mm/numa/demotion_enabled "$1"
}

load_router()
{
	modprobe hmt_router
	at_end modprobe -r hmt_router
}

# reclaim_from_cgroup MIB - of $in_cgroup; the kernel may find less
reclaim_from_cgroup()
{
	echo "$1M" >"$in_cgroup/memory.reclaim" 2>/dev/null || :
}

# reclaim_demotes NODE PAGES NAME - reclaim a little, and check whether PAGES of region
# NAME are on NODE
reclaim_demotes()
{
	reclaim_from_cgroup 4
	pages_on_least "$1" "$2" main place "$3"
}

# Pages that the kernel has demoted since boot.
kernel_demotions()
{
	awk '/^pgdemote/ { sum += $2 } END { print sum + 0 }' /proc/vmstat
}

oom_kills()
{
	vmstat_of oom_kill
}
