# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Rate limits: upper bounds only, as the machine may be as slow as it likes.

tests=(
	"demote-rate   demotion is never faster than its limit"
	"promote-rate  promotion is never faster than its limit"
	"no-rate       a limit of 0 moves nothing, in either direction"
	"dry-run       a dry run plans and moves nothing"
)

mbps=4

# readings WORKLOAD STAT - "BEGIN MOVED END" in ms, until nothing is left or
# for some seconds; the clock is read before and after
readings()
{
	local end=$((SECONDS + 4)) before moved after

	while [ "$SECONDS" -lt "$end" ]; do
		read -r before _ </proc/uptime
		read -r moved <"$config/workloads/$1/stats/$2"
		read -r after _ </proc/uptime
		echo "${before/./}0 $moved ${after/./}0"
	done
}

# check_rate FILE - between any two readings. Beside rate times time there may
# be a full bucket of one batch, a batch that was being moved at the first
# reading and counted after it, and what the clock's 10 ms, twice, are worth.
check_rate()
{
	awk -v rate=$((mbps * 256)) '
		{ begin[NR] = $1; moved[NR] = $2; end[NR] = $3 }
		END {
			step = NR > 600 ? int(NR / 300) : 1
			for (i = 1; i <= NR; i += step)
				for (j = i + 1; j <= NR; j += step) {
					ms = end[j] - begin[i] + 20
					if (moved[j] - moved[i] > rate * ms / 1000 + 128) {
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
	start main hmt_regions name=some,mib=64,place=0
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=100 \
		demote_mib_per_s=$mbps limits=dram=0
	go_live main
	readings main demoted >"$work/readings"
	check_rate "$work/readings"
	finish main
}

promote-rate()
{
	start main hmt_regions name=some,mib=32,place=1,hot
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=100 \
		promote_mib_per_s=$mbps
	go_live main
	readings main promoted >"$work/readings"
	check_rate "$work/readings"
	finish main
}

no-rate()
{
	start main hmt_regions name=down,mib=8,place=0 name=up,mib=8,place=1,hot
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=50 promote_mib_per_s=0 \
		demote_mib_per_s=0 limits=dram=4M
	go_live main
	[ "$(moves_in main 10)" -eq 0 ]
	configure main demote_mib_per_s=max
	wait_until "$limit" stat_above main demoted 0
	stat_is main promoted 0
	configure main demote_mib_per_s=0 promote_mib_per_s=max limits=
	wait_until "$limit" stat_above main promoted 0
	finish main
}

dry-run()
{
	local planned

	start main hmt_regions name=down,mib=8,place=0 name=up,mib=8,place=1,hot
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=50 dry_run=1 \
		limits=dram=4M
	go_live main
	wait_until "$limit" stat_above main planned 0
	planned=$(stat_of main planned)
	[ "$(moves_in main 10)" -eq 0 ]
	stat_above main planned "$planned"
	stat_is main demoted 0
	stat_is main promoted 0
	configure main dry_run=0
	wait_until "$limit" stat_above main demoted 0
	finish main
}
