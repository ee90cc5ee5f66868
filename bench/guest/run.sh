#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the load under a setting in this guest and print its output. Nothing is
# read from the host or printed until it has ended, as both take time that
# depends on the host.
#
# usage: run.sh [--pmem] [--delay MS] SETTING -- LOAD-ARGUMENT...
#
# --pmem adds node 2. --delay starts the load MS milliseconds after the placer.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=settings.sh
. "$here/settings.sh"

# has_function NAME - check whether the function NAME is defined
has_function()
{
	[ "$(type -t "$1")" = function ]
}

# call PREFIX NAME ARGUMENT... - call the function PREFIX_NAME, if there is one
call()
{
	local function=$1_$2

	shift 2
	! has_function "$function" || "$function" "$@"
}

# run_setting NAME LOAD-ARGUMENT... - run the load under one setting
run_setting()
{
	local name=$1 load status=0

	shift
	quiet
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
	call prepare "$name" >/tmp/log 2>&1
	"$here/mark" symbols "$here/causes" >>/tmp/log 2>&1
	"$here/mark" start
	call start "$name" >>/tmp/log 2>&1
	# A multiple of the timer's period would start all runs in step.
	[ "$delay" -eq 0 ] || sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
	"$here/load" "$@" >/tmp/out 2>>/tmp/log &
	load=$!
	call manage "$name" "$load" >>/tmp/log 2>&1
	wait "$load" || status=$?
	call stop "$name" >>/tmp/log 2>&1
	quiet
	cat /tmp/log >&2
	cat /tmp/out
	return "$status"
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
	local name

	# Proactive compaction would add moves that are unrelated to tiering.
	echo 0 >/proc/sys/vm/compaction_proactiveness
	pmem=
	delay=0
	if [ "$1" = --pmem ]; then
		pmem=$(vm-pmem)
		make_normal "$pmem"
		shift
	fi
	if [ "$1" = --delay ]; then
		delay=$2
		shift 2
	fi
	name=${1%%:*}
	# shellcheck disable=SC2034 # of settings that have some
	options=${1#*:}
	shift 2
	[[ " $* " != *" redis "* ]] || cp -r "$here/redis" /tmp
	run_setting "$name" "$@"
}

main "$@"
