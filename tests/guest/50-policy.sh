# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# cpusets and memory policies of processes: HMT never violates them.

tests=(
	"cpuset       pages of a cpuset of nodes 0-1 are never on node 2; when it is widened they move there"
	"mbind        a range that is bound to nodes 0-1 never leaves them"
	"task-policy  a process whose policy is bound to nodes 0-1 never leaves them"
	"two-choices  in a tier of two memories a range goes to the one that its policy permits"
	"one-node     a range that is bound to node 0 stays there"
)

# demote_to_last PROGRAM - as far down as its policies permit
demote_to_last()
{
	commit_chain
	create_workload main "pids=$(pid_of "$1")" scan_interval_ms=50 samples=2 \
		limits="dram=0 cxl=0"
	go_live main
}

# expect_never_on NODE PASSES COMMAND... - no page is there during PASSES passes
expect_never_on()
{
	local node=$1 end

	end=$(($(stat_of main passes) + $2))
	shift 2
	while [ "$(stat_of main passes)" -lt "$end" ]; do
		expect_eq "$(pages_on "$node" "$@")" 0 "pages on node $node"
	done
}

cpuset()
{
	in_cgroup=$(make_cgroup some)
	echo 0-1 >"$in_cgroup/cpuset.mems"
	start_program main hmt_regions name=some,mib=8,place=0
	demote_to_last main
	expect_never_on 2 12 main place some
	expect_eq "$(pages_on 1 main place some)" $((8 * MIB)) "pages of some on node 1"
	expect_true stat_above main skipped_policy 0
	# Promote and demote within the cpuset.
	tell_program main hot some
	configure_workload main limits=cxl=0
	expect_never_on 2 12 main place some
	tell_program main cold some
	configure_workload main "limits=dram=0 cxl=0"
	echo 0-2 >"$in_cgroup/cpuset.mems"
	wait_until "$limit" pages_on_least 2 $((8 * MIB)) main place some
	finish_program main
}

mbind()
{
	start_program main hmt_regions name=bound,mib=8,place=0,bind=0-1 \
		name=free,mib=4,place=0
	demote_to_last main
	expect_never_on 2 12 main place bound
	wait_until "$limit" pages_on_least 2 $((4 * MIB)) main place free
	expect_eq "$(pages_on 1 main place bound)" $((8 * MIB)) \
		"pages of bound on node 1"
	expect_eq "$(pages_on 2 main place bound)" 0 "pages of bound on node 2"
	expect_true stat_above main skipped_policy 0
	finish_program main
}

task-policy()
{
	start_program main hmt_regions --task-bind 0-1 name=some,mib=8
	demote_to_last main
	expect_never_on 2 12 main place some
	expect_eq "$(pages_on 1 main place some)" $((8 * MIB)) "pages of some on node 1"
	expect_true stat_above main skipped_policy 0
	finish_program main
}

# Node 2 has more free memory, but only the free range may go there.
two-choices()
{
	start_program main hmt_regions name=bound,mib=4,place=0,bind=0-1 \
		name=free,mib=4,place=0
	commit_chain dram=node0 "low=node1 node2"
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
	wait_until "$limit" pages_on_least 1 $((4 * MIB)) main place bound
	wait_until "$limit" pages_on_most 0 0 main place free
	finish_program main
}

one-node()
{
	start_program main hmt_regions name=bound,mib=8,bind=0 name=free,mib=4,place=0
	demote_to_last main
	wait_until "$limit" pages_on_least 2 $((4 * MIB)) main place free
	wait_passes main 3
	expect_eq "$(pages_on 0 main place bound)" $((8 * MIB)) \
		"pages of bound on node 0"
	expect_true stat_above main skipped_policy 0
	finish_program main
}
