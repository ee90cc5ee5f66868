#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the load under each competitor in this guest, one after the other, and
# print what it says; one that fails does not stop the others. Arguments: --pmem
# where node 2 is wanted, competitors, "--", arguments of the load.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=settings.sh
. "$here/settings.sh"

# has NAME - is there such a function?
has()
{
	[ "$(type -t "$1")" = function ]
}

run()
{
	local name=$1 load status=0

	shift
	quiet
	echo 3 >/proc/sys/vm/drop_caches
	# What a setting left scattered must not be what the next one begins with.
	echo 1 >/proc/sys/vm/compact_memory
	! has "start_$name" || "start_$name" >&2
	echo "{\"setting\":\"$name\"}"
	/tmp/load "$@" &
	load=$!
	! has "manage_$name" || "manage_$name" "$load" >&2
	wait "$load" || status=$?
	! has "stop_$name" || "stop_$name" >&2
	quiet
	[ "$status" -eq 0 ] || echo "{\"failed\":\"$name\",\"status\":$status}"
}

# Once all is full, the kernel needs room for page tables, which memory that is
# movable only has not: what was "movable" becomes "normal".
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

	# Compaction in the background moves pages to no end that counts here.
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
	# From here, so that no page of them comes over the share.
	cp "$here/load" "$here/daemon" /tmp
	[[ " $* " != *" redis "* ]] || cp -r "$here/redis" /tmp
	for name in "${names[@]}"; do
		words=()
		[ "$name" != oracle ] || words=(--oracle)
		run "$name" "${words[@]}" "$@"
	done
}

main "$@"
