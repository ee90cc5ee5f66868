# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Read-only replicas on devices of pages that CPUs do not write.

tests=(
	"copies    devices read replicas of pages that CPUs cannot write, until these can, and leave none behind"
	"forced    a write by /proc/PID/mem to memory that is not writable reaches devices"
	"kept      pages that libhmt keeps are replicated until a program, a device or the kernel writes them"
	"unused    opening a device takes no memory of the kernel for replicas"
	"readers   devices read the latest writes of CPUs, whoever moves or copies pages or removes devices"
)

# expect_replicas N LEAST MOST - on device N
expect_replicas()
{
	expect_between "$(sim_counter "$1" replicas)" "$2" "$3" "replicas on sim$1"
}

# have_no_replicas - neither device has one
have_no_replicas()
{
	result="$(sim_counter 0 replicas) $(sim_counter 1 replicas)"
	[ "$result" = "0 0" ]
}

# A page to which another user holds a reference at that moment is not replicated.
copies()
{
	local pid command

	load_hmt
	load_sims 8 2
	set_bounce 0 0
	start_program main hmt_sim_readers 1 sim0 sim1
	pid=$(pid_of main)
	tell_program main open
	tell_program main "read 0"
	expect_eq "$(sim_counter 0 replicas_made)" 0 "replicas_made of sim0"
	tell_program main discard
	hmtctl read-mostly "$pid" "$(array_part 0 128)"
	# Writable pages are read remotely, and do not move.
	tell_program main open
	tell_program main "read 0 0 128"
	expect_eq "$(sim_counter 0 replicas_made)" 0 "replicas_made of sim0"
	expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
	tell_program main shut
	tell_program main "read 0 0 128"
	expect_replicas 0 120 128
	expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
	# Pages without advice move as always.
	tell_program main "read 0"
	expect_eq "$(pages_on_sim 0)" 128 "pages on sim0"
	expect_replicas 0 120 128
	tell_program main look
	hmtctl move --to node0 "$pid" "$(array_part 128 128)"
	hmtctl read-mostly "$pid"
	tell_program main "read 0"
	expect_replicas 0 240 256
	# Each device has a replica of its own.
	tell_program main "read 1"
	expect_replicas 1 240 256
	# 64 KiB become writable at once.
	tell_program main "write 20 1"
	expect_replicas 0 224 240
	expect_ge "$(sim_counter 0 replicas_dropped)" 15 "replicas_dropped of sim0"
	tell_program main "read 0"
	expect_replicas 0 240 256
	tell_program main fork
	for command in open remap discard; do
		tell_program main "$command"
		expect_replicas 0 0 0
		tell_program main shut
		[ "$command" != remap ] ||
			hmtctl read-mostly "$pid"
		tell_program main "read 0"
		expect_replicas 0 200 256
	done
	# A page that has moved has no replica.
	hmtctl move --to sim0 "$pid" "$(array_part 0 64)"
	expect_ge "$(pages_on_sim 0)" 60 "pages on sim0"
	expect_replicas 0 140 192
	tell_program main "read 0"
	tell_program main look
	# Replicas are dropped for pages that move in, and for the driver.
	tell_program main "read 1"
	expect_replicas 1 180 256
	hmtctl move --to sim1 "$pid" "$(array_part 0 256)"
	tell_program main "read 1"
	drive_sim 0 take 0 4096 10000
	drive_sim 0 give 0 4096
	tell_program main "read 0"
	drive_sim 0 evacuate 10000
	expect_replicas 0 0 0
	tell_program main "read 0"
	tell_program main unmap
	hmtctl read-mostly --clear "$pid"
	finish_program main
	wait_until "$limit" have_no_replicas
}

# vmalloc_kib - large allocations of the kernel
vmalloc_kib()
{
	awk '$1 == "VmallocUsed:" { print $2 }' /proc/meminfo
}

unused()
{
	local before

	load_hmt
	load_sims 64
	before=$(vmalloc_kib)
	start_program main hmt_sim_app 1 sim0
	tell_program main "sum 0"
	# 24 bytes for each of the 16384 pages would be 384 KiB.
	expect_lt $(($(vmalloc_kib) - before)) 200 "KiB that an open device takes"
	finish_program main
}

forced()
{
	load_hmt
	load_sims 8
	start_program main hmt_sim_readers 1 sim0
	hmtctl read-mostly "$(pid_of main)"
	tell_program main seal
	tell_program main "read 0"
	tell_program main "poke 3"
	tell_program main "read 0"
	expect_eq "$(sim_counter 0 replicas_made)" 0 "replicas_made of sim0"
	finish_program main
}

kept()
{
	local i

	load_hmt
	load_sims 8 8
	set_bounce 0 0
	start_program main hmt_sim_readers 1 sim0 sim1
	tell_program main bad
	tell_program main limits
	tell_program main "keep 1000000"
	tell_program main "read 0"
	expect_replicas 0 240 256
	expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
	# 64 KiB become writable at once, and stay writable.
	tell_program main "write 20 1"
	tell_program main "read 0"
	expect_replicas 0 224 240
	tell_program main "push 0 40"
	tell_program main "fetch 60"
	tell_program main "read 0"
	expect_replicas 0 192 208
	tell_program main fork
	tell_program main "read 1"
	tell_program main release
	expect_true have_no_replicas
	tell_program main look
	hmtctl move --to node0 "$(pid_of main)" "$(array_part 0 256)" >/dev/null
	tell_program main "keep 10"
	tell_program main fight
	for ((i = 0; i < 2; i++)); do
		nap 0.1
		disturb "$i"
	done
	tell_program main rest
	note "compared reads: $(ask_program main turns)"
	expect_gt "$(sim_counter 1 replicas_made)" 256 "replicas_made of sim1"
	tell_program main unmap
	tell_program main fight
	nap 0.1
	kill -9 "$(pid_of main)"
	wait_until "$limit" have_no_replicas
	wait_until "$limit" sim_has_most 0 0
}

# disturb NUMBER - move pages, or remove devices and add them again, in turn
disturb()
{
	local pid

	pid=$(pid_of main)
	case $(($1 % 4)) in
	0) hmtctl move --to "sim$(($1 / 4 % 2))" "$pid" "$(array_part 0 192)" ;;
	1) unbind_sim $(($1 / 4 % 2)) ;;
	2) drive_sim 0 take 0 6144 10000 && drive_sim 0 give 0 6144 ;;
	3) unplug_sim $(($1 / 4 % 2)) ;;
	esac >/dev/null
	hmtctl move --to node0 "$pid" "$(array_part 0 256)" >/dev/null
}

# has_counted INDEX COUNTER - the counter of the device is not 0
has_counted()
{
	result=$(sim_counter "$1" "$2")
	[ "$result" -gt 0 ]
}

readers()
{
	local i count

	load_hmt
	load_sims 8 8
	set_bounce 1000000 1000000
	start_program main hmt_sim_readers 1 sim0 sim1
	hmtctl read-mostly "$(pid_of main)"
	for i in {1..3}; do
		tell_program main shut
		tell_program main "read 0"
		tell_program main open
	done
	expect_ge "$(sim_counter 0 bounced)" 14 "bounced of sim0"
	tell_program main shut
	tell_program main "read 0"
	expect_replicas 0 0 32
	expect_ge "$(sim_counter 0 held)" 14 "held of sim0"

	set_bounce 500 20
	count=$(soak_amount 4 2000)
	tell_program main fight
	for ((i = 0; i < count; i++)); do
		nap 0.05
		disturb "$i"
	done
	# A device that was plugged in again counts from 0.
	wait_until "$limit" has_counted 0 replicas_made
	wait_until "$limit" has_counted 0 replicas_dropped
	tell_program main rest
	note "compared reads: $(ask_program main turns)"
	tell_program main fight
	nap 0.1
	kill -9 "$(pid_of main)"
	wait_until "$limit" have_no_replicas
	wait_until "$limit" sim_has_most 0 0
}
