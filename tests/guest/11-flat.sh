# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Firmware says nothing of the memories but that they are there.

tests=(
	"distance  performance comes from distances"
	"chain-of-equals  a chain of tiers works as it does with HMAT"
)

distance()
{
	local memory

	load
	for memory in node0 node1 node2; do
		[ "$(cat "$class/$memory/performance_source")" = distance ]
		[ "$(cat "$class/$memory/kind")" = dram ]
	done
	[ "$(cat "$class/node0/read_latency")" -eq 100 ]
	[ "$(cat "$class/node1/read_latency")" -eq 200 ]
	[ "$(cat "$class/node1/read_bandwidth")" -eq 0 ]
}

chain-of-equals()
{
	local hot

	hot=$(pages 32)
	start main hmt_regions "name=cold,mib=$(size 128),place=0" \
		"name=hot,mib=$(size 32),hot,place=1"
	chain a=node0 b=node1 c=node2
	workload main "pids=$(pid_of main)" scan_interval_ms=100 \
		"limits=a=$(size 64)M b=$(size 48)M"
	go_live main
	wait_until "$limit" on_least 0 $((hot * 95 / 100)) main place hot
	wait_until "$limit" counter_above 0 1 moved 0
	wait_until "$limit" counter_above 1 2 moved 0
	steady main 5
	finish main
}
