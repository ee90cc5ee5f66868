# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Placement: hot pages are promoted and cold pages are demoted along a chain of
# three tiers when they do not all fit into DRAM.

tests=(
	"memories    three memories show the kinds, sizes and latencies of the machine"
	"placement   95 % of the hot pages are promoted to node 0, cold ones are demoted over both edges, then nothing moves"
	"moving-hot-set  pages that become hot are promoted in place of pages that are no longer hot"
)

memories()
{
	load_hmt
	expect_eq "$(cd "$class" && echo *)" "node0 node1 node2" "memories"
	expect_attribute node0 kind dram
	expect_attribute node2 uid 2
	expect_attribute node1 numa_node 1
	expect_attribute node1 performance_source firmware
	expect_gt "$(memory_attribute node1 read_latency)" \
		"$(memory_attribute node0 read_latency)" "read_latency of node1"
	expect_attribute node2 size $((1 << 30))
	expect_attribute node2 tier none
	commit_chain
	expect_attribute node0 tier dram
	expect_attribute node0 demotes_to node1
	expect_attribute node2 demotes_to ""
}

# The cold set comes first, so that first touch puts the hot one into the wrong
# tier.
start_sets()
{
	shrink_nodes 0 464 1 330
	start_program main hmt_regions "name=cold,mib=$(scaled_mib 240)" \
		"name=hot,mib=$(scaled_mib 40),hot"
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=150 samples=5
	# Smaller sets need smaller tiers.
	[ "$scale" -eq 1 ] || configure_workload main "limits=dram=64M cxl=32M"
}

placement()
{
	local hot

	hot=$(scaled_pages 40)
	start_sets
	go_live main
	wait_until $((limit * 2)) pages_on_least 0 $((hot * 95 / 100)) main place hot
	wait_until "$limit" edge_counter_above 0 1 moved 0
	wait_until "$limit" edge_counter_above 1 2 moved 0
	expect_steady main 6
	expect_true pages_on_least 0 $((hot * 95 / 100)) main place hot
	finish_program main
}

moving-hot-set()
{
	start_program main hmt_regions "name=first,mib=$(scaled_mib 32),hot,place=0" \
		"name=second,mib=$(scaled_mib 32),place=2"
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=100 \
		"limits=dram=$(scaled_mib 40)M"
	go_live main
	tell_program main cold first
	tell_program main hot second
	wait_until $((limit * 2)) pages_on_least 0 $(($(scaled_pages 32) * 95 / 100)) \
		main place second
	expect_true pages_on_most 0 $(($(scaled_pages 32) / 2)) main place first
	expect_steady main 5
	finish_program main
}
