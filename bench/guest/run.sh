#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the load under each setting in this guest, one after the other, and print
# its output. A failed setting does not stop the others.
#
# usage: run.sh [--pmem] SETTING... -- LOAD-ARGUMENT...
#
# --pmem adds node 2.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=settings.sh
. "$here/settings.sh"

# has_function NAME - check whether the function NAME is defined
has_function()
{
	[ "$(type -t "$1")" = function ]
}

# run_setting NAME LOAD-ARGUMENT... - run the load under one setting
run_setting()
{
	local name=$1 load status=0

	shift
	quiet
	echo 3 >/proc/sys/vm/drop_caches
	# Undo the fragmentation by the previous setting.
	echo 1 >/proc/sys/vm/compact_memory
	! has_function "start_$name" || "start_$name" >&2
	echo "{\"setting\":\"$name\"}"
	/tmp/load "$@" &
	load=$!
	! has_function "manage_$name" || "manage_$name" "$load" >&2
	wait "$load" || status=$?
	! has_function "stop_$name" || "stop_$name" >&2
	quiet
	[ "$status" -eq 0 ] || echo "{\"failed\":\"$name\",\"status\":$status}"
}

# make_normal NODE - turn the memory of a node from "movable" to "normal"
#
# When all nodes are full, the kernel still needs memory for page tables, which
# must not be in movable memory.
make_normal()
{
	local state

	for state in /sys/devices/system/node/node"$1"/memory*/state; do
		echo offline >"$state"
		echo online_kernel >"$state"
	done
}

main()
{
	local names=() name words

	# Proactive compaction would add moves that are unrelated to tiering.
	echo 0 >/proc/sys/vm/compaction_proactiveness
	pmem=
	if [ "$1" = --pmem ]; then
		pmem=$(vm-pmem)
		make_normal "$pmem"
		shift
	fi
	while [ "$1" != -- ]; do
		names+=("$1")
		shift
	done
	shift
	# Local copies, so that page faults do not read from the share.
	cp "$here/load" "$here/daemon" /tmp
	[[ " $* " != *" redis "* ]] || cp -r "$here/redis" /tmp
	for name in "${names[@]}"; do
		words=()
		[ "$name" != oracle ] || words=(--oracle)
		run_setting "$name" "${words[@]}" "$@"
	done
}

main "$@"
