# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What hmt_dax says of nodes, and a dax device that goes and comes back.

tests=(
	"identity      nodes with CPUs, of firmware and of a namespace are told apart"
	"unmovable     a block that is not online movable shows as unmovable share"
	"dax-goes      a dax device goes and comes back while tiers name its node"
	"kernel-tier   a node that comes online while the router is there is below those above it for the kernel, too"
	"dax-unloads   without hmt_dax nobody knows"
)

load_dax()
{
	load
	modprobe hmt_dax
}

identity()
{
	load_dax
	shows node0 origin cpus
	shows node0 kind dram
	shows node0 dax_device ""
	shows node1 origin firmware
	shows node1 dax_region ""
	shows node2 origin nvdimm
	shows node2 kind pmem
	shows node2 dax_device dax0.0
	shows node2 dax_region namespace0.0
	errno EACCES write "$class/node2/origin" cpus
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
	shows node2 movable 1
	shows node2 unmovable_permille 0
	shows node1 movable 0
	shows node1 unmovable_permille 1000
	block=$(blocks)
	count=$(wc -w <<<"$block")
	block=${block%% *}
	at_end wait_until "$limit" set_block "$block" online_movable
	set_block "$block" online_kernel
	shows node2 movable 0
	[ "$(attribute node2 unmovable_permille)" -ge $((1000 / count)) ]
	[ "$(attribute node2 unmovable_permille)" -le $((1000 / count + 1)) ]
}

is_gone()
{
	[ ! -d "$class/node2" ]
}

is_back()
{
	[ -d "$class/node2" ] && shows node2 dax_device dax0.0 && shows node2 tier pmem &&
		shows node2 read_latency 400 &&
		[ -d "$class/node1/edges/node2" ] && [ -d "$class/node2/edges/node0" ]
}

# Its pages find room elsewhere, or the device would not go.
dax-goes()
{
	local i

	chain
	modprobe hmt_dax
	start main hmt_regions name=low,mib=8,place=2
	at_end vm-pmem
	for i in 1 2; do
		daxctl reconfigure-device -f -m devdax dax0.0
		wait_until "$limit" is_gone
		errno ENODEV write "$config/commit" 1
		[[ "$(status)" == *"'pmem'"*node2* ]]
		shows node1 tier cxl
		vm-pmem
		wait_until "$limit" is_back
		commit
	done
	finish main
}

# kernel_tier NODE - number of the kernel's tier that it is in
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

	chain
	upper=$(kernel_tier 1)
	steer
	at_end vm-pmem
	daxctl reconfigure-device -f -m devdax dax0.0
	wait_until "$limit" is_gone
	vm-pmem
	note "kernel tiers: $(kernel_tier 0) $upper $(kernel_tier 2)"
	[ "$(kernel_tier 1)" -eq "$upper" ]
	[ "$(kernel_tier 2)" -gt "$upper" ]
	! grep -qw register_mt_adistance_algorithm /proc/kallsyms ||
		[ "$(kernel_tier 2)" -eq $((upper + 1)) ]
}

dax-unloads()
{
	load_dax
	rmmod hmt_dax
	shows node2 origin unknown
	shows node2 kind dram
	shows node2 dax_device ""
	shows node0 origin unknown
}
