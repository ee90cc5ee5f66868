# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Memory and CPUs that go offline and online while pages move.

tests=(
	"target-goes   the memory of a target goes offline under a live workload, or stays whole, and returns"
	"cpu-goes      a CPU goes offline and online while pages move"
)

# block_states NODE - files of its memory blocks
block_states()
{
	echo "/sys/devices/system/node/node$1"/memory*/state
}

# set_offline NODE - all of its blocks, or as many as possible
set_offline()
{
	local file failed=0

	for file in $(block_states "$1"); do
		echo offline >"$file" || failed=1
	done 2>/dev/null
	return "$failed"
}

# set_online NODE
set_online()
{
	local file

	for file in $(block_states "$1"); do
		[ "$(cat "$file")" = online ] || echo online_movable >"$file"
	done
}

is_memory()
{
	[ -d "$class/node$1" ]
}

is_not_memory()
{
	[ ! -d "$class/node$1" ]
}

# in_tier NODE NAME
in_tier()
{
	attribute_is "node$1" tier "$2"
}

# A tier without memory cannot be committed again; the live graph is kept.
check_gone()
{
	wait_until "$limit" is_not_memory 2
	expect_no_path "$class/node1/edges/node2"
	expect_eq "$(pages_on 2 main place low)" 0 "pages of low on node 2"
	expect_errno ENODEV write "$config/commit" 1
	expect_match "$(commit_status)" "*'pmem'*node2*" "status"
	expect_true in_tier 1 cxl
}

# Pages leave the memory that goes offline, and other moves go on.
target-goes()
{
	local before

	start_program main hmt_regions name=low,mib=32,place=0 name=moving,mib=16,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max "limits=dram=0 cxl=0"
	go_live main
	wait_until "$limit" pages_on_least 2 $((32 * MIB)) main place low
	at_end set_online 2
	if set_offline 2; then
		note "node 2 went offline"
		check_gone
	else
		note "node 2 did not go offline"
		set_online 2
	fi
	expect_true stat_is main state running
	wait_passes main 3
	before=$(edge_total moved)
	configure_workload main "limits=dram=0"
	configure_workload main limits=
	wait_passes main 3
	set_online 2
	wait_until "$limit" is_memory 2
	wait_until "$limit" in_tier 2 pmem
	wait_until "$limit" test -d "$class/node1/edges/node2"
	wait_until "$limit" test -d "$class/node2/edges/node0"
	configure_workload main "limits=dram=0 cxl=0"
	wait_until "$limit" pages_on_least 2 $((32 * MIB)) main place low
	commit_graph
	expect_committed
	finish_program main
}

cpu-goes()
{
	local cpu=/sys/devices/system/cpu/cpu1/online i

	start_torture --mib 4 --threads 2
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=20 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max
	at_end eval "echo 1 >$cpu"
	go_live main
	for i in 1 2 3 4; do
		configure_workload main limits=dram=0
		echo 0 >"$cpu"
		wait_passes main 2
		configure_workload main limits=
		echo 1 >"$cpu"
		wait_passes main 2
	done
	expect_gt "$(edge_total moved)" 1000 "moved, sum of all edges"
	stop_program main
}
