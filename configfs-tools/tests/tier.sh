# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl tier".
. "$(dirname "$0")/lib.sh"

# links TIER: "0=cxl 1=pmem"
links()
{
	local link

	for link in "$config/tiers/$1/demotion/"*; do
		[ -L "$link" ] &&
			echo "$(basename "$link")=$(readlink "$link")"
	done | tr '\n' ' '
}

links_are()
{
	check "links of $1: '$2'" test "$(links "$1")" = "$2"
}

bare_root
gives 0 'create without options' tier create pmem
check 'makes the directory' test -d "$config/tiers/pmem"
absent tiers/pmem/memories

gives 0 'create with all options' tier create cxl --memories 'node1 sim0' \
	--demote-to pmem --low 5 --high 900
holds tiers/cxl/memories 'node1 sim0'
holds tiers/cxl/low_watermark 5
holds tiers/cxl/high_watermark 900
links_are cxl '0=../../pmem '
check 'the link resolves' test -d "$config/tiers/cxl/demotion/0/"
holds commit ''

gives 0 'create, repeated and short options' tier create -m node0 \
	-m ' 2147483649' dram -d cxl -d pmem --commit
holds tiers/dram/memories 'node0 2147483649'
links_are dram '0=../../cxl 1=../../pmem '
holds commit 1

gives 0 'set memories' tier set dram --memories node0
holds tiers/dram/memories node0
links_are dram '0=../../cxl 1=../../pmem '
gives 0 'set links' tier set dram --demote-to 'pmem cxl'
links_are dram '0=../../pmem 1=../../cxl '
gives 0 'clear memories' tier set dram --memories ''
holds tiers/dram/memories ''
gives 0 'clear links' tier set dram --demote-to ''
links_are dram ''
gives 0 'watermarks at their bounds' tier set dram --low 0 --high 999
holds tiers/dram/low_watermark 0
holds tiers/dram/high_watermark 999
gives 0 'set nothing' tier set dram

gives 1 'create again' tier create dram
says "tier 'dram': exists already"
check 'it is still there' test -d "$config/tiers/dram"

# Values.
for bad in -1 1000 x '' 1e3 99999999999999999999999 ' 5' 0x10 5.5; do
	gives 2 "low watermark '$bad'" tier set cxl "--low=$bad"
	gives 2 "high watermark '$bad'" tier set cxl "--high=$bad"
done
says "tier 'cxl': high_watermark '5.5': not a number from 0 to 999"
for bad in 0 101 x '3 0' '1 1.5' -1 "$(yes 1 | head -n 17)"; do
	gives 2 "weights '$bad'" tier set cxl "--weights=$bad"
done
says 'not at most 16 numbers from 1 to 100'
gives 0 'weights' tier set dram --weights '3 1'
holds tiers/dram/weights '3 1'
gives 0 'no weights' tier set dram --weights ''
holds tiers/dram/weights ''
holds tiers/cxl/low_watermark 5
gives 3 'unknown memory' tier set cxl --memories 'node1 node9'
says "tier 'cxl': memories 'node9': no such memory (see 'hmtctl list --memories')"
put "$HMT_ROOT/sys/devices/system/node" possible 0-9
gives 3 'a memory that is offline' tier set cxl --memories node9
says "tier 'cxl': memories 'node9': is offline (see 'hmtctl memory list' and lsmem)"
gives 3 'a node that cannot be' tier set cxl --memories node10
says "tier 'cxl': memories 'node10': no such memory (see 'hmtctl list --memories')"
gives 3 'a number that is no UID' tier set cxl --memories 77
gives 2 '1025 memories' tier set cxl --memories "$(yes node1 | head -n 1025)"
says 'not at most 1024 memories'
holds tiers/cxl/memories 'node1 sim0'
gives 3 'unknown target' tier set cxl --demote-to nosuch
says "tier 'cxl': demote-to 'nosuch': no such tier"
gives 3 'a path as target' tier set cxl --demote-to ../../workloads
gives 2 'itself as target' tier set cxl --demote-to 'pmem cxl'
says 'cannot demote to itself'
gives 2 '17 targets' tier set cxl --demote-to "$(yes pmem | head -n 17)"
links_are cxl '0=../../pmem '
gives 3 'set of no tier' tier set nosuch --low 1
says "tier 'nosuch': no such tier (see 'hmtctl list --tiers')"
gives 3 'remove of no tier' tier remove nosuch

gives 3 'create with an unknown memory' tier create new --memories node9
absent tiers/new
gives 2 'create with a bad number' tier create new --low 1000
absent tiers/new
gives 3 'create with an unknown target' tier create new --demote-to nosuch
absent tiers/new

# Refusals of the kernel: all or nothing.
demo_root
rm "$config/tiers/dram/high_watermark"
mkdir "$config/tiers/dram/high_watermark"
gives 1 'set, last attribute refused' tier set dram --memories node1 \
	--low 30 --high 50 --demote-to pmem
says "tier 'dram': high_watermark '50': Is a directory"
holds tiers/dram/memories node0
holds tiers/dram/low_watermark 20
links_are dram '0=../../cxl 1=../../pmem '

mkdir "$config/tiers/dram/demotion/2"
gives 1 'set, links refused' tier set dram --demote-to pmem --low 30
says "tier 'dram': demote-to 'pmem': Is a directory"
links_are dram '0=../../cxl 1=../../pmem '
holds tiers/dram/low_watermark 20
rmdir "$config/tiers/dram/demotion/2"

rm -r "$config/tiers/cxl/demotion"
touch "$config/tiers/cxl/demotion"
gives 1 'set, no place for links' tier set cxl --demote-to pmem
says "tier 'cxl': demote-to 'pmem': Not a directory"

# Order of links is that of numbers.
demo_root
rm "$config/tiers/dram/demotion/"*
ln -s ../../pmem "$config/tiers/dram/demotion/10"
ln -s ../../cxl "$config/tiers/dram/demotion/9"
hmt list -T dram
json 'links in numeric order' '.tiers[0].demotes_to == ["cxl", "pmem"]'
gives 0 'links made by hand are replaced' tier set dram --demote-to 'pmem'
links_are dram '0=../../pmem '

# Removal.
demo_root
gives 1 'remove a target' tier remove pmem
says "tier 'pmem': tier 'cxl' demotes to it; give that one other targets first ('hmtctl tier set cxl --demote-to ...')"
check 'it is still there' test -d "$config/tiers/pmem"
gives 0 'remove with links' tier remove dram
absent tiers/dram
holds commit ''
gives 0 'remove and commit' tier remove cxl --commit
absent tiers/cxl
holds commit 1
gives 0 'remove the last' tier remove pmem
absent tiers/pmem

# A commit at the end that is refused.
demo_root
rm "$config/commit"
ln -s /dev/full "$config/commit"
put "$config" status "generation 7, refused: tier 'cxl': cycle cxl -> cxl"
gives 1 'create, commit refused' tier create new --memories sim0 --commit
says "commit refused: tier 'cxl': cycle cxl -> cxl"
holds tiers/new/memories sim0

# Names.
for bad in '' . .. a/b /etc ../x 'a b' 'a\b' $'a\nb' é \
	abcdefghijklmnopqrstuvwxyz012345; do
	gives 2 "name '$bad'" tier create -- "$bad"
	gives 2 "name '$bad' of set" tier set -- "$bad"
done
gives 0 'name of 31 characters' tier create -- \
	-.ABCXYZabcxyz_0123456789------
gives 0 'such a name is removed' tier remove -- -.ABCXYZabcxyz_0123456789------

plan
