# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Rate limits. Only upper bounds are tested, because the machine may be slow.

tests=(
	"demote-rate   demotion never exceeds its limit"
	"promote-rate  promotion never exceeds its limit"
	"no-rate       a limit of 0 stops the moves in its direction"
	"mid-pass      a dry run that begins in a pass ends its moves"
	"dry-run       a dry run plans moves and makes none"
)

rate=4

# print_readings WORKLOAD STAT - lines "BEGIN MOVED END" for four seconds; BEGIN and
# END are times in ms before and after the statistic is read
print_readings()
{
	local end=$((SECONDS + 4)) before moved after

	while [ "$SECONDS" -lt "$end" ]; do
		read -r before _ </proc/uptime
		read -r moved <"$config/workloads/$1/stats/$2"
		read -r after _ </proc/uptime
		echo "${before/./}0 $moved ${after/./}0"
	done
}

# check_rate FILE - between any two readings. Besides rate times time the limit permits
# a full bucket of one batch, a batch that was moved before the first reading and
# counted after it, and pages for two clock ticks of 10 ms. Where huge pages move as a
# whole, on Linux 7.x, the bucket has one.
check_rate()
{
	local bucket=64

	[[ $HMT_KERNEL != *-7.* ]] || bucket=512
	awk -v rate=$((rate * 256)) -v bucket="$bucket" '
		{ begin[NR] = $1; moved[NR] = $2; end[NR] = $3 }
		END {
			step = NR > 600 ? int(NR / 300) : 1
			for (i = 1; i <= NR; i += step)
				for (j = i + 1; j <= NR; j += step) {
					ms = end[j] - begin[i] + 20
					if (moved[j] - moved[i] > rate * ms / 1000 + bucket + 64) {
						print moved[j] - moved[i], "pages in", ms, "ms"
						exit 1
					}
				}
			print moved[NR] - moved[1], "pages in", end[NR] - begin[1], "ms,", NR, "readings"
			exit moved[NR] <= moved[1]
		}' "$1" >"$work/verdict" || fail "$(cat "$work/verdict")"
	note "$(cat "$work/verdict")"
}

demote-rate()
{
	start_program main hmt_regions name=some,mib=64,place=0
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=100 \
		demote_mib_per_s=$rate limits=dram=0
	go_live main
	wait_until "$limit" stat_above main demoted 0
	print_readings main demoted >"$work/readings"
	check_rate "$work/readings"
	finish_program main
}

promote-rate()
{
	start_program main hmt_regions name=some,mib=32,place=1,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=100 \
		promote_mib_per_s=$rate
	go_live main
	wait_until "$limit" stat_above main promoted 0
	print_readings main promoted >"$work/readings"
	check_rate "$work/readings"
	finish_program main
}

no-rate()
{
	start_program main hmt_regions name=down,mib=8,place=0 name=up,mib=8,place=1,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 promote_mib_per_s=0 \
		demote_mib_per_s=0 limits=dram=4M
	go_live main
	expect_eq "$(moves_in main 10)" 0 "pages that moved in 10 passes"
	configure_workload main demote_mib_per_s=max
	wait_until "$limit" stat_above main demoted 0
	expect_true stat_is main promoted 0
	configure_workload main demote_mib_per_s=0 promote_mib_per_s=max limits=
	wait_until "$limit" stat_above main promoted 0
	finish_program main
}

# A pass is long: 4 s for the samples, and as long for the moves.
mid-pass()
{
	local before after

	start_program main hmt_regions name=up,mib=32,place=1,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=4000 \
		samples=10 promote_mib_per_s=2
	go_live main
	wait_until "$limit" stat_above main promoted 0
	configure_workload main dry_run=1
	before=$(stat_of main promoted)
	wait_passes main 1
	after=$(stat_of main promoted)
	note "$((after - before)) pages moved after the dry run began"
	# Two batches: one was moving.
	expect_le $((after - before)) 64 "pages that moved in the dry run"
	finish_program main
}

dry-run()
{
	local planned

	start_program main hmt_regions name=down,mib=8,place=0 name=up,mib=8,place=1,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 dry_run=1 \
		limits=dram=4M
	go_live main
	wait_until "$limit" stat_above main planned 0
	planned=$(stat_of main planned)
	expect_eq "$(moves_in main 10)" 0 "pages that moved in 10 passes"
	expect_true stat_above main planned "$planned"
	expect_true stat_is main demoted 0
	expect_true stat_is main promoted 0
	configure_workload main dry_run=0
	wait_until "$limit" stat_above main demoted 0
	finish_program main
}
