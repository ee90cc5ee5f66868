# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# The settings. run.sh calls "prepare_NAME" before the clock starts, "start_NAME"
# before the load starts, "manage_NAME PID" while the load runs and "stop_NAME"
# after it has ended, if they exist. Those with HMT are in hmt/settings-hmt.sh.

balancing=/proc/sys/kernel/numa_balancing
demotion=/sys/kernel/mm/numa/demotion_enabled
damon=/sys/kernel/mm/damon/admin/kdamonds
scheduler=/sys/kernel/debug/sched/numa_balancing

# quiet - disable the kernel's own promotion and demotion
quiet()
{
	echo 0 >"$balancing"
	echo false >"$demotion"
}

# put VALUE FILE - write to a file; a kernel that lacks it is an error
put()
{
	[ -e "$2" ] || die "this kernel has no $2"
	echo "$1" >"$2" || die "$2 refuses '$1'"
}

# die TEXT - end the run: a setting that is not what its name says has no result
die()
{
	{
		cat /tmp/log
		echo "settings: $*"
	} >&3
	touch /tmp/failed
	exit 1
}

# option NAME DEFAULT - print an option of the setting NAME:OPTION=VALUE,...
option()
{
	local words word

	IFS=, read -r -a words <<<"$options"
	for word in "${words[@]}"; do
		[ "${word%%=*}" != "$1" ] || { echo "${word#*=}"; return; }
	done
	echo "$2"
}

# NUMA balancing in tiering mode. Options, with Debian's defaults: limit of
# promotion in MB/s; period in ms in which its threshold adapts once, and at most
# one scan of all memory; size of a scan in MB; watermark in 1/10000 of memory.
start_balancing()
{
	put "$(option limit 65536)" /proc/sys/kernel/numa_balancing_promote_rate_limit_MBps
	put "$(option period 60000)" "$scheduler/scan_period_max_ms"
	put "$(option size 256)" "$scheduler/scan_size_mb"
	put "$(option hot 1000)" "$scheduler/hot_threshold_ms"
	put "$(option watermark 10)" /proc/sys/vm/watermark_scale_factor
	put true "$demotion"
	put 2 "$balancing"
}

# The generations of MGLRU are aged, and the oldest ones demoted, before memory is
# short. NUMA balancing promotes. Options: interval of ageing in ms; memory of node
# 0 that is to be free, in per mille; those of "balancing".
start_mglru()
{
	start_balancing
	put y /sys/kernel/mm/lru_gen/enabled
	[ -r /sys/kernel/debug/lru_gen ] || die "this kernel has no lru_gen"
	age_generations "$(option interval 1000)" "$(option free 40)" &
	ageing=$!
}

stop_mglru()
{
	kill "$ageing"
	wait "$ageing" || :
}

# age_generations MS PER-MILLE
age_generations()
{
	local seconds total free want

	seconds=$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))
	total=$(node_pages MemTotal)
	while sleep "$seconds"; do
		free=$(node_pages MemFree)
		want=$((total * $2 / 1000 - free))
		generations "$want"
	done
}

# node_pages FIELD - print a number of pages of node 0
node_pages()
{
	local name value

	while read -r _ _ name value _; do
		[ "$name" != "$1:" ] || { echo $((value / 4)); return; }
	done </sys/devices/system/node/node0/meminfo
}

# generations WANT - age all groups of node 0, and demote WANT pages in all
generations()
{
	local word id='' node='' last rest=$1 lines line

	mapfile -t lines </sys/kernel/debug/lru_gen
	for line in "${lines[@]}" memcg; do
		read -r word last _ <<<"$line"
		case $word in
		memcg | node)
			[ "$node" != 0 ] || [ -z "$newest" ] || generation "$id" "$newest"
			newest=
			[ "$word" = memcg ] && id=$last node='' || node=$last
			;;
		*) newest=$word ;;
		esac
	done
}

# generation MEMCG NEWEST - make a generation, demote from the oldest ones
generation()
{
	local before

	echo "+ $1 0 $2 1 1" >/sys/kernel/debug/lru_gen || return 0
	[ "$rest" -gt 0 ] || return 0
	before=$(node_pages MemFree)
	echo "- $1 0 $(($2 - 1)) 200 $rest" >/sys/kernel/debug/lru_gen || :
	rest=$((rest - $(node_pages MemFree) + before))
}

# damon_watch INDEX NODE SAMPLE_US AGGREGATION_US UPDATE_US MIN MAX - monitor
# the memory of NODE with MIN to MAX regions
damon_watch()
{
	local context=$damon/$1/contexts/0 range

	range=$(node_range "$2")
	put 1 "$damon/$1/contexts/nr_contexts"
	put paddr "$context/operations"
	put "$3" "$context/monitoring_attrs/intervals/sample_us"
	put "$4" "$context/monitoring_attrs/intervals/aggr_us"
	put "$5" "$context/monitoring_attrs/intervals/update_us"
	put "$7" "$context/monitoring_attrs/nr_regions/max"
	put "$6" "$context/monitoring_attrs/nr_regions/min"
	put 1 "$context/targets/nr_targets"
	put 1 "$context/targets/0/regions/nr_regions"
	echo "${range% *}" >"$context/targets/0/regions/0/start"
	echo "${range#* }" >"$context/targets/0/regions/0/end"
	put 1 "$context/schemes/nr_schemes"
}

# damon_scheme INDEX ACTION TARGET MIN MAX AGE - apply ACTION to regions with
# MIN to MAX accesses and at least AGE aggregation intervals old
damon_scheme()
{
	local scheme=$damon/$1/contexts/0/schemes/0

	put "$2" "$scheme/action"
	put "$3" "$scheme/target_nid"
	put 4096 "$scheme/access_pattern/sz/min"
	put 18446744073709551615 "$scheme/access_pattern/sz/max"
	put "$4" "$scheme/access_pattern/nr_accesses/min"
	put "$5" "$scheme/access_pattern/nr_accesses/max"
	put "$6" "$scheme/access_pattern/age/min"
	put 4294967295 "$scheme/access_pattern/age/max"
}

# damon_quota INDEX BYTES MS RESET_MS ACCESSES AGE - limit the scheme; ACCESSES
# and AGE are weights
damon_quota()
{
	local quotas=$damon/$1/contexts/0/schemes/0/quotas

	put "$2" "$quotas/bytes"
	put "$3" "$quotas/ms"
	put "$4" "$quotas/reset_interval_ms"
	put 0 "$quotas/weights/sz_permil"
	put "$5" "$quotas/weights/nr_accesses_permil"
	put "$6" "$quotas/weights/age_permil"
}

# node_range NODE - print the first and last physical address of its memory
node_range()
{
	local block size first='' last=''

	size=$((0x$(cat /sys/devices/system/memory/block_size_bytes)))
	for block in $(printf '%s\n' /sys/devices/system/node/node"$1"/memory[0-9]* |
		sed 's/.*memory//' | sort -n); do
		: "${first:=$block}"
		last=$block
	done
	echo "$((first * size)) $(((last + 1) * size - 1))"
}

# damon_goal INDEX METRIC BASIS-POINTS - tune the quota until node 0 is as full
damon_goal()
{
	local goals=$damon/$1/contexts/0/schemes/0/quotas/goals

	put 1 "$goals/nr_goals"
	put "$2" "$goals/0/target_metric"
	put 0 "$goals/0/nid"
	put "$3" "$goals/0/target_value"
	# The other tuner begins with a byte and doubles it each second.
	put "$(option tuner temporal)" "${goals%/goals}/goal_tuner"
}

# damon_young INDEX ALLOW - let only pages that were accessed (Y), or not (N), pass
damon_young()
{
	local filters=$damon/$1/contexts/0/schemes/0/ops_filters

	# Before 6.15 the filters of both kinds are in one folder.
	[ -d "$filters" ] || filters=${filters%ops_filters}filters
	put 1 "$filters/nr_filters"
	put young "$filters/0/type"
	if [ -e "$filters/0/allow" ]; then
		put Y "$filters/0/matching"
		put "$2" "$filters/0/allow"
	elif [ "$2" = Y ]; then
		# Pages that match are left out.
		put N "$filters/0/matching"
	else
		put Y "$filters/0/matching"
	fi
}

# damon_alone - stop the user of DAMON that Debian starts, which excludes others
damon_alone()
{
	local stat=/sys/module/damon_stat/parameters/enabled

	[ ! -e "$stat" ] || put N "$stat"
}

# damon_tune INDEX BASIS-POINTS - let DAMON find the intervals
damon_tune()
{
	local goal=$damon/$1/contexts/0/monitoring_attrs/intervals/intervals_goal

	put "$2" "$goal/access_bp"
	put 3 "$goal/aggrs"
	put 5000 "$goal/min_sample_us"
	put 10000000 "$goal/max_sample_us"
}

# damon_demote INDEX, damon_promote INDEX - the schemes of samples/damon/mtier.c
damon_demote()
{
	damon_watch "$1" 0 5000 100000 60000000 10 "$(option regions 1000)"
	damon_tune "$1" "$(option access 400)"
	damon_scheme "$1" migrate_cold 1 0 0 0
	put 1000000 "$damon/$1/contexts/0/schemes/0/apply_interval_us"
	damon_quota "$1" $(($(option mib 200) << 20)) 0 1000 100 100
	damon_goal "$1" node_mem_free_bp "$(option free 40)"
	damon_young "$1" N
}

damon_promote()
{
	damon_watch "$1" 1 5000 100000 60000000 10 "$(option regions 1000)"
	damon_tune "$1" "$(option access 400)"
	damon_scheme "$1" migrate_hot 0 "$(option hot 1)" 4294967295 0
	put 1000000 "$damon/$1/contexts/0/schemes/0/apply_interval_us"
	damon_quota "$1" $(($(option mib 200) << 20)) 0 1000 100 100
	damon_goal "$1" node_mem_used_bp "$(option used 9960)"
	damon_young "$1" Y
}

# DAMON as its author's module for a tiered system, DAMON_TIER: the schemes of
# samples/damon/mtier.c with a quota that follows its goal at once. Options: most
# regions; share of accesses in 1/10000 that the intervals aim at; MiB/s; free and
# used memory of node 0 in 1/10000; accesses that make a region hot; tuner.
start_damon()
{
	damon_alone
	put 2 "$damon/nr_kdamonds"
	damon_demote 0
	damon_promote 1
	put on "$damon/0/state"
	put on "$damon/1/state"
}

stop_damon()
{
	damon_report
	echo off >"$damon/0/state"
	[ ! -e "$damon/1" ] || echo off >"$damon/1/state"
	echo 0 >"$damon/nr_kdamonds"
}

# damon_report - print what the schemes did
damon_report()
{
	local stats

	for stats in "$damon"/*/contexts/0/schemes/0/stats; do
		echo update_schemes_stats >"${stats%/contexts/*}/state"
		grep . "$stats"/[ns]* | sed 's/^/# /' >&2
	done
}

# DAMON demotes, NUMA balancing promotes. Options of both.
start_both()
{
	damon_alone
	start_balancing
	put 1 "$damon/nr_kdamonds"
	damon_demote 0
	put on "$damon/0/state"
}

stop_both()
{
	stop_damon
}

# The schemes of HMSDK: intervals of 100 ms and 2 s; cold is what had no access for
# 30 s, hot what had one in each of the last intervals; young filters.
start_hmsdk()
{
	damon_alone
	put 2 "$damon/nr_kdamonds"
	damon_watch 0 0 100000 2000000 20000000 10 1000
	damon_scheme 0 migrate_cold 1 0 0 "$(option cold 15)"
	damon_quota 0 $(($(option mib 200) << 20)) 2000 2000 100 100
	damon_young 0 N
	damon_watch 1 1 100000 2000000 20000000 10 1000
	damon_scheme 1 migrate_hot 0 "$(option hot 1)" 4294967295 0
	damon_quota 1 $(($(option mib 200) << 20)) 2000 2000 100 100
	damon_young 1 Y
	put on "$damon/0/state"
	put on "$damon/1/state"
}

stop_hmsdk()
{
	stop_damon
}

# The daemon ends with the load.
manage_naive()
{
	"$here/daemon" "$1" &
	daemon=$!
}

stop_naive()
{
	wait "$daemon" || :
}

# A placer with known faults, for a test: SETTING is planted:DELAY-MS:DROP:SCANS.
manage_planted()
{
	local delay drop scans

	IFS=: read -r delay drop scans <<<"$options"
	"$here/planted" "$1" "$delay" "$drop" "$scans" &
	planted=$!
}

stop_planted()
{
	wait "$planted" || {
		cat /tmp/log >&2
		return 1
	}
}
