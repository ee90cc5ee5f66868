# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The content of pages that move: not one wrong byte.

tests=(
	"writers  threads compare and rewrite all the time, and fork, remap, protect, discard and unmap"
	"cow      parent and child find their own writes while pages move right after the fork"
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
