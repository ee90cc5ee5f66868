# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The provider accessed with page tables of arm64.

tests=(
	"flag    the provider reports the access flag of the hardware"
	"blocks  pages that share a translation count as accessed together"
	"rates   rates of access are measured, and pages that share a translation count as one in them, as a huge page does"
	"hugetlb pages of hugetlb of 64 KiB, whose entries are in a table, are counted and stay"
	"events  counters of the CPU, which give no addresses, are refused; auto uses page faults"
)

accessed=$config/providers/accessed

# watch_program - the program "main", and move nothing
watch_program()
{
	commit_chain
	create_workload main "pids=$(pid_of main)" providers=accessed dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	wait_passes main 1
}

flag()
{
	load_hmt
	modprobe hmt_accessed
	expect_eq "$(cat "$accessed/hardware")" 1 "hardware"
	expect_errno EACCES write "$accessed/hardware" 0
}

# allow_64k - huge pages of 64 KiB only, until the test ends
allow_64k()
{
	local dir=/sys/kernel/mm/transparent_hugepage

	at_end eval "echo $(sed 's/.*\[\(.*\)\].*/\1/' $dir/enabled) >$dir/enabled"
	echo madvise >$dir/enabled
	at_end eval "echo inherit >$dir/hugepages-2048kB/enabled"
	echo never >$dir/hugepages-2048kB/enabled
	at_end eval "echo never >$dir/hugepages-64kB/enabled"
	echo madvise >$dir/hugepages-64kB/enabled
}

# The hardware sets the bit of one entry of each block, so that only one page of 16
# would be warm.
blocks()
{
	local stats=/sys/kernel/mm/transparent_hugepage/hugepages-64kB/stats before

	allow_64k
	start_program main hmt_pattern 8
	before=$(cat $stats/anon_fault_alloc)
	tell_program main large
	expect_ge $(($(cat $stats/anon_fault_alloc) - before)) 128 \
		"folios of 64 KiB in 8 MiB"
	watch_program
	wait_passes main 2
	tell_program main pattern 256
	tell_program main touch
	wait_passes main 3
	# The pattern has the first page of each 16th block.
	expect_eq "$(heat_of main)" "hot=8 missed=0 wrong=120" "heat of main"
	finish_program main
}

# There are as many blocks as pages that have a translation of their own. The processor
# that QEMU emulates sets the bits of all 16 pages of a block that the program touches,
# others that of one of them. Heat would give 980, and 16 pages that count 60.
rates()
{
	local i sum=0

	allow_64k
	start_program main hmt_regions name=fast,mib=32,place=0,kind=thp,hot \
		name=slow,mib=2,place=1,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" providers=accessed dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	wait_until "$limit" stat_above main star_permille 0
	for i in {1..12}; do
		wait_passes main 1
		sum=$((sum + $(stat_of main star_permille)))
	done
	note "mean of star_permille: $((sum / 12))"
	expect_ge $((sum / 12)) 250 "mean of star_permille"
	expect_lt $((sum / 12)) 750 "mean of star_permille"
	finish_program main
}

hugetlb()
{
	local pool=/sys/devices/system/node/node0/hugepages/hugepages-64kB

	at_end eval "echo 0 >$pool/nr_hugepages"
	echo 64 >$pool/nr_hugepages
	start_program main hmt_regions name=huge,kind=hugetlb64,mib=4,place=0,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
	wait_until "$limit" stat_is main skipped_hugetlb $((4 * MIB))
	expect_eq "$(hmtctl query --json "$(pid_of main)" |
		jq '[.memories[].states.hugetlb // 0] | add // 0')" $((4 * MIB)) \
		"pages in state hugetlb"
	expect_eq "$(pages_on 0 main place huge)" $((4 * MIB)) "pages of huge on node 0"
	finish_program main
}

has_hits()
{
	[ "$(provider_stat sampler hits)" -gt 0 ]
}

events()
{
	local sampler=$config/providers/sampler event

	modprobe hmt_sampler
	start_program main hmt_pattern 8
	commit_chain
	create_workload main "pids=$(pid_of main)" providers=sampler dry_run=1 \
		scan_interval_ms=50 samples=1
	for event in mem-loads cache-misses 0:0; do
		echo "$event" >"$sampler/event"
		expect_errno EOPNOTSUPP write "$config/workloads/main/live" 1
	done
	echo auto >"$sampler/event"
	echo 1 >"$sampler/period"
	go_live main
	wait_passes main 1
	tell_program main "fault 4"
	wait_until "$limit" has_hits
	go_idle main
	finish_program main
}
