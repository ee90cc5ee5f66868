# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Tiers under load. Latencies are those of the parameter latency_ns where a test
# sets it, which only kernels with KUnit have.

tests=(
	"spreads   hot pages leave a tier that is slower than the next one, until it no longer is, cold ones stay, and hot ones return"
	"switch    with spread_load 0 no page moves for the load of a tier; other values are refused"
	"measured  loaded_latency is that of the last measurement, for which a workload is live"
	"unknown   without the bandwidth of a memory nothing is measured"
)

# set_latencies NS,... - set the latencies of the first nodes until the end of the test
set_latencies()
{
	echo "$1" >/sys/module/hmt/parameters/latency_ns
}

# start_loaded ATTRIBUTE=VALUE... - manage a program with hot and cold pages on node 0
start_loaded()
{
	load_hmt
	at_end set_latencies 0,0,0,0
	start_program main hmt_regions name=hot,mib=16,place=0,hot \
		name=cold,mib=16,place=0
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=100 samples=2 "$@"
}

spreads()
{
	start_loaded
	set_latencies 400,250,600
	go_live main
	wait_until "$limit" pages_on_least 1 $((2 * MIB)) main place hot
	set_latencies 255,250,600
	wait_passes main 4
	expect_lt "$(stat_of main load_permille)" 1000 "share of the heat for dram"
	expect_eq "$(pages_on 0 main place cold)" $((16 * MIB)) "cold pages on node 0"
	note "$(pages_on 0 main place hot) hot pages are left"
	set_latencies 110,250,600
	wait_until "$limit" pages_on_least 0 $((16 * MIB)) main place hot
	wait_until "$limit" stat_is main load_permille 1000
	expect_eq "$(pages_on 0 main place cold)" $((16 * MIB)) "cold pages on node 0"
	finish_program main
}

switch()
{
	local value

	start_loaded spread_load=0
	set_latencies 400,250,600
	go_live main
	wait_passes main 10
	expect_eq "$(stat_of main demoted)" 0 "pages that were demoted"
	expect_eq "$(stat_of main load_permille)" 1000 "share of the heat for dram"
	for value in 2 -1 x; do
		expect_errno "EINVAL|ERANGE" write "$config/workloads/main/spread_load" "$value"
	done
	configure_workload main spread_load=1
	wait_until "$limit" pages_on_least 1 $((2 * MIB)) main place hot
	configure_workload main spread_load=0
	wait_until "$limit" pages_on_least 0 $((16 * MIB)) main place hot
	expect_eq "$(stat_of main load_permille)" 1000 "share of the heat for dram"
	finish_program main
}

# latency_above NODE NS - check that the measured latency is more than NS
latency_above()
{
	read -r result <"/sys/class/hmt/node$1/loaded_latency" && [ "$result" -gt "$2" ]
}

measured()
{
	local node

	load_hmt
	start_program main hmt_regions name=hot,mib=4,place=0,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=1
	go_live main
	# The kernel forgets the performance of node 2 where other tests have removed it.
	for node in 0 1; do
		wait_until "$limit" latency_above "$node" 0
	done
	note "$(grep -H . /sys/class/hmt/node*/loaded_latency | tr '\n' ' ')"
	expect_eq "$(stat_of main load_permille)" 1000 "share of the heat for dram"
	finish_program main
}

unknown()
{
	load_hmt
	start_program main hmt_regions name=hot,mib=4,place=0,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=1
	go_live main
	wait_passes main 3
	expect_eq "$(</sys/class/hmt/node0/loaded_latency)" 0 "latency of node 0"
	expect_eq "$(</sys/class/hmt/node1/loaded_latency)" 0 "latency of node 1"
	finish_program main
}
