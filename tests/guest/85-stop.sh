# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Stopping is synchronous.

tests=(
	"final       when writing 0 to live has returned, the thread is gone and nothing moves"
	"start-stop  several times in a row while pages move"
	"frozen      pages of frozen processes move, and they go on with them"
)

busy()
{
	start_torture --mib 8 --threads 2
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
}

same_moved()
{
	[ "$(all_counters moved)" -eq "$1" ]
}

final()
{
	local i before

	# There is always something to demote: the program drops pages all the
	# time and gets new ones in dram.
	busy
	for i in 1 2; do
		before=$(all_counters moved)
		go_live main
		wait_until "$limit" all_above moved "$before"
		go_idle main
		before=$(all_counters moved)
		no_threads || fail "the thread is not gone"
		stat_is main state stopped
		during 1 same_moved "$before"
	done
	stop main
}

start-stop()
{
	local i

	busy
	for i in {1..6}; do
		go_live main
		[ $((i % 3)) -ne 0 ] || wait_until "$limit" stat_above main demoted 0
		go_idle main
		no_threads || fail "the thread is not gone"
	done
	stop main
}

is_frozen()
{
	grep -qx 'frozen 1' "$1/cgroup.events"
}

frozen()
{
	local dir

	dir=$(cgroup some)
	in_cgroup=$dir start main hmt_torture --mib 8 --threads 2
	echo 1 >"$dir/cgroup.freeze"
	wait_until "$limit" is_frozen "$dir"
	chain
	workload main cgroup=/some scan_interval_ms=20 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
	wait_until "$limit" counter_above 0 1 moved 1000
	configure main "limits=dram=0 cxl=0"
	wait_until "$limit" counter_above 1 2 moved 1000
	echo 0 >"$dir/cgroup.freeze"
	configure main limits=
	stop main
}
