# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Which processes a workload has: services that are restarted, processes that
# several workloads name, and the cost of finding them.

tests=(
	"main-exited  a process whose main thread has exited is managed and can be named by requests"
)

end_quietly()
{
	kill "$1" 2>/dev/null || :
}

main-exited()
{
	local pid range

	commit_chain
	start_program main hmt_regions --leave name=hot,mib=4,hot,place=2 \
		name=huge,kind=thp,mib=4,hot,place=2
	pid=$(pid_of main)
	range=$(ask_program main range hot)
	expect_line '^State:.*Z' "/proc/$pid/status"
	hmtctl move --to node1 "$pid" "$range"
	expect_eq "$(pages_on 1 main place hot)" $((4 * MIB)) "pages of hot on node 1"
	hmtctl query "$pid" "$range" >"$work/query"
	expect_line '^memory 1: .* unmanaged=1024' "$work/query"
	hmtctl exclude "$pid" "$range"
	hmtctl exclude --clear "$pid"
	hmtd --foreground 2>>"$work/hmtd.err" &
	at_end end_quietly $!
	wait_until "$limit" hmtd_is ready
	create_workload main "pids=$pid" scan_interval_ms=50
	go_live main
	wait_until "$limit" stat_is main processes 1
	expect_eq "$(stat_of main pids)" "$pid" "stats/pids of main"
	wait_until "$limit" pages_on_least 0 $((4 * MIB * 95 / 100)) main place hot
	wait_until "$limit" pages_on_least 0 $((4 * MIB)) main place huge
	finish_program main
}
