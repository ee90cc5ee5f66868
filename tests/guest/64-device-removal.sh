# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Devices that are unbound, lost, unplugged or hang while pages are on them.

tests=(
	"moments   devices are unbound, lost, unplugged and unloaded during a fight"
	"pinned    pinned pages outlive a coherent device, and are freed when they are unpinned"
	"gone      access to pages of a lost device gives SIGBUS, and all other pages are right"
	"partly    lost pages in front of a range do not keep the others from moving"
	"dead      pinned pages of a lost device are lost when they are unpinned"
	"downhill  pages of a removed device move to the target of its tier"
	"returns   a device that comes back has its UID and its place in the live graph, and reports its last page"
	"unserved  a device is removed while it waits for memory that userfaultfd does not serve"
	"hung      a hanging device is removed at its deadline, not after a timeout for each page"
	"rescue    a removal that is killed saves the pages that it can copy"
	"locked    a device is removed while its pages move in a process that holds its mmap lock"
	"shown     hmtctl shows how much of the memory of a device is left while it unloads modules"
	"killed    a long removal shows the remaining pages, and ends when it is killed"
)

# lose_sim N - and its pages; then bind it again
lose_sim()
{
	tell_program main lossy
	set_knob "$1" gone Y
	unbind_sim "$1"
	tell_program main whole
}

# reload_sims - the driver cannot be unloaded while a device is open
reload_sims()
{
	! modprobe -r hmt_sim 2>/dev/null || fail "unloaded while it was open"
	tell_program main leave
	modprobe -r hmt_sim
	plug_in
	tell_program main return
}

# plug_in - load the module again, and commit the new memories
plug_in()
{
	modprobe_sims 8 8
	recommit
}

# recommit - a graph with the new memory of device 0
recommit()
{
	go_idle main
	echo sim0 >"$config/tiers/sim/memories"
	commit_graph
	go_live main
}

moments()
{
	local ways=(unbind_sim unplug_sim lose_sim reload_sims) i before count

	start_fight
	expect_errno EINVAL write "$sim_driver/plug" 2
	expect_errno EINVAL write "$sim_driver/unplug" x
	count=$(soak_amount 4 1000)
	for ((i = 0; i < count; i++)); do
		nap "0.0$((RANDOM % 100))"
		before=$(ask_program main lost)
		"${ways[i % 4]}" $((RANDOM % 2))
		[ $((i % 4)) -eq 2 ] ||
			expect_eq "$(ask_program main lost)" "$before" \
				"lost pages after ${ways[i % 4]}"
		expect_path "$class/sim0"
		expect_path "$class/sim1"
		recommit
	done
	note "$i moments, $before pages lost with devices; turns: $(ask_program main turns)"
	finish_program main
}

# poisoned_kib - memory that is out of service until the next boot
poisoned_kib()
{
	awk '$1 == "HardwareCorrupted:" { print $2 }' /proc/meminfo
}

device_is_free()
{
	modprobe -r hmt_device 2>/dev/null
}

pinned()
{
	if is_private; then
		note "private memory cannot be pinned"
		return
	fi
	load_hmt
	options=evacuate_ms=300 load_sims 16
	commit_chain dram=node0 sim=sim0
	start_program main hmt_sim_app 1
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
	wait_until "$limit" sim_has_least 0 $((1 * MIB))
	go_idle main
	tell_program main pin
	modprobe -r hmt_sim
	expect_message "16 pages are pinned and stay"
	! device_is_free || fail "unloaded while pages of it are in use"
	tell_program main touch
	tell_program main unpin
	finish_program main
	wait_until "$limit" device_is_free
}

# Only the array is on the device, because a program cannot report the loss of its
# stack.
gone()
{
	local poisoned

	load_hmt
	load_sims 8
	poisoned=$(poisoned_kib)
	start_program main hmt_sim_app 1 sim0
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
	tell_program main close
	set_knob 0 gone Y
	dmesg -C
	modprobe -r hmt_sim
	expect_eq "$(ask_program main touch)" "0 wrong 256 lost" "answer to touch"
	if is_private; then
		# Not a line for each page, nor for each access.
		expect_le "$(dmesg | wc -l)" 8 "lines of the kernel for 256 lost pages"
		expect_eq "$(poisoned_kib)" "$poisoned" "HardwareCorrupted"
		! device_is_free || fail "unloaded while its struct pages are in use"
	fi
	# Empty pages replace the lost ones.
	tell_program main discard
	tell_program main touch
	wait_until "$limit" device_is_free
	finish_program main
}

# others_moved - pages of the second half of the array are on node 1
others_moved()
{
	hmtctl move --to node1 "$(pid_of main)" "$(ask_program main range)" \
		>"$work/move" 2>&1 || :
	[ "$(array_pages_on 1)" -eq 128 ]
}

partly()
{
	if ! is_private; then
		note "lost coherent pages are replaced"
		return
	fi
	load_hmt
	load_sims 8
	start_program main hmt_sim_app 1 sim0
	hmtctl move --to sim0 "$(pid_of main)" "$(array_part 0 128)" >"$work/move"
	expect_eq "$(pages_on_sim 0)" 128 "pages on sim0"
	tell_program main close
	set_knob 0 gone Y
	modprobe -r hmt_sim
	wait_until 20 others_moved
	expect_match "$(<"$work/move")" "*pinned 128*" "result of the move"
	expect_eq "$(ask_program main touch)" "0 wrong 128 lost" "answer to touch"
	tell_program main discard
	wait_until "$limit" device_is_free
	finish_program main
}

# The memory of the simulated device still exists, but nothing may rely on that.
dead()
{
	if is_private; then
		note "private memory cannot be pinned"
		return
	fi
	load_hmt
	options=evacuate_ms=300 load_sims 16
	start_program main hmt_sim_app 1 sim0
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
	tell_program main pin
	tell_program main close
	set_knob 0 gone Y
	modprobe -r hmt_sim
	expect_message "16 pages are pinned and stay"
	expect_message "240 pages could not be saved"
	tell_program main unpin
	wait_until "$limit" device_is_free
	expect_eq "$(ask_program main touch)" "0 wrong 256 lost" "answer to touch"
	tell_program main discard
	tell_program main touch
	finish_program main
}

downhill()
{
	load_hmt
	load_sims 8
	commit_chain sim=sim0 cxl=node1 dram=node0
	start_program main hmt_sim_app 1 sim0
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
	expect_eq "$(array_pages_on 1)" 0 "pages of the array on memory 1"
	tell_program main close
	modprobe -r hmt_sim
	expect_eq "$(array_pages_on 1)" $((1 * MIB)) "pages of the array on memory 1"
	tell_program main touch
	finish_program main
}

# has_released COUNT - devices whose last page was freed after they went
has_released()
{
	[ "$(</sys/module/hmt_sim/parameters/released)" -eq "$1" ]
}

returns()
{
	local uid range

	load_hmt
	options=evacuate_ms=300 load_sims 8 8
	commit_chain sim=sim0 dram=node0
	uid=$(<"$class/sim0/uid")
	start_program main hmt_sim_app 1
	range=$(ask_program main range)
	unbind_sim 1
	unbind_sim 0
	expect_eq "$(<"$class/sim0/uid")" "$uid" "UID of sim0"
	expect_ne "$(<"$class/sim1/uid")" "$uid" "UID of sim1"
	# Nothing was committed.
	expect_eq "$(hmtctl move --to sim "$(pid_of main)" "$range")" "moved 256" \
		"output of hmtctl move"
	# As if the device were suspended.
	drive_sim 0 evacuate 10000
	expect_eq "$(array_pages_on "$uid")" 0 "pages of the array on sim0"
	expect_eq "$(hmtctl move --to sim "$(pid_of main)" "$range" 2>&1 | head -1)" \
		"nomem 256" "output of hmtctl move"
	drive_sim 0 reopen
	expect_eq "$(hmtctl move --to sim "$(pid_of main)" "$range")" "moved 256" \
		"output of hmtctl move"
	if ! is_private; then
		tell_program main pin
		echo hmt_sim.0 >"$sim_driver/unbind"
		has_released 0 || fail "released while pages are in use"
		tell_program main unpin
		finish_program main
		wait_until "$limit" has_released 1
		echo hmt_sim.0 >"$sim_driver/bind"
		expect_eq "$(<"$class/sim0/uid")" "$uid" "UID of sim0"
	fi
}

# waits_in PID FUNCTION
waits_in()
{
	grep -q "$2" "/proc/$1/stack"
}

unserved()
{
	local pid

	load_hmt
	load_sims 8 8
	start_program main hmt_sim_app 1 sim0 sim1
	pid=$(pid_of main)
	tell_program main "sum 0 move"
	echo "await 0" >&"${program_in[main]}"
	wait_until "$limit" waits_in "$pid" handle_userfault
	# Neither of them waits for the program.
	unbind_sim 1
	unbind_sim 0
	expect_true waits_in "$pid" handle_userfault
	kill -KILL "$pid"
	wait_until "$limit" is_dead "$pid"
}

# The copy of one page takes half a second to fail.
hung()
{
	load_hmt
	options=evacuate_ms=1000 load_sims 8
	start_program main hmt_sim_app 4 sim0
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" $((4 * MIB)) "pages on sim0"
	tell_program main close
	set_knob 0 hang Y
	echo hmt_sim.0 >"$sim_driver/unbind" &
	at_end wait $!
	# After the memory has gone from sysfs.
	wait_until "$limit" has_message "'sim0': 1024 pages could not be saved"
	expect_true sim_is_removed 0
	expect_eq "$(ask_program main touch)" "0 wrong 1024 lost" "answer to touch"
	tell_program main discard
	tell_program main touch
	finish_program main
	modprobe -r hmt_sim
	wait_until "$limit" device_is_free
}

rescue()
{
	local removal

	load_hmt
	options=evacuate_ms=3600000 load_sims 8
	start_program main hmt_sim_app 1 sim0
	tell_program main "sum 0 move"
	tell_program main close
	set_knob 0 hang Y
	(echo hmt_sim.0 >"$sim_driver/unbind") &
	removal=$!
	wait_until "$limit" is_in_call "$removal" write
	kill -9 "$removal"
	# The device copies the batch that it has, and then all others.
	set_knob 0 hang N
	wait "$removal" || :
	expect_true sim_is_removed 0
	tell_program main touch
	finish_program main
}

# Most mmap locks that a move takes are those of batches, which hold the device.
locked()
{
	local pid range move removal i

	modprobe hmt_test_hold
	load_hmt
	load_sims 64
	start_program holder hmt_holder 32
	pid=$(pid_of holder)
	range=$(ask_program holder range)
	tell_program holder fill
	for ((i = 0; i < 3; i++)); do
		hmtctl move --to node0 "$pid" "$range" >"$work/move"
		hmtctl move --to sim0 "$pid" "$range" >"$work/move" 2>&1 &
		move=$!
		wait_until "$limit" sim_has_least 0 128
		hold_lock holder
		echo hmt_sim.0 >"$sim_driver/unbind" &
		removal=$!
		wait_until "$limit" has_ended "$removal"
		wait "$removal" || fail "unbind"
		expect_true parameter_above "$hold/waiting" 0
		release
		wait "$move" || :
		wait_until "$limit" parameter_is "$hold/waiting" 0
		echo hmt_sim.0 >"$sim_driver/bind"
	done
	finish_program holder
	modprobe -r hmt_test_hold
}

# has_ended PID
has_ended()
{
	! kill -0 "$1" 2>/dev/null
}

shown()
{
	load_hmt
	options=evacuate_ms=3600000 load_sims 8
	start_program main hmt_sim_app 1 sim0
	tell_program main "sum 0 move"
	tell_program main close
	set_knob 0 fail_copies 1000000
	hmt_terminal hmtctl unload >"$work/shown" &
	at_end wait $!
	# Else the removal takes an hour if the test fails.
	# shellcheck disable=SC2016 # expanded at the end
	at_end eval '[ ! -e "$class/sim0" ] || set_knob 0 fail_copies 0'
	# A copy that fails is repeated; no page is saved until then.
	wait_until "$limit" grep -q "unload: for [0-9]* s" "$work/shown"
	set_knob 0 fail_copies 0
	wait $!
	expect_no_path "$class"
	expect_eq "$(tail -c 4 "$work/shown")" $'\r\e[K' "end of the output of hmtctl"
	tell_program main touch
	finish_program main
}

killed()
{
	local removal

	load_hmt
	options=evacuate_ms=3600000 load_sims 8
	start_program main hmt_sim_app 1 sim0
	tell_program main "sum 0 move"
	set_knob 0 fail_copies 1000000
	(echo hmt_sim.0 >"$sim_driver/unbind") &
	removal=$!
	nap 0.5
	expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
	kill -9 "$removal"
	# Before the message, which another test may have left.
	wait_until "$limit" sim_is_removed 0
	wait_until "$limit" has_message "'sim0': 256 pages could not be saved"
	expect_eq "$(ask_program main touch)" "0 wrong 256 lost" "answer to touch"
	tell_program main discard
	finish_program main
	modprobe -r hmt_sim
	wait_until "$limit" device_is_free
}
