# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Pages of each class: those that must not move stay, are counted, and keep their
# content.

tests=(
	"pinned    pages in a pipe stay, are counted, and the pipe reads right; unpinned they move"
	"fixed     buffers that io_uring pins for a long time stay"
	"shared    shared anonymous memory stays and is counted"
	"files     pages of files stay, on tmpfs and ext4; the written part of a private mapping moves"
	"locked    locked pages move, and the kernel's count of them is right"
	"huge      huge pages stay huge, and in their tier unless the kernel moves them as a whole"
	"rarely    a huge page that is accessed as often as a base page is colder"
	"swapped   swapped pages return with their content"
)

# demote_all PROGRAM - demote all movable pages from node 0
demote_all()
{
	commit_chain
	create_workload main "pids=$(pid_of "$1")" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
}

pinned()
{
	start_program main hmt_regions name=some,mib=4,place=0,pin=64
	demote_all main
	wait_until "$limit" pages_on_most 0 64 main place some
	expect_eq "$(pages_on 0 main place some 0 64)" 64 \
		"of 64 pages of some from page 0 on, pages on node 0"
	wait_passes main 3
	expect_eq "$(pages_on 0 main place some 0 64)" 64 \
		"of 64 pages of some from page 0 on, pages on node 0"
	expect_true stat_above main skipped_pinned 63
	expect_true edge_counter_above 0 1 failed_pinned 63
	expect_eq "$(ask_program main pipe some)" "0 wrong" "answer to pipe some"
	wait_until "$limit" pages_on_most 0 0 main place some
	finish_program main
}

fixed()
{
	start_program main hmt_regions name=some,mib=4,place=0,uring=100
	demote_all main
	wait_until "$limit" pages_on_most 0 100 main place some
	wait_passes main 3
	expect_eq "$(pages_on 0 main place some 0 100)" 100 \
		"of 100 pages of some from page 0 on, pages on node 0"
	expect_true stat_above main skipped_pinned 99
	finish_program main
}

# The anonymous region moves, so the engine has tried to move the shared one.
shared()
{
	start_program main hmt_regions name=shared,kind=shared,mib=4,place=0 \
		name=anon,mib=4,place=0
	demote_all main
	wait_until "$limit" pages_on_most 0 0 main place anon
	wait_passes main 3
	expect_eq "$(pages_on 0 main place shared)" $((4 * MIB)) \
		"pages of shared on node 0"
	expect_ge "$(stat_of main skipped_file)" $((4 * MIB)) "skipped_file of main"
	finish_program main
}

files()
{
	make_disk "$work/mount"
	start_program main hmt_regions \
		"name=private,kind=private,mib=4,file=$work/mount/private,place=0,hot" \
		"name=shared,kind=file,mib=4,file=$work/mount/shared,place=0,hot" \
		"name=tmpfs,kind=file,mib=4,file=/dev/shm/shared,place=0,hot" \
		"name=cow,kind=private,mib=4,file=/dev/shm/private,place=0"
	at_end rm -f /dev/shm/shared /dev/shm/private
	demote_all main
	wait_until "$limit" pages_on_most 0 0 main place private 0 512
	wait_until "$limit" pages_on_most 0 0 main place cow 0 512
	wait_passes main 3
	expect_eq "$(pages_on 0 main place private 512 512)" $((2 * MIB)) \
		"of 512 pages of private from page 512 on, pages on node 0"
	expect_eq "$(pages_on 0 main place cow 512 512)" $((2 * MIB)) \
		"of 512 pages of cow from page 512 on, pages on node 0"
	expect_eq "$(pages_on 0 main place shared)" $((4 * MIB)) \
		"pages of shared on node 0"
	expect_eq "$(pages_on 0 main place tmpfs)" $((4 * MIB)) \
		"pages of tmpfs on node 0"
	expect_ge "$(stat_of main skipped_file)" $((12 * MIB)) "skipped_file of main"
	configure_workload main limits=
	wait_passes main 3
	sync
	finish_program main
	# Each file has content of its own.
	cmp -s "$work/mount/shared" /dev/shm/shared && fail "both files are the same"
	wait_until "$limit" no_programs
}

# locked_pages_are COUNT - after pages in lists of the CPUs have been counted
locked_pages_are()
{
	drop_caches
	result=$(vmstat_of nr_mlock)
	[ "$result" -eq "$1" ]
}

locked()
{
	local before

	before=$(vmstat_of nr_mlock)
	start_program main hmt_regions name=some,mib=8,place=0,lock
	wait_until 20 locked_pages_are $((before + 2048))
	demote_all main
	wait_until "$limit" pages_on_most 0 0 main place some
	wait_passes main 2
	wait_until 20 locked_pages_are $((before + 2048))
	tell_program main unlock some
	wait_until 20 locked_pages_are "$before"
	finish_program main
}

# huge_kib PROGRAM
huge_kib()
{
	awk '/^AnonHugePages:/ { print $2 }' "/proc/$(pid_of "$1")/smaps_rollup"
}

huge()
{
	local kib

	# Room for huge pages.
	drop_caches
	start_program main hmt_regions name=huge,kind=thp,mib=16,place=0 \
		name=anon,mib=4,place=0
	kib=$(huge_kib main)
	[ "$kib" -ge 16384 ] || fail "only $kib KiB of huge pages to begin with"
	demote_all main
	wait_until "$limit" pages_on_most 0 0 main place anon
	wait_passes main 3
	expect_eq "$(huge_kib main)" "$kib" "KiB of huge pages of main"
	# Linux 7.x moves them as a whole without hmtd.
	if [[ $HMT_KERNEL == *-7.* ]]; then
		wait_until "$limit" pages_on_most 0 0 main place huge
	else
		expect_eq "$(pages_on 0 main place huge)" $((16 * MIB)) \
			"pages of huge on node 0"
		expect_ge "$(stat_of main skipped_huge)" $((16 * MIB)) \
			"skipped_huge of main"
	fi
	tell_program main hot huge
	wait_passes main 3
	expect_eq "$(huge_kib main)" "$kib" "KiB of huge pages of main"
	finish_program main
}

# heat_in PROGRAM REGION - average heat of a region that is on node 0
heat_in()
{
	hmtctl query "$(pid_of "$1")" "$(ask_program "$1" range "$2")" |
		sed -n 's/^memory node0: .* heat \([0-9]*\);.*/\1/p'
}

rarely()
{
	local round base name

	drop_caches
	start_program main hmt_regions name=huge,kind=thp,mib=4,place=0 \
		name=base,mib=4,place=0
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=250 samples=2 \
		dry_run=1
	go_live main
	for round in {1..12}; do
		for name in huge base; do
			tell_program main hot "$name"
			tell_program main cold "$name"
		done
		wait_passes main 1
	done
	base=$(heat_in main base)
	# On a slow machine most samples find no access.
	expect_gt "$base" 4 "heat of the region of base pages"
	expect_lt "$(heat_in main huge)" "$base" "heat of the region of huge pages"
	finish_program main
}

swapped()
{
	local i

	make_swap
	start_program main hmt_regions name=some,mib=8,place=0 name=other,mib=8,hot
	tell_program main pageout some
	expect_gt "$(pages_on absent main place some)" $((4 * MIB)) \
		"pages of some on node absent"
	demote_all main
	for i in 1 2 3 4; do
		tell_program main hot some
		wait_until "$limit" pages_on_most absent 0 main place some
		configure_workload main limits=
		tell_program main cold some
		tell_program main pageout some
		configure_workload main limits=dram=0
		tell_program main pageout other
	done
	wait_passes main 2
	finish_program main
}

