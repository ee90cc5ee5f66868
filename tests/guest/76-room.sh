# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Kernel reclaim with the router while memories fill and the router is reloaded.

tests=(
	"fallback      reclaim takes the second target if the first one has no room"
	"full          reclaim takes the second target if the first one is really full, and no process is killed"
	"reserved      free pages that the kernel keeps for allocations from low zones are not available"
	"no-room       without room in any target nothing is demoted, and no process is killed"
	"others        idle memory outside of all workloads makes room for hot pages where reclaim follows the graph, and stays where it does not"
	"births        room that a burst of new pages lacked is left to the next one, and is used again later"
	"reloads       the router is loaded and unloaded, and graphs are committed, under memory pressure"
)

# fork_graph - node 0 has the targets node 1 and node 2, in that order, which have none
fork_graph()
{
	load_hmt
	stage_tier a node0
	stage_tier b node1
	stage_tier c node2
	stage_edge a b 0
	stage_edge a c 1
	commit_graph
}

# reserve_tier TIER PERMILLE - that must stay free
reserve_tier()
{
	echo "$2" >"$config/tiers/$1/low_watermark"
	echo "$2" >"$config/tiers/$1/high_watermark"
	commit_graph
}

fallback()
{
	fork_graph
	set_kernel_demotion 1
	load_router
	in_cgroup=$(make_cgroup some)
	start_program main hmt_regions name=anon,mib=16,place=0
	reserve_tier b 999
	wait_until "$limit" reclaim_demotes 2 1024 anon
	expect_eq "$(pages_on 1 main place anon)" 0 "pages of anon on node 1"
	reserve_tier b 0
	wait_until "$limit" reclaim_demotes 1 512 anon
	finish_program main
}

# fill_node1 - but for its last MiB, as long as the program "hog" lives
#
# The kernel kills a program that is bound to the node before it uses free pages in
# lists of other CPUs, of which 6 MiB were seen.
fill_node1()
{
	local free

	free=$(cat "$class/node1/available")
	start_program hog hmt_regions "name=hog,mib=$(((free >> 20) - 10)),place=1"
}

# Node 1 still takes some MiB: the kernel allocates from its reserves.
full()
{
	local killed

	killed=$(oom_kills)
	fork_graph
	reserve_tier b 0
	set_kernel_demotion 1
	load_router
	fill_node1
	in_cgroup=$(make_cgroup some)
	start_program main hmt_regions name=anon,mib=32,place=0
	wait_until "$limit" reclaim_demotes 2 2048 anon
	expect_eq "$(oom_kills)" "$killed" "processes killed by the OOM killer"
	finish_program main
	kill_programs
}

# dma_free - free pages of the lowest zone of node 0
dma_free()
{
	awk '/^Node/ { zone = $2 $4 } $1 == "pages" && zone == "0,DMA" { print $3; exit }' \
		/proc/zoneinfo
}

# With a ratio of 1 the lowest zone serves no page of a program any more.
reserved()
{
	local ratio=/proc/sys/vm/lowmem_reserve_ratio before after free

	load_hmt
	free=$(($(dma_free) * 4096))
	before=$(cat "$class/node0/available")
	write_until_end "$ratio" "1 1 1"
	after=$(cat "$class/node0/available")
	note "$((free >> 10)) KiB free in zone DMA, available went down by $(((before - after) >> 10)) KiB"
	expect_gt $((before - after)) $((free / 2)) "bytes that are not available any more"
}

no-room()
{
	local killed demoted

	commit_chain a=node0 b=node1 c=node2
	reserve_tier b 999
	reserve_tier c 999
	set_kernel_demotion 1
	load_router
	in_cgroup=$(make_cgroup some)
	start_program main hmt_regions name=anon,mib=16,place=0
	killed=$(oom_kills)
	demoted=$(kernel_demotions)
	reclaim_from_cgroup 8
	reclaim_from_cgroup 8
	expect_eq "$(kernel_demotions)" "$demoted" "pages demoted by the kernel"
	expect_eq "$(pages_on 0 main place anon)" $((16 * MIB)) \
		"pages of anon on node 0"
	expect_eq "$(oom_kills)" "$killed" "processes killed by the OOM killer"
	finish_program main
}

# fill_with_others MIB - idle memory of a program, for all of node 0 but MIB
#
# Reclaim must not begin: kswapd gives up a node from which nothing can go, and would
# not notice that pages can be demoted later.
fill_with_others()
{
	local mib

	mib=$(($(cat "$class/node0/available") / 1048576 - $1))
	start_program others hmt_regions "name=anon,mib=$mib,place=0"
}

# start_main RATE - hot pages on node 1, promoted at RATE, for ten passes
start_main()
{
	start_program main hmt_regions name=anon,mib=64,place=1,hot
	create_workload main "pids=$(pid_of main)" scan_interval_ms=200 samples=2 \
		promote_mib_per_s="$1" demote_mib_per_s=max
	go_live main
	wait_passes main 10
}

others()
{
	commit_chain a=node0 b=node1
	reserve_tier a 0
	fill_with_others 24
	start_main max
	expect_gt $((32 * MIB)) "$(pages_on 0 main place anon)" \
		"pages on node 0 while reclaim demotes nothing"
	set_kernel_demotion 1
	load_router
	wait_until "$limit" pages_on_least 0 $((56 * MIB)) main place anon
	note "$(edge_counter 0 1 kernel_demoted) pages of others were demoted"
	wait_until "$limit" edge_counter_above 0 1 kernel_demoted $((32 * MIB))
	finish_program main
	finish_program others
}

# run_job NAME MIB - that allocates pages where the kernel chooses, for some passes
run_job()
{
	start_program "$1" hmt_regions "name=anon,mib=$2"
	wait_passes main 4
	note "$(($(pages_on 0 "$1" place anon) / MIB)) of $2 MiB of $1 are on node 0"
}

# Nothing moves before the first job has ended. Its end leaves enough room for half of
# the hot pages.
births()
{
	commit_chain a=node0 b=node1
	reserve_tier a 0
	fill_with_others 48
	start_main 0
	run_job first 80
	finish_program first
	wait_passes main 2
	configure_workload main promote_mib_per_s=max
	wait_passes main 5
	expect_lt "$(pages_on 0 main place anon)" $((16 * MIB)) \
		"pages of main on node 0 before the next job"
	run_job second 24
	expect_gt "$(pages_on 0 second place anon)" $((16 * MIB)) \
		"pages of the next job on node 0"
	finish_program second
	wait_until "$limit" pages_on_least 0 $((24 * MIB)) main place anon
	finish_program main
	finish_program others
}

# reclaim_repeatedly - while "main" lives
reclaim_repeatedly()
{
	while kill -0 "$(pid_of main)" 2>/dev/null; do
		reclaim_from_cgroup 8
	done
}

reloads()
{
	local i killed demoted

	killed=$(oom_kills)
	commit_chain a=node0 b=node2 c=node1
	set_kernel_demotion 1
	in_cgroup=$(make_cgroup some)
	start_program main hmt_churn 600 "$(scaled_mib 16)"
	reclaim_repeatedly &
	demoted=$(kernel_demotions)
	for ((i = 0; i < 4 / scale; i++)); do
		modprobe hmt_router
		commit_graph
		reserve_tier b $((i % 2 ? 999 : 0))
		modprobe -r hmt_router
	done
	expect_gt "$(kernel_demotions)" "$demoted" "pages demoted by the kernel"
	expect_eq "$(oom_kills)" "$killed" "processes killed by the OOM killer"
	stop_program main
}
