# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Commands for topology files whose tables QEMU cannot make: initiators without
# CPUs, and an HMAT that lacks memories. A topology uses these commands instead of
# node, nvdimm, distance and performance, and ends with "firmware SIZE". Numbers
# of nodes are proximity domains; Linux numbers nodes in the order of the SRAT.
#
#	srat_cpus NODE NUMBER...     CPUs
#	srat_memory NODE START MIB   memory in MiB, from the first one
#	srat_initiator NODE BUS SLOT PCI device that accesses memory
#	slit ROW...                  all distances, a row in quotes for each node
#	hmat_attached NODE NODE      memory, and the initiator next to it
#	hmat latency|bandwidth INITIATORS TARGETS VALUE...
#	                             ns, or MB/s, or GB/s as in 100G; a row for each
#	                             initiator; lists in quotes
#	firmware SIZE                memory of the machine

machine_srat=
machine_slit=
machine_hmat=

# le BYTES NUMBER - print a number in hexadecimal, lowest byte first
le()
{
	local i

	for ((i = 0; i < $1; i++)); do
		printf %02x $(($2 >> 8 * i & 255))
	done
}

# les BYTES NUMBER...
les()
{
	local number

	for number in "${@:2}"; do
		le "$1" "$number"
	done
}

# Processor affinity: domain, APIC number, enabled. With arm64 that of a GICC:
# domain, number, enabled.
srat_cpus()
{
	local cpu

	for cpu in "${@:2}"; do
		case ${architecture:?} in
		amd64) machine_srat+=0010$(le 1 "$1")$(le 1 "$cpu")$(le 4 1)$(le 8 0) ;;
		arm64) machine_srat+=0312$(les 4 "$1" "$cpu" 1 0) ;;
		esac
	done
}

# Memory affinity: domain, first byte, length, enabled.
srat_memory()
{
	machine_srat+=0128$(le 4 "$1")$(le 2 0)
	machine_srat+=$(le 8 $((($2 + ${machine_base:?}) << 20)))$(le 8 $(($3 << 20)))
	machine_srat+=$(le 4 0)$(le 4 1)$(le 8 0)
}

# Generic initiator affinity with a PCI handle.
srat_initiator()
{
	machine_srat+=05200001$(le 4 "$1")$(le 2 0)$(le 2 $(($2 << 8 | $3 << 3)))
	machine_srat+=$(le 12 0)$(le 4 1)$(le 4 0)
}

slit()
{
	local row

	machine_slit=$(le 8 $#)
	for row; do
		# shellcheck disable=SC2086 # a row is a list
		machine_slit+=$(les 1 $row)
	done
}

# Memory proximity domain attributes: the initiator is valid.
hmat_attached()
{
	machine_hmat+=$(le 4 0)$(le 4 40)$(le 4 1)$(le 4 "$2")$(le 4 "$1")$(le 20 0)
}

# System locality: the unit of latency is ps, that of bandwidth MB/s.
hmat()
{
	local kind=0 unit=1000 initiators targets values=("${@:4}") body

	[ "$1" = latency ] || kind=3
	# A value has 16 bits.
	[ "$1" = latency ] || [[ $4 == *G ]] || unit=1
	read -r -a initiators <<<"$2"
	read -r -a targets <<<"$3"
	body=$(le 4 ${#initiators[@]})$(le 4 ${#targets[@]})$(le 4 0)$(le 8 "$unit")
	body+=$(les 4 "${initiators[@]}" "${targets[@]}")$(les 2 "${values[@]%G}")
	machine_hmat+=$(le 4 1)$(le 4 $((12 + ${#body} / 2)))00$(le 1 "$kind")0000$body
}

# hex TEXT
hex()
{
	printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}

# acpi_table NAME REVISION HEX - print the table with a header
acpi_table()
{
	local table sum=0 i

	table=$(hex "$1")$(le 4 $((36 + ${#3} / 2)))$(le 1 "$2")00
	table+=$(hex 'HMT   HMT     ')$(le 4 1)$(hex 'HMT ')$(le 4 1)$3
	for ((i = 0; i < ${#table}; i += 2)); do
		sum=$((sum + 16#${table:i:2}))
	done
	echo "${table:0:18}$(le 1 $((-sum)))${table:20}"
}

# QEMU or vm/run adds the headers. QEMU would make a node and a SRAT of its own
# for slots.
firmware()
{
	# Read by vm/run.
	# shellcheck disable=SC2034
	machine_acpi=(
		"SRAT 3 $(le 4 1)$(le 8 0)$machine_srat"
		"SLIT 1 $machine_slit"
	)
	# Read by vm/run.
	# shellcheck disable=SC2034
	[ -z "$machine_hmat" ] ||
		machine_acpi+=("HMAT 2 $(le 4 0)$machine_hmat")
	machine_ram=$(mib "$1")
	machine_memory() { echo "${machine_ram}M"; }
}
