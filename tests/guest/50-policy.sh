# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What cpusets and memory policies forbid never happens.

tests=(
	"cpuset       pages of a cpuset of nodes 0-1 are never on node 2; when it is widened they go there"
	"mbind        a range bound to nodes 0-1 never leaves them"
	"task-policy  the same for a process whose policy says so"
	"two-choices  in a tier with two memories a range goes to the one that it may use"
	"one-node     a range bound to node 0 stays there"
)

# push PROGRAM - as far down as it goes
push()
{
	chain
	workload main "pids=$(pid_of "$1")" scan_interval_ms=50 samples=2 \
		limits="dram=0 cxl=0"
	go_live main
}

# never NODE PASSES COMMAND... - no page there, however often one looks
never()
{
	local node=$1 end

	end=$(($(stat_of main passes) + $2))
	shift 2
	while [ "$(stat_of main passes)" -lt "$end" ]; do
		[ "$(on "$node" "$@")" -eq 0 ] || fail "pages on node $node: $(ask "$@")"
	done
}

cpuset()
{
	in_cgroup=$(cgroup some)
	echo 0-1 >"$in_cgroup/cpuset.mems"
	start main hmt_regions name=some,mib=8,place=0
	push main
	never 2 12 main place some
	[ "$(on 1 main place some)" -eq 2048 ]
	stat_above main skipped_policy 0
	# Up and down while it may not go further.
	tell main hot some
	configure main limits=cxl=0
	never 2 12 main place some
	tell main cold some
	configure main "limits=dram=0 cxl=0"
	echo 0-2 >"$in_cgroup/cpuset.mems"
	wait_until "$limit" on_least 2 2048 main place some
	finish main
}

mbind()
{
	start main hmt_regions name=bound,mib=8,place=0,bind=0-1 \
		name=free,mib=4,place=0
	push main
	never 2 12 main place bound
	wait_until "$limit" on_least 2 1024 main place free
	[ "$(on 1 main place bound)" -eq 2048 ]
	[ "$(on 2 main place bound)" -eq 0 ]
	stat_above main skipped_policy 0
	finish main
}

task-policy()
{
	start main hmt_regions --task-bind 0-1 name=some,mib=8
	push main
	never 2 12 main place some
	[ "$(on 1 main place some)" -eq 2048 ]
	stat_above main skipped_policy 0
	finish main
}

# Node 2 has more room, but only the free range may go there.
two-choices()
{
	start main hmt_regions name=bound,mib=4,place=0,bind=0-1 \
		name=free,mib=4,place=0
	chain dram=node0 "low=node1 node2"
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
	wait_until "$limit" on_least 1 1024 main place bound
	wait_until "$limit" on_most 0 0 main place free
	finish main
}

one-node()
{
	start main hmt_regions name=bound,mib=8,bind=0 name=free,mib=4,place=0
	push main
	wait_until "$limit" on_least 2 1024 main place free
	passes main 3
	[ "$(on 0 main place bound)" -eq 2048 ]
	stat_above main skipped_policy 0
	finish main
}
