# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Eight nodes: two sockets, HBM, expanders, far memory.

tests=(
	"all-memories  all eight are listed, in the order of their latencies"
	"wide-graph    a graph with several memories a tier and several targets is published as staged"
	"setup         hmtctl proposes targets of its own for each socket, and they are published"
	"eight-tiers   a chain of eight tiers moves pages down and up"
)

all-memories()
{
	load
	[ "$(cd "$class" && echo *)" = "node0 node1 node2 node3 node4 node5 node6 node7" ]
	[ "$(cat "$class/node2/read_latency")" -lt "$(cat "$class/node0/read_latency")" ]
	[ "$(cat "$class/node7/read_latency")" -gt "$(cat "$class/node6/read_latency")" ]
	[ "$(cat "$class/node6/initiators")" = 0-1 ]
	[ "$(cat "$class/node3/initiators")" = 1 ]
}

wide-graph()
{
	load
	tier hbm node2 node3
	tier dram 0 1
	tier cxl node4 5
	tier near node6
	tier far node7
	edge hbm dram 0
	edge dram cxl 0
	edge dram near 1
	edge cxl far 3
	edge near far 15
	commit
	[ "$(cat "$class/node3/tier")" = hbm ]
	[ "$(cat "$class/node2/demotes_to")" = "node0 node1" ]
	[ "$(cat "$class/node1/demotes_to")" = "node4 node5 node6" ]
	[ "$(cat "$class/node6/demotes_to")" = node7 ]
	[ -z "$(cat "$class/node7/demotes_to")" ]
	[ -d "$class/node2/edges/node7" ]
	[ -d "$class/node7/edges/node3" ]
	[ ! -d "$class/node4/edges/node6" ]
	[ ! -d "$class/node0/edges/node1" ]
}

setup()
{
	hmtctl load dax
	hmtctl setup --yes >"$work/said"
	[ "$(status)" = "generation $(generation)" ]
	[ "$(generation)" -gt 0 ]
	[ "$(cat "$class/node2/demotes_to")" = "node0 node1" ]
	[ "$(cat "$class/node3/demotes_to")" = "node1 node0" ]
	[ "$(cat "$class/node0/demotes_to")" = "node4 node5" ]
	[ "$(cat "$class/node1/demotes_to")" = "node5 node4" ]
	[ "$(cat "$class/node4/demotes_to")" = node6 ]
	[ "$(cat "$class/node6/demotes_to")" = node7 ]
	note "$(grep -c -- '->' "$work/said") edges, each with a reason"
}

eight-tiers()
{
	local limits

	chain a=node2 b=node0 c=node3 d=node1 e=node4 f=node5 g=node6 h=node7
	start main hmt_regions "name=cold,mib=$(size 96),place=2" \
		"name=hot,mib=$(size 8),hot,place=7"
	limits=$(printf "%s=$(size 12)M " a b c d e f g)
	workload main "pids=$(pid_of main)" scan_interval_ms=100 "limits=$limits"
	go_live main
	wait_until $((limit * 2)) on_least 2 $(($(pages 8) * 95 / 100)) main place hot
	wait_until $((limit * 2)) counter_above 6 7 moved 0
	steady main 5
	finish main
}
