# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# hmtctl explain and top on a kernel: answers of HMT_QUERY, and counters that exist.

tests=(
	"reasons  explain names the place of a page and the dry run that keeps it, top the same; without a workload it says so"
)

# explains TEXT OPERAND... - the explanation has the text
explains()
{
	local text=$1

	shift
	expect_match "$(hmtctl explain "$@")" "*$text*" "explanation of $*"
}

reasons()
{
	local pid start

	start_program main hmt_regions name=some,mib=4,place=1
	pid=$(pid_of main)
	commit_chain
	create_workload main "pids=$pid" scan_interval_ms=50 samples=2 dry_run=1
	go_live main
	tell_program main hot some
	wait_until "$limit" stat_above main planned 0
	start=$(ask_program main range some)
	start=${start%-*}
	explains "workload 'main' plans only: dry_run is 1" main
	explains "page 0x${start#0x} of process $pid, workload 'main': memory 'node1', tier 'cxl'" \
		"$pid" "$start"
	explains "tier 'cxl' is live" cxl
	expect_match "$(hmtctl top --once --delay 0.1)" "*dry run*plans only*" \
		"report of top"
	go_idle main
	explains "no live workload manages its process" "$pid" "$start"
	finish_program main
}
