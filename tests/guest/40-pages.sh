# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Pages of all kinds: those that must not move stay, are counted and keep what
# is in them.

tests=(
	"pinned    pages in a pipe stay, are counted, and the pipe reads right; unpinned they move"
	"fixed     buffers that io_uring holds for long stay"
	"shared    shared anonymous memory stays and is counted"
	"files     pages of files stay, on tmpfs and ext4; the written part of a private mapping moves"
	"locked    locked pages move, and the kernel's count of them is right"
	"huge      huge pages stay huge and where they are, and are counted"
	"rarely    a huge page that is accessed as often as a base page is colder"
	"swapped   swapped pages come back right"
)

# demote_all PROGRAM - everything that can leaves node 0
demote_all()
{
	chain
	workload main "pids=$(pid_of "$1")" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
}

pinned()
{
	start main hmt_regions name=some,mib=4,place=0,pin=64
	demote_all main
	wait_until "$limit" on_most 0 64 main place some
	[ "$(on 0 main place some 0 64)" -eq 64 ]
	passes main 3
	[ "$(on 0 main place some 0 64)" -eq 64 ]
	stat_above main skipped_pinned 63
	counter_above 0 1 failed_pinned 63
	[ "$(ask main pipe some)" = "0 wrong" ]
	wait_until "$limit" on_most 0 0 main place some
	finish main
}

fixed()
{
	start main hmt_regions name=some,mib=4,place=0,uring=100
	demote_all main
	wait_until "$limit" on_most 0 100 main place some
	passes main 3
	[ "$(on 0 main place some 0 100)" -eq 100 ]
	stat_above main skipped_pinned 99
	finish main
}

# A page in the same process that moves shows that HMT was at work.
shared()
{
	start main hmt_regions name=shared,kind=shared,mib=4,place=0 \
		name=anon,mib=4,place=0
	demote_all main
	wait_until "$limit" on_most 0 0 main place anon
	passes main 3
	[ "$(on 0 main place shared)" -eq 1024 ]
	[ "$(stat_of main skipped_file)" -ge 1024 ]
	finish main
}

files()
{
	make_disk "$work/mount"
	start main hmt_regions \
		"name=private,kind=private,mib=4,file=$work/mount/private,place=0,hot" \
		"name=shared,kind=file,mib=4,file=$work/mount/shared,place=0,hot" \
		"name=tmpfs,kind=file,mib=4,file=/dev/shm/shared,place=0,hot" \
		"name=cow,kind=private,mib=4,file=/dev/shm/private,place=0"
	at_end rm -f /dev/shm/shared /dev/shm/private
	demote_all main
	wait_until "$limit" on_most 0 0 main place private 0 512
	wait_until "$limit" on_most 0 0 main place cow 0 512
	passes main 3
	[ "$(on 0 main place private 512 512)" -eq 512 ]
	[ "$(on 0 main place cow 512 512)" -eq 512 ]
	[ "$(on 0 main place shared)" -eq 1024 ]
	[ "$(on 0 main place tmpfs)" -eq 1024 ]
	[ "$(stat_of main skipped_file)" -ge 3072 ]
	configure main limits=
	passes main 3
	sync
	finish main
	cmp -s "$work/mount/shared" /dev/shm/shared && fail "both files are the same"
	wait_until "$limit" no_programs
}

# locked_pages COUNT - what the kernel has in hand is counted later
locked_pages()
{
	quiet_memory
	[ "$(vmstat_of nr_mlock)" -eq "$1" ]
}

locked()
{
	local before

	before=$(vmstat_of nr_mlock)
	start main hmt_regions name=some,mib=8,place=0,lock
	wait_until 20 locked_pages $((before + 2048))
	demote_all main
	wait_until "$limit" on_most 0 0 main place some
	passes main 2
	wait_until 20 locked_pages $((before + 2048))
	tell main unlock some
	wait_until 20 locked_pages "$before"
	finish main
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
	quiet_memory
	start main hmt_regions name=huge,kind=thp,mib=16,place=0 \
		name=anon,mib=4,place=0
	kib=$(huge_kib main)
	[ "$kib" -ge 16384 ] || fail "only $kib KiB of huge pages to begin with"
	demote_all main
	wait_until "$limit" on_most 0 0 main place anon
	passes main 3
	[ "$(huge_kib main)" -eq "$kib" ]
	[ "$(on 0 main place huge)" -eq 4096 ]
	[ "$(stat_of main skipped_huge)" -ge 4096 ]
	tell main hot huge
	passes main 3
	[ "$(huge_kib main)" -eq "$kib" ]
	finish main
}

# heat_in PROGRAM REGION - all of it is on one memory
heat_in()
{
	hmtctl query "$(pid_of "$1")" "$(ask "$1" range "$2")" |
		sed -n 's/^memory 0: .* heat \([0-9]*\);.*/\1/p'
}

rarely()
{
	local round base name

	quiet_memory
	start main hmt_regions name=huge,kind=thp,mib=4,place=0 \
		name=base,mib=4,place=0
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		dry_run=1
	go_live main
	for round in {1..12}; do
		for name in huge base; do
			tell main hot "$name"
			tell main cold "$name"
		done
		passes main 1
	done
	base=$(heat_in main base)
	[ "$base" -gt 20 ]
	[ "$(heat_in main huge)" -lt "$base" ]
	finish main
}

swapped()
{
	local i

	make_swap
	start main hmt_regions name=some,mib=8,place=0 name=other,mib=8,hot
	tell main pageout some
	[ "$(on absent main place some)" -gt 1024 ]
	demote_all main
	for i in 1 2 3 4; do
		tell main hot some
		wait_until "$limit" on_most absent 0 main place some
		configure main limits=
		tell main cold some
		tell main pageout some
		configure main limits=dram=0
		tell main pageout other
	done
	passes main 2
	finish main
}

