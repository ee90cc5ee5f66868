# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Eight nodes: two sockets, HBM, expanders, far memory.

tests=(
	"all-memories  all eight nodes are memories, with latencies in the order of the machine"
	"wide-graph    a graph with several memories in a tier and several targets is published as staged"
	"setup         hmtctl proposes different targets for each socket, and publishes them"
	"eight-tiers   a chain of eight tiers demotes cold pages and promotes hot ones"
)

all-memories()
{
	load_hmt
	expect_eq "$(cd "$class" && echo *)" \
		"node0 node1 node2 node3 node4 node5 node6 node7" "memories"
	expect_lt "$(cat "$class/node2/read_latency")" "$(cat "$class/node0/read_latency")" \
		"read_latency of node2"
	expect_gt "$(cat "$class/node7/read_latency")" "$(cat "$class/node6/read_latency")" \
		"read_latency of node7"
	expect_attribute node6 initiators 0-1
	expect_attribute node3 initiators 1
}

wide-graph()
{
	load_hmt
	stage_tier hbm node2 node3
	stage_tier dram 0 1
	stage_tier cxl node4 5
	stage_tier near node6
	stage_tier far node7
	stage_edge hbm dram 0
	stage_edge dram cxl 0
	stage_edge dram near 1
	stage_edge cxl far 3
	stage_edge near far 15
	commit_graph
	expect_attribute node3 tier hbm
	expect_attribute node2 demotes_to "node0 node1"
	expect_attribute node1 demotes_to "node4 node5 node6"
	expect_attribute node6 demotes_to node7
	expect_eq "$(cat "$class/node7/demotes_to")" "" "demotes_to of node7"
	expect_path "$class/node2/edges/node7"
	expect_path "$class/node7/edges/node3"
	expect_no_path "$class/node4/edges/node6"
	expect_no_path "$class/node0/edges/node1"
}

setup()
{
	hmtctl load dax
	hmtctl setup --yes >"$work/said"
	expect_committed
	expect_gt "$(graph_generation)" 0 "generation"
	expect_attribute node2 demotes_to "node0 node1"
	expect_attribute node3 demotes_to "node1 node0"
	expect_attribute node0 demotes_to "node4 node5"
	expect_attribute node1 demotes_to "node5 node4"
	expect_attribute node4 demotes_to node6
	expect_attribute node6 demotes_to node7
	note "$(grep -c -- '->' "$work/said") edges, each with a reason"
}

eight-tiers()
{
	local limits

	commit_chain a=node2 b=node0 c=node3 d=node1 e=node4 f=node5 g=node6 h=node7
	start_program main hmt_regions "name=cold,mib=$(scaled_mib 96),place=2" \
		"name=hot,mib=$(scaled_mib 8),hot,place=7"
	limits=$(printf "%s=$(scaled_mib 12)M " a b c d e f g)
	create_workload main "pids=$(pid_of main)" scan_interval_ms=100 "limits=$limits"
	go_live main
	wait_until $((limit * 2)) pages_on_least 2 $(($(scaled_pages 8) * 95 / 100)) main place hot
	wait_until $((limit * 2)) edge_counter_above 6 7 moved 0
	expect_steady main 5
	finish_program main
}
