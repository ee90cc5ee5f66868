# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# As 92-fail-nth, on a machine whose nodes have memory that can go.

tests=(
	"node  the memory of a node goes online and offline"
)

# memory_is_gone NAME
memory_is_gone()
{
	[ ! -e "$class/$1" ]
}

# The last block of node 2: the notifiers of HMT have work for the first and the last.
node()
{
	local dir=/sys/devices/system/node/node2 file

	load_hmt
	at_end set_blocks 2 online_movable
	set_blocks 2 offline
	wait_until "$limit" memory_is_gone node2
	file=$(compgen -G "$dir/memory*/state" | head -n 1)
	aim_at_modules
	sweep --state "$class" write "$file" online_movable / write "$file" offline
	expect_errno ok write "$file" online_movable
	sweep --state "$class" write "$file" offline / write "$file" online_movable
	expect_failures 1
	expect_no_leak LONG
}
