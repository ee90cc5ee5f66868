# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Stopping a workload is synchronous.

tests=(
	"final       when a write of 0 to live has returned, the thread is gone and nothing moves"
	"start-stop  a workload starts and stops several times in a row while pages move"
	"frozen      pages of frozen processes move, and the processes continue"
)

start_busy()
{
	start_torture --mib 8 --threads 2
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
}

# moves_are COUNT - in all
moves_are()
{
	get_edge_total moved
	[ "$result" -eq "$1" ]
}

final()
{
	local i before

	# The program drops pages all the time and gets new ones in dram, so that there
	# are always pages to demote.
	start_busy
	for i in 1 2; do
		before=$(edge_total moved)
		go_live main
		wait_until "$limit" edge_total_above moved "$before"
		go_idle main
		before=$(edge_total moved)
		no_threads || fail "the thread is not gone"
		expect_true stat_is main state stopped
		stays_true 1 moves_are "$before"
	done
	stop_program main
}

start-stop()
{
	local i

	start_busy
	for i in {1..6}; do
		go_live main
		[ $((i % 3)) -ne 0 ] || wait_until "$limit" stat_above main demoted 0
		go_idle main
		no_threads || fail "the thread is not gone"
	done
	stop_program main
}

is_frozen()
{
	grep -qx 'frozen 1' "$1/cgroup.events"
}

frozen()
{
	local dir

	dir=$(make_cgroup some)
	in_cgroup=$dir start_program main hmt_regions name=some,mib=8,hot
	echo 1 >"$dir/cgroup.freeze"
	wait_until "$limit" is_frozen "$dir"
	commit_chain
	create_workload main cgroup=/some scan_interval_ms=20 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
	wait_until "$limit" edge_counter_above 0 1 moved 1000
	configure_workload main "limits=dram=0 cxl=0"
	wait_until "$limit" edge_counter_above 1 2 moved 1000
	echo 0 >"$dir/cgroup.freeze"
	configure_workload main limits=
	finish_program main
}
