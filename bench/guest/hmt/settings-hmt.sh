# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# The settings with HMT. Only their guests have this file, so that no change here
# changes the results of others.

# The modules are loaded, so that their functions are known.
prepare_hmt()
{
	hmtctl load
	hmtctl load router
	# A workload loads them at its start, which is after the options are set.
	modprobe hmt_accessed
	[ "$(option hints 0)" = 0 ] || modprobe hmt_hintfault
}

prepare_direct()
{
	prepare_hmt
}

# start_tiers TARGET... - create tiers; TARGETs are the top tier's in this order
#
# hmtd runs, as on a system with HMT. Options, which switch a part of HMT off or
# change it; without them, all attributes have their defaults: hmtd=0; flush and
# keep_young of the provider; task_work of the module; low and high watermark; for
# the workload, samples, interval, promote, demote, spread and dry_run; hints=1, which
# answers the hint faults of NUMA balancing; reclaim=0: the kernel demotes nothing.
start_tiers()
{
	local provider=/sys/kernel/config/hmt/providers/accessed name

	hmtd=
	if [ "$(option hmtd 1)" = 1 ]; then
		hmtd --foreground &
		hmtd=$!
	fi
	for name in flush keep_young; do
		[ -z "$(option $name '')" ] || put "$(option $name '')" "$provider/$name"
	done
	[ -z "$(option task_work '')" ] || put "$(option task_work '')" /sys/module/hmt/parameters/task_work
	if [ -n "$pmem" ]; then
		hmtctl tier create pmem --memories "node$pmem"
		hmtctl tier create cxl --memories node1 --demote-to pmem
	else
		hmtctl tier create cxl --memories node1
	fi
	hmtctl tier create dram --memories node0 --demote-to "$*"
	for name in low high; do
		[ -z "$(option $name '')" ] ||
			put "$(option $name '')" /sys/kernel/config/hmt/tiers/dram/${name}_watermark
	done
	hmtctl commit
	[ "$(option reclaim 1)" = 0 ] || put true "$demotion"
}

start_hmt()
{
	start_tiers cxl
}

# The top tier demotes directly to the lowest tier.
start_direct()
{
	start_tiers pmem cxl
}

manage_direct()
{
	manage_hmt "$1"
}

stop_direct()
{
	stop_hmt
}

manage_hmt()
{
	local workload=/sys/kernel/config/hmt/workloads/bench word name

	[ "$setting" != threshold ] || options+=",dry_run=1"
	if [ -n "$group" ]; then
		hmtctl workload create bench --cgroup "$group"
	else
		hmtctl workload create bench --add-pid "$1"
	fi
	for word in samples:samples interval:scan_interval_ms least:scan_interval_min_ms \
		most:scan_interval_max_ms promote:promote_mib_per_s demote:demote_mib_per_s \
		spread:spread_load dry_run:dry_run; do
		name=${word%%:*}
		[ -z "$(option "$name" '')" ] || put "$(option "$name" '')" "$workload/${word#*:}"
	done
	if [ "$(option hints 0)" = 1 ]; then
		put 2 "$balancing"
		put "accessed hintfault" "$workload/providers"
		put 1 "$workload/promote_in_fault"
	fi
	put 1 "$workload/live"
}

# HMT counts and plans, but moves nothing, so that its estimates can be compared
# with a constant. Not a setting of bench/run: bench/star uses it.
# The model sees the data of the load only, HMT all its pages, some of which are
# accessed all the time: its tables, which take half of all accesses, its program and
# its stack. These are in pages of hugetlb, at which the provider does not look.
prepare_watch()
{
	prepare_hmt
	put 8 /proc/sys/vm/nr_hugepages
	[ "$(cat /proc/sys/vm/nr_hugepages)" -eq 8 ] || die "no 8 pages of hugetlb"
	export GLIBC_TUNABLES=glibc.malloc.hugetlb=2
	mount --bind "$here/load-apart" "$here/load"
}

start_watch()
{
	start_hmt
}

manage_watch()
{
	hmtctl workload create bench --add-pid "$1" --plan-only --start
}

stop_watch()
{
	stop_hmt
}

stop_hmt()
{
	grep . /sys/kernel/config/hmt/workloads/bench/stats/* |
		sed 's|.*/stats/|# |' >&2
	if [ -n "$hmtd" ]; then
		kill "$hmtd"
		wait "$hmtd" || :
	fi
	hmtctl unload --force
}

# One threshold, as most published policies have: HMT looks and moves nothing,
# guest/threshold.c promotes all that is warmer and makes room for it. Options:
# heat; MiB/s.
prepare_threshold()
{
	prepare_hmt
}

start_threshold()
{
	start_hmt
}

manage_threshold()
{
	manage_hmt "$1"
	"$here/threshold" "$1" "$(option heat 128)" "$(option mib 1024)" &
	daemon=$!
}

stop_threshold()
{
	kill "$daemon" || :
	wait "$daemon" || :
	stop_hmt
}
