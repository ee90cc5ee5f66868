# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# hmt_dax: the origin of nodes, and dax devices that are removed and added.

tests=(
	"identity      nodes with CPUs, of firmware and of a namespace are told apart"
	"unmovable     a block that is not online movable counts as unmovable share"
	"dax-goes      a dax device is removed and added while a tier names its node"
	"kernel-tier   a node that comes online with the router loaded is in a kernel tier below those of its upper tiers"
	"devices-leave  of two devices that are one node, only those that are online are named"
	"tool-loads    hmtctl load loads hmt_dax by itself where there is a dax device"
	"dax-unloads   without hmt_dax the origin of nodes is unknown"
)

load_dax()
{
	load_hmt
	modprobe hmt_dax
}

identity()
{
	load_dax
	expect_attribute node0 origin cpus
	expect_attribute node0 kind dram
	expect_attribute node0 dax_device ""
	expect_attribute node1 origin firmware
	expect_attribute node1 dax_region ""
	expect_attribute node2 origin nvdimm
	expect_attribute node2 kind pmem
	expect_attribute node2 dax_device dax0.0
	expect_attribute node2 dax_region namespace0.0
	expect_errno EACCES write "$class/node2/origin" cpus
	! hmtctl memory offline node1 2>"$work/refusal" || fail "offline without a device"
	expect_line "'node1': is no dax device; lsmem" "$work/refusal"
	! hmtctl memory offline node9 2>"$work/refusal" || fail "offline without a node"
	expect_line "'node9': no such dax device" "$work/refusal"
}

blocks()
{
	echo /sys/devices/system/node/node2/memory[0-9]*
}

# set_block BLOCK STATE
set_block()
{
	[ "$(cat "$1/state")" = offline ] || echo offline >"$1/state"
	echo "$2" >"$1/state"
}

unmovable()
{
	local block count

	load_dax
	expect_attribute node2 movable 1
	expect_attribute node2 unmovable_permille 0
	expect_attribute node1 movable 0
	expect_attribute node1 unmovable_permille 1000
	block=$(blocks)
	count=$(wc -w <<<"$block")
	block=${block%% *}
	at_end wait_until "$limit" set_block "$block" online_movable
	set_block "$block" online_kernel
	expect_attribute node2 movable 0
	expect_between "$(memory_attribute node2 unmovable_permille)" \
		$((1000 / count)) $((1000 / count + 1)) "unmovable_permille of node2"
}

is_gone()
{
	[ ! -d "$class/node2" ]
}

is_back()
{
	[ -d "$class/node2" ] && attribute_is node2 dax_device dax0.0 &&
		attribute_is node2 tier pmem && attribute_is node2 read_latency 400 &&
		[ -d "$class/node1/edges/node2" ] && [ -d "$class/node2/edges/node0" ]
}

# The kernel moves the pages elsewhere before the device is removed.
dax-goes()
{
	local i

	commit_chain
	modprobe hmt_dax
	start_program main hmt_regions name=low,mib=8,place=2
	at_end vm-pmem
	for i in 1 2; do
		daxctl reconfigure-device -f -m devdax dax0.0
		wait_until "$limit" is_gone
		expect_errno ENODEV write "$config/commit" 1
		expect_match "$(commit_status)" "*'pmem'*node2*" "status"
		expect_attribute node1 tier cxl
		vm-pmem
		wait_until "$limit" is_back
		commit_graph
	done
	finish_program main
}

# kernel_tier NODE - number of its memory tier of the kernel
kernel_tier()
{
	local file range

	for file in /sys/devices/virtual/memory_tiering/memory_tier*/nodelist; do
		for range in $(tr , ' ' <"$file"); do
			if [ "$1" -ge "${range%-*}" ] && [ "$1" -le "${range#*-}" ]; then
				file=${file%/*}
				echo "${file##*memory_tier}"
			fi
		done
	done
}

kernel-tier()
{
	local upper

	commit_chain
	upper=$(kernel_tier 1)
	load_router
	at_end vm-pmem
	daxctl reconfigure-device -f -m devdax dax0.0
	wait_until "$limit" is_gone
	vm-pmem
	note "kernel tiers: $(kernel_tier 0) $upper $(kernel_tier 2)"
	expect_eq "$(kernel_tier 1)" "$upper" "kernel tier of node 1"
	expect_gt "$(kernel_tier 2)" "$upper" "kernel tier of node 1"
	! grep -qw register_mt_adistance_algorithm /proc/kallsyms ||
		expect_eq "$(kernel_tier 2)" $((upper + 1)) "kernel tier of node 2"
}

# Make two namespaces of the region whose one device is node 2.
split_region()
{
	local i

	daxctl reconfigure-device -f -m devdax dax0.0
	ndctl disable-region region0
	ndctl init-labels -f all
	ndctl enable-region region0
	for i in 1 2; do
		ndctl create-namespace -r region0 -m devdax -M mem -s 400M
	done
}

# Make it one namespace again, of all of the region, which is online. Numbers of
# namespaces begin with 0 when the region is enabled.
join_region()
{
	local device

	for device in $(daxctl list | jq -r '.[].chardev'); do
		hmtctl memory offline "$device" || true
	done
	ndctl destroy-namespace -f all
	ndctl disable-region region0
	ndctl enable-region region0
	ndctl create-namespace -r region0 -m devdax -M mem
	vm-pmem
}

devices-leave()
{
	local devices first second

	load_dax
	at_end join_region
	split_region
	devices=$(daxctl list | jq -r '.[].chardev' | sort | paste -sd' ')
	first=${devices% *}
	second=${devices#* }
	hmtctl memory online "$first" "$second"
	wait_until "$limit" attribute_is node2 dax_device "$devices"
	expect_attribute node2 kind pmem
	expect_attribute node2 origin nvdimm
	hmtctl memory offline "$second"
	wait_until "$limit" attribute_is node2 dax_device "$first"
	expect_attribute node2 parts "pmem=$(memory_attribute node2 size)"
	hmtctl memory online "$second"
	wait_until "$limit" attribute_is node2 dax_device "$devices"
	hmtctl memory offline "$first" "$second"
	wait_until "$limit" is_gone
}

dax-unloads()
{
	load_dax
	rmmod hmt_dax
	expect_attribute node2 origin unknown
	expect_attribute node2 kind dram
	expect_attribute node2 dax_device ""
	expect_attribute node0 origin unknown
}

tool-loads()
{
	hmtctl load
	expect_path /sys/module/hmt_dax
	expect_attribute node2 kind pmem
	hmtctl unload
}
