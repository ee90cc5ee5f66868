# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Volatile memory behind CXL, which is an ordinary node as soon as it has a region.
# The emulator handles each access to it as one to a device, so only few pages are
# there.

tests=(
	"node        a region becomes a node of kind cxl, with the latency of its path, and hmtctl names it"
	"placement   hot pages rise from it to DRAM, and cold ones sink to it"
)

bus=/sys/bus/cxl

# has_region DECODER - whether the kernel has found the memory below the window
has_region()
{
	[ -e "$bus/devices/$1/create_ram_region" ] && [ -e "$bus/devices/decoder2.0" ]
}

# make_region - as "cxl create-region -t ram" does, for which version 76 is too old
make_region()
{
	local region size

	wait_until "$limit" has_region decoder0.0
	size=$(cat "$bus/devices/mem0/ram/size")
	region=$(cat "$bus/devices/decoder0.0/create_ram_region")
	echo "$region" >"$bus/devices/decoder0.0/create_ram_region"
	at_end eval "echo $region >$bus/devices/decoder0.0/delete_region"
	(
		cd "$bus/devices" || exit
		echo 256 >"$region/interleave_granularity"
		echo 1 >"$region/interleave_ways"
		echo ram >decoder2.0/mode
		echo "$size" >decoder2.0/dpa_size
		echo "$size" >"$region/size"
		echo decoder2.0 >"$region/target0"
		echo 1 >"$region/commit"
	)
	echo "$region" >"$bus/drivers/cxl_region/bind"
}

# online_expander - sets $device
#
# Memory that the kernel brings online by itself is not movable.
online_expander()
{
	echo offline >/sys/devices/system/memory/auto_online_blocks
	modprobe -a cxl_acpi cxl_pci cxl_mem cxl_port dax_cxl device_dax kmem
	make_region
	hmtctl load dax
	device=$(hmtctl memory list |
		jq -re '.devices | map(select(.origin == "cxl")) | .[0].device')
	hmtctl memory online "$device"
	at_end hmtctl memory offline node2
}

# is_expander - whether the node is known, with its kind
is_expander()
{
	attribute_is node2 origin cxl && attribute_is node2 kind cxl
}

# region_value NAME - of the path from CPUs to the region
region_value()
{
	cat "$bus"/devices/region*/access1/"$1"
}

node()
{
	local device

	online_expander
	wait_until "$limit" is_expander
	expect_attribute node2 dax_device "$device"
	expect_attribute node2 movable 1
	# Linux 7.3 has latencies of the region only, not of the node, whose window is
	# not in the SRAT.
	wait_until "$limit" attribute_is node2 performance_source firmware
	# 200 ns to the host bridge, and the device.
	expect_gt "$(memory_attribute node2 read_latency)" 200 "read_latency of node2"
	expect_attribute node2 read_latency "$(region_value read_latency)"
	expect_attribute node2 write_bandwidth "$(region_value write_bandwidth)"
	hmtctl list --memories --table >"$work/table"
	expect_line "^node2 .* cxl " "$work/table"
	hmtctl setup >"$work/setup"
	note "$(cat "$work/table" "$work/setup")"
}

placement()
{
	local device

	online_expander
	wait_until "$limit" is_expander
	commit_chain dram=node0 cxl=node2
	start_program main hmt_regions name=cold,mib=2,place=0 name=hot,mib=1,place=2,hot
	expect_eq "$(pages_on 2 main place hot)" $((1 * MIB)) "pages of hot on node 2"
	create_workload main "pids=$(pid_of main)" scan_interval_ms=150 limits=dram=3M
	go_live main
	wait_until $((limit * 2)) pages_on_least 0 $((1 * MIB * 95 / 100)) main place hot
	wait_until $((limit * 2)) pages_on_least 2 $((1 * MIB)) main place cold
	expect_steady main 4
	expect_true pages_on_least 0 $((1 * MIB * 95 / 100)) main place hot
	finish_program main
}
