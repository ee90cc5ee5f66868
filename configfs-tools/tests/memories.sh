# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl save" and "restore" on machines whose memories have other names.
. "$(dirname "$0")/lib.sh"

file=$scratch/saved

# origin NAME ORIGIN [DEVICE REGION]: as hmt_dax reports it
origin()
{
	put "$class/$1" origin "$2" dax_device "${3-}" dax_region "${4-}"
}

# near NAME NODES: the nodes whose CPUs are nearest
near()
{
	put "$class/$1" initiators "$2"
}

# cxl REGION DECODER MEMORY SERIAL: the device of a region of CXL memory
cxl()
{
	local bus=$HMT_ROOT/sys/bus/cxl/devices

	put "$bus/$1" target0 "$2"
	mkdir -p "$HMT_ROOT/endpoints/$1/$2"
	put "$HMT_ROOT/endpoints/$1/uport" serial "$4"
	ln -sfn "$HMT_ROOT/endpoints/$1/$2" "$bus/$2"
}

# nvdimm NAMESPACE REGION NMEM ID: the NVDIMM of a namespace
nvdimm()
{
	local bus=$HMT_ROOT/sys/bus/nd/devices

	put "$HMT_ROOT/ndbus0/$2" mapping0 "$3,0,1073741824,0"
	mkdir -p "$HMT_ROOT/ndbus0/$2/$1" "$bus"
	ln -sfn "$HMT_ROOT/ndbus0/$2/$1" "$bus/$1"
	put "$bus/$3/nfit" id "$4"
}

# node N KIND SIZE NEAR ORIGIN [DEVICE REGION]: a memory of today
node()
{
	memory "node$1" "$1" "$2" "$3" "$3" none '' 100 1000 firmware "$1"
	near "node$1" "$4"
	origin "node$1" "${@:5}"
}

# anew: the machine starts again, without memories and tiers
anew()
{
	bare_root
	rm -r "$class"
	mkdir -p "$class"
}

# with_tiers NAME=MEMORY...: tiers of a machine, and the file that is saved there
with_tiers()
{
	local pair

	for pair; do
		tier "${pair%%=*}" "${pair#*=}"
	done
	gives 0 'save' save --tiers "$file"
}

# refused CODE TEXT: and nothing is changed
refused()
{
	state >"$scratch/before"
	gives "$1" "$2" restore "$file"
	state >"$scratch/after"
	check "$2: nothing is changed" diff "$scratch/before" "$scratch/after"
	gives "$1" "$2, as a dry run" restore --dry-run "$file"
}

# accepted TEXT [OPTION...]
accepted()
{
	hmt restore "$file" "${@:2}"
	check "$1: restored" test "$code" -eq 0
}

silent()
{
	check "silently" test ! -s "$scratch/err"
}

GIB=$((1 << 30))

# Saved properties of a memory.
anew
node 0 dram $((8 * GIB)) 0 cpus
node 1 cxl $((4 * GIB)) 0 cxl dax0.0 region0
node 2 pmem $((2 * GIB)) 0 nvdimm dax1.0 namespace0.0
cxl region0 decoder5.0 mem0 0xc0ffee
nvdimm namespace0.0 region1 nmem0 8680-56341200
memory sim0 2147483649 device-coherent "$GIB" "$GIB" none '' 120 64000 driver -1
with_tiers dram=node0 cxl=node1 'slow=node2 2147483649'
cp "$file" "$scratch/out"
json 'each memory of a tier' '.memories | keys == ["node0", "node1", "node2", "sim0"]'
json 'DRAM' '.memories.node0 == { kind: "dram", origin: "cpus",
	size: "8589934592", initiators: "0" }'
json 'CXL with the serial number of the device' '.memories.node1 == { kind: "cxl",
	origin: "cxl", dax_device: "dax0.0", dax_region: "region0",
	serial: "0xc0ffee", size: "4294967296", initiators: "0" }'
json 'an NVDIMM with its ID' '.memories.node2.serial == "8680-56341200"'
json 'a name instead of a UID' '.tiers.slow.memories == "node2 sim0"'
accepted 'as it was'
silent
echo -1 >"$class/sim0/uid"
accepted 'a device whose UID is another'
silent
holds tiers/slow/memories 'node2 sim0'
node 0 dram $((8 * GIB - (1 << 28))) 0 cpus
accepted 'a kernel that reserves other amounts'
silent
node 0 dram $((4 * GIB)) 0 cpus
accepted 'a memory that is smaller'
says "the size of 'node0' has changed: was [dram, 8 GiB, with CPUs], is now [dram, 4 GiB, with CPUs]"

# Nodes are renumbered: serial numbers prove which is which.
anew
node 0 dram $((8 * GIB)) 0 cpus
node 1 pmem $((2 * GIB)) 0 nvdimm dax0.0 namespace1.0
node 3 cxl $((4 * GIB)) 0 cxl dax1.0 region7
cxl region7 decoder9.1 mem4 0xc0ffee
nvdimm namespace1.0 region0 nmem0 8680-56341200
memory sim0 2147483649 device-coherent "$GIB" "$GIB" none '' 120 64000 driver -1
accepted 'renumbered, with serial numbers'
says "'node1' (tier 'cxl') is 'node3' now [cxl, 4 GiB, region7, 0xc0ffee]"
says "'node2' (tier 'slow') is 'node1' now [pmem, 2 GiB, namespace1.0, 8680-56341200]"
holds tiers/cxl/memories node3
holds tiers/slow/memories 'node1 sim0'
gives 0 'save' save --tiers "$scratch/again"
jq . "$scratch/again" >"$scratch/out"
json 'the file has the names of today' '.memories | keys == ["node0", "node1", "node3", "sim0"]'
# A device of another serial number is another one, whatever its name.
put "$HMT_ROOT/endpoints/region7/uport" serial 0xbad
refused 7 'another device'
says "this machine lacks memory 'node1' (tier 'cxl') [cxl, 4 GiB, region0, 0xc0ffee; node1 is now: pmem, 2 GiB"
# A device that reports none has 0.
put "$HMT_ROOT/endpoints/region7/uport" serial 0x0
refused 7 'a device without a serial number'
# One device with two regions of one size.
anew
node 0 dram $((8 * GIB)) 0 cpus
node 1 cxl "$GIB" 0 cxl dax0.0 region0
node 2 cxl "$GIB" 0 cxl dax1.0 region1
cxl region0 decoder5.0 mem0 0xc0ffee
cxl region1 decoder5.1 mem0 0xc0ffee
with_tiers dram=node0 one=node1 two=node2
accepted 'two regions of one device'
silent
mv "$class/node1" "$class/node3"
put "$class/node3" uid 3 numa_node 3 dax_region region5 dax_device dax5.0
cxl region5 decoder5.0 mem0 0xc0ffee
refused 1 'one of them renumbered'
says "'node1' (tier 'one') was [cxl, 1 GiB, region0, 0xc0ffee], is now [missing; like it now: node2 node3]"

# Sub-NUMA clustering is switched on: DRAM becomes two nodes, and what was node 1
# is node 2. There are no serial numbers.
snc()
{
	anew
	node 0 dram $((640 << 20)) 0 cpus
	node 1 dram $((384 << 20)) 1 cpus
	node 2 dram $((512 << 20)) 0-1 firmware
}
anew
node 0 dram "$GIB" 0 cpus
node 1 dram $((512 << 20)) 0 firmware
with_tiers dram=node0 far=node1
snc
refused 1 'a number that DRAM has now'
says "'node1' (tier 'far') was [dram, 512 MiB], is now [dram, 384 MiB, with CPUs; like it now: node2]"
says 'name them with --map OLD=NEW'
accepted 'the administrator names it' --map node1=node2
says "'node1' (tier 'far') is 'node2' now [dram, 512 MiB]"
holds tiers/far/memories node2
snc
accepted 'or insists' --map node1=node1
holds tiers/far/memories node1
for bad in node1 nosuch=node1 node1= ; do
	hmt restore "$file" --map "$bad"
	check "--map $bad" test "$code" -ge 2
	check "--map $bad: one line" one_error_line
done
gives 2 'a memory twice' restore "$file" --map node1=node2 --map node0=node2
says 'a memory is mapped twice'
gives 3 'a memory that is not there' restore "$file" --map node1=node9
says "no such memory: 'node9'"
gives 1 'the name of another one' restore "$file" --map node1=node0
says "'node0' (tier 'dram') was"
# Without hmt_dax neither origin nor kind are known, but which nodes have CPUs is.
snc
rm "$class"/node?/origin
refused 1 'without hmt_dax'

# Two memories whose numbers are exchanged.
anew
node 0 dram "$GIB" 0 cpus
node 1 dram $((2 * GIB)) 0 firmware
node 2 dram $((4 * GIB)) 0 firmware
with_tiers dram=node0 one=node1 two=node2
node 1 dram $((4 * GIB)) 0 firmware
node 2 dram $((2 * GIB)) 0 firmware
refused 1 'exchanged numbers'
says "'node1' (tier 'one') was [dram, 2 GiB], is now [dram, 4 GiB; like it now: node2]"
says "'node2' (tier 'two') was [dram, 4 GiB], is now [dram, 2 GiB; like it now: node1]"
accepted 'and back' --map 'node1=node2 node2=node1'
holds tiers/one/memories node2
holds tiers/two/memories node1
# Two equal ones: the number decides, unless their CPUs do.
anew
node 0 dram "$GIB" 0 cpus
node 1 dram "$GIB" 1 cpus
node 2 dram "$GIB" 0 firmware
node 3 dram "$GIB" 1 firmware
with_tiers dram='node0 node1' one=node2 two=node3
accepted 'equal memories'
silent
near node2 0-1
near node3 0-1
accepted 'equal memories, with other CPUs'
silent
near node2 1
near node3 0
refused 1 'equal memories, at exchanged CPUs'
says "'node2' (tier 'one') was [dram, 1 GiB], is now [dram, 1 GiB; like it now: node3]"
# One of them is missing: the other one does not take its place.
near node2 0
near node3 1
rm -r "$class/node2"
refused 7 'a missing memory'
says "lacks memory 'node2' (tier 'one') [dram, 1 GiB]"

# A device that comes late: what is there keeps its place.
anew
node 0 dram "$GIB" 0 cpus
node 1 pmem "$GIB" 0 nvdimm dax0.0 namespace0.0
node 2 pmem "$GIB" 0 nvdimm dax1.0 namespace1.0
with_tiers dram=node0 one=node1 two=node2
rm -r "$class/node1"
refused 7 'a late device'
says "lacks memory 'node1' (tier 'one') [pmem, 1 GiB, namespace0.0]"
origin node2 nvdimm dax1.0 namespace5.0
refused 1 'and another namespace'
node 1 pmem "$GIB" 0 nvdimm dax0.0 namespace0.0
origin node2 nvdimm dax5.0 namespace1.0
accepted 'another number of the device'
silent

# Files of versions without descriptions load, and by what they take for what.
jq 'del(.memories)' "$file" >"$scratch/old" && mv "$scratch/old" "$file"
accepted 'an older file'
says "memories are not described, and are taken by number: 'node0' [dram, 1 GiB, with CPUs], 'node1' [pmem, 1 GiB, namespace0.0], 'node2' [pmem"
check 'in one line' one_error_line
rm -r "$class/node1"
refused 7 'an older file, and a missing memory'
says "lacks memory 'node1' (tier 'one')"
jq '.memories.node0 = { "size": "much" }' "$file" >"$scratch/bad"
gives 2 'a size that is none' restore "$scratch/bad"
says 'memories node0 size: not a number of bytes'
jq '.memories.node0 = { "colour": "red" }' "$file" >"$scratch/bad"
gives 7 'a property of a later version' restore "$scratch/bad"
for bad in '[]' '{ "node0": 1 }' '{ "node0": { "size": 1 } }' \
	'{ "node0": { "kind": {} } }' '{ "../x": {} }'; do
	jq ".memories = $bad" "$file" >"$scratch/bad"
	gives 2 "memories that are $bad" restore "$scratch/bad"
done

# Changes of a machine between "save" and "restore". Nothing is guessed.

# A DIMM was added: socket 0 has more memory, and the numbers moved on by one.
anew
node 0 dram $((8 * GIB)) 0 cpus
node 1 dram $((4 * GIB)) 0 firmware
with_tiers dram=node0 far=node1
anew
node 0 dram $((16 * GIB)) 0 cpus
node 1 dram $((8 * GIB)) 1 cpus
node 2 dram $((4 * GIB)) 0 firmware
refused 1 'after a DIMM was added'
says "'node1' (tier 'far') was [dram, 4 GiB], is now [dram, 8 GiB, with CPUs; like it now: node2]"
says "'node0' (tier 'dram') was [dram, 8 GiB, with CPUs], is now [dram, 16 GiB, with CPUs; like it now: node1]"
accepted 'after a DIMM was added, named' --map node1=node2 --map node0=node0
holds tiers/dram/memories node0
holds tiers/far/memories node2
anew
node 0 dram $((16 * GIB)) 0 cpus
node 1 dram $((4 * GIB)) 0 firmware
accepted 'after a DIMM was added, with the old numbers'
says "the size of 'node0' has changed: was [dram, 8 GiB, with CPUs], is now [dram, 16 GiB, with CPUs]"
# The number is gone, and one memory is like it: that is no device to wait for.
anew
node 0 dram $((8 * GIB)) 0 cpus
node 2 dram $((4 * GIB)) 0 firmware
refused 1 'a number that is gone'
says "'node1' (tier 'far') was [dram, 4 GiB], is now [missing; like it now: node2]"
says '--map OLD=NEW'
# Of another size it is another one, which is to come.
node 2 dram $((64 * GIB)) 0 firmware
refused 7 'a number that is gone, and another memory'
# Two are like it: each is named, none is taken.
node 2 dram $((4 * GIB)) 0 firmware
node 3 dram $((4 * GIB)) 0 firmware
refused 1 'two that are like it'
says 'is now [missing; like it now: node2 node3]'

# Sizes that differ by little, and numbers that are exchanged.
anew
node 0 dram $((8 * GIB)) 0 cpus
node 1 dram $((8 * GIB)) 0 firmware
node 2 dram $((9 * GIB)) 0 firmware
with_tiers dram=node0 one=node1 two=node2
node 1 dram $((9 * GIB)) 0 firmware
node 2 dram $((8 * GIB)) 0 firmware
refused 1 'exchanged numbers, and a difference of 1 GiB'
says "'node1' (tier 'one') was [dram, 8 GiB], is now [dram, 9 GiB; like it now: node2]"
anew
node 0 dram $((8 * GIB)) 0 cpus
node 1 dram $((9 * GIB)) 0 firmware
node 2 dram $((9 * GIB)) 0 firmware
accepted 'one that grew by 1 GiB'
node 1 dram $((2 * GIB)) 0 firmware
accepted 'one that is much smaller'
says "the size of 'node1' has changed: was [dram, 8 GiB], is now [dram, 2 GiB]"

# Drivers that found devices in another order: numbers of devices, regions and
# decoders are others, but not the ones of nodes.
two_halves()
{
	anew
	node 0 dram $((8 * GIB)) 0 cpus
	node 1 cxl "$GIB" 0 cxl "$1" "$2"
	node 2 cxl "$GIB" 0 cxl "$3" "$4"
	cxl region0 decoder5.0 mem0 "$5"
	cxl region1 decoder5.1 mem1 "$6"
}
two_halves dax0.0 region0 dax1.0 region1 0xc0ffee 0xc0ffee
with_tiers dram=node0 one=node1 two=node2
two_halves dax1.0 region1 dax0.0 region0 0xc0ffee 0xc0ffee
accepted 'equal regions of one device, found in another order'
silent
holds tiers/one/memories node1
# A vendor that gives all devices one serial number proves nothing by it.
two_halves dax0.0 region0 dax1.0 region1 0x1 0x1
with_tiers dram=node0 one=node1 two=node2
mv "$class/node1" "$class/node4"
put "$class/node4" uid 4 numa_node 4
refused 1 'one serial number for all devices'
says 'like it now: node2 node4]'
# Serial numbers that were not there, or are no longer there.
two_halves dax0.0 region0 dax1.0 region1 0x0 0x0
with_tiers dram=node0 one=node1 two=node2
two_halves dax0.0 region0 dax1.0 region1 0xa 0xb
accepted 'serial numbers that are new'
silent
two_halves dax0.0 region1 dax1.0 region0 0xa 0xb
refused 1 'regions in another order, without saved serial numbers'
says "like it now: node2]"
two_halves dax0.0 region0 dax1.0 region1 0xa 0xb
with_tiers dram=node0 one=node1 two=node2
two_halves dax5.0 region0 dax6.0 region1 0x0 0x0
accepted 'devices of other numbers, without serial numbers of today'
silent
# The devices themselves are exchanged between the slots.
two_halves dax0.0 region0 dax1.0 region1 0xb 0xa
accepted 'exchanged devices'
says "'node1' (tier 'one') is 'node2' now"
says "'node2' (tier 'two') is 'node1' now"
holds tiers/one/memories node2
# One of two is removed, and the other one has its number: neither is guessed.
two_halves dax0.0 region0 dax1.0 region1 0x0 0x0
put "$class/node1" dax_region region1
rm -r "$class/node2"
refused 1 'the second device under the number of the first'

# A node of two devices, one of which is not online yet, or became another node.
anew
node 0 dram $((8 * GIB)) 0 cpus
node 1 cxl $((2 * GIB)) 0 cxl 'dax0.0 dax1.0' 'region0 region1'
cxl region0 decoder5.0 mem0 0xa
cxl region1 decoder6.0 mem1 0xb
with_tiers dram=node0 one=node1
node 1 cxl "$GIB" 0 cxl dax1.0 region1
accepted 'one device of two'
says "the size of 'node1' has changed: was [cxl, 2 GiB, region0 region1, 0xa 0xb], is now [cxl, 1 GiB, region1, 0xb]"
rm -r "$class/node1"
node 2 cxl "$GIB" 0 cxl dax0.0 region0
refused 1 'one device of two under another number'

# A device that joins the node of CPUs, or leaves it, does not make it another one.
anew
node 0 dram $((8 * GIB)) 0 cpus
node 1 pmem $((16 * GIB)) 0 nvdimm dax0.0 namespace0.0
nvdimm namespace0.0 region1 nmem0 8680-56341200
with_tiers dram=node0 slow=node1
rm -r "$class/node1"
node 0 pmem+dram $((24 * GIB)) 0 nvdimm dax0.0 namespace0.0
refused 7 'a device in the node of CPUs'
says "this machine lacks memory 'node1' (tier 'slow') [pmem, 16 GiB, namespace0.0, 8680-56341200]"
rm -r "$config/tiers/slow"
with_tiers dram=node0
node 0 dram $((8 * GIB)) 0 cpus
node 1 pmem $((16 * GIB)) 0 nvdimm dax0.0 namespace0.0
accepted 'the device of a mixed node with CPUs as a node of its own'
says "the size of 'node0' has changed"
holds tiers/dram/memories node0
with_tiers dram=node0
node 0 dram+pmem $((12 * GIB)) 0 cpus dax0.0 namespace0.0
accepted 'a node with CPUs that became mixed'

# Wrong values of --map, and texts of the file that are not for a terminal.
anew
node 0 dram $((8 * GIB)) 0 cpus
node 1 dram $((4 * GIB)) 0 firmware
node 2 dram $((4 * GIB)) 0 firmware
with_tiers dram=node0 far=node1
rm -r "$class/node1"
state >"$scratch/before"
for bad in '=' '=node2' node1=2 node1=node1 node1=node2=node0 node1=../node2 \
	'node1=node2 node1=node0' 'node1=node2 node2=node0' 'node1=no	de2'; do
	hmt restore "$file" --map "$bad"
	check "--map $bad: refused" test "$code" -ge 2
	check "--map $bad: one line" one_error_line
done
gives 2 'a value of --map that is missing' restore "$file" --map
state >"$scratch/after"
check 'wrong values of --map change nothing' diff "$scratch/before" "$scratch/after"
gives 2 '--map with --device' restore "$file" --map node1=node2 --device dax0.0
jq 'del(.memories)' "$file" >"$scratch/old"
gives 7 'an older file, and a number that is gone' restore "$scratch/old"
hmt restore "$scratch/old" --map node1=node2
check 'an older file with --map' test "$code" -eq 0
holds tiers/far/memories node2
jq '.memories.node1.kind = "cxl\n\nhmtctl: done" | .memories.node1.size = "1"' \
	"$file" >"$scratch/bad"
gives 7 'a kind of several lines' restore "$scratch/bad"

plan
