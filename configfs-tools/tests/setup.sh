# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl setup".
. "$(dirname "$0")/lib.sh"

nodes=
# distances NODE VALUE...: also makes the node one that is online
distances()
{
	put "$nodes/node$1" distance "${*:2}"
	echo "0-$1" >"$nodes/online"
}

three_root()
{
	bare_root
	nodes=$HMT_ROOT/sys/devices/system/node
	distances 0 10 20 40
	distances 1 20 10 50
	distances 2 40 50 10
}

two_sockets_root()
{
	bare_root
	rm -r "$class"
	nodes=$HMT_ROOT/sys/devices/system/node
	memory node0 0 dram 1 1 none '' 100 100000 firmware 0
	memory node1 1 dram 1 1 none '' 100 100000 firmware 1
	memory node2 2 cxl 1 1 none '' 250 30000 firmware 2
	memory node3 3 cxl 1 1 none '' 250 30000 firmware 3
	echo 1 >"$class/node1/initiators"
	echo 0-1 >"$class/node2/initiators"
	echo 0-1 >"$class/node3/initiators"
	distances 0 10 21 20 22
	distances 1 21 10 22 20
	distances 2 20 22 10 40
	distances 3 22 20 40 10
}

three_root
state >"$scratch/before"
gives 0 'without a terminal' setup
prints 'Tiers by kind and distance, as firmware says no more, fastest first:'
prints 'dram: node0 (dram, 80 ns, 204800 MB/s, CPUs)'
prints '  -> cxl: next level, nearest: near the same CPUs, distance 20, 250 ns'
prints '  -> pmem: next level, nearest: near the same CPUs, distance 50, 400 ns'
prints 'Left out, as no node of the system: sim0'
prints 'Nothing is written'
state >"$scratch/after"
check 'nothing is written' diff "$scratch/before" "$scratch/after"
holds commit ''
gives 0 'dry run' setup --dry-run --yes
state >"$scratch/after"
check 'nothing is written' diff "$scratch/before" "$scratch/after"

gives 0 'written' setup --yes
prints 'Written and committed.'
holds tiers/dram/memories node0
holds tiers/cxl/memories node1
holds tiers/pmem/memories node2
check 'links' test "$(readlink "$config/tiers/cxl/demotion/0")" = ../../pmem
holds commit 1

put "$class/node2" origin unknown
gives 0 'without hmt_dax' setup
prints "Kinds may be wrong, because hmt_dax is not loaded (run 'hmtctl load dax')."
put "$class/node2" origin nvdimm

gives 0 'as JSON' setup --json
json 'for restore' '.hmt == 1 and .tiers.dram == { memories: "node0",
	demotion: { "0": "cxl" } }'
cp "$scratch/out" "$scratch/proposal"
put "$config/tiers/dram" memories node1 low_watermark 77
rm "$config/tiers/dram/demotion/0"
gives 0 'restored' restore "$scratch/proposal"
holds tiers/dram/memories node0
holds tiers/dram/low_watermark 77

two_sockets_root
tier old node0
put "$config/workloads/db" live 1
gives 0 'two sockets' setup -y
prints 'dram-1: node1'
prints '  -> cxl-3: next level, nearest: near the same CPUs, distance 20'
prints '  -> cxl-2: when cxl-3 is full'
check 'a target of its own for each' test \
	"$(readlink "$config/tiers/dram-0/demotion/0" \
		"$config/tiers/dram-1/demotion/0" | paste -sd' ')" = \
	'../../cxl-2 ../../cxl-3'
absent tiers/old
holds workloads/db/live 1

# HBM of which firmware says nothing but the distance.
hbm_root()
{
	bare_root
	rm -r "$class"
	nodes=$HMT_ROOT/sys/devices/system/node
	memory node0 0 dram 1 1 none '' 100 0 distance 0
	memory node1 1 dram 1 1 none '' 100 0 distance 1
	memory node2 2 dram 1 1 none '' 130 0 distance 2
	memory node3 3 dram 1 1 none '' 130 0 distance 3
	echo 1 >"$class/node1/initiators"
	echo 1 >"$class/node3/initiators"
	distances 0 10 21 13 23
	distances 1 21 10 23 13
	distances 2 13 23 10 23
	distances 3 23 13 23 10
}

hbm_root
gives 0 'without a word of firmware' setup
prints 'far-2: node2'
prints 'May be HBM, as CPUs have it nearer than the memory of other CPUs, and firmware gives no speed: node2,node3'
prints "  If it is, 'hmtctl setup --hbm node2,node3' puts it above dram."
gives 0 'the administrator knows' setup --hbm node2,node3 --yes
check 'without the hint' test "$(grep -c HBM "$scratch/out")" = 0
holds tiers/hbm-2/memories node2
check 'above dram' test "$(readlink "$config/tiers/hbm-3/demotion/0")" = ../../dram-1
gives 3 'no such node' setup --hbm node2,node9
says "setup: --hbm 'node9': no such node (see 'hmtctl list --memories')"
gives 3 'no name' setup --hbm ''
gives 0 'JSON' setup --hbm node2,node3 --json
json 'has it, too' '.tiers."hbm-2".memories == "node2"'

# HMAT describes one of two equal expanders.
bare_root
rm -r "$class"
nodes=$HMT_ROOT/sys/devices/system/node
memory node0 0 dram 1 1 none '' 110 200000 firmware 0
memory node1 1 dram 1 1 none '' 380 25000 firmware 1
memory node2 2 dram 1 1 none '' 240 0 distance 2
distances 0 10 24 24
distances 1 24 10 24
distances 2 24 24 10
gives 0 'HMAT for some' setup
prints 'far: node1 (dram, 380 ns, 25000 MB/s) node2 (dram, 240 ns)'

# Persistent memory joined a node with CPUs.
three_root
put "$class/node0" kind dram+pmem parts 'dram=805306368 pmem=268435456' \
	dax_device 'dax0.0'
gives 0 'a node of two kinds' setup --yes
prints 'dram: node0 (dram, 80 ns'
prints 'node0 is mixed (dram 768 MiB, pmem 256 MiB): HMT cannot tell the parts of a node apart and places all of it as dram.'
prints "'hmtctl memory offline dax0.0' makes devices of the added parts again."
holds tiers/dram/memories node0

# More nodes with CPUs than tiers.
bare_root
rm -r "$class"
for node in $(seq 0 8); do
	memory "node$node" "$node" dram 1 1 none '' 100 1000 firmware "$node"
	echo "$node" >"$class/node$node/initiators"
	memory "node$((node + 9))" "$((node + 9))" cxl 1 1 none '' 300 100 \
		firmware "$((node + 9))"
	echo "$node" >"$class/node$((node + 9))/initiators"
done
gives 0 'nine clusters' setup
prints 'The 9 nodes with CPUs need more than 16 tiers for targets of their own: those of a level share one tier, in which HMT prefers the memory nearest to the CPUs of a process.'

# A terminal.
# answered ANSWER: on a terminal of its own
answered()
{
	printf '%s\n' "$1" |
		script -qec "'$HMTCTL' setup" /dev/null >"$scratch/out" 2>&1
	code=$?
}

three_root
tier old node0
answered n
check 'no: nothing is done' test "$code" -eq 0
prints 'The tiers that are staged now (old) are removed.'
check 'no: still there' test -d "$config/tiers/old"
answered ''
check 'nothing: still there' test -d "$config/tiers/old"
answered y
check 'yes' test "$code" -eq 0
absent tiers/old
holds tiers/pmem/memories node2

# A commit that is refused.
three_root
tier old node0
rm "$config/commit"
ln -s /dev/full "$config/commit"
put "$config" status "generation 0, refused: tier 'cxl': no memory 'node1'"
state >"$scratch/before"
gives 1 'commit refused' setup --yes
says "commit refused: tier 'cxl': no memory 'node1'"
state >"$scratch/after"
check 'the old tiers are back' diff "$scratch/before" "$scratch/after"

bare_root
rm -r "$class"
mkdir "$class"
gives 1 'no memory' setup
says 'setup: 0 memories'
for node in $(seq 0 64); do
	memory "node$node" "$node" dram 1 1 none '' 1 1 firmware "$node"
done
gives 1 'too many' setup
says 'setup: 65 memories do not fit'
rm -r "$class"
memory node0 0 dram 1 1 none '' 100 0 distance 0
gives 0 'one memory' setup --yes
check 'one tier' test "$(ls "$config/tiers")" = dram
put "$class/node0" initiators 'x-,,9-1,4294967295-' numa_node x
gives 0 'garbage' setup --dry-run
gives 2 'with a word' setup now
empty_root
gives 4 'not loaded' setup

plan
