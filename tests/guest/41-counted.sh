# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Pages are counted once and in their class, wherever and as often as they are
# mapped.

tests=(
	"hugetlb   pages of hugetlb stay, and stat, status and query show them, without the holes"
	"views     shared memory that one process maps three times counts once, is as hot as all of its mappings and moves; once another process maps it, it stays"
)

# give_hugetlb NODE PAGES - to the pool of huge pages of 2 MiB of the node
give_hugetlb()
{
	local pool=/sys/devices/system/node/node$1/hugepages/hugepages-2048kB

	drop_caches
	at_end write_value "$pool/nr_hugepages" 0
	echo "$2" >"$pool/nr_hugepages"
	expect_eq "$(cat "$pool/nr_hugepages")" "$2" "huge pages of node $1"
}

write_value()
{
	echo "$2" >"$1"
}

# pages_in_state PROGRAM STATE [RANGE] - as hmtctl query counts them
pages_in_state()
{
	hmtctl query --json "$(pid_of "$1")" "${@:3}" |
		jq "[.memories[].states.$2 // 0] | add // 0"
}

hugetlb()
{
	give_hugetlb 0 6
	start_program main hmt_regions name=huge,kind=hugetlb,mib=8,place=0,hot \
		name=anon,mib=2,place=0
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
	wait_until "$limit" pages_on_most 0 0 main place anon
	wait_passes main 2
	expect_eq "$(stat_of main skipped_hugetlb)" $((8 * MIB)) \
		"skipped_hugetlb of main"
	expect_eq "$(pages_on 0 main place huge)" $((8 * MIB)) "pages of huge on node 0"
	expect_eq "$(pages_in_state main hugetlb)" $((8 * MIB)) \
		"pages in state hugetlb"
	hmtctl status | grep -q "hugetlb has a pool on each node: $((8 * MIB)) pages"
	hmtctl move --to node1 --json "$(pid_of main)" "$(ask_program main range huge)" |
		jq -e ".moved == 0 and .huge == $((8 * MIB))" >/dev/null ||
		fail "hmtctl move counts pages of hugetlb wrong"
	hmtctl exclude "$(pid_of main)" "$(ask_program main range huge)"
	wait_until "$limit" stat_above main skipped_excluded $((8 * MIB - 1))
	wait_passes main 2
	expect_eq "$(stat_of main skipped_hugetlb)" 0 "skipped_hugetlb of main"
	finish_program main
}

views()
{
	drop_caches
	start_program main hmt_regions name=heap,kind=shared,mib=8,place=0,views=3,hot,read \
		name=anon,mib=2,place=0
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
	wait_until "$limit" pages_on_most 0 0 main place anon
	wait_passes main 2
	expect_ge "$(stat_of main skipped_file)" $((8 * MIB)) "skipped_file of main"
	expect_lt "$(stat_of main skipped_file)" $((16 * MIB)) "skipped_file of main"
	expect_eq "$(pages_on 0 main place heap)" $((8 * MIB)) "pages of heap on node 0"
	hmtd --foreground --verbose 2>>"$work/hmtd.err" &
	at_end end_process $!
	wait_until "$limit" pages_on_most 0 0 main place heap
	configure_workload main limits=
	wait_until "$limit" pages_on_least 0 $((8 * MIB)) main place heap
	ask_program main fork
	wait_until "$limit" pages_on_least 0 $((8 * MIB)) main child heap
	configure_workload main limits=dram=0
	wait_until "$limit" pages_on_most 0 0 main place anon
	wait_passes main 3
	expect_eq "$(pages_on 0 main place heap)" $((8 * MIB)) "pages of heap on node 0"
	finish_program main
}
