# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Commands for topology files. Each adds arguments for QEMU. vm/run sources this
# file and sets before: $smp, the number of CPUs, $overhead, the additional memory
# in MiB that this kernel needs in node 0, $architecture, and with arm64 $ROOT, the
# folder of the machine.
#
#	node ID SIZE [CPUS]          memory that is online at boot; CPUS as "0-1";
#	                             without CPUS, the node is next to the last node
#	                             that has CPUs
#	bare ID CPUS                 node with CPUs and without memory
#	reserve SIZE                 memory for a simulated device, which the kernel
#	                             does not use, at the end of node 0, or with arm64
#	                             in a PCI device; before any node
#	soft ID SIZE                 specific-purpose memory, which hmem turns into a
#	                             dax device and the guest into node ID
#	nvdimm ID SIZE               NVDIMM, which the guest turns into node ID of SIZE
#	                             with devdax and kmem
#	cxl SIZE                     persistent type-3 device with a window, a multiple
#	                             of 256M; accesses are slow, so keep data small
#	expander PORT SIZE           the same with volatile memory; PORT is the node of
#	                             performance to its host bridge
#	distance FROM TO VALUE       SLIT, both directions
#	performance FROM TO NS BYTES HMAT latency and bandwidth (100G: GB/s)
#	folder TAG DIR               read-only directory of the host, which the guest
#	                             can mount
#	xen SIZE                     Xen below the kernel, which is its first domain, has
#	                             SIZE of memory and sees one node
#	tagged                       memory has tags, arm64 only; not with nvdimm
#	tree                         the kernel gets a tree of devices instead of ACPI,
#	                             and no PCI; arm64 only
#	sockets N                    number of sockets; CPUs of different nodes must
#	                             not share a socket
#	tables NAME...               tables that the guest must have, of SRAT SLIT HMAT
#	                             NFIT CEDT; before any node

# Read by vm/run.
# shellcheck disable=SC2034
machine_tables=()
machine_args=()
# "NAME REVISION HEX" of tables in place of QEMU's, see tables.sh.
machine_acpi=()
# Added after all other devices, which QEMU would otherwise plug into the last
# bridge.
machine_bridges=()
machine_ram=0
machine_words=
machine_firmware=()
machine_serial=virtio-serial-pci
# Address at which memory begins, MiB. Read by tables.sh.
machine_base=0

# take_program ROOT NAME - run QEMU of another release of Debian
take_program()
{
	machine_program=(
		"$1/usr/lib64/ld-linux-x86-64.so.2"
		--library-path "$1/usr/lib/x86_64-linux-gnu"
		"$1/usr/bin/$2" -L "$1/usr/share/qemu" -L "$1/usr/share/seabios"
	)
}

case ${architecture:?} in
amd64)
	machine_program=(qemu-system-x86_64)
	machine_options=q35
	# Without ERMS and FSRM, because QEMU emulates "rep movsb" and "rep stosb"
	# byte by byte.
	machine_cpu=max,la57=off,-erms,-fsrm
	machine_console=ttyS0
	;;
arm64)
	# That of Debian 12 has no HMAT.
	take_program "${ROOT:?}" qemu-system-aarch64
	machine_firmware=(-bios "$ROOT/usr/share/qemu-efi-aarch64/QEMU_EFI.fd")
	# Emulated pointer authentication is slow, and so is a fifth level of page
	# tables.
	machine_options=virt,gic-version=3
	machine_cpu=max,pauth-impdef=on,lpa2=off,sve=off
	machine_console=ttyAMA0
	machine_base=1024
	;;
esac
# Command line of Xen, empty without Xen.
machine_xen=
machine_smp=${smp:?}
machine_reserve=
# Start address of the reserved memory; "pci": the guest finds it.
machine_reserved=
: "${overhead:?}"
machine_initiator=

# mib SIZE - convert "512M" or "1G" to MiB
mib()
{
	case $1 in
	*G) echo $((${1%G} * 1024)) ;;
	*M) echo "${1%M}" ;;
	*) vm_die 2 "bad size '$1' in the topology" ;;
	esac
}

# initiator - print the initiator of a node, which QEMU accepts with HMAT only
initiator()
{
	case $machine_options in
	*,hmat=on*) echo ",initiator=$machine_initiator" ;;
	esac
}

# only_amd64 TEXT - refuse a topology that another architecture cannot have
only_amd64()
{
	[ "$architecture" = amd64 ] || vm_die 2 "the topology needs $1, which $architecture lacks"
}

# arm64 has no parameter that reserves memory. There it is that of a PCI device, as
# the memory of an accelerator is.
reserve()
{
	if [ "$architecture" = arm64 ]; then
		machine_args+=(
			-object "memory-backend-ram,id=reserved,size=$1"
			-device "ivshmem-plain,memdev=reserved"
		)
		machine_reserved=pci
		return
	fi
	machine_reserve=$1
}

# add_reserved SIZE - put the reserved memory after SIZE MiB, add it to $size
add_reserved()
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
		add_reserved $size
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

bare()
{
	machine_args+=(-numa "node,nodeid=$1,cpus=$2")
}

folder()
{
	[ -d "$2" ] || vm_die 2 "the topology needs the directory '$2', which does not exist"
	machine_args+=(-virtfs
		"local,path=${2//,/,,},mount_tag=$1,security_model=none,multidevs=remap,readonly=on")
}

# Turn usable memory (e820 type 1) into specific-purpose memory (0xefffffff).
soft()
{
	local size

	only_amd64 "the kernel parameter memmap="
	size=$(mib "$2")
	machine_words+=" memmap=${size}M%$(printf 0x%x $((machine_ram << 20)))-1+0xefffffff"
	node "$1" "$2"
}

# QEMU takes the label from the end of the backend; the rest must be a multiple
# of 16M for ndctl. The info block of a devdax namespace takes 2M and kmem
# rounds down to blocks of 128M, so one block is added.
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

# add_cxl SIZE OPTION... - a window, and a type-3 device with these options
#
# Linux does not commit a region if it detects a hypervisor. With native error
# handling of the ports it needs interrupts that this QEMU lacks.
add_cxl()
{
	local size options

	only_amd64 "CXL in this QEMU"
	size=$(mib "$1")
	printf -v options ',%s' "${@:2}"
	machine_options+=,cxl=on,cxl-fmw.0.targets.0=cxl.1,cxl-fmw.0.size=${size}M
	machine_cpu+=,hypervisor=off
	machine_words+=" pcie_ports=compat"
	machine_args+=(-object "memory-backend-ram,id=cxlmem,size=${size}M")
	machine_bridges+=(
		-device "pxb-cxl,bus_nr=12,bus=pcie.0,id=cxl.1"
		-device "cxl-rp,port=0,bus=cxl.1,id=rp0,chassis=0,slot=2"
		-device "cxl-type3,bus=rp0,id=cxl0$options"
	)
}

cxl()
{
	machine_args+=(-object "memory-backend-ram,id=cxllsa,size=1M")
	add_cxl "$1" memdev=cxlmem lsa=cxllsa
}

# QEMU 7.2 of Debian 12 has persistent CXL memory only. The device has a serial
# number, without which Linux 7.x refuses regions.
expander()
{
	local root

	only_amd64 "CXL in this QEMU"
	root=$("${here:?}/qemu") || exit "${status_broken:?}"
	[ -z "$root" ] || take_program "$root" qemu-system-x86_64
	machine_args+=(-numa "node,nodeid=$1$(initiator)")
	add_cxl "$2" volatile-memdev=cxlmem sn=0x77
	machine_bridges+=(-object "acpi-generic-port,id=port$1,pci-bus=cxl.1,node=$1")
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

# Xen logs to the serial port and passes the console of its first domain on to
# it. Mitigations cost an emulated CPU time. QEMU 7.2 refuses accesses of Xen to
# the stack of its first domain with SMAP.
xen()
{
	only_amd64 "Xen in vm/xen"
	machine_xen="dom0_mem=$1,max:$1 com1=115200,8n1 console=com1 guest_loglvl=all"
	machine_xen+=" spec-ctrl=no xpti=no pv-l1tf=no"
	machine_cpu+=,-smap
	machine_console=hvc0
}

# tagged - give memory tags
tagged()
{
	[ "$architecture" = arm64 ] ||
		vm_die 2 "the topology needs memory with tags, which $architecture lacks"
	machine_options+=,mte=on
}

# Without firmware, QEMU starts the kernel itself. Its ports are on the bus of virtio,
# which needs no PCI.
tree()
{
	[ "$architecture" = arm64 ] ||
		vm_die 2 "the topology needs a tree of devices, which $architecture lacks"
	machine_firmware=()
	machine_serial=virtio-serial-device
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

# machine_memory - print the argument of -m
machine_memory()
{
	echo "${machine_ram}M,slots=8,maxmem=32G"
}
