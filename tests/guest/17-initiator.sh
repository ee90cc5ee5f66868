# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# A machine whose firmware describes an initiator without CPUs, and not all
# memories.

tests=(
	"classes  a memory has the performance that CPUs get; that of a nearer accelerator is apart"
	"alike    memories with and without numbers are compared by kind and distance, in setup and best"
)

classes()
{
	local class0=/sys/devices/system/node/node1/access0/initiators

	load_hmt
	# The kernel's class 0 is for the accelerator.
	expect_eq "$(cat "$class0/read_latency")" 50 "latency of class 0"
	expect_attribute node1 performance_source firmware
	expect_attribute node1 read_latency 400
	expect_attribute node1 write_latency 400
	expect_attribute node1 read_bandwidth 10000
	expect_attribute node1 initiators 0
	# The bandwidth for the accelerator does not make it HBM.
	expect_attribute node1 kind dram
	expect_attribute node1 device_read_latency 50
	expect_attribute node1 device_write_latency 50
	expect_attribute node1 device_read_bandwidth 64000
	expect_attribute node1 device_write_bandwidth 64000
	# CPUs are the nearest initiators.
	expect_attribute node0 read_latency 100
	expect_attribute node0 device_read_latency 0
	expect_attribute node0 device_read_bandwidth 0
	expect_errno EACCES write "$class/node1/device_read_latency" 1
}

# best_is NAME VALUE OPTION... - a value of "hmtctl best --json"
best_is()
{
	expect_eq "$(hmtctl best --cpus 0 --json "${@:3}" | jq -r ".$1")" "$2" \
		"$1 of hmtctl best ${*:3}"
}

alike()
{
	local more

	load_dax
	expect_attribute node2 performance_source firmware
	expect_attribute node2 read_latency 380
	expect_attribute node3 performance_source distance
	expect_attribute node3 read_latency 240
	hmtctl setup --dry-run >"$work/setup"
	expect_line '^Tiers by kind and distance' "$work/setup"
	expect_line '^dram: node0 ' "$work/setup"
	expect_line '^far: node2 .* node3 ' "$work/setup"
	expect_line '^far2: node1 ' "$work/setup"
	best_is memory node0
	best_is reason distance
	best_is reason distance --bandwidth
	best_is latency_ns 100
	# Of two memories that are as near, the one with more room.
	more=$((($(memory_attribute node0 available) >> 20) + 8))M
	best_is memory node2 --size "$more"
}

load_dax()
{
	load_hmt
	modprobe hmt_dax
}
