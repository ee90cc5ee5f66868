# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# CPUs of a socket that go offline and online: the knowledge of memories for CPUs
# follows. Node 0 has CPU 0, node 1 has CPU 1.

tests=(
	"initiators  when the CPUs of a socket go offline and online, the nearest CPUs and the latency of memories follow, and so do setup and best"
	"storm       CPUs that go offline and online while HMT loads and unloads leave it right"
)

cpu=/sys/devices/system/cpu/cpu1/online

set_cpu()
{
	echo "$1" >"$cpu"
}

# nearest_are NODES - the initiators of nodes 0 to 3
nearest_are()
{
	result=$(cat "$class"/node[0-3]/initiators | xargs)
	[ "$result" = "$1" ]
}

# check_proposal TEXT - a line of the proposal of setup
check_proposal()
{
	hmtctl setup --dry-run >"$work/setup"
	expect_line "$1" "$work/setup"
}

initiators()
{
	local before

	load_hmt
	modprobe hmt_dax
	at_end set_cpu 1
	expect_true nearest_are "0 1 0 1"
	expect_attribute node1 read_latency 100
	expect_attribute node3 read_latency 170
	check_proposal '^dram-1: node1 (dram, 100 ns, CPUs)$'
	expect_eq "$(hmtctl best --cpus 1)" node1 "best memory of CPU 1"

	set_cpu 0
	wait_until "$limit" nearest_are "0 0 0 0"
	wait_until "$limit" attribute_is node1 read_latency 210
	expect_attribute node3 read_latency 280
	expect_attribute node2 read_latency 170
	# It is still memory next to CPUs.
	expect_attribute node1 origin cpus
	expect_attribute node1 kind dram
	check_proposal '^far2: node1 (dram, 210 ns)$'
	expect_eq "$(hmtctl best --cpus 0)" node0 "best memory of CPU 0"

	set_cpu 1
	wait_until "$limit" nearest_are "0 1 0 1"
	wait_until "$limit" attribute_is node1 read_latency 100
	expect_attribute node3 read_latency 170
	check_proposal '^dram-1: node1 (dram, 100 ns, CPUs)$'
}

# toggle_cpu FILE - until it is removed
toggle_cpu()
{
	while [ -e "$1" ]; do
		set_cpu 0
		set_cpu 1
	done
}

storm()
{
	local i toggler

	load_hmt
	at_end set_cpu 1
	: >"$work/toggling"
	toggle_cpu "$work/toggling" &
	toggler=$!
	for i in 1 2 3 4; do
		modprobe -r -a hmt_dax hmt
		modprobe hmt_dax
	done
	rm "$work/toggling"
	wait "$toggler"
	wait_until "$limit" nearest_are "0 1 0 1"
	wait_until "$limit" attribute_is node1 read_latency 100
	set_cpu 0
	modprobe -r -a hmt_dax hmt
	modprobe hmt_dax
	expect_true nearest_are "0 0 0 0"
	set_cpu 1
	wait_until "$limit" nearest_are "0 1 0 1"
}
