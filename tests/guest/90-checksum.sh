# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Not one wrong byte, whatever moves.

tests=(
	"writers  threads that compare and rewrite all the time, and fork, remap, protect, discard and unmap"
	"cow      parent and child find what each wrote, with pages moving from right after the fork"
)

# torture ROUNDS ARGUMENT... - with a hostile configuration
#
# The program compares all the time, and its exit status is the result.
torture()
{
	local rounds=$1

	shift
	chain
	start_torture "$@"
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max
	go_live main
	toggle_until main "$rounds" 2000
	# Otherwise it proved nothing.
	wait_until "$limit" stat_above main promoted 500
	wait_until "$limit" stat_above main demoted 500
	stop main
	note "$(tail -n 1 "$work/main.out"), $(all_counters moved) moves"
	go_idle main
}

writers()
{
	torture $((2 / scale)) --mib 8 --threads 2
}

cow()
{
	torture 1 --mib 8 --threads 1 --ops fork
}
