# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# The settings. run.sh calls "prepare_NAME" before the clock starts, "start_NAME"
# before the load starts, "manage_NAME PID" while the load runs and "stop_NAME"
# after it has ended, if they exist.

balancing=/proc/sys/kernel/numa_balancing
demotion=/sys/kernel/mm/numa/demotion_enabled
damon=/sys/kernel/mm/damon/admin/kdamonds

# quiet - disable the kernel's own promotion and demotion
quiet()
{
	echo 0 >"$balancing"
	echo false >"$demotion"
}

# NUMA balancing in tiering mode, with Debian's defaults.
start_balancing()
{
	echo true >"$demotion"
	echo 2 >"$balancing"
}

# damon_watch INDEX NODE SAMPLE_US AGGREGATION_US UPDATE_US MIN MAX - monitor
# the memory of NODE with MIN to MAX regions
damon_watch()
{
	local context=$damon/$1/contexts/0 range

	range=$(node_range "$2")
	echo 1 >"$damon/$1/contexts/nr_contexts"
	echo paddr >"$context/operations"
	echo "$3" >"$context/monitoring_attrs/intervals/sample_us"
	echo "$4" >"$context/monitoring_attrs/intervals/aggr_us"
	echo "$5" >"$context/monitoring_attrs/intervals/update_us"
	echo "$7" >"$context/monitoring_attrs/nr_regions/max"
	echo "$6" >"$context/monitoring_attrs/nr_regions/min"
	echo 1 >"$context/targets/nr_targets"
	echo 1 >"$context/targets/0/regions/nr_regions"
	echo "${range% *}" >"$context/targets/0/regions/0/start"
	echo "${range#* }" >"$context/targets/0/regions/0/end"
	echo 1 >"$context/schemes/nr_schemes"
}

# damon_scheme INDEX ACTION TARGET MIN MAX AGE - apply ACTION to regions with
# MIN to MAX accesses and at least AGE aggregation intervals old
damon_scheme()
{
	local scheme=$damon/$1/contexts/0/schemes/0

	echo "$2" >"$scheme/action"
	echo "$3" >"$scheme/target_nid"
	echo 4096 >"$scheme/access_pattern/sz/min"
	echo 18446744073709551615 >"$scheme/access_pattern/sz/max"
	echo "$4" >"$scheme/access_pattern/nr_accesses/min"
	echo "$5" >"$scheme/access_pattern/nr_accesses/max"
	echo "$6" >"$scheme/access_pattern/age/min"
	echo 4294967295 >"$scheme/access_pattern/age/max"
}

# damon_quota INDEX BYTES MS RESET_MS ACCESSES AGE - limit the scheme; ACCESSES
# and AGE are weights
damon_quota()
{
	local quotas=$damon/$1/contexts/0/schemes/0/quotas

	echo "$2" >"$quotas/bytes"
	echo "$3" >"$quotas/ms"
	echo "$4" >"$quotas/reset_interval_ms"
	echo 0 >"$quotas/weights/sz_permil"
	echo "$5" >"$quotas/weights/nr_accesses_permil"
	echo "$6" >"$quotas/weights/age_permil"
}

# node_range NODE - print the first and last physical address of its memory
node_range()
{
	local block size first='' last=''

	size=$((0x$(cat /sys/devices/system/memory/block_size_bytes)))
	for block in $(printf '%s\n' /sys/devices/system/node/node"$1"/memory[0-9]* |
		sed 's/.*memory//' | sort -n); do
		: "${first:=$block}"
		last=$block
	done
	echo "$((first * size)) $(((last + 1) * size - 1))"
}

# The best of several configurations: intervals of 50 ms and 1 s, at most 6000
# regions, hot with at least 8 of 20 samples.
start_damon()
{
	echo 2 >"$damon/nr_kdamonds"
	damon_watch 0 0 50000 1000000 5000000 1000 6000
	damon_scheme 0 migrate_cold 1 0 1 3
	damon_quota 0 33554432 0 1000 1000 100
	damon_watch 1 1 50000 1000000 5000000 1000 6000
	damon_scheme 1 migrate_hot 0 8 4294967295 0
	damon_quota 1 134217728 0 1000 1000 100
	echo on >"$damon/0/state"
	echo on >"$damon/1/state"
}

stop_damon()
{
	echo off >"$damon/0/state"
	echo off >"$damon/1/state"
	echo 0 >"$damon/nr_kdamonds"
}

# The daemon ends with the load.
manage_naive()
{
	"$here/daemon" "$1" &
	daemon=$!
}

stop_naive()
{
	wait "$daemon" || :
}

# A placer with known faults, for a test: SETTING is planted:DELAY-MS:DROP:SCANS.
manage_planted()
{
	local delay drop scans

	IFS=: read -r delay drop scans <<<"$options"
	"$here/planted" "$1" "$delay" "$drop" "$scans" &
	planted=$!
}

stop_planted()
{
	wait "$planted" || {
		cat /tmp/log >&2
		return 1
	}
}

# The modules are loaded, so that their functions are known.
prepare_hmt()
{
	hmtctl load
}

prepare_direct()
{
	hmtctl load
}

# start_tiers TARGET... - create tiers; TARGETs are the top tier's in this order
#
# All attributes have their defaults. hmtd runs, as on a system with HMT.
start_tiers()
{
	hmtd --foreground &
	hmtd=$!
	if [ -n "$pmem" ]; then
		hmtctl tier create pmem --memories "node$pmem"
		hmtctl tier create cxl --memories node1 --demote-to pmem
	else
		hmtctl tier create cxl --memories node1
	fi
	hmtctl tier create dram --memories node0 --demote-to "$*" --commit
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
	hmtctl workload create bench --add-pid "$1" --start
}

# HMT counts and plans, but moves nothing, so that its estimates can be compared
# with a constant. Not a setting of bench/run: bench/star uses it.
prepare_watch()
{
	prepare_hmt
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
	kill "$hmtd"
	wait "$hmtd" || :
	hmtctl unload --force
}
