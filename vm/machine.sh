# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The words that a topology file is written in. Each adds to the arguments of
# QEMU. Sourced by vm/run, which first sets $smp, the number of CPUs, and
# $overhead, the MiB that this kernel takes from node 0 beyond what others take.
#
#	node ID SIZE [CPUS]          memory that is there from boot; CPUS as "0-1";
#	                             without any, next to the last node that has some
#	reserve SIZE                 at the end of node 0, for a simulated device: the
#	                             kernel leaves it alone; before any node
#	nvdimm ID SIZE               a node to be, SIZE when devdax and kmem made it one
#	distance FROM TO VALUE       SLIT, both directions
#	performance FROM TO NS BYTES HMAT latency and bandwidth (100G: GB/s)
#	sockets N                    CPUs of several nodes cannot share a socket
#	tables NAME...               of SRAT SLIT HMAT NFIT those the guest must have,
#	                             before any node

# Read by vm/run.
# shellcheck disable=SC2034
machine_tables=()
machine_args=()
machine_ram=0
machine_options=q35
machine_smp=${smp:?}
machine_reserve=
machine_reserved=
: "${overhead:?}"
machine_initiator=

# mib SIZE - in MiB, from "512M" or "1G"
mib()
{
	case $1 in
	*G) echo $((${1%G} * 1024)) ;;
	*M) echo "${1%M}" ;;
	*) vm_die 2 "bad size '$1' in the topology" ;;
	esac
}

# initiator - what a node says of the CPUs next to it, which only HMAT knows
initiator()
{
	case $machine_options in
	*,hmat=on*) echo ",initiator=$machine_initiator" ;;
	esac
}

reserve()
{
	machine_reserve=$1
}

node()
{
	local id=$1 size cpus=${3-} numa

	size=$(mib "$2")
	if [ "$id" -eq 0 ]; then
		# Node 0 begins at address 0.
		size=$((size + overhead))
		[ -z "$machine_reserve" ] ||
			machine_reserved=$machine_reserve\$$(printf 0x%x $((size << 20)))
		size=$((size + $(mib "${machine_reserve:-0M}")))
	fi

	numa=node,nodeid=$id,memdev=ram$id
	if [ -n "$cpus" ]; then
		machine_initiator=$id
		numa+=,cpus=$cpus
	fi
	machine_ram=$((machine_ram + size))
	machine_args+=(
		-object "memory-backend-ram,id=ram$id,size=${size}M"
		-numa "$numa$(initiator)"
	)
}

# The label is cut from the end of the backend; what remains must be a multiple
# of 16M or ndctl refuses it. A devdax namespace loses 2M to its info block and
# kmem rounds down to blocks of 128M, so one more block is given.
nvdimm()
{
	local id=$1 size

	size=$((($(mib "$2") + 128) * 1024 + 128))
	machine_options+=,nvdimm=on
	machine_args+=(
		-numa "node,nodeid=$id$(initiator)"
		-object "memory-backend-ram,id=pmem$id,size=${size}K"
		-device "nvdimm,id=nvdimm$id,memdev=pmem$id,node=$id,label-size=128K"
	)
}

distance()
{
	machine_args+=(-numa "dist,src=$1,dst=$2,val=$3")
}

performance()
{
	local pair=hmat-lb,initiator=$1,target=$2,hierarchy=memory

	machine_args+=(
		-numa "$pair,data-type=access-latency,latency=$3"
		-numa "$pair,data-type=access-bandwidth,bandwidth=$4"
	)
}

sockets()
{
	machine_smp+=,sockets=$1
}

tables()
{
	machine_tables=("$@")
	case " $* " in
	*' HMAT '*) machine_options+=,hmat=on ;;
	esac
}

# machine_memory - what -m says
machine_memory()
{
	echo "${machine_ram}M,slots=8,maxmem=32G"
}
