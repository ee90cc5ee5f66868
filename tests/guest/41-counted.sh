# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Pages are counted once and in their class, wherever and as often as they are
# mapped.

tests=(
	"hugetlb   pages of hugetlb stay, and stat, status and query show them, without the holes"
	"views     shared memory that one process maps three times counts once, is as hot as all of its mappings and moves, also once a child maps it"
	"database  shared memory of eight processes counts once, is as hot as in all of them and moves both ways; it stays, and is said to be shared, while one of them excludes it or a process of another workload or of none maps it"
	"confined  shared memory moves although a process of the workload that has only libraries in common with its mappers is confined to node 0, and stays, as skipped_policy, when one of its mappers is"
	"forms     huge pages of shared memory that several processes map move as a whole, and pages of hugetlb that they map count once"
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
	start_hmtd
	wait_until "$limit" pages_on_most 0 0 main place heap
	configure_workload main limits=
	wait_until "$limit" pages_on_least 0 $((8 * MIB)) main place heap
	ask_program main fork
	wait_until "$limit" pages_on_least 0 $((8 * MIB)) main child heap
	configure_workload main limits=dram=0
	wait_until "$limit" pages_on_most 0 0 main place heap
	finish_program main
}

# get_counted WORKLOAD - pages of all tiers
get_counted()
{
	local words sum=0

	while read -r -a words; do
		sum=$((sum + words[1]))
	done <"$config/workloads/$1/stats/tiers"
	result=$sum
}

# counted_between WORKLOAD LEAST MOST - pages in a complete pass
counted_between()
{
	get_counted "$1"
	[ "$result" -ge "$2" ] && [ "$result" -le "$3" ]
}

# stay_put COUNTER STATE - the hot pages of main stay although they should leave
# node 0, and count as skipped_COUNTER
stay_put()
{
	wait_until "$limit" stat_above main "skipped_$1" $((8 * MIB - 1))
	configure_workload main limits=dram=0
	wait_passes main 4
	expect_eq "$(pages_on 0 main place hot)" $((8 * MIB)) \
		"hot pages on node 0, $2"
	expect_ge "$(stat_of main "skipped_$1")" $((8 * MIB)) \
		"skipped_$1 of main, $2"
	configure_workload main limits=dram=12M
}

# page_of RANGE PAGE - range of one page
page_of()
{
	local start=$((0x${1%-*} + $2 * 4096))

	printf '%x-%x\n' $start $((start + 4096))
}

database()
{
	local range pool=/dev/shm/pool

	drop_caches
	at_end rm -f "$pool"
	start_program main hmt_mappers "$pool" 16 8 1
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=12M
	go_live main
	wait_until "$limit" stat_is main processes 8
	# The rest is private memory, less than half of the pool.
	wait_until "$limit" counted_between main $((16 * MIB)) $((24 * MIB))
	expect_ge "$(stat_of main skipped_file)" $((16 * MIB)) "skipped_file of main"
	start_hmtd
	wait_until "$limit" pages_on_least 0 $((8 * MIB)) main place hot
	expect_lt "$(pages_on 0 main place cold)" $((3 * MIB)) "cold pages on node 0"
	get_counted main
	expect_lt "$result" $((24 * MIB)) "pages of main in all tiers"

	range=$(ask_program main range hot)
	hmtctl exclude "$(ask_program main last)" "$range"
	stay_put excluded "of which one process excludes them"
	hmtctl exclude --clear "$(ask_program main last)" "$range"

	start_program other hmt_mappers --attach "$pool"
	stay_put shared "which an unmanaged process maps"
	hmtctl query --json "$(pid_of main)" "$range" |
		jq -e "[.memories[].states.shared // 0] | add >= $((8 * MIB))" \
			>/dev/null || fail "hmtctl query does not say that they are shared"
	create_workload other "pids=$(pid_of other)" scan_interval_ms=50 samples=2
	go_live other
	wait_until "$limit" stat_is other processes 1
	stay_put shared "which another workload maps"
	finish_program other

	range=$(page_of "$range" 300)
	hmtctl exclude "$(ask_program main last)" "$range"
	configure_workload main limits=dram=0
	wait_until "$limit" pages_on_most 0 1 main place hot
	wait_passes main 2
	expect_eq "$(pages_on 0 main place hot)" 1 \
		"hot pages on node 0, of which one process excludes one"
	hmtctl exclude --clear "$(ask_program main last)" "$range"
	wait_until "$limit" pages_on_most 0 0 main place hot
	finish_program main
}

# confine_next CGROUP NODES - start the next programs in a cgroup with this memory
confine_next()
{
	in_cgroup=$(make_cgroup "$1")
	echo "$2" >"$in_cgroup/cpuset.mems"
}

confined()
{
	local pool=/dev/shm/pool in_cgroup=

	drop_caches
	at_end rm -f "$pool"
	start_program main hmt_mappers "$pool" 8 2 0
	confine_next other 0
	start_program other hmt_regions name=anon,mib=2,place=0
	commit_chain
	create_workload main "pids=$(pid_of main) $(pid_of other)" \
		scan_interval_ms=50 samples=2 limits=dram=0
	start_hmtd
	go_live main
	wait_until "$limit" stat_is main processes 3
	wait_until "$limit" pages_on_most 0 0 main place all
	confine_next bound 1
	start_program bound hmt_mappers --attach "$pool"
	configure_workload main limits= \
		"pids=$(pid_of main) $(pid_of other) $(pid_of bound)"
	wait_until "$limit" stat_is main processes 4
	wait_until "$limit" stat_above main skipped_policy 0
	wait_passes main 2
	expect_eq "$(pages_on 0 main place hot)" 0 \
		"hot pages on node 0, which one process may not use"
	finish_program bound
	wait_until "$limit" pages_on_least 0 $((4 * MIB)) main place hot
	finish_program other
	finish_program main
}

forms()
{
	local dir=$work/forms

	drop_caches
	give_hugetlb 0 4
	mkdir "$dir" "$dir/huge" "$dir/hugetlb"
	mount -t tmpfs -o huge=always none "$dir/huge"
	at_end umount "$dir/huge"
	mount -t hugetlbfs -o pagesize=2M none "$dir/hugetlb"
	at_end umount "$dir/hugetlb"
	start_program main hmt_mappers "$dir/huge/pool" 8 4 0
	expect_ge "$(shmem_huge "$(pid_of main)")" 8192 "KiB in huge pages"
	start_program other hmt_mappers "$dir/hugetlb/pool" 8 4 0
	commit_chain
	create_workload main "pids=$(pid_of main) $(pid_of other)" \
		scan_interval_ms=50 samples=2 limits=dram=0
	go_live main
	wait_until "$limit" stat_is main processes 8
	wait_until "$limit" stat_is main skipped_hugetlb $((8 * MIB))
	wait_until "$limit" counted_between main $((16 * MIB)) $((24 * MIB))
	start_hmtd
	wait_until "$limit" pages_on_most 0 0 main place all
	expect_ge "$(shmem_huge "$(pid_of main)")" 8192 "KiB in huge pages"
	expect_eq "$(pages_on 0 other place all)" $((8 * MIB)) \
		"pages of hugetlb on node 0"
	finish_program other
	finish_program main
}

# shmem_huge PID - KiB of shared memory that the process maps in huge pages
shmem_huge()
{
	awk '/^ShmemPmdMapped:/ { print $2 }' "/proc/$1/smaps_rollup"
}
