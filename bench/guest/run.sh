#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the load under a setting in this guest and print its output. Nothing is
# read from the host or printed until it has ended, as both take time that
# depends on the host.
#
# usage: run.sh [--pmem] [--delay MS] [--program SEED] SETTING -- LOAD-ARGUMENT...
#
# --pmem adds node 2. --delay starts the load MS milliseconds after the placer.
# --program runs the program that the file "program" describes, with this seed.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=settings.sh
. "$here/settings.sh"
if [ -e "$here/settings-hmt.sh" ]; then
	# shellcheck source=hmt/settings-hmt.sh
	. "$here/settings-hmt.sh"
fi

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

# fail - end the run without numbers
fail()
{
	echo "run: the setting failed" >&2
	exit 1
}

# join_group PID - put a program of several processes into a group
join_group()
{
	[ -n "${processes-}" ] || return 0
	group=/bench
	mkdir -p "/sys/fs/cgroup$group"
	echo "$1" >"/sys/fs/cgroup$group/cgroup.procs"
}

# run_setting NAME LOAD-ARGUMENT... - run the load under one setting
run_setting()
{
	local name=$1 load status=0 group=

	shift
	quiet
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
	call prepare "$name" >/tmp/log 2>&1
	"$here/mark" symbols "$here"/causes* >>/tmp/log 2>&1 || die "mark failed"
	"$here/mark" start
	call start "$name" >>/tmp/log 2>&1
	# A multiple of the timer's period would start all runs in step.
	[ "$delay" -eq 0 ] || sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
	[ ! -e /tmp/failed ] || fail
	"$here/load" "$@" >/tmp/out 2>>/tmp/log &
	load=$!
	join_group "$load"
	call manage "$name" "$load" >>/tmp/log 2>&1
	wait "$load" || status=$?
	if [ -n "$seed" ] && finish_program "$status"; then
		status=0
	fi
	call stop "$name" >>/tmp/log 2>&1
	quiet
	[ ! -e /tmp/failed ] || fail
	cat /tmp/log >&2
	cat /tmp/out
	return "$status"
}

# prepare_program - set "names" and "command", and create the program's input
#
# Input is in memory, as all files here. It is no data of the load.
prepare_program()
{
	export LD_LIBRARY_PATH=$here/root/lib
	export PATH=$here/root/bin:$PATH
	# shellcheck disable=SC1091
	. "$here/program"
	prepare >&2
}

# finish_program STATUS - check that the process that follows the program ended it
finish_program()
{
	[ "$1" -eq 137 ] && [ -s /tmp/out ]
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

	# The output of settings is in a file until the load has ended.
	exec 3>&2
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
	seed=
	if [ "$1" = --program ]; then
		seed=$2
		shift 2
		prepare_program
	fi
	setting=${1%%:*}
	options=${1#"$setting"}
	options=${options#:}
	name=$setting
	shift 2
	[[ " $* " != *" redis "* ]] || cp -r "$here/redis" /tmp
	run_setting "$name" "$@" ${seed:+--name "$names" -- "${command[@]}"}
}

main "$@"
