# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Commands for topology files whose tables QEMU cannot make: initiators without
# CPUs, and an HMAT that lacks memories. A topology uses these commands instead of
# node, nvdimm, distance and performance, and ends with "firmware SIZE". Numbers
# of nodes are proximity domains; Linux numbers nodes in the order of the SRAT.
#
#	srat_cpus NODE APIC...       CPUs
#	srat_memory NODE START MIB   memory in MiB
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

# Processor affinity: domain, APIC number, enabled.
srat_cpus()
{
	local apic

	for apic in "${@:2}"; do
		machine_srat+=0010$(le 1 "$1")$(le 1 "$apic")$(le 4 1)$(le 8 0)
	done
}

# Memory affinity: domain, first byte, length, enabled.
srat_memory()
{
	machine_srat+=0128$(le 4 "$1")$(le 2 0)
	machine_srat+=$(le 8 $(($2 << 20)))$(le 8 $(($3 << 20)))
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

# QEMU adds the headers. It would make a node and a SRAT of its own for slots.
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
