# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Memories that become nodes otherwise than the NVDIMM does. For the emulator
# each access to memory behind CXL is one to a device, and code cannot run there:
# few pages go there, and no stack.

tests=(
	"soft-reserved  memory that firmware set aside becomes a movable node, and a tier"
	"cxl            a region behind CXL becomes a node and a tier; pages go there and come back"
)

# device ORIGIN - name of the one dax device from there
device()
{
	hmtctl memory list | jq -re --arg origin "$1" \
		'map(select(.origin == $origin)) | .[0].device'
}

# is_known NODE ORIGIN KIND DEVICE
is_known()
{
	shows "node$1" origin "$2" && shows "node$1" kind "$3" &&
		shows "node$1" dax_device "$4" && shows "node$1" movable 1
}

# goes_and_comes NODE TIER=MEMORY... - a region to the last tier, and back
goes_and_comes()
{
	local to=${*: -1} range

	chain "${@:2}"
	start main hmt_regions name=some,mib=1,place=0
	range=$(ask main range some)
	hmtctl move --to "${to%=*}" "$(pid_of main)" "$range"
	[ "$(on "$1" main place some)" -eq 256 ]
	hmtctl move --to dram "$(pid_of main)" "$range"
	[ "$(on 0 main place some)" -eq 256 ]
	finish main
}

soft-reserved()
{
	local device

	# A kernel that brings it online by itself does not make it movable.
	echo offline >/sys/devices/system/memory/auto_online_blocks
	modprobe -a dax_hmem device_dax kmem
	hmtctl load dax
	device=$(device soft-reserved)
	hmtctl memory online "$device"
	wait_until "$limit" is_known 1 soft-reserved dram "$device"
	goes_and_comes 1 dram=node0 set-aside=node1
	hmtctl memory offline node1
	[ ! -d "$class/node1" ]
}

cxl()
{
	local region space device code=0

	modprobe -a cxl_acpi cxl_pci cxl_mem cxl_pmem cxl_port nd_pmem \
		dax_pmem device_dax kmem
	region=$(command cxl create-region -t pmem -m -d decoder0.0 -w 1 \
		-g 4096 mem0 | jq -r .region)
	space=namespace${region#region}.0
	hmtctl load dax
	# The seed of the region is no memory yet.
	hmtctl memory online --force "$space" 2>"$work/said" || code=$?
	[ "$code" -eq 1 ]
	grep -q "has no size yet; 'ndctl create-namespace .* -r $region'" "$work/said"
	ndctl create-namespace -m devdax -M mem -r "$region"
	device=$(device cxl)
	hmtctl memory online "$device"
	wait_until "$limit" is_known 3 cxl cxl "$device"
	shows node3 dax_region "$space"
	goes_and_comes 3 dram=node0 cxl=node3
	hmtctl setup | grep -q node3
	hmtctl memory offline node3
	[ ! -d "$class/node3" ]
	ndctl destroy-namespace -f "$space"
	command cxl disable-region "$region"
	command cxl destroy-region -f "$region"
}
