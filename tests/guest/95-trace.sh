# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Tracepoints.

tests=(
	"events  the events exist and fire, with the names and values of the ABI"
	"anew    after pages have moved for longer than two samples take, a sample more than the pass counts shows what was accessed since"
	"fills   accessed bits are looked at when a program has filled its memory, and not before"
)

events=/sys/kernel/tracing/events/hmt
trace=/sys/kernel/tracing/trace
failure='hmt_failure: from=.*result=[a-z]* pages=[1-9]'

events()
{
	load_hmt
	expect_eq "$(cd "$events" && echo hmt_*)" \
		"hmt_batch hmt_commit hmt_failure hmt_heat hmt_hits hmt_plan hmt_provider hmt_scan hmt_scores hmt_tier" \
		"events"
	echo >"$trace"
	echo 1 >"$events/enable"
	at_end eval "echo 0 >$events/enable"
	# The program unmaps, protects and forks pages that move.
	start_torture --mib 4 --threads 2
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=20 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
	wait_until "$limit" edge_counter_above 0 1 moved 0
	expect_line "hmt_commit: generation=$(graph_generation) tiers=3" "$trace"
	expect_line "hmt_scan: workload=main pid=$(pid_of main) ns=" "$trace"
	grep -qE "hmt_heat: workload=main pid=$(pid_of main) addr=0x[0-9a-f]+000 heat=([0-9a-f]{2})* place=[0-9a-v.-]+ clean=([0-9a-f]{8},)+[0-9a-f]{8}$" "$trace"
	grep -qE "hmt_hits: workload=main provider=accessed pid=$(pid_of main) addr=0x[0-9a-f]+00000 sample=[0-9]+ decay=(1|2|4|8|16|32) pages=([0-9a-f]{8},){15}[0-9a-f]{8}$" "$trace"
	expect_line "hmt_provider: workload=main provider=accessed weight=1 sample=[1-9]" "$trace"
	expect_line "hmt_tier: workload=main tier=cxl index=1 tiers=3 capacity=[1-9].* targets=02$" "$trace"
	expect_line "hmt_plan: workload=main tier=dram promote_min=.*demote_quota=[1-9]" "$trace"
	expect_line "hmt_batch: mover=hmm from=0 to=1 pages=.* moved=[1-9]" "$trace"
	for _ in {1..100}; do
		! grep -q "$failure" "$trace" || break
		configure_workload main limits=
		wait_passes main 2
		configure_workload main limits=dram=0
		wait_passes main 2
	done
	expect_line "$failure" "$trace"
	stop_program main
}

# has_extra_sample - a pass took more samples than it counts
has_extra_sample()
{
	awk '
		/hmt_scan: workload=main/ { scans++ }
		/hmt_tier: workload=main .* index=0 / {
			match($0, / samples=[0-9]+/)
			extra += scans > substr($0, RSTART + 9) + 0
			scans = 0
		}
		END { exit !extra }' "$trace"
}

anew()
{
	load_hmt
	echo >"$trace"
	echo 1 >"$events/hmt_scan/enable"
	echo 1 >"$events/hmt_tier/enable"
	at_end eval "echo 0 >$events/enable"
	start_program main hmt_regions name=anon,mib=16,place=1,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=400 samples=4 \
		promote_mib_per_s=8
	go_live main
	wait_until "$limit" pages_on_least 0 $((8 * MIB)) main place anon
	wait_passes main 1
	has_extra_sample
	finish_program main
}

# scans - samples of the program in the trace
scans()
{
	grep -c "hmt_scan: workload=main pid=$(pid_of main) " "$trace"
}

has_scan()
{
	[ "$(scans)" -gt 0 ]
}

fills()
{
	local count

	load_hmt
	start_program main hmt_pattern 2
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=2000 samples=4
	go_live main
	wait_passes main 2
	echo 1 >"$events/hmt_scan/enable"
	at_end eval "echo 0 >$events/enable"
	echo "grow 14000" >&"${program_in[main]}"
	wait_passes main 1
	echo >"$trace"
	wait_passes main 4
	# A program that had no CPU for some time seems to have ended.
	count=$(scans) || :
	note "$count samples in 4 passes"
	[ "$count" -lt 8 ] || fail "$count samples while the program fills memory"
	tell_program main peek 0
	echo >"$trace"
	wait_until "$limit" has_scan
	finish_program main
}
