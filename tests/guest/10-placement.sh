# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The main job: more memory than DRAM, hot pages up, cold pages down the chain.

tests=(
	"memories    three memories have the kinds, sizes and latencies of the machine"
	"placement   95 % of the hot pages rise to node 0, cold ones go down both edges, then nothing moves"
	"moving-hot-set  what gets hot rises, what was hot makes room"
)

memories()
{
	load
	[ "$(cd "$class" && echo *)" = "node0 node1 node2" ]
	shows node0 kind dram
	shows node2 uid 2
	shows node1 numa_node 1
	shows node1 performance_source firmware
	[ "$(attribute node1 read_latency)" -gt "$(attribute node0 read_latency)" ]
	[ "$(attribute node2 size)" -eq $((1 << 30)) ]
	shows node2 tier none
	chain
	shows node0 tier dram
	shows node0 demotes_to node1
	shows node2 demotes_to ""
}

# The cold set first, so that first touch puts the hot one in the wrong place.
start_sets()
{
	take_away 0 464 1 330
	start main hmt_regions "name=cold,mib=$(size 240)" \
		"name=hot,mib=$(size 40),hot"
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=150 samples=5
	# A smaller machine for smaller sets.
	[ "$scale" -eq 1 ] || configure main "limits=dram=64M cxl=32M"
}

placement()
{
	local hot

	hot=$(pages 40)
	start_sets
	go_live main
	wait_until $((limit * 2)) on_least 0 $((hot * 95 / 100)) main place hot
	wait_until "$limit" counter_above 0 1 moved 0
	wait_until "$limit" counter_above 1 2 moved 0
	steady main 6
	on_least 0 $((hot * 95 / 100)) main place hot
	finish main
}

moving-hot-set()
{
	start main hmt_regions "name=first,mib=$(size 32),hot,place=0" \
		"name=second,mib=$(size 32),place=2"
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=100 \
		"limits=dram=$(size 40)M"
	go_live main
	tell main cold first
	tell main hot second
	wait_until $((limit * 2)) on_least 0 $(($(pages 32) * 95 / 100)) \
		main place second
	on_most 0 $(($(pages 32) / 2)) main place first
	steady main 5
	finish main
}
