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
#	soft ID SIZE                 a node to be, of memory that firmware set aside for
#	                             a purpose: hmem makes it a dax device
#	nvdimm ID SIZE               a node to be, SIZE when devdax and kmem made it one
#	cxl SIZE                     a persistent type-3 device with a window, a multiple
#	                             of 256M; each access is slow, so keep data small
#	distance FROM TO VALUE       SLIT, both directions
#	performance FROM TO NS BYTES HMAT latency and bandwidth (100G: GB/s)
#	folder TAG DIR               a folder of the host, to read, which the guest mounts
#	sockets N                    CPUs of several nodes cannot share a socket
#	tables NAME...               of SRAT SLIT HMAT NFIT CEDT those the guest must have,
#	                             before any node

# Read by vm/run.
# shellcheck disable=SC2034
machine_tables=()
machine_args=()
# After all other devices: QEMU would plug them into the bridge of the last bus.
machine_bridges=()
machine_ram=0
machine_options=q35
# Without ERMS, as QEMU carries out "rep movsb" and "rep stosb" byte by byte.
machine_cpu=max,la57=off,-erms
machine_words=
machine_smp=${smp:?}
machine_reserve=
# where that begins
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

# set_aside SIZE - what "reserve" asked for comes after so many MiB; sets $size
set_aside()
{
	[ -n "$machine_reserve" ] || return 0
	machine_reserved=$(printf 0x%x $(($1 << 20)))
	machine_words+=" memmap=$machine_reserve\$$machine_reserved"
	size=$(($1 + $(mib "$machine_reserve")))
}

node()
{
	local id=$1 size cpus=${3-} numa

	size=$(mib "$2")
	if [ "$id" -eq 0 ]; then
		# Node 0 begins at address 0.
		size=$((size + overhead))
		set_aside $size
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

folder()
{
	[ -d "$2" ] || vm_die 2 "there is no folder '$2', which the topology needs"
	machine_args+=(-virtfs
		"local,path=${2//,/,,},mount_tag=$1,security_model=none,multidevs=remap,readonly=on")
}

# Turns usable memory (e820 type 1) into what firmware calls "specific purpose".
soft()
{
	local size

	size=$(mib "$2")
	machine_words+=" memmap=${size}M%$(printf 0x%x $((machine_ram << 20)))-1+0xefffffff"
	node "$1" "$2"
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

# Linux commits no region where it sees a hypervisor, and asks for interrupts
# that this QEMU lacks if it is given the native errors of the ports.
cxl()
{
	local size

	size=$(mib "$1")
	machine_options+=,cxl=on,cxl-fmw.0.targets.0=cxl.1,cxl-fmw.0.size=${size}M
	machine_cpu+=,hypervisor=off
	machine_words+=" pcie_ports=compat"
	machine_args+=(
		-object "memory-backend-ram,id=cxlmem,size=${size}M"
		-object "memory-backend-ram,id=cxllsa,size=1M"
	)
	machine_bridges+=(
		-device "pxb-cxl,bus_nr=12,bus=pcie.0,id=cxl.1"
		-device "cxl-rp,port=0,bus=cxl.1,id=rp0,chassis=0,slot=2"
		-device "cxl-type3,bus=rp0,memdev=cxlmem,lsa=cxllsa,id=cxl0"
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
