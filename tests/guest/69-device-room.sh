# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# More memory than a device has: what it touches makes room for itself, moves in ranges
# that grow, and is created on the device if nothing else touched it.

tests=(
	"displaced memory that a device uses takes the place of what it used before"
	"order     evictions come close to those of the best possible order, for reuse and streams"
	"shares    a program that uses more than a device has leaves others their part of it"
	"protected a workload keeps more than its part of a device, and takes it back, if it is guaranteed"
	"stays     excluded pages stay, and limits and watermarks hold for what a device touches"
	"known     memory that a device uses without faults stays if a provider knows that"
	"large     memory of any size that CPU and device touch in turn is held in system memory"
	"grows     a device that touches memory in order moves more with each fault"
	"shrinks   a device that does not use the memory that moves with a fault moves less"
	"first     memory that only the device writes is created there, with any stride"
	"stray     memory that is unmapped, and addresses without memory, leave no history in the kernel"
	"slow      a device that is slow to drop translations delays no program but its own"
)

# Price of a fault that moves something or reaches outside of the device, and of moving
# a page, in ns: 20 us, and 16 GB/s.
FAULT_NS=20000
PAGE_NS=256

# moves_of - pages that came to device 0, those that left, and remote accesses
moves_of()
{
	echo "$(moved_between node0 sim0) $(moved_between sim0 node0)" \
		"$(<"/sys/kernel/debug/hmt_sim0/remote")"
}

displaced()
{
	load_hmt
	load_sims 4
	start_program main hmt_sim_trace sim0 8 4096
	tell_program main "pass 0 64 3"
	expect_eq "$(pages_on_sim 0)" $((4 * MIB)) "pages on sim0"
	tell_program main "pass 64 64 10"
	expect_ge "$(array_part_on 1024 1024)" 960 "pages of the second half on sim0"
	expect_ge "$(sim_counter 0 evicted)" 960 "evicted of sim0"
	finish_program main
	wait_until "$limit" sim_has_most 0 0
}

# array_part_on FIRST COUNT - those pages of "main" that are on device 0
array_part_on()
{
	hmtctl query --json "$(pid_of main)" "$(array_part "$1" "$2")" |
		jq "[.memories[] | select(.memory == \"sim0\").pages] | add // 0"
}

# expect_order MIB MOST COMMAND - simulated time, in percent of the best order
expect_order()
{
	local before after answer percent name=${3// /-}-$1

	start_program "$name" hmt_sim_trace sim0 "$1" 8192
	read -ra before <<<"$(moves_of)"
	answer=$(ask_program "$name" "$3")
	expect_match "$answer" "[1-9]* [1-9]*" "answer to $3"
	read -ra after <<<"$(moves_of)"
	finish_program "$name"
	wait_until "$limit" sim_has_most 0 0
	percent=$(awk -v in_="$((after[0] - before[0]))" \
		-v out="$((after[1] - before[1]))" \
		-v remote="$((after[2] - before[2]))" -v best="${answer#* }" \
		-v fault=$FAULT_NS -v page=$PAGE_NS 'BEGIN {
			time = (in_ / 16 + remote) * fault + (in_ + out + remote) * page
			least = best * fault + (2 * best - 128) * 16 * page
			printf "%d", 100 * time / least
		}')
	note "$1 MiB, $3: $((after[0] - before[0])) pages came, $((after[1] - before[1])) left, $((after[2] - before[2])) remote; windows of the best order: $answer; $percent % of its time"
	expect_le "$percent" "$2" "% of the time of the best order, $1 MiB, $3"
}

order()
{
	load_hmt
	load_sims 8
	set_bounce 0 0
	expect_order 12 110 "reuse 96 6"
	expect_order 32 110 "reuse 96 6"
	expect_order 12 120 "stream 4"
	expect_order 32 110 "stream 2"
}

shares()
{
	local uid

	load_hmt
	load_sims 8
	set_bounce 0 0
	uid=$(<"$class/sim0/uid")
	start_program main hmt_sim_trace sim0 12 8192
	start_program other hmt_sim_trace sim0 8 8192
	# 3 MiB, less than a half. Its device keeps the translations, and looks idle.
	tell_program other "pass 0 48 1"
	expect_match "$(ask_program main "reuse 96 6")" "[1-9]* [1-9]*" "answer to reuse"
	expect_ge "$(array_pages_on "$uid" other)" 700 "pages of the other program on sim0"
	expect_ge "$(array_pages_on "$uid" main)" 1000 "pages of main on sim0"
	# Main has more than a half, of which the other one takes what is its own.
	tell_program other "pass 0 128 3"
	expect_ge "$(array_pages_on "$uid" other)" 900 "pages of the other program on sim0"
	expect_ge "$(array_pages_on "$uid" main)" 900 "pages of main on sim0"
	finish_program other
	# Its part is for all again.
	expect_match "$(ask_program main "reuse 96 6")" "[1-9]* [1-9]*" "answer to reuse"
	expect_ge "$(array_pages_on "$uid" main)" 1900 "pages of main on sim0"
	finish_program main
}

protected()
{
	local uid

	load_hmt
	load_sims 8
	set_bounce 0 0
	commit_chain sim=sim0 dram=node0
	uid=$(<"$class/sim0/uid")
	start_program main hmt_sim_trace sim0 12 8192
	start_program other hmt_sim_trace sim0 8 8192
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2
	create_workload other "pids=$(pid_of other)" scan_interval_ms=50 samples=2 \
		protect=sim=6M
	go_live main
	go_live other
	tell_program other "pass 0 32 1"
	expect_match "$(ask_program main "reuse 96 6")" "[1-9]* [1-9]*" "answer to reuse"
	# The part that it does not use is lent out.
	expect_ge "$(array_pages_on "$uid" main)" 1200 "pages of main on sim0"
	wait_passes main 3
	wait_passes other 3
	tell_program other "pass 0 96 4"
	expect_ge "$(array_pages_on "$uid" other)" 1440 "pages of the other program on sim0"
	wait_passes other 3
	expect_match "$(ask_program main "reuse 96 6")" "[1-9]* [1-9]*" "answer to reuse"
	expect_ge "$(array_pages_on "$uid" other)" 1440 "pages of the other program on sim0"
	finish_program other
	finish_program main
}

stays()
{
	local pid

	load_hmt
	load_sims 4
	commit_chain sim=sim0 dram=node0
	start_program main hmt_sim_trace sim0 8 4096
	pid=$(pid_of main)
	tell_program main "pass 0 16 1"
	hmtctl exclude "$pid" "$(array_part 0 256)"
	tell_program main "pass 64 64 2"
	expect_eq "$(array_part_on 0 256)" 256 "excluded pages on sim0"
	expect_ge "$(array_part_on 1024 1024)" 700 "pages of the second half on sim0"
	hmtctl exclude --clear "$pid"
	# The watermark of the tier stays free.
	echo 300 >"$config/tiers/sim/high_watermark"
	echo 250 >"$config/tiers/sim/low_watermark"
	commit_graph
	expect_committed
	tell_program main "pass 0 64 2"
	expect_true sim_has_most 0 $((3 * MIB))
	tell_program main "pass 64 64 1"
	expect_true sim_has_most 0 $((3 * MIB))
	finish_program main
	wait_until "$limit" sim_has_most 0 0

	# A workload at its limit gets no more, and nothing leaves for it.
	start_program limited hmt_sim_trace sim0 8 4096
	create_workload main "pids=$(pid_of limited)" scan_interval_ms=50 samples=2 \
		limits=sim=1
	go_live main
	wait_passes main 3
	tell_program limited "pass 0 128 1"
	expect_true sim_has_most 0 $((1 * MIB + 64))
	finish_program limited
}

# is_known - the device uses the first half of its memory, and that has heat
is_known()
{
	tell_program main "pass 0 32 4"
	result=$(hmtctl query --pages "$(pid_of main)" "$(array_part 0 512)" |
		awk 'NR == 2 || (NR > 2 && $3 + 0 < least) { least = $3 + 0 }
			END { print least + 0 }')
	[ "$result" -ge 200 ]
}

known()
{
	local i

	load_hmt
	# The device keeps all translations.
	options="atc=4096 counter_threshold=1" load_sims 4
	set_bounce 0 0
	commit_chain sim=sim0 dram=node0
	start_program main hmt_sim_trace sim0 8 4096
	tell_program main "pass 0 64 1"
	expect_ge "$(pages_on_sim 0)" 900 "pages on sim0"
	create_workload main "pids=$(pid_of main)" providers=counter dry_run=1 \
		samples=1 scan_interval_ms=200
	at_end modprobe -r hmt_counter
	go_live main
	wait_until "$limit" is_known
	expect_eq "$(array_part_on 0 512)" 512 "pages of the first quarter on sim0"
	for ((i = 64; i < 96; i += 4)); do
		tell_program main "pass 0 32 1"
		tell_program main "pass $i 4 1"
	done
	# It was touched first, and would leave first.
	expect_ge "$(array_part_on 0 512)" 500 "pages of the first quarter on sim0"
	expect_ge "$(array_part_on 1024 512)" 48 "pages of the third quarter on sim0"
	go_idle main
	finish_program main
}

large()
{
	local first

	if ! is_private; then
		note "CPUs address coherent memory, so that nothing returns"
		return
	fi
	load_hmt
	load_sims 66
	set_bounce 1000000 1000000
	start_program main hmt_sim_trace sim0 64 67584
	for ((first = 0; first < 1024; first += 256)); do
		tell_program main "ping $first 256 4"
	done
	# Each of the 1024 windows went three times, and is held since.
	expect_eq "$(sim_counter 0 bounced)" 1024 "bounced of sim0"
	tell_program main "ping 0 1024 1"
	expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
	finish_program main
}

# jobs_of - jobs of the copy engine of device 0
jobs_of()
{
	echo "$(<"/sys/kernel/debug/hmt_sim0/jobs")"
}

grows()
{
	local before

	load_hmt
	load_sims 16
	set_bounce 0 0
	start_program main hmt_sim_trace sim0 8 16384
	before=$(jobs_of)
	tell_program main "pass 0 128 1"
	expect_eq "$(pages_on_sim 0)" $((8 * MIB)) "pages on sim0"
	# 128 windows, in jobs of at most 4.
	expect_le $(($(jobs_of) - before)) 48 "jobs of sim0"
	finish_program main
	# Others move no more than before.
	start_program other hmt_sim_trace sim0 8 16384
	tell_program other "ping 5 1 1"
	tell_program other "ping 40 1 1"
	tell_program other "ping 20 1 1"
	expect_true sim_has_most 0 48
	finish_program other
}

# jobs_for FIRST COUNT - jobs of the copy engine for these windows of "main"
jobs_for()
{
	local before

	before=$(jobs_of)
	tell_program main "pass $1 $2 1"
	echo $(($(jobs_of) - before))
}

shrinks()
{
	local i pid at

	load_hmt
	load_sims 4
	set_bounce 0 0
	start_program main hmt_sim_trace sim0 16 4096
	pid=$(pid_of main)
	# First window at a multiple of 2 MiB, where ranges end.
	at=$(ask_program main range)
	at=$((-(16#${at%-*} >> 16) & 31))
	# Ranges of 1, 2, 4 and 8 windows, in jobs of at most 4.
	expect_le "$(jobs_for $at 8)" 6 "jobs of sim0 for 8 windows"
	hmtctl move --to node0 "$pid" >"$work/moved"
	# Of ranges of 1 to 16 windows the device uses the first one. The next windows,
	# in no order, need their place.
	for i in 32 33 35 39 47 {64..150..2}; do
		ask_program main "time $((at + i)) 8" >/dev/null
	done
	expect_ge "$(sim_counter 0 evicted)" 64 "evicted of sim0"
	hmtctl move --to node0 "$pid" >"$work/moved"
	expect_true sim_has_most 0 0
	expect_ge "$(jobs_for $((at + 160)) 8)" 7 "jobs of sim0 for 8 windows"
	finish_program main
}

first()
{
	local kib pages before

	load_hmt
	load_sims 16
	set_bounce 0 0
	start_program main hmt_sim_trace sim0 8 16384
	read -ra before <<<"$(moves_of)"
	for kib in 4 64 1024; do
		pages=$((8192 / kib))
		tell_program main "write $kib"
		expect_eq "$(pages_on_sim 0)" "$pages" \
			"pages on sim0 after a write each $kib KiB"
		expect_eq "$(moves_of | cut -d' ' -f1)" "${before[0]}" \
			"pages moved to sim0"
		tell_program main "written $kib"
		wait_until "$limit" sim_has_most 0 0
	done
	expect_eq "$(sim_counter 0 created)" $((2048 + 128 + 8)) "created of sim0"
	finish_program main
}

# objects_of_512 - objects in the caches of the kernel for 512 bytes
objects_of_512()
{
	awk '/^kmalloc(-cg|-rnd-[0-9]+)?-512 / { objects += $2 }
		END { print objects + 0 }' /proc/slabinfo
}

stray()
{
	local before

	load_hmt
	load_sims 4
	set_bounce 0 0
	start_program main hmt_sim_trace sim0 2 4096
	tell_program main "stray 100"
	before=$(objects_of_512)
	expect_ge "$before" 1 "objects of 512 bytes"
	tell_program main "stray 4000"
	expect_lt $(($(objects_of_512) - before)) 1000 "new objects of 512 bytes"
	# Advice may be about addresses where nothing is mapped.
	hmtctl read-mostly "$(pid_of main)"
	tell_program main "miss 4000"
	expect_lt $(($(objects_of_512) - before)) 1000 "objects after advice"
	finish_program main
}

slow()
{
	local pid

	load_hmt
	load_sims 2 2
	start_program main hmt_sim_trace sim0 2 2048
	set_knob 0 unmap_ms 20000
	# Drops the translations of sim0.
	hmtctl follow "$(pid_of main)" &
	pid=$!
	wait_until "$limit" is_in "$pid" msleep
	start_program other hmt_sim_app 1 sim1
	tell_program other "sum 0"
	hmtctl follow "$(pid_of other)"
	finish_program other
	set_knob 0 unmap_ms 0
	kill -0 "$pid" 2>/dev/null || fail "the slow device was done before"
	wait "$pid"
	finish_program main
}

# is_in PID FUNCTION - it waits there
is_in()
{
	grep -q "$2" "/proc/$1/stack"
}
