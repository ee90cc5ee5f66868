# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# /dev/hmt.

tests=(
	"refusals   each request is refused if any of its fields is wrong"
	"access     a caller that may not use move_pages(2) on a process is refused"
	"signals    a signal ends a request early, and nothing is lost"
	"vast       a query of a tebibyte needs little memory"
	"best       the best memory for CPUs is the fastest one with room"
	"tools      hmtctl moves a process, and shows where its pages are and why"
	"exclude    excluded pages stay, whichever mover or request is under way"
	"excluded   the engine does not move excluded pages until the exclusion is cleared"
	"advised    pages go to the tiers that advice prefers, in shares, and leave tiers that it avoids"
	"report     heat that a program reports promotes pages that are not touched"
	"addresses  addresses that another program lists do the same, as long as the workload has the provider"
)

refusals()
{
	commit_chain
	hmt_ioctl_refuse refusals "$(pgrep -x kthreadd)"
}

access()
{
	load_hmt
	hmt_ioctl_refuse access
}

signals()
{
	load_hmt
	note "$(hmt_ioctl signals)"
}

vast()
{
	load_hmt
	hmt_ioctl vast
}

best()
{
	load_hmt
	hmt_ioctl best
}

# cold_is_kept - the query has the reason "kept"; a new process has none yet
cold_is_kept()
{
	hmtctl query "$(pid_of main)" "$(ask_program main range cold)" |
		grep -q '^memory node2: 2048 pages, 0 warm, heat 0; movable=2048; kept=2048'
}

tools()
{
	commit_chain
	start_program main hmt_regions name=hot,mib=8,hot,place=0 name=cold,mib=8,place=2
	expect_eq "$(hmtctl best)" node0 "output of hmtctl best"
	hmtctl best --json | grep -q '"reason":"latency"'
	hmtctl query "$(pid_of main)" >"$work/query"
	expect_line '^memory node2: .* unmanaged=' "$work/query"
	hmtctl move --to cxl "$(pid_of main)" "$(ask_program main range cold)"
	expect_eq "$(pages_on 1 main place cold)" $((8 * MIB)) "pages of cold on node 1"
	hmtctl move --to node2 "$(pid_of main)" "$(ask_program main range cold)"
	expect_eq "$(pages_on 2 main place cold)" $((8 * MIB)) "pages of cold on node 2"
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2
	go_live main
	wait_until "$limit" has_warm main hot 2000
	wait_until "$limit" cold_is_kept
	finish_program main
}

exclude()
{
	load_hmt
	hmt_ioctl exclude
}

excluded()
{
	local pid

	commit_chain
	start_program main hmt_regions name=kept,mib=8,place=0 name=other,mib=8,place=0
	pid=$(pid_of main)
	hmtctl exclude "$pid" "$(ask_program main range kept)"
	hmtctl query "$pid" "$(ask_program main range kept)" | grep -q 'excluded=2048'
	create_workload main "pids=$pid" scan_interval_ms=50 samples=2 limits=dram=0
	go_live main
	wait_until "$limit" pages_on_most 0 0 main place other
	expect_eq "$(pages_on 0 main place kept)" $((8 * MIB)) "pages of kept on node 0"
	expect_eq "$(stat_of main skipped_excluded)" $((8 * MIB)) \
		"skipped_excluded of main"
	hmtctl exclude --clear "$pid"
	wait_until "$limit" pages_on_most 0 0 main place kept
	wait_until "$limit" stat_is main skipped_excluded 0
	# The modules are unloaded while ranges are excluded.
	hmtctl exclude "$pid"
	go_idle main
	rmdir "$config/workloads/main"
	remove_tiers
	modprobe -r hmt_accessed hmt
	finish_program main
}

# advised_pages_are COUNT RANGE - COUNT pages are placed by advice
advised_pages_are()
{
	hmtctl query "$(pid_of main)" "$2" | grep -q "advised=$1"
}

advised()
{
	local pid range

	commit_chain
	start_program main hmt_regions name=hot,mib=8,hot,place=0 name=cold,mib=8,place=2
	pid=$(pid_of main)
	range=$(ask_program main range hot)
	! hmtctl prefer nosuch "$pid" || fail "hmtctl prefers a missing tier"
	create_workload main "pids=$pid" scan_interval_ms=50 samples=2
	go_live main
	hmtctl prefer pmem "$pid" "$range"
	hmtctl prefer --share 250 dram "$pid" "$(ask_program main range cold)"
	hmtctl prefer --share 500 cxl "$pid" "$(ask_program main range cold)"
	wait_until "$limit" pages_on_least 2 $((8 * MIB)) main place hot
	wait_until "$limit" pages_on_least 0 500 main place cold
	wait_until "$limit" pages_on_least 1 1000 main place cold
	expect_le "$(pages_on 0 main place cold)" 524 "pages of cold on node 0"
	expect_ge "$(pages_on 2 main place cold)" 500 "pages of cold on node 2"
	expect_true advised_pages_are $((8 * MIB)) "$range"
	# Avoid has precedence over prefer.
	hmtctl avoid pmem "$pid"
	wait_until "$limit" pages_on_most 2 0 main place hot
	expect_steady main 2
	# Without advice heat decides again.
	hmtctl prefer --clear pmem "$pid"
	wait_until "$limit" pages_on_least 0 2000 main place hot
	! advised_pages_are $((8 * MIB)) "$range" || fail "still advised"
	# Advice for a tier outlives the graph of that tier.
	hmtctl avoid dram "$pid" "$range"
	go_idle main
	rmdir "$config/workloads/main"
	remove_tiers
	hmtctl query "$pid" "$range" >/dev/null
	modprobe -r hmt_accessed hmt
	finish_program main
}

# has_warm PROGRAM REGION COUNT - at least COUNT pages of it have heat
has_warm()
{
	hmtctl query "$(pid_of "$1")" "$(ask_program "$1" range "$2")" |
		sed -n 's/.* pages, \([0-9]*\) warm.*/\1/p' |
		awk -v least="$3" '{ sum += $1 } END { exit sum < least }'
}

report()
{
	local range

	commit_chain
	start_program main hmt_regions name=cold,mib=8,place=2 name=other,mib=8,place=2
	range=$(ask_program main range cold)
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		providers=report
	go_live main
	hmt_ioctl heat "$(pid_of main)" "${range%-*}" "${range#*-}" &
	at_end kill $!
	wait_until "$limit" pages_on_least 0 2000 main place cold
	expect_eq "$(pages_on 2 main place other)" $((8 * MIB)) \
		"pages of other on node 2"
	expect_true has_warm main cold 2000
	finish_program main
}

# each_address RANGE - print an address in each page of it
each_address()
{
	local page

	for ((page = 0x${1%-*}; page < 0x${1#*-}; page += 4096)); do
		printf '%16x\n' $((page + 8))
	done
}

# list_addresses RANGE - the same again and again, until the reader exits
list_addresses()
{
	local text

	text=$(each_address "$1")
	while echo "$text" 2>/dev/null; do
		nap 0.05
	done
}

addresses()
{
	local range

	commit_chain
	start_program main hmt_regions name=cold,mib=8,place=2 name=other,mib=8,place=2
	range=$(ask_program main range cold)
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		providers=accessed
	go_live main
	list_addresses "$range" | hmtctl report "$(pid_of main)" 2>"$work/refused" || :
	expect_line "no live workload takes reports of it" "$work/refused"
	# More than it reports at once comes in one piece, and is no longer looked at.
	for _ in 1 2 3; do
		each_address "$range"
	done >"$work/addresses"
	hmtctl report "$(pid_of main)" <"$work/addresses" 2>"$work/refused" || :
	expect_line "no live workload takes reports of it" "$work/refused"
	go_idle main
	configure_workload main providers=report
	go_live main
	list_addresses "$range" | hmtctl report --json "$(pid_of main)" >"$work/report" &
	wait_until "$limit" pages_on_least 0 2000 main place cold
	expect_eq "$(pages_on 2 main place other)" $((8 * MIB)) \
		"pages of other on node 2"
	expect_true has_warm main cold 2000
	# The reporter exits with the process, and has lost nothing.
	finish_program main
	wait_until "$limit" [ -s "$work/report" ]
	note "$(tr -d '\n ' <"$work/report")"
	expect_gt "$(jq .addresses "$work/report")" 2048 "reported addresses"
	expect_eq "$(jq .lost "$work/report")" 0 "lost addresses"
}
