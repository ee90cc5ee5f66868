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
