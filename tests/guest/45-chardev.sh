# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# /dev/hmt.

tests=(
	"refusals   each field of each request is refused when it is wrong"
	"access     whoever may not call move_pages(2) on a process is refused"
	"signals    a signal ends a request early, and nothing is lost"
	"vast       a range of a tebibyte takes no memory to speak of"
	"best       the best memory for CPUs is the fastest one with room"
	"tools      hmtctl moves a process, and says where its pages are and why"
	"exclude    what is excluded stays where it is, whoever asks or is under way"
	"excluded   the engine leaves alone what is excluded, until that is taken back"
	"advised    pages go to tiers where they belong, in shares, and leave those that they avoid"
	"report     heat that a program reports raises pages that nobody touches"
	"addresses  so do addresses that another program lists, for as long as its workload takes them"
	"fuzz       random requests do no harm"
)

refusals()
{
	chain
	hmt_ioctl_refuse refusals "$(pgrep -x kthreadd)"
}

access()
{
	load
	hmt_ioctl_refuse access
}

signals()
{
	load
	note "$(hmt_ioctl signals)"
}

vast()
{
	load
	hmt_ioctl vast
}

best()
{
	load
	hmt_ioctl best
}

# At first the process is too young to tell.
cold_is_kept()
{
	hmtctl query "$(pid_of main)" "$(ask main range cold)" |
		grep -q '^memory 2: 2048 pages, 0 warm, heat 0; movable=2048; kept=2048'
}

tools()
{
	chain
	start main hmt_regions name=hot,mib=8,hot,place=0 name=cold,mib=8,place=2
	[ "$(hmtctl best)" = node0 ]
	hmtctl best --json | grep -q '"reason":"latency"'
	hmtctl query "$(pid_of main)" >"$work/query"
	grep -q '^memory 2: .* unmanaged=' "$work/query"
	hmtctl move --to cxl "$(pid_of main)" "$(ask main range cold)"
	[ "$(on 1 main place cold)" -eq 2048 ]
	hmtctl move --to node2 "$(pid_of main)" "$(ask main range cold)"
	[ "$(on 2 main place cold)" -eq 2048 ]
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2
	go_live main
	wait_until "$limit" warm main hot 2000
	wait_until "$limit" cold_is_kept
	finish main
}

exclude()
{
	load
	hmt_ioctl exclude
}

excluded()
{
	local pid

	chain
	start main hmt_regions name=kept,mib=8,place=0 name=other,mib=8,place=0
	pid=$(pid_of main)
	hmtctl exclude "$pid" "$(ask main range kept)"
	hmtctl query "$pid" "$(ask main range kept)" | grep -q 'excluded=2048'
	workload main "pids=$pid" scan_interval_ms=50 samples=2 limits=dram=0
	go_live main
	wait_until "$limit" on_most 0 0 main place other
	[ "$(on 0 main place kept)" -eq 2048 ]
	[ "$(stat_of main skipped_excluded)" -eq 2048 ]
	hmtctl exclude --clear "$pid"
	wait_until "$limit" on_most 0 0 main place kept
	wait_until "$limit" stat_is main skipped_excluded 0
	# Taken away with ranges that are excluded.
	hmtctl exclude "$pid"
	go_idle main
	rmdir "$config/workloads/main"
	remove_tiers
	modprobe -r hmt_accessed hmt
	finish main
}

# advised COUNT RANGE - so many pages are where they are because of that
advised_pages()
{
	hmtctl query "$(pid_of main)" "$2" | grep -q "advised=$1"
}

advised()
{
	local pid range

	chain
	start main hmt_regions name=hot,mib=8,hot,place=0 name=cold,mib=8,place=2
	pid=$(pid_of main)
	range=$(ask main range hot)
	! hmtctl prefer nosuch "$pid" || fail "prefers a tier that is not there"
	workload main "pids=$pid" scan_interval_ms=50 samples=2
	go_live main
	hmtctl prefer pmem "$pid" "$range"
	hmtctl prefer --share 250 dram "$pid" "$(ask main range cold)"
	hmtctl prefer --share 500 cxl "$pid" "$(ask main range cold)"
	wait_until "$limit" on_least 2 2048 main place hot
	wait_until "$limit" on_least 0 500 main place cold
	wait_until "$limit" on_least 1 1000 main place cold
	[ "$(on 0 main place cold)" -le 524 ]
	[ "$(on 2 main place cold)" -ge 500 ]
	advised_pages 2048 "$range"
	# It avoids what it belongs in: that counts more.
	hmtctl avoid pmem "$pid"
	wait_until "$limit" on_most 2 0 main place hot
	steady main 2
	# Its heat counts again.
	hmtctl prefer --clear pmem "$pid"
	wait_until "$limit" on_least 0 2000 main place hot
	! advised_pages 2048 "$range" || fail "still advised"
	# What is gone with its graph does no harm.
	hmtctl avoid dram "$pid" "$range"
	go_idle main
	rmdir "$config/workloads/main"
	remove_tiers
	hmtctl query "$pid" "$range" >/dev/null
	modprobe -r hmt_accessed hmt
	finish main
}

# warm PROGRAM REGION COUNT - so many pages of it have heat
warm()
{
	hmtctl query "$(pid_of "$1")" "$(ask "$1" range "$2")" |
		sed -n 's/.* pages, \([0-9]*\) warm.*/\1/p' |
		awk -v least="$3" '{ sum += $1 } END { exit sum < least }'
}

report()
{
	local range

	chain
	start main hmt_regions name=cold,mib=8,place=2 name=other,mib=8,place=2
	range=$(ask main range cold)
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		providers=report
	go_live main
	hmt_ioctl heat "$(pid_of main)" "${range%-*}" "${range#*-}" &
	at_end kill $!
	wait_until "$limit" on_least 0 2000 main place cold
	[ "$(on 2 main place other)" -eq 2048 ]
	warm main cold 2000
	finish main
}

# list RANGE - an address in each page of it, until nobody reads them
list()
{
	local page text

	text=$(for ((page = 0x${1%-*}; page < 0x${1#*-}; page += 4096)); do
		printf '%16x\n' $((page + 8))
	done)
	while echo "$text" 2>/dev/null; do
		nap 0.05
	done
}

addresses()
{
	local range

	chain
	start main hmt_regions name=cold,mib=8,place=2 name=other,mib=8,place=2
	range=$(ask main range cold)
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		providers=accessed
	go_live main
	list "$range" | hmtctl report "$(pid_of main)" 2>"$work/refused" || :
	grep -q "no live workload takes reports of it" "$work/refused"
	go_idle main
	configure main providers=report
	go_live main
	list "$range" | hmtctl report --json "$(pid_of main)" >"$work/report" &
	wait_until "$limit" on_least 0 2000 main place cold
	[ "$(on 2 main place other)" -eq 2048 ]
	warm main cold 2000
	# It ends when the process does, and has lost nothing.
	finish main
	wait_until "$limit" [ -s "$work/report" ]
	note "$(tr -d '\n ' <"$work/report")"
	[ "$(jq .addresses "$work/report")" -gt 2048 ]
	[ "$(jq .lost "$work/report")" -eq 0 ]
}

fuzz()
{
	chain
	hmt_ioctl_fuzz $((3000 / scale))
}
