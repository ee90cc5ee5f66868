# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The content of pages that move: not one wrong byte.

tests=(
	"writers  threads compare and rewrite all the time, and fork, remap, protect, discard and unmap"
	"cow      parent and child find their own writes while pages move right after the fork"
	"mix      the same while engine and requests move pages, and KSM, swap, userfaultfd, pipes, io_uring, limits of a cgroup, and CPUs and memory that go and come disturb them"
)

# moves_both_ways - after another round; writes after a fork, and not the engine,
# bring most pages of the test cow back to dram
moves_both_ways()
{
	toggle_limits main
	stat_above main promoted 500 && stat_above main demoted 500
}

# run_torture ROUNDS ARGUMENT... - while pages move at the maximum rate
#
# The program compares all the time, and its exit status is the result.
run_torture()
{
	local rounds=$1

	shift
	commit_chain
	start_torture "$@"
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max
	go_live main
	toggle_limits_until main "$rounds" 2000
	# Without enough moves the test proves nothing.
	wait_until "$limit" moves_both_ways
	stop_program main
	note "$(tail -n 1 "$work/main.out"), $(edge_total moved) moves"
	go_idle main
}

writers()
{
	run_torture $((2 / scale)) --mib 8 --threads 2
}

cow()
{
	run_torture 1 --mib 8 --threads 1 --ops fork
}

# moves_of_mix - pages that engine and requests have moved; edges lose their counters
# with a node that goes
moves_of_mix()
{
	local promoted demoted asked

	get_stat main promoted
	promoted=$result
	get_stat main demoted
	demoted=$result
	asked=$(sed -n 's/^moved //p' "$work/main.out" | tail -n 1)
	result=$((promoted + demoted + ${asked:-0}))
}

# disturb NUMBER - the kernel does something else with memory or CPUs for a moment
disturb()
{
	case $1 in
	0)
		echo 0 >/sys/devices/system/cpu/cpu1/online
		nap 0.1
		echo 1 >/sys/devices/system/cpu/cpu1/online
		;;
	1)
		set_blocks 2 offline
		set_blocks 2 online_movable
		;;
	2)
		echo $(($(<"$in_cgroup/memory.current") * 7 / 8)) \
			>"$in_cgroup/memory.high"
		nap 0.1
		echo max >"$in_cgroup/memory.high"
		;;
	3)
		reclaim_from_cgroup 1
		;;
	esac
	disturbed[$1]=$((${disturbed[$1]-0} + 1))
}

mix()
{
	local seed=${HMT_SEED:-$RANDOM} goal i limits=(dram=0 "dram=0 cxl=0" $'\n')
	local -a disturbed=()

	goal=$(soak_amount 1000000 100000000)
	RANDOM=$seed
	note "HMT_SEED=$seed"
	make_swap
	at_end eval "echo 2 >/sys/kernel/mm/ksm/run; echo 0 >/sys/kernel/mm/ksm/run"
	echo 1 >/sys/kernel/mm/ksm/run
	at_end eval 'echo 1 >/sys/devices/system/cpu/cpu1/online'
	at_end set_blocks 2 online_movable
	in_cgroup=$(make_cgroup mix)
	commit_chain
	start_hmtd
	HMT_SEED=$seed start_program main hmt_torture --mib 8 --huge-mib 64 --threads 2 \
		--ops all --movers 3 --nodes 3 --pause 5
	create_workload main cgroup=/mix scan_interval_ms=20 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max
	go_live main
	moves_of_mix
	# Each disturbance comes first once.
	for ((i = 0; i < 4 || result < goal; i++)); do
		configure_workload main "limits=${limits[RANDOM % 3]}"
		disturb $((i < 4 ? i : RANDOM % 4))
		moves_of_mix
	done
	note "$result pages moved; CPU, node, limit, reclaim: ${disturbed[*]}"
	go_idle main
	stop_program main
	note "$(tail -n 1 "$work/main.out")"
}
