# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Heat of pages that only a device accesses, from its counters and translations.

tests=(
	"counter   pages that a device counts get heat, and no others; wrong settings are refused"
	"atc       pages whose translations a device caches look cold, and hot when it has to translate again"
	"stays     pages that are hot on a device are demoted without ats, and stay with it"
	"whole     huge pages in the memory of a device are hot as long as the device translates them again"
	"bounded   repeated translations are within the budget, and none are forced where counters answer"
	"blind     where a walker serves the device, accessed finds its pages when translations are flushed in turn"
	"neighbours pages that the device uses stay there when CPUs touch a neighbour; other neighbours come along"
	"wide      ats keeps nothing about addresses where nothing is mapped any more"
	"moments   processes end and providers are unloaded while devices report"
)

ats=$config/providers/ats
counters=$config/providers/counter
device=/sys/kernel/debug/hmt_sim0

# start_device MIB STEP OPTION... - one that accesses every STEPth page all the time
# and caches all translations
start_device()
{
	load_hmt
	options=$(printf 'atc=4096 %s' "${*:3}") load_sims 8
	start_program main hmt_pattern "$1" sim0
	tell_program main pattern "$2"
	tell_program main device
}

# watch_with PROVIDERS [ATTRIBUTE=VALUE...] - and move nothing unless ATTRIBUTE changes
# that
watch_with()
{
	[ -d "$config/tiers/dram" ] || commit_chain dram=node0 cxl=node1
	if [ -d "$config/workloads/main" ]; then
		go_idle main
		configure_workload main "providers=$1" "${@:2}"
	else
		create_workload main "pids=$(pid_of main)" dry_run=1 samples=1 \
			scan_interval_ms=20 "providers=$1" "${@:2}"
	fi
	go_live main
	wait_passes main 2
}

# heat_is TEXT
heat_is()
{
	result=$(heat_of main)
	[ "$result" = "$1" ]
}

counter()
{
	modprobe hmt_counter
	expect_errno ERANGE write "$counters/accesses" 0
	expect_errno ERANGE write "$counters/accesses" 1000001
	expect_errno EINVAL write "$counters/accesses" many
	# 256 pages and as many counters, so that none is shared.
	start_device 1 7 counter_threshold=4 counter_kib=4
	watch_with counter
	wait_until "$limit" heat_is "hot=37 missed=0 wrong=0"
	expect_ge "$(cat "$counters/taken")" 37 "taken of counters"
	expect_ge "$(provider_stat counter reports)" 37 "reports of counter"
	expect_eq "$(provider_stat counter rejected)" 0 "rejected of counter"
	expect_errno "EAGAIN|EBUSY" rmmod hmt_counter
	note "granule of a page: $(heat_of main)"
	# A granule of 16 pages does not tell them apart.
	go_idle main
	echo 64 >/sys/module/hmt_sim/parameters/counter_kib
	watch_with counter
	wait_until "$limit" heat_is "hot=37 missed=0 wrong=219"
	note "granule of 16 pages: $(heat_of main)"
	finish_program main
}

atc()
{
	modprobe hmt_ats
	expect_errno ERANGE write "$ats/rate" 0
	expect_errno ERANGE write "$ats/rate" 1000000001
	expect_errno ERANGE write "$ats/score" 256
	expect_errno ERANGE write "$ats/blind" 2
	start_device 8 7 counter_threshold=0
	watch_with accessed
	wait_passes main 3
	expect_eq "$(heat_of main)" "hot=0 missed=293 wrong=0" "heat of main"
	note "accessed alone: $(heat_of main)"
	watch_with ats
	wait_until "$limit" heat_is "hot=293 missed=0 wrong=0"
	note "ats alone: $(heat_of main)"
	expect_errno "EAGAIN|EBUSY" rmmod hmt_ats
	finish_program main
}

# place_is COUNT - COUNT pages of the pattern are on node 0
place_is()
{
	result=$(ask_program main place 0)
	[[ $result == "pattern=$1 "* ]]
}

# Half of 8 MiB are hot on the device, and the limit has no room for all of the other
# half.
stays()
{
	local place

	start_device 8 2 counter_threshold=0
	watch_with "accessed ats" dry_run=0 limits=dram=6M
	wait_until "$limit" stat_above main demoted 400
	wait_passes main 3
	note "with ats: $(ask_program main place 0)"
	expect_true place_is 1024
	watch_with accessed limits=dram=3M
	wait_until "$limit" stat_above main demoted 400
	wait_passes main 3
	place=$(ask_program main place 0)
	note "without: $place"
	place=${place#pattern=}
	expect_lt "${place%% *}" 924 "pages of the pattern on node 0 without ats"
	# With ats they are promoted again.
	watch_with "accessed ats" limits=dram=6M
	wait_until "$limit" place_is 1024
	finish_program main
}

# Huge pages that move as a whole have one entry each, which is not present.
whole()
{
	local asked huge=0

	load_hmt
	modprobe hmt_ats
	options="atc=4096 counter_threshold=0" load_sims 8
	set_bounce 0 0
	start_program main hmt_pattern 4 sim0
	tell_program main large
	hmtctl move --to sim0 "$(pid_of main)" 100000000000-100000400000
	expect_eq "$(pages_on_sim 0)" $((4 * MIB)) "pages on sim0"
	[[ $HMT_KERNEL != *-7.* ]] || ! is_private || huge=$((4 * MIB))
	expect_eq "$(hmtctl query --json "$(pid_of main)" 100000000000-100000400000 |
		jq '[.memories[].states.huge // 0] | add')" $huge \
		"pages of huge pages on sim0"
	tell_program main "pattern 7"
	tell_program main device
	commit_chain dram=node0 sim=sim0
	watch_with ats
	wait_until "$limit" heat_has_all
	wait_passes main 20
	asked=$(<"$device/translations")
	wait_passes main 10
	expect_gt "$(<"$device/translations")" "$asked" "translations of device"
	expect_true heat_has_all
	note "$(heat_of main)"
	finish_program main
}

# heat_has_all - no page of the pattern is cold
heat_has_all()
{
	result=$(heat_of main)
	[[ $result == "hot=147 missed=0 "* ]]
}

# uptime_cs - centiseconds since boot
uptime_cs()
{
	awk '{ printf "%d\n", $1 * 100 }' /proc/uptime
}

# has_translations - the device needs no more translations for three passes
has_translations()
{
	local before

	before=$(cat "$device/translations")
	wait_passes main 3
	[ "$(cat "$device/translations")" -eq "$before" ]
}

bounded()
{
	local asked paid begin rate=2000

	modprobe hmt_ats
	start_device 2 1 counter_threshold=0
	watch_with accessed
	wait_until "$limit" has_translations
	echo $rate >"$ats/rate"
	watch_with ats
	# Translations that were flushed at the beginning may be repeated later. The
	# budget is read first, because a flush precedes its translation, and the time
	# before it, because reading takes time as well.
	begin=$(uptime_cs)
	paid=$(cat "$ats/paid")
	asked=$(cat "$device/translations")
	wait_passes main 30
	asked=$(($(cat "$device/translations") - asked))
	paid=$(($(cat "$ats/paid") - paid))
	begin=$(($(uptime_cs) - begin + 1))
	note "budget of $rate a second: $asked asked for again, $paid paid for, in ${begin}0 ms; deferred $(cat "$ats/deferred")"
	expect_gt "$asked" 0 "repeated translations"
	expect_le "$asked" $((paid + 512)) "repeated translations"
	# The budget of one second may be saved, and the last chunk may exceed it.
	expect_le "$paid" $((rate * begin / 100 + rate + 512)) "flushed translations"
	# Where counters are read nothing is flushed.
	echo 4 >/sys/module/hmt_sim/parameters/counter_threshold
	echo 20000 >"$ats/rate"
	watch_with "ats counter"
	wait_until "$limit" has_translations
	expect_gt "$(cat "$ats/left_to_counters")" 0 "left_to_counters of ats"
	expect_eq "$(heat_of main)" "hot=512 missed=0 wrong=0" "heat of main"
	watch_with ats
	asked=$(cat "$device/translations")
	wait_passes main 3
	expect_gt "$(cat "$device/translations")" "$asked" "translations of device"
	finish_program main
}

# The device shares page tables: its walker sets accessed bits when it translates,
# and its driver reports nothing.
blind()
{
	local ranges reported asked

	modprobe hmt_ats
	start_device 2 7 counter_threshold=0 walker=1
	watch_with accessed
	wait_until "$limit" heat_is "hot=0 missed=74 wrong=0"
	# ats gets no report after the first translations.
	reported=$(cat "$ats/translations")
	watch_with "accessed ats"
	wait_until "$limit" has_translations
	wait_until "$limit" heat_is "hot=0 missed=74 wrong=0"
	ranges=$(cat "$ats/ranges")
	wait_passes main 5
	expect_eq "$(cat "$ats/ranges")" "$ranges" "ranges of ats"
	note "not blind: $(heat_of main)"
	at_end eval "echo 0 >$ats/blind; echo 20000 >$ats/rate"
	echo 1000000 >"$ats/rate"
	asked=$(cat "$device/translations")
	echo 1 >"$ats/blind"
	wait_until "$limit" heat_is "hot=74 missed=0 wrong=0"
	note "blind: $(heat_of main), $(($(cat "$device/translations") - asked)) asked for again"
	expect_gt "$(cat "$ats/ranges")" "$ranges" "ranges of ats"
	expect_eq "$(cat "$ats/translations")" "$reported" "translations of ats"
	# The budget limits this too: with nearly none, nearly nothing is flushed.
	echo 1 >"$ats/rate"
	wait_until "$limit" has_translations
	wait_until "$limit" heat_is "hot=0 missed=74 wrong=0"
	expect_gt "$(cat "$ats/deferred")" 0 "deferred of ats"
	finish_program main
}

# hottest_is LEAST MOST - heat of the warmest page of the pattern
hottest_is()
{
	local heat

	heat=$(hmtctl query --pages "$(pid_of main)" "$pattern" |
		awk 'NR > 1 && $3 + 0 > most { most = $3 + 0 } END { print most + 0 }')
	result=$heat
	[ "$heat" -ge "$1" ] && [ "$heat" -le "$2" ]
}

neighbours()
{
	local pattern=100000000000-100000100000 pid

	if ! is_private; then
		note "CPUs address coherent memory, so that nothing returns"
		return
	fi
	modprobe hmt_counter
	# 256 pages and as many counters, so that none is shared.
	start_device 1 4 counter_threshold=4 counter_kib=4
	pid=$(pid_of main)
	hmtctl move --to sim0 "$pid" "$pattern"
	expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
	watch_with counter
	wait_until "$limit" hottest_is 128 255
	wait_passes main 10
	tell_program main "peek 65"
	expect_eq "$(pages_on_sim 0)" 244 "pages on sim0"
	# A page that the device uses comes alone.
	tell_program main "peek 72"
	expect_eq "$(pages_on_sim 0)" 243 "pages on sim0"
	tell_program main still
	wait_until "$limit" hottest_is 0 63
	# All pages are cold: more than 64 KiB come.
	tell_program main "peek 200"
	expect_le "$(pages_on_sim 0)" 179 "pages on sim0"
	finish_program main
}

# objects_of_4096 - objects in the caches of the kernel for 4096 bytes
objects_of_4096()
{
	awk '/^kmalloc(-rnd-[0-9]+)?-4k / { objects += $2 }
		END { print objects + 0 }' /proc/slabinfo
}

objects_above()
{
	[ "$(objects_of_4096)" -gt "$1" ]
}

objects_below()
{
	[ "$(objects_of_4096)" -lt "$1" ]
}

wide()
{
	local before

	load_hmt
	modprobe hmt_ats
	echo 1000000000 >"$ats/rate"
	load_sims 4
	start_program main hmt_sim_trace sim0 2 4096
	watch_with ats
	before=$(objects_of_4096)
	tell_program main "spread 2000"
	wait_until "$limit" objects_above $((before + 1500))
	tell_program main gather
	wait_until "$limit" objects_below $((before + 500))
	finish_program main
}

moments()
{
	local i

	options="atc=4096 counter_threshold=1" load_sims 8
	commit_chain dram=node0 cxl=node1
	for i in 1 2 3; do
		start_program "p$i" hmt_pattern 4 sim0
		tell_program "p$i" device
		create_workload "w$i" "pids=$(pid_of "p$i")" providers="ats counter" \
			dry_run=1 scan_interval_ms=10 samples=1
		go_live "w$i"
		wait_passes "w$i" 2
		expect_errno "EAGAIN|EBUSY" rmmod hmt_ats
		kill -9 "$(pid_of "p$i")"
		[ "$i" -ne 2 ] || wait_passes "w$i" 3
		go_idle "w$i"
		expect_errno ok rmmod hmt_ats
		expect_errno ok rmmod hmt_counter
		expect_no_path "$ats"
		expect_no_path "$counters"
	done
}
