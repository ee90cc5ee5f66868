# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Memory in huge pages and devices: they move as a whole where the kernel can, which
# is on Linux 7.x to memory that CPUs cannot address, and are split else.

tests=(
	"asked     huge pages go to a device and back when a program asks for it"
	"touched   a device brings huge pages that it touches, and those with the advice to follow it"
	"created   memory that only a device touches is created there in huge pages, where program and administrator allow them"
	"hot       the engine promotes huge pages that are hot on a device, with hmtd and without"
	"preferred huge pages of which a program prefers a device go there"
	"inside    pages are unmapped, shared, moved, locked, and excluded inside a huge page on a device"
	"full      a huge page goes to a device as far as there is room, and no page is unmapped in vain"
	"tight     a device without room for a huge page gets what it touches of one"
	"vain      a full device whose memory must stay keeps its translations when it touches other memory"
	"middle    a device whose first access is in the middle of a huge page finds the right page"
	"inherited a part of a huge page that only a child still has leaves for the driver"
	"collapsed khugepaged leaves pages on a device; MADV_COLLAPSE of a program brings private ones back"
	"removed   huge pages leave a device that goes, and a part of one leaves for the driver"
)

HUGE=512
huge_first=/sys/module/hmt_device/parameters/huge_first
thp=/sys/kernel/mm/transparent_hugepage/enabled
khugepaged=/sys/kernel/mm/transparent_hugepage/khugepaged

# moves_whole - huge pages move to the device and back as a whole
moves_whole()
{
	[[ $HMT_KERNEL == *-7.* ]] && is_private
}

# edge_of FROM TO COUNTER
edge_of()
{
	cat "$class/$1/edges/$2/$3"
}

# expect_split FROM TO COUNT - huge pages were split, if they do not move as a whole
expect_split()
{
	local expected=$3

	! moves_whole || expected=0
	expect_eq "$(edge_of "$1" "$2" split)" "$expected" \
		"huge pages that were split on the way from $1 to $2"
}

# sim_debug NAME - a counter of device 0
sim_debug()
{
	cat "/sys/kernel/debug/hmt_sim0/$1"
}

# huge_kib - of "main", mapped as a whole, in memory that CPUs address
huge_kib()
{
	awk '/^AnonHugePages:/ { print $2 }' "/proc/$(pid_of main)/smaps_rollup"
}

# start_huge MIB - "main", whose array is in huge pages of node0
start_huge()
{
	drop_caches
	start_program main hmt_sim_app huge "$1" sim0
	expect_ge "$(huge_kib)" $(($1 * 1024)) "KiB of huge pages of main"
}

# states_on MEMORY - of the pages of the array there, as hmtctl query names them
states_on()
{
	hmtctl query --json "$(pid_of main)" "$(ask_program main range)" |
		jq -r ".memories[] | select(.memory == \"$1\").states | to_entries |
			map(select(.value > 0) | \"\(.key)=\(.value)\") | join(\" \")"
}

asked()
{
	local range pid before

	load_hmt
	load_sims 8
	start_huge 4
	pid=$(pid_of main)
	range=$(ask_program main range)
	hmtctl move --to sim0 "$pid" "$range"
	expect_eq "$(pages_on_sim 0)" $((2 * HUGE)) "pages on sim0"
	expect_eq "$(moved_between node0 sim0)" $((2 * HUGE)) "pages moved to sim0"
	expect_split node0 sim0 2
	if moves_whole; then
		expect_eq "$(states_on sim0)" "huge=$((2 * HUGE))" "states on sim0"
		expect_eq "$(sim_debug copies)" 2 "copies of sim0"
	else
		expect_eq "$(states_on sim0)" "movable=$((2 * HUGE))" "states on sim0"
	fi
	before=$(sim_debug translations)
	tell_program main "sum 0"
	! moves_whole ||
		expect_eq $(($(sim_debug translations) - before)) 2 "translations of sim0"
	expect_eq "$(pages_on_sim 0)" $((2 * HUGE)) "pages on sim0"
	hmtctl move --to node0 "$pid" "$range"
	expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
	expect_eq "$(moved_between sim0 node0)" $((2 * HUGE)) "pages moved from sim0"
	! moves_whole || expect_ge "$(huge_kib)" 4096 "KiB of huge pages of main"
	# The driver asks for it.
	tell_program main "sum 0 prefetch"
	expect_eq "$(pages_on_sim 0)" $((2 * HUGE)) "pages on sim0"
	! moves_whole || expect_eq "$(states_on sim0)" "huge=$((2 * HUGE))" "states on sim0"
	tell_program main touch
	# A part of a huge page.
	tell_program main discard
	wait_until "$limit" sim_has_most 0 0
	hmtctl move --to sim0 "$pid" "$(array_part 100 16)"
	expect_eq "$(pages_on_sim 0)" 16 "pages on sim0"
	tell_program main touch
	finish_program main
}

touched()
{
	local pid

	load_hmt
	load_sims 8
	set_bounce 0 0
	start_huge 4
	pid=$(pid_of main)
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" $((2 * HUGE)) "pages on sim0"
	expect_split node0 sim0 2
	tell_program main discard
	wait_until "$limit" sim_has_most 0 0
	hmtctl follow "$pid"
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" $((2 * HUGE)) "pages on sim0"
	tell_program main touch
	finish_program main
}

# new_states [NAME] - of the pages of the new memory of "main", or NAME, on sim0
new_states()
{
	hmtctl query --json "$(pid_of "${1-main}")" "$(ask_program "${1-main}" new)" |
		jq -r '.memories[] | select(.memory == "sim0").states.huge // 0'
}

# expect_new FIRST NEXT - a device writes to each window of 8 MiB of new memory; pages
# of the first 2 MiB, and of each of the others, that are created
#
# Once a second, the kernel creates one of them in system memory, which moves.
expect_new()
{
	local before moved huge=0

	[ "$2" != $HUGE ] || huge=$((3 * HUGE))
	before=$(sim_counter 0 created)
	moved=$(moved_between node0 sim0)
	tell_program main "write 64"
	expect_eq "$(pages_on_sim 0)" $(($1 + 3 * $2)) "pages on sim0"
	before=$(($(sim_counter 0 created) - before))
	moved=$(($(moved_between node0 sim0) - moved))
	expect_eq $((before + moved)) $(($1 + 3 * $2)) "created and moved pages"
	expect_eq "$(new_states)" $huge "pages on sim0 in huge pages"
	tell_program main "written 64"
	wait_until "$limit" sim_has_most 0 0
	result=$before
}

# creates_huge PAGES - expect_new creates all but one of the huge pages on the device
creates_huge()
{
	expect_new 32 "$1"
	[ "$result" -ge $((32 + 2 * $1)) ]
}

# set_thp VALUE - the setting of the administrator, which HMT knows after a second
set_thp()
{
	echo "$1" >"$thp"
	nap 1.1
}

created()
{
	local pages=32

	load_hmt
	load_sims 16
	set_bounce 0 0
	at_end eval "echo '$(sed 's/.*\[\(.*\)\].*/\1/' "$thp")' >$thp"
	set_thp always
	start_program main hmt_sim_trace huge sim0 8 16384
	! moves_whole || pages=$HUGE
	# The range of a fault has grown to 2 MiB after the first ones.
	wait_until "$limit" creates_huge $pages
	echo 1 >$huge_first
	expect_new 32 $pages
	echo 0 >$huge_first
	expect_new 32 32
	echo 2 >$huge_first
	set_thp never
	expect_new 32 32
	set_thp madvise
	# Here the kernel creates base pages, whatever the setting is.
	tell_program main "tabled 64"
	expect_eq "$(new_states)" 0 "pages on sim0 in huge pages"
	tell_program main "written 64"
	wait_until "$limit" sim_has_most 0 0
	expect_new 32 $pages
	finish_program main
	rm "$work/main.in"
	# Without MADV_HUGEPAGE.
	start_program main hmt_sim_trace plain sim0 8 16384
	expect_new 32 32
	set_thp always
	expect_new 32 $pages
	# The settings of the administrator are known; each process has its own.
	start_program other hmt_sim_trace forbidden sim0 8 16384
	tell_program main "write 64"
	tell_program other "write 64"
	! moves_whole || expect_eq "$(new_states)" $((3 * HUGE)) "pages in huge pages"
	expect_eq "$(new_states other)" 0 "pages in huge pages of a process that may have none"
	tell_program other "written 64"
	tell_program main "written 64"
	finish_program other
	wait_until "$limit" sim_has_most 0 0
	echo 1 >$huge_first
	expect_new 32 32
	finish_program main
}

# promote_hot - promote what is hot on sim0 to it
promote_hot()
{
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		providers=counter promote_mib_per_s=max
	hmtctl exclude "$(pid_of main)"
	hmtctl exclude --clear "$(pid_of main)" "$(ask_program main range)"
	go_live main
}

# is_promoted PAGES - while the device reads the array
is_promoted()
{
	tell_program main "sum 0"
	sim_has_least 0 "$1"
}

hot()
{
	local with

	load_hmt
	modprobe hmt_counter
	options="counter_threshold=1 counter_kib=4" load_sims 8
	set_bounce 0 0
	commit_chain sim=sim0 dram=node0
	start_huge 4
	for with in nothing hmtd; do
		[ "$with" != hmtd ] || start_hmtd
		promote_hot
		wait_until "$limit" is_promoted $((2 * HUGE))
		go_idle main
		rmdir "$config/workloads/main"
		tell_program main touch
		# Emptied tables would keep the kernel from using huge pages again.
		tell_program main "hole 0 1024"
		wait_until "$limit" sim_has_most 0 0
	done
	finish_program main
	expect_split node0 sim0 4
}

preferred()
{
	load_hmt
	load_sims 8
	commit_chain sim=sim0 dram=node0
	start_huge 4
	hmtctl prefer sim "$(pid_of main)" "$(ask_program main range)"
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max
	go_live main
	wait_until "$limit" sim_has_least 0 $((2 * HUGE))
	go_idle main
	tell_program main touch
	finish_program main
	expect_split node0 sim0 2
}

inside()
{
	local pid command

	load_hmt
	load_sims 8
	set_bounce 0 0
	start_huge 4
	pid=$(pid_of main)
	for command in fork rewrite remap touch "hole 100 50" touch "split 7" touch \
		rewrite "hole 512 512" protect "hole 0 1" "split 1023" discard; do
		hmtctl move --to sim0 "$pid" "$(ask_program main range)"
		expect_gt "$(pages_on_sim 0)" 800 "pages on sim0 before $command"
		tell_program main "$command"
		tell_program main "sum 0"
	done
	tell_program main touch
	# Pages that stay are excluded; a touched one returns.
	hmtctl move --to sim0 "$pid" "$(ask_program main range)"
	hmtctl exclude "$pid" "$(array_part 64 16)"
	if is_private; then
		tell_program main "peek 0"
		expect_ge "$(pages_on_sim 0)" 16 "pages on sim0"
		expect_eq "$(ask_program main "peek 70")" ok "content of page 70"
	fi
	hmtctl exclude --clear "$pid"
	tell_program main touch
	finish_program main
	wait_until "$limit" sim_has_most 0 0
}

full()
{
	local pid

	load_hmt
	load_sims 2
	set_bounce 0 0
	start_huge 6
	pid=$(pid_of main)
	hmtctl move --to sim0 "$pid" "$(array_part 0 100)"
	expect_eq "$(pages_on_sim 0)" 100 "pages on sim0"
	hmtctl move --to sim0 "$pid" "$(array_part 512 1024)"
	expect_eq "$(pages_on_sim 0)" $HUGE "pages on sim0"
	expect_le "$(edge_of node0 sim0 split)" 2 "huge pages that were split"
	# The last one is whole still.
	expect_ge "$(huge_kib)" 2048 "KiB of huge pages of main"
	tell_program main touch
	finish_program main
	wait_until "$limit" sim_has_most 0 0
}

tight()
{
	local pid

	load_hmt
	load_sims 4
	set_bounce 0 0
	commit_chain sim=sim0 dram=node0
	echo 300 >"$config/tiers/sim/high_watermark"
	echo 250 >"$config/tiers/sim/low_watermark"
	commit_graph
	expect_committed
	start_huge 4
	pid=$(pid_of main)
	hmtctl follow "$pid"
	tell_program main "glance 0 0"
	expect_ge "$(pages_on_sim 0)" 1 "pages on sim0"
	hmtctl move --to sim0 "$pid" "$(array_part 0 $HUGE)"
	expect_eq "$(pages_on_sim 0)" $HUGE "pages on sim0"
	# 1 MiB is left above the watermark.
	tell_program main "glance 0 700"
	expect_eq "$(hmtctl query --json "$pid" "$(array_part 700 1)" |
		jq "[.memories[] | select(.memory == \"sim0\").pages] | add // 0")" \
		1 "touched pages on sim0"
	expect_true sim_has_most 0 $((HUGE + 256))
	tell_program main touch
	finish_program main
}

vain()
{
	local before

	load_hmt
	options=atc=4096 load_sims 2
	set_bounce 0 0
	start_program main hmt_sim_app 2 sim0
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" $HUGE "pages on sim0"
	hmtctl exclude "$(pid_of main)"
	start_program other hmt_sim_app 2 sim0
	hmtctl follow "$(pid_of other)"
	tell_program other "sum 0"
	before=$(sim_debug translations)
	tell_program other "sum 0"
	expect_eq "$(sim_debug translations)" "$before" "translations of sim0"
	expect_eq "$(edge_of node0 sim0 failed_nomem)" 0 "failed_nomem of node0 to sim0"
	finish_program other
	finish_program main
}

removed()
{
	load_hmt
	load_sims 8
	set_bounce 0 0
	start_huge 4
	hmtctl move --to sim0 "$(pid_of main)" "$(ask_program main range)"
	expect_eq "$(pages_on_sim 0)" $((2 * HUGE)) "pages on sim0"
	# The driver takes a part of the first one: the others stay.
	drive_sim 0 take 256 64 10000
	expect_eq "$(pages_on_sim 0)" $((2 * HUGE - 16)) "pages on sim0"
	drive_sim 0 give 256 64
	tell_program main "sum 0"
	unbind_sim 0
	tell_program main touch
	finish_program main
}

middle()
{
	local page

	load_hmt
	load_sims 8
	set_bounce 0 0
	start_huge 4
	for page in 100 0 1023; do
		hmtctl move --to sim0 "$(pid_of main)" "$(ask_program main range)"
		expect_eq "$(pages_on_sim 0)" $((2 * HUGE)) "pages on sim0"
		tell_program main "glance 0 $page"
		tell_program main "sum 0"
		tell_program main touch
	done
	finish_program main
}

inherited()
{
	load_hmt
	load_sims 8
	set_bounce 0 0
	start_huge 4
	hmtctl move --to sim0 "$(pid_of main)" "$(ask_program main range)"
	tell_program main keep
	tell_program main discard
	expect_eq "$(pages_on_sim 0)" $((2 * HUGE)) "pages on sim0"
	# The parent has a mapping with other pages there.
	drive_sim 0 take 256 64 10000
	expect_eq "$(pages_on_sim 0)" $((2 * HUGE - 16)) "pages on sim0"
	tell_program main kept
	finish_program main
	wait_until "$limit" sim_has_most 0 0
}

# tries_more COUNT - khugepaged and programs have allocated more than COUNT huge pages
# for ranges that they collapse
tries_more()
{
	[ "$(vmstat_of thp_collapse_alloc)" -gt "$1" ]
}

# scans_more COUNT - khugepaged has seen all ranges more than COUNT times
scans_more()
{
	[ "$(cat $khugepaged/full_scans)" -gt "$1" ]
}

# is_whole - the array is in huge pages of node0
is_whole()
{
	[ "$(huge_kib)" -ge 4096 ]
}

collapsed()
{
	local pid tries

	load_hmt
	load_sims 8
	set_bounce 0 0
	start_huge 4
	pid=$(pid_of main)
	write_until_end $khugepaged/alloc_sleep_millisecs 10
	write_until_end $khugepaged/scan_sleep_millisecs 10
	tries=$(vmstat_of thp_collapse_alloc)
	hmtctl move --to sim0 "$pid" "$(array_part 100 16)"
	expect_eq "$(huge_kib)" 2048 "KiB of huge pages of main"
	# Coherent memory is seen before a huge page is allocated.
	! is_private || wait_until "$limit" tries_more "$tries"
	wait_until "$limit" scans_more $(($(cat $khugepaged/full_scans) + 1))
	expect_eq "$(pages_on_sim 0)" 16 "pages on sim0"
	expect_eq "$(moved_between sim0 node0)" 0 "pages moved from sim0"
	hmtctl move --to node0 "$pid" "$(array_part 100 16)"
	wait_until "$limit" is_whole
	hmtctl move --to sim0 "$pid" "$(array_part 100 16)"
	if is_private; then
		tell_program main collapse
		expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
		expect_true is_whole
	else
		expect_eq "$(ask_program main collapse)" EINVAL "answer to MADV_COLLAPSE"
		expect_eq "$(pages_on_sim 0)" 16 "pages on sim0"
	fi
	tell_program main touch
	finish_program main
}
