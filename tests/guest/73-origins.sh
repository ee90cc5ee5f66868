# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Memories that do not become nodes as the NVDIMM does. The emulator handles each
# access to memory behind CXL as one to a device, and cannot run code there. So
# only few pages move there, and no stack.

tests=(
	"soft-reserved  memory that firmware sets aside becomes a movable node, and a tier"
	"cxl-region     a region behind CXL becomes a node and a tier; pages move there and back"
)

# dax_device_of ORIGIN - name of the only dax device with that origin
dax_device_of()
{
	hmtctl memory list | jq -re --arg origin "$1" \
		'.devices | map(select(.origin == $origin)) | .[0].device'
}

# is_known NODE ORIGIN KIND DEVICE
is_known()
{
	attribute_is "node$1" origin "$2" && attribute_is "node$1" kind "$3" &&
		attribute_is "node$1" dax_device "$4" && attribute_is "node$1" movable 1
}

# move_there_and_back NODE TIER=MEMORY... - a region to the last tier, and back
move_there_and_back()
{
	local to=${*: -1} range

	commit_chain "${@:2}"
	start_program main hmt_regions name=some,mib=1,place=0
	range=$(ask_program main range some)
	hmtctl move --to "${to%=*}" "$(pid_of main)" "$range"
	expect_eq "$(pages_on "$1" main place some)" $((1 * MIB)) \
		"pages of some on node 1"
	hmtctl move --to dram "$(pid_of main)" "$range"
	expect_eq "$(pages_on 0 main place some)" $((1 * MIB)) "pages of some on node 0"
	finish_program main
}

soft-reserved()
{
	local device

	# Memory that the kernel brings online by itself is not movable.
	echo offline >/sys/devices/system/memory/auto_online_blocks
	modprobe -a dax_hmem device_dax kmem
	hmtctl load dax
	device=$(dax_device_of soft-reserved)
	hmtctl memory online "$device"
	wait_until "$limit" is_known 1 soft-reserved dram "$device"
	move_there_and_back 1 dram=node0 set-aside=node1
	hmtctl memory offline node1
	expect_no_path "$class/node1"
}

cxl-region()
{
	local region space device code=0

	modprobe -a cxl_acpi cxl_pci cxl_mem cxl_pmem cxl_port nd_pmem \
		dax_pmem device_dax kmem
	region=$(cxl create-region -t pmem -m -d decoder0.0 -w 1 \
		-g 4096 mem0 | jq -r .region)
	space=namespace${region#region}.0
	hmtctl load dax
	# The seed of the region is not memory yet.
	hmtctl memory online --lose-data "$space" 2>"$work/said" || code=$?
	expect_eq "$code" 1 "exit status of hmtctl"
	expect_line "has no size yet; run 'ndctl create-namespace .* -r $region'" "$work/said"
	ndctl create-namespace -m devdax -M mem -r "$region"
	device=$(dax_device_of cxl)
	hmtctl memory online "$device"
	wait_until "$limit" is_known 3 cxl cxl "$device"
	expect_attribute node3 dax_region "$space"
	move_there_and_back 3 dram=node0 cxl=node3
	hmtctl setup | grep -q node3
	hmtctl memory offline node3
	expect_no_path "$class/node3"
	ndctl destroy-namespace -f "$space"
	cxl disable-region "$region"
	cxl destroy-region -f "$region"
}
