# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Memories of which firmware reports only that they exist.

tests=(
	"distance  performance is derived from distances"
	"chain-of-equals  a chain of tiers works as it does with HMAT"
)

distance()
{
	local memory

	load_hmt
	for memory in node0 node1 node2; do
		expect_attribute $memory performance_source distance
		expect_attribute $memory kind dram
	done
	expect_attribute node0 read_latency 100
	expect_attribute node1 read_latency 200
	expect_attribute node1 read_bandwidth 0
}

chain-of-equals()
{
	local hot

	hot=$(scaled_pages 32)
	start_program main hmt_regions "name=cold,mib=$(scaled_mib 128),place=0" \
		"name=hot,mib=$(scaled_mib 32),hot,place=1"
	commit_chain a=node0 b=node1 c=node2
	create_workload main "pids=$(pid_of main)" scan_interval_ms=100 \
		"limits=a=$(scaled_mib 64)M b=$(scaled_mib 48)M"
	go_live main
	wait_until "$limit" pages_on_least 0 $((hot * 95 / 100)) main place hot
	wait_until "$limit" edge_counter_above 0 1 moved 0
	wait_until "$limit" edge_counter_above 1 2 moved 0
	expect_steady main 5
	finish_program main
}
