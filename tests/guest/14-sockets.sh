# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Two sockets with DRAM and slow memory each: pages are where the process runs.

tests=(
	"returns  demoted pages go to the slow memory of the socket that runs the process, and return to its DRAM"
	"follows  the hot pages of a process that moved to the other socket follow it once, within the rate, and cold ones stay"
	"between  the pages of a process that runs on both sockets stay where they are"
	"crowded  the pages of a process follow the thread that runs among many that sleep"
)

# begin CPU REGION... - the program "main" on that CPU, and both tiers
begin()
{
	# The kernel's own balancing would move pages too.
	echo 0 >/proc/sys/kernel/numa_balancing
	start_program main taskset -c "$1" hmt_regions "${@:2}"
	commit_chain "dram=node0 node1" "slow=node2 node3"
	create_workload main "pids=$(pid_of main)" scan_interval_ms=100
}

# moved_between FROM TO - pages that moved so far; there may be no edge yet
moved_between()
{
	if [ -e "$class/node$1/edges/node$2" ]; then
		edge_counter "$1" "$2" moved
	else
		echo 0
	fi
}

# get_why REASON - pages of "main" that hmtctl query shows for that reason
get_why()
{
	result=$(hmtctl query --json "$(pid_of main)" |
		jq "[.. | objects | .why?.$1? // empty] | add // 0")
}

why_on_least()
{
	get_why "$1"
	[ "$result" -ge "$2" ]
}

returns()
{
	local hot

	hot=$(scaled_pages 16)
	begin 1 "name=hot,mib=$(scaled_mib 16),hot,place=0"
	configure_workload main "limits=dram=0"
	go_live main
	wait_until "$limit" pages_on_least 3 $((hot * 99 / 100)) main place hot
	configure_workload main limits=
	wait_until "$limit" pages_on_least 1 $((hot * 99 / 100)) main place hot
	expect_true pages_on_most 0 0 main place hot
	# Each page was demoted and promoted once.
	expect_gt $((hot + 512)) "$(stat_of main promoted)" "pages promoted"
	expect_gt 512 "$(stat_of main brought_home)" "pages demoted to the wrong socket at first"
	finish_program main
}

follows()
{
	local hot there back moved

	load_hmt
	there=$(moved_between 0 1)
	back=$(moved_between 1 0)
	hot=$(scaled_pages 16)
	begin 1 "name=hot,mib=$(scaled_mib 16),hot,place=0" \
		"name=cold,mib=$(scaled_mib 8),place=0"
	configure_workload main promote_mib_per_s=0
	go_live main
	# The reason is shown while the rate lets no page move.
	wait_until "$limit" why_on_least home $((hot * 95 / 100))
	expect_true pages_on_least 0 "$hot" main place hot
	configure_workload main promote_mib_per_s=64
	wait_until "$limit" pages_on_least 1 $((hot * 99 / 100)) main place hot
	expect_steady main 5
	moved=$(($(moved_between 0 1) - there))
	expect_gt "$moved" $((hot * 99 / 100 - 1)) "pages brought to socket 1"
	expect_gt $((hot + 512)) "$moved" "pages brought to socket 1, at most once each"
	expect_eq "$(stat_of main brought_home)" "$moved" "brought_home"
	expect_true pages_on_least 0 $(($(scaled_pages 8) * 99 / 100)) main place cold
	taskset -a -p -c 0 "$(pid_of main)" >"$work/taskset"
	wait_until "$limit" pages_on_least 0 $((hot * 99 / 100)) main place hot
	expect_steady main 5
	expect_gt $((hot + 512)) $(($(moved_between 1 0) - back)) "pages brought back, at most once each"
	finish_program main
}

between()
{
	local pages

	pages=$(scaled_pages 4)
	begin 0 "name=first,mib=$(scaled_mib 4),hot,place=0" \
		"name=second,mib=$(scaled_mib 4),hot,place=1"
	tell_program main thread 0
	tell_program main thread 1
	go_live main
	wait_passes main 5
	expect_eq "$(stat_of main brought_home)" 0 "brought_home"
	expect_true pages_on_least 0 "$pages" main place first
	expect_true pages_on_least 1 "$pages" main place second
	finish_program main
}

# The main thread, which is the oldest one, uses a little CPU time on socket 0.
crowded()
{
	local pages

	pages=$(scaled_pages 1)
	begin 0 "name=hot,mib=$(scaled_mib 1),hot,place=0"
	tell_program main sleepers 128
	tell_program main thread 1
	go_live main
	wait_until "$limit" pages_on_least 1 $((pages * 99 / 100)) main place hot
	finish_program main
}
