#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# shellcheck disable=SC2154 # the description sets tiers, places and best
#
# Compare HMT on this machine with the description in tests/machine/NAME, and print
# "ok CHECK" or "not ok CHECK" and diagnostics for each of its checks:
#
#	machine.sh NAME

set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/guest/lib.sh
. "$here/lib.sh"
limit=120
# Size of a region of a program, in MiB.
size=2

# compare WHAT WANTED ACTUAL
compare()
{
	[ "$2" = "$3" ] || {
		printf '%s:\n%s\n' "wanted $1" "$2" "actual $1" "$3"
		return 1
	}
}

# expected TEXT - the lines of TEXT without the empty ones
expected()
{
	sed '/^$/d' <<<"$1"
}

# proposed_tiers - "NAME: MEMORY... -> TARGET..." for each tier
proposed_tiers()
{
	hmtctl setup --json | jq -r '.tiers | to_entries[] |
		"\(.key): \(.value.memories) -> \([.value.demotion[]] | join(" "))"' |
		sed 's/ *$//'
}

check_setup()
{
	local status=0

	compare tiers "$(expected "$tiers")" "$(proposed_tiers)" || status=1
	hmtctl setup --yes || status=1
	return "$status"
}

# start_programs - one for each line of $places
start_programs()
{
	local cpu from to

	while read -r cpu from to; do
		start_program "$cpu-$from" taskset -c "$cpu" hmt_regions \
			"name=hot,mib=$size,hot,place=$from"
	done <<<"$(expected "$places")"
}

# is_placed PROGRAM NODE - 99 % of its hot pages are on NODE
is_placed()
{
	pages_on_least "$2" $((size * MIB * 99 / 100)) "$1" place hot
}

all_are_placed()
{
	local cpu from to

	while read -r cpu from to; do
		is_placed "$cpu-$from" "$to" || return 1
	done <<<"$(expected "$places")"
}

# report_places - of the programs whose pages are elsewhere; fails if there are any
report_places()
{
	local cpu from to status=0

	while read -r cpu from to; do
		is_placed "$cpu-$from" "$to" && continue
		echo "hot pages of CPU $cpu, which were on node $from, belong on node $to: $(ask_program "$cpu-$from" place hot)"
		status=1
	done <<<"$(expected "$places")"
	return "$status"
}

check_placement()
{
	local pids

	start_programs
	pids=${program_pid[*]}
	create_workload main "pids=$pids" scan_interval_ms=100
	go_live main
	(wait_until "$limit" all_are_placed) || {
		report_places
		return 1
	}
	# Nothing moves away again.
	wait_passes main 10
	report_places
}

# named_best - the lines of $best with the actual memories
named_best()
{
	local line

	while read -r line; do
		# shellcheck disable=SC2086 # options
		echo "${line%:*}: $(hmtctl best ${line%:*} 2>&1)"
	done <<<"$(expected "$best")"
}

check_best()
{
	compare "best memories" "$(expected "$best")" "$(named_best)"
}

# run NAME - a check
run()
{
	# fail ends the shell that it is called in.
	if ("check_$1") >"$work/$1.said" 2>&1; then
		echo "ok $1"
	else
		failed=1
		echo "not ok $1"
		sed 's/^/# /' "$work/$1.said"
	fi
}

main()
{
	failed=0
	# shellcheck disable=SC1090
	. "$here/../machine/$1"
	mkdir -p "$work"
	# The kernel's own balancing would move pages too.
	echo 0 >/proc/sys/kernel/numa_balancing
	hmtctl load dax
	run setup
	run best
	run placement
	exit "$failed"
}

main "$@"
