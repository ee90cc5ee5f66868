# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The competitors: "start_NAME" puts one in charge before the load starts,
# "manage_NAME PID" once it runs, "stop_NAME" takes it away after the end. Where
# there is no such function nothing needs to be done.

balancing=/proc/sys/kernel/numa_balancing
demotion=/sys/kernel/mm/numa/demotion_enabled
damon=/sys/kernel/mm/damon/admin/kdamonds

# nobody moves anything
quiet()
{
	echo 0 >"$balancing"
	echo false >"$demotion"
}

# What the kernel offers, as Debian ships it.
start_balancing()
{
	echo true >"$demotion"
	echo 2 >"$balancing"
}

# damon_context INDEX NODE ACTION TARGET MIN MAX AGE QUOTA
#
# Settings of research that found no better ones: 50 ms and 1 s intervals, at
# most 6000 regions, hot is at least 8 of 20 samples.
damon_context()
{
	local context=$damon/$1/contexts/0 scheme range

	range=$(node_range "$2")
	echo 1 >"$damon/$1/contexts/nr_contexts"
	echo paddr >"$context/operations"
	echo 50000 >"$context/monitoring_attrs/intervals/sample_us"
	echo 1000000 >"$context/monitoring_attrs/intervals/aggr_us"
	echo 5000000 >"$context/monitoring_attrs/intervals/update_us"
	echo 6000 >"$context/monitoring_attrs/nr_regions/max"
	echo 1000 >"$context/monitoring_attrs/nr_regions/min"
	echo 1 >"$context/targets/nr_targets"
	echo 1 >"$context/targets/0/regions/nr_regions"
	echo "${range% *}" >"$context/targets/0/regions/0/start"
	echo "${range#* }" >"$context/targets/0/regions/0/end"
	echo 1 >"$context/schemes/nr_schemes"
	scheme=$context/schemes/0
	echo "$3" >"$scheme/action"
	echo "$4" >"$scheme/target_nid"
	echo 4096 >"$scheme/access_pattern/sz/min"
	echo 18446744073709551615 >"$scheme/access_pattern/sz/max"
	echo "$5" >"$scheme/access_pattern/nr_accesses/min"
	echo "$6" >"$scheme/access_pattern/nr_accesses/max"
	echo "$7" >"$scheme/access_pattern/age/min"
	echo 4294967295 >"$scheme/access_pattern/age/max"
	echo 1000 >"$scheme/quotas/reset_interval_ms"
	echo "$8" >"$scheme/quotas/bytes"
	echo 0 >"$scheme/quotas/weights/sz_permil"
	echo 1000 >"$scheme/quotas/weights/nr_accesses_permil"
	echo 100 >"$scheme/quotas/weights/age_permil"
}

# node_range NODE - first and last physical address of its memory
node_range()
{
	local block size first='' last=''

	size=$((0x$(cat /sys/devices/system/memory/block_size_bytes)))
	for block in $(printf '%s\n' /sys/devices/system/node/node"$1"/memory* |
		sed 's/.*memory//' | sort -n); do
		: "${first:=$block}"
		last=$block
	done
	echo "$((first * size)) $(((last + 1) * size - 1))"
}

start_damon()
{
	echo 2 >"$damon/nr_kdamonds"
	# The first 16 MiB are nothing that could move.
	damon_context 0 0 migrate_cold 1 0 1 3 33554432
	damon_context 1 1 migrate_hot 0 8 4294967295 0 134217728
	echo on >"$damon/0/state"
	echo on >"$damon/1/state"
}

stop_damon()
{
	echo off >"$damon/0/state"
	echo off >"$damon/1/state"
	echo 0 >"$damon/nr_kdamonds"
}

# HMT with its defaults: no attribute is set.
start_hmt()
{
	hmtctl load
	if [ -n "$pmem" ]; then
		hmtctl tier create pmem --memories "node$pmem"
		hmtctl tier create cxl --memories node1 --demote-to pmem
	else
		hmtctl tier create cxl --memories node1
	fi
	hmtctl tier create dram --memories node0 --demote-to cxl --commit
}

manage_hmt()
{
	hmtctl workload create bench --pid "$1" --start
}

stop_hmt()
{
	grep . /sys/kernel/config/hmt/workloads/bench/stats/* |
		sed 's|.*/stats/|# |' >&2
	hmtctl unload --force
}
