# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl run": the choice of nodes. Its effect needs a kernel.
. "$(dirname "$0")/lib.sh"

weights=
# weight VALUE...: of node 0, 1, ...
weight()
{
	local node=0 value

	weights=$HMT_ROOT/sys/kernel/mm/mempolicy/weighted_interleave
	for value; do
		put "$weights" "node$node" "$value"
		node=$((node + 1))
	done
}

demo_root
gives 0 'one tier' run --tier dram --dry-run true
prints 'hmtctl: run: preferred of node0: one tier; others serve when it is full'
gives 0 'bind' run -t cxl -bn true
prints 'run: bind of node1: --bind'
gives 0 'no weights' run -n -t dram=600,cxl=400 -- true
prints 'run: plain interleave of node0 node1: this kernel has no weights'
gives 0 'no shares' run -n -t dram,cxl,pmem -- true
prints 'run: plain interleave of node0 node1 node2: the shares are equal'


# A cpuset, and a node that is offline.
put "$HMT_ROOT/proc/self" status $'Name:\thmtctl\nMems_allowed_list:\t0,2'
gives 0 'a node that a cpuset forbids' run -n -t dram=600,pmem=400 -- true
prints 'of node0 node2: this kernel'
gives 125 'the only one' run -n -t cxl -- true
says "run: tier 'cxl': the cpuset of this process allows none of its nodes, but 0,2 only (see cpuset.mems of its cgroup)"
put "$class/node1" tier dram
gives 0 'one of two' run -n -t dram -- true
prints 'run: preferred of node0: one tier; others serve when it is full; the cpuset forbids 1 more'
demo_root
put "$HMT_ROOT/sys/devices/system/node" possible 0-3
rm -r "$class/node2"
gives 125 'a tier whose node is offline' run -n -t pmem -- true
says "run: tier 'pmem': has no node now, as node2 is offline (see 'hmtctl memory list' and lsmem)"
put "$class/node1" tier none
gives 125 'a tier that is staged' run -n -t cxl -- true
says "run: tier 'cxl': is not live; run 'hmtctl commit'"
gives 125 'a tier with a slash' run -n -t ../tiers/pmem -- true
demo_root

gives 125 'no weights to set' run -n --set-weights -t dram=600,cxl=400 -- true
says 'run: --set-weights: this kernel has no weights; omit the option'

weight 1 1 1
gives 0 'weights that are not set' run -n -t dram=600,cxl=400 -- true
prints 'run: plain interleave of node0 node1: the weights of the system are not set (--set-weights sets them)'
gives 0 'weights to set' run -n --set-weights -t dram=600,cxl=400 -- true
prints 'run: weighted interleave of node0=3 node1=2: the kernel has it'
gives 125 'weights for one tier' run -n --set-weights -t dram -- true
says 'run: --set-weights is for several tiers with shares'
check 'a dry run writes none' test "$(cat "$weights/node0")" = 1
weight 3 2 7
gives 0 'weights that are so already' run -n -t dram=600,cxl=400 -- true
prints 'weighted interleave of node0=3 node1=2'
gives 0 'other weights' run -n -t dram=500,cxl=250,pmem=250 -- true
prints 'plain interleave of node0 node1 node2: the weights of the system are set'
gives 125 'other weights, to set' run -n --set-weights \
	-t dram=500,cxl=250,pmem=250 -- true
says 'run: --set-weights: the weights of the system are set to something else; omit the option, or write true to /sys/kernel/mm/mempolicy/weighted_interleave/auto if it exists, else 0 to each file of /sys/kernel/mm/mempolicy/weighted_interleave'

# An administrator did not set the weights that the kernel computes.
put "$weights" auto true
gives 0 'weights of the kernel' run -n -t dram=500,cxl=250,pmem=250 -- true
prints 'plain interleave of node0 node1 node2: the kernel computes the weights of the system (--set-weights sets them)'
gives 0 'weights of the kernel, to set' run -n --set-weights \
	-t dram=500,cxl=250,pmem=250 -- true
prints 'run: weighted interleave of node0=2 node1=1 node2=1: the kernel has it'
put "$weights" auto false
gives 125 'weights of an administrator' run -n --set-weights \
	-t dram=500,cxl=250,pmem=250 -- true
says 'the weights of the system are set to something else'
rm "$weights/auto"

# Two nodes divide the share of their tier.
put "$class/node2" tier cxl
weight 2 1 1
gives 0 'a tier of two' run -n -t dram=500,cxl=500 -- true
prints 'weighted interleave of node0=2 node1=1 node2=1'
put "$class/sim0" tier cxl
gives 0 'device memory is no node' run -n -t cxl -- true
prints 'preferred of node1 node2:'

for bad in '' ',' 'dram,' =600 dram= dram=0 dram=1001 dram=x dram=500,cxl \
	dram,cxl=500; do
	gives 125 "list '$bad'" run -n -t "$bad" -- true
	says "run: tier '$bad': "
done
gives 125 'shares of 900' run -n -t dram=500,cxl=400 -- true
says 'the shares do not add up to 1000'
gives 125 'no such tier' run -n -t nosuch -- true
says "run: tier 'nosuch': has no node in the live graph"
gives 125 'a tier with no node' run -n -t pmem -- true
gives 125 'bind with shares' run -b -n -t dram=500,cxl=500 -- true
gives 125 'no tier' run -- true
gives 125 'no command' run -t dram
gives 125 'a fake root' run -t dram -- true
says 'run: there is no memory on a fake root'
empty_root
gives 125 'not loaded' run -n -t dram -- true

plan
