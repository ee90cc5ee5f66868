# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Tiers of one level: each socket has separate tiers, as "hmtctl setup" makes
# them. Pages are where the process runs.

tests=(
	"levels     pages go down and up to the tiers of the socket that runs the process, once"
	"chains     hot pages get to the socket that runs the process where each socket has a chain of its own"
	"crosses    hot pages on the tier of the other socket come home, and room is made by pages that were never accessed"
	"limited    a limit keeps pages on the tier of the other socket"
	"cpus       pages follow a process that its cpuset moves to the other socket, and not to a node that the cpuset forbids"
	"policies   pages that a memory policy binds or interleaves stay where they are"
	"excursion  a short stay on the other socket moves no page"
	"apart      slow memory beside DRAM in the graph is not of its level"
)

# begin_on CPU REGION... - the program "main" on that CPU, without the kernel's own
# balancing
begin_on()
{
	echo 0 >/proc/sys/kernel/numa_balancing
	start_program main taskset -c "$1" hmt_regions "${@:2}"
}

# commit_sockets - as "hmtctl setup" proposes
commit_sockets()
{
	load_hmt
	stage_tier dram-0 node0
	stage_tier dram-1 node1
	stage_tier slow-2 node2
	stage_tier slow-3 node3
	stage_edge dram-0 slow-2 0
	stage_edge dram-0 slow-3 1
	stage_edge dram-1 slow-3 0
	stage_edge dram-1 slow-2 1
	commit_graph
}

# manage [ATTRIBUTE=VALUE...] - "main"
manage()
{
	create_workload main "pids=$(pid_of main)" scan_interval_ms=100 "$@"
	go_live main
}

levels()
{
	local hot before

	hot=$(scaled_pages 16)
	commit_sockets
	begin_on 1 "name=hot,mib=$(scaled_mib 16),hot,place=1"
	before=$(edge_total moved)
	manage "limits=dram-0=0 dram-1=0"
	wait_until "$limit" pages_on_least 3 $((hot * 99 / 100)) main place hot
	expect_true pages_on_most 2 0 main place hot
	configure_workload main limits=
	wait_until "$limit" pages_on_least 1 $((hot * 99 / 100)) main place hot
	expect_true pages_on_most 0 0 main place hot
	expect_steady main 5
	# Each page was demoted and promoted once.
	expect_gt $((2 * hot + 512)) $(($(edge_total moved) - before)) "pages moved"
	finish_program main
}

chains()
{
	local hot

	hot=$(scaled_pages 8)
	load_hmt
	stage_tier dram-0 node0
	stage_tier dram-1 node1
	stage_tier slow-2 node2
	stage_tier slow-3 node3
	stage_edge dram-0 slow-2
	stage_edge dram-1 slow-3
	commit_graph
	begin_on 1 "name=near,mib=$(scaled_mib 8),hot,place=3" \
		"name=far,mib=$(scaled_mib 8),hot,place=2"
	manage
	wait_until "$limit" pages_on_least 1 $((hot * 99 / 100)) main place near
	wait_until "$limit" pages_on_least 1 $((hot * 99 / 100)) main place far
	expect_true pages_on_most 0 0 main place far
	expect_steady main 5
	finish_program main
}

# why_home - pages of "main" that wait for their move home
why_home()
{
	result=$(hmtctl query --json "$(pid_of main)" |
		jq '[.. | objects | .why?.home? // empty] | add // 0')
	[ "$result" -ge "$1" ]
}

none_waits()
{
	why_home 0
	[ "$result" -eq 0 ]
}

crosses()
{
	local hot cold

	hot=$(scaled_pages 8)
	cold=$(scaled_pages 16)
	commit_sockets
	begin_on 1 "name=cold,mib=$(scaled_mib 16),place=1" \
		"name=hot,mib=$(scaled_mib 8),hot,place=0"
	# The near tier has no room for the hot pages.
	manage "limits=dram-1=$(scaled_mib 20)M" promote_mib_per_s=0 demote_mib_per_s=0
	wait_until "$limit" why_home $((hot * 95 / 100))
	expect_true pages_on_least 0 "$hot" main place hot
	configure_workload main promote_mib_per_s=max demote_mib_per_s=max
	wait_until "$limit" pages_on_least 1 $((hot * 99 / 100)) main place hot
	expect_steady main 5
	expect_gt "$(stat_of main brought_home)" $((hot * 99 / 100 - 1)) "pages brought home"
	expect_gt $((hot + 512)) "$(stat_of main brought_home)" "pages brought home, once each"
	# The limit held, so cold pages left, to the slow memory of this socket.
	expect_true pages_on_most 1 $(($(scaled_pages 20) - hot * 99 / 100)) main place cold
	expect_true pages_on_most 0 0 main place cold
	expect_true pages_on_most 2 0 main place cold
	expect_gt 512 "$(stat_of main promoted)" "pages promoted"
	finish_program main
}

limited()
{
	local hot before=0

	hot=$(scaled_pages 8)
	commit_sockets
	[ ! -e "$class/node0/edges/node1" ] || before=$(edge_counter 0 1 moved)
	begin_on 1 "name=hot,mib=$(scaled_mib 8),hot,place=2"
	manage limits=dram-1=0
	wait_until "$limit" pages_on_least 0 $((hot * 99 / 100)) main place hot
	wait_until $((limit * 2)) is_settled main
	get_moves_in main 5
	# The limit demoted pages of the stack, which come up when they are used.
	expect_gt 16 "$result" "pages that moved though nothing has changed"
	expect_eq "$(pages_on 1 main place hot)" 0 "pages in a tier without any for the workload"
	# Those of the stack may have been demoted just before.
	wait_until "$limit" none_waits
	[ ! -e "$class/node0/edges/node1" ] ||
		expect_eq "$(edge_counter 0 1 moved)" "$before" "pages that went there"
	finish_program main
}

cpus()
{
	local hot

	hot=$(scaled_pages 4)
	commit_sockets
	echo 0 >/proc/sys/kernel/numa_balancing
	in_cgroup=$(make_cgroup some)
	echo 0-3 >"$in_cgroup/cpuset.mems"
	echo 0 >"$in_cgroup/cpuset.cpus"
	start_program main hmt_regions "name=hot,mib=$(scaled_mib 4),hot,place=0"
	manage
	wait_passes main 4
	expect_true pages_on_least 0 "$hot" main place hot
	echo 1 >"$in_cgroup/cpuset.cpus"
	wait_until "$limit" pages_on_least 1 $((hot * 99 / 100)) main place hot
	# The second change takes 6 passes longer.
	echo 1,3 >"$in_cgroup/cpuset.mems"
	echo 0 >"$in_cgroup/cpuset.cpus"
	wait_passes main 12
	expect_true pages_on_most 0 0 main place hot
	expect_true pages_on_most 2 0 main place hot
	finish_program main
}

policies()
{
	local pages

	pages=$(scaled_pages 4)
	commit_sockets
	# A process on CPU 0 gets pages of node 0.
	begin_on 0 "name=bound,mib=$(scaled_mib 4),hot,bind=0-1" \
		"name=free,mib=$(scaled_mib 4),hot"
	expect_true pages_on_least 0 "$pages" main place bound
	taskset -a -p -c 1 "$(pid_of main)" >"$work/taskset"
	manage
	wait_until "$limit" pages_on_least 1 $((pages * 99 / 100)) main place free
	wait_passes main 5
	expect_true pages_on_least 0 "$pages" main place bound
	finish_program main
	remove_workloads
	start_program other numactl --interleave=0,1 taskset -c 1 \
		hmt_regions "name=dealt,mib=$(scaled_mib 4),hot"
	create_workload main "pids=$(pid_of other)" scan_interval_ms=100
	go_live main
	wait_passes main 10
	expect_true pages_on_least 0 $((pages * 49 / 100)) other place dealt
	expect_eq "$(stat_of main brought_home)" 0 "brought_home"
	finish_program other
}

excursion()
{
	local stay

	commit_sockets
	begin_on 0 "name=hot,mib=$(scaled_mib 4),hot,place=0"
	manage scan_interval_ms=400
	wait_passes main 4
	for stay in 1 2; do
		taskset -a -p -c 1 "$(pid_of main)" >"$work/taskset"
		wait_passes main 1
		taskset -a -p -c 0 "$(pid_of main)" >"$work/taskset"
		wait_passes main 3
	done
	expect_eq "$(stat_of main brought_home)" 0 "brought_home"
	expect_true pages_on_least 0 "$(scaled_pages 4)" main place hot
	finish_program main
}

# The slow memory of a socket is not of the level of DRAM.
apart()
{
	local hot

	hot=$(scaled_pages 4)
	load_hmt
	stage_tier dram-0 node0
	stage_tier mixed node2
	stage_tier slow-3 node3
	stage_edge dram-0 slow-3
	stage_edge mixed slow-3
	commit_graph
	begin_on 0 "name=hot,mib=$(scaled_mib 4),hot,place=2"
	manage
	wait_passes main 10
	expect_eq "$(stat_of main brought_home)" 0 "brought_home"
	expect_true pages_on_least 2 "$hot" main place hot
	finish_program main
}
