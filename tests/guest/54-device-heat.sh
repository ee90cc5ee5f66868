# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What only a device accesses: its counters and its translations are evidence.

tests=(
	"counter   pages that a device counts get heat, and no others; wrong settings are refused"
	"atc       what a device remembers looks cold, and hot when it has to ask again"
	"stays     pages hot on a device are demoted without ats, and with it they stay"
	"bounded   translations asked for again are within the budget, and none where counters answer"
	"blind     where a walker answers the device, accessed finds what it uses once it forgets in turn"
	"neighbours what the device uses stays there when CPUs touch what is beside it, the rest comes"
	"moments   processes end and providers are unloaded while devices report"
)

ats=$config/providers/ats
counters=$config/providers/counter
device=/sys/kernel/debug/hmt_sim0

# accessing MIB STEP OPTION... - a device that accesses every STEPth page all
# the time, and remembers them all
accessing()
{
	load
	options=$(printf 'atc=4096 %s' "${*:3}") sims 8
	start main hmt_pattern "$1" sim0
	tell main pattern "$2"
	tell main device
}

# watch PROVIDERS [ATTRIBUTE=VALUE...] - move nothing, unless told
watch()
{
	[ -d "$config/tiers/dram" ] || chain dram=node0 cxl=node1
	if [ -d "$config/workloads/main" ]; then
		go_idle main
		configure main "providers=$1" "${@:2}"
	else
		workload main "pids=$(pid_of main)" dry_run=1 samples=1 \
			scan_interval_ms=20 "providers=$1" "${@:2}"
	fi
	go_live main
	passes main 2
}

heat_is()
{
	[ "$(heat_of main)" = "$1" ]
}

counter()
{
	modprobe hmt_counter
	errno ERANGE write "$counters/accesses" 0
	errno ERANGE write "$counters/accesses" 1000001
	errno EINVAL write "$counters/accesses" many
	# 256 pages and as many counters, so that none is shared.
	accessing 1 7 counter_threshold=4 counter_kib=4
	watch counter
	wait_until "$limit" heat_is "hot=37 missed=0 wrong=0"
	[ "$(cat "$counters/taken")" -ge 37 ]
	[ "$(provider_stat counter 3)" -ge 37 ]
	[ "$(provider_stat counter 5)" -eq 0 ]
	errno "EAGAIN|EBUSY" rmmod hmt_counter
	note "granule of a page: $(heat_of main)"
	# A granule of 16 pages cannot tell which of them it was.
	go_idle main
	echo 64 >/sys/module/hmt_sim/parameters/counter_kib
	watch counter
	wait_until "$limit" heat_is "hot=37 missed=0 wrong=219"
	note "granule of 16 pages: $(heat_of main)"
	finish main
}

atc()
{
	modprobe hmt_ats
	errno ERANGE write "$ats/rate" 0
	errno ERANGE write "$ats/rate" 1000000001
	errno ERANGE write "$ats/score" 256
	errno ERANGE write "$ats/blind" 2
	accessing 8 7 counter_threshold=0
	watch accessed
	passes main 3
	[ "$(heat_of main)" = "hot=0 missed=293 wrong=0" ]
	note "accessed alone: $(heat_of main)"
	watch ats
	wait_until "$limit" heat_is "hot=293 missed=0 wrong=0"
	note "ats alone: $(heat_of main)"
	errno "EAGAIN|EBUSY" rmmod hmt_ats
	finish main
}

# place_is PATTERN - pages of the pattern on node 0
place_is()
{
	[[ "$(ask main place 0)" == "pattern=$1 "* ]]
}

# 8 MiB, half of them hot on the device, and no room for all of the other half.
stays()
{
	local place

	accessing 8 2 counter_threshold=0
	watch "accessed ats" dry_run=0 limits=dram=6M
	wait_until "$limit" stat_above main demoted 400
	passes main 3
	note "with ats: $(ask main place 0)"
	place_is 1024
	watch accessed limits=dram=3M
	wait_until "$limit" stat_above main demoted 400
	passes main 3
	place=$(ask main place 0)
	note "without: $place"
	place=${place#pattern=}
	[ "${place%% *}" -lt 924 ]
	# Seen again, they come back.
	watch "accessed ats" limits=dram=6M
	wait_until "$limit" place_is 1024
	finish main
}

# centiseconds since boot
uptime_cs()
{
	awk '{ printf "%d\n", $1 * 100 }' /proc/uptime
}

# The device has all translations that it needs.
remembers()
{
	local before

	before=$(cat "$device/translations")
	passes main 3
	[ "$(cat "$device/translations")" -eq "$before" ]
}

bounded()
{
	local asked paid begin rate=2000

	modprobe hmt_ats
	accessing 2 1 counter_threshold=0
	watch accessed
	wait_until "$limit" remembers
	echo $rate >"$ats/rate"
	watch ats
	# What was forgotten at the beginning may still be asked for; in this order,
	# as what is paid for in between would be asked for behind it.
	paid=$(cat "$ats/paid")
	asked=$(cat "$device/translations")
	begin=$(uptime_cs)
	passes main 30
	asked=$(($(cat "$device/translations") - asked))
	paid=$(($(cat "$ats/paid") - paid))
	begin=$(($(uptime_cs) - begin + 1))
	note "budget of $rate a second: $asked asked for again, $paid paid for, in ${begin}0 ms; deferred $(cat "$ats/deferred")"
	[ "$asked" -gt 0 ]
	[ "$asked" -le $((paid + 512)) ]
	# One second may be saved up, and the last chunk may be too large.
	[ "$paid" -le $((rate * begin / 100 + rate + 512)) ]
	# Where counters answer nothing is forgotten, if somebody reads them.
	echo 4 >/sys/module/hmt_sim/parameters/counter_threshold
	echo 20000 >"$ats/rate"
	watch "ats counter"
	wait_until "$limit" remembers
	[ "$(cat "$ats/left_to_counters")" -gt 0 ]
	[ "$(heat_of main)" = "hot=512 missed=0 wrong=0" ]
	watch ats
	asked=$(cat "$device/translations")
	passes main 3
	[ "$(cat "$device/translations")" -gt "$asked" ]
	finish main
}

# A device that shares page tables: its walker sets accessed bits when it asks,
# and its driver has nothing to report.
blind()
{
	local ranges said asked

	modprobe hmt_ats
	accessing 2 7 counter_threshold=0 walker=1
	watch accessed
	wait_until "$limit" heat_is "hot=0 missed=74 wrong=0"
	# What it asks for at the beginning is all that ats knows of.
	said=$(cat "$ats/translations")
	watch "accessed ats"
	wait_until "$limit" remembers
	wait_until "$limit" heat_is "hot=0 missed=74 wrong=0"
	ranges=$(cat "$ats/ranges")
	passes main 5
	[ "$(cat "$ats/ranges")" -eq "$ranges" ]
	note "not blind: $(heat_of main)"
	at_end eval "echo 0 >$ats/blind; echo 20000 >$ats/rate"
	echo 1000000 >"$ats/rate"
	asked=$(cat "$device/translations")
	echo 1 >"$ats/blind"
	wait_until "$limit" heat_is "hot=74 missed=0 wrong=0"
	note "blind: $(heat_of main), $(($(cat "$device/translations") - asked)) asked for again"
	[ "$(cat "$ats/ranges")" -gt "$ranges" ]
	[ "$(cat "$ats/translations")" -eq "$said" ]
	# The budget holds for it, too: with nearly none, nearly nothing is asked.
	echo 1 >"$ats/rate"
	wait_until "$limit" remembers
	wait_until "$limit" heat_is "hot=0 missed=74 wrong=0"
	[ "$(cat "$ats/deferred")" -gt 0 ]
	finish main
}

# hottest LEAST MOST - so warm is the warmest page of the pattern's memory
hottest()
{
	local heat

	heat=$(hmtctl query --pages "$(pid_of main)" "$pattern" |
		awk 'NR > 1 && $3 + 0 > most { most = $3 + 0 } END { print most + 0 }')
	[ "$heat" -ge "$1" ] && [ "$heat" -le "$2" ]
}

pages_on_sim()
{
	echo $(($(<"$class/sim0/used") / 4096))
}

neighbours()
{
	local pattern=100000000000-100000100000 pid

	if [ -n "$HMT_RESERVED" ]; then
		note "CPUs reach coherent memory, so that nothing comes back"
		return
	fi
	modprobe hmt_counter
	# 256 pages and as many counters, so that none is shared.
	accessing 1 4 counter_threshold=4 counter_kib=4
	pid=$(pid_of main)
	hmtctl move --to sim0 "$pid" "$pattern"
	[ "$(pages_on_sim)" -eq 256 ]
	watch counter
	wait_until "$limit" hottest 128 255
	passes main 10
	tell main "peek 65"
	[ "$(pages_on_sim)" -eq 244 ]
	# Each that is used comes itself.
	tell main "peek 72"
	[ "$(pages_on_sim)" -eq 243 ]
	tell main still
	wait_until "$limit" hottest 0 63
	# All of it is cold: more than 64 KiB come.
	tell main "peek 200"
	[ "$(pages_on_sim)" -le 179 ]
	finish main
}

moments()
{
	local i

	options="atc=4096 counter_threshold=1" sims 8
	chain dram=node0 cxl=node1
	for i in 1 2 3; do
		start "p$i" hmt_pattern 4 sim0
		tell "p$i" device
		workload "w$i" "pids=$(pid_of "p$i")" providers="ats counter" \
			dry_run=1 scan_interval_ms=10 samples=1
		go_live "w$i"
		passes "w$i" 2
		errno "EAGAIN|EBUSY" rmmod hmt_ats
		kill -9 "$(pid_of "p$i")"
		[ "$i" -ne 2 ] || passes "w$i" 3
		go_idle "w$i"
		errno ok rmmod hmt_ats
		errno ok rmmod hmt_counter
		[ ! -e "$ats" ] && [ ! -e "$counters" ]
	done
}
