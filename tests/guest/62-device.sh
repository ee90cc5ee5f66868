# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The memory of a simulated device: private where the kernel has that,
# coherent where it has not.

tests=(
	"rejected  devices that cannot be are refused with a message, and nothing is left"
	"best      the best memory for devices and CPUs is one that they reach, with room"
	"tools     hmtctl moves a process to a device and back, and says what is there"
	"own       a driver reserves, takes and gives back, and empties the device, or changes nothing"
	"compute   what a device computes is right, with pages there and back, forked, moved, discarded, locked"
	"tiers     the engine moves pages to a device and back, counted on its edges"
	"full      a device that is full or admits nothing takes no more, and all results are right"
	"excluded  excluded pages do not go to a device, nor come back with others"
	"follows   what is to follow a device goes there when it touches it, the rest does not"
	"bounces   what CPU and device touch in turn is held in system memory, and let go"
	"copies    devices read copies of what CPUs cannot write, until these can, and leave nothing"
	"kept      what libhmt keeps is copied until somebody writes, be it a device or the kernel"
	"readers   what devices read is what CPUs wrote last, whoever moves, copies or takes devices away"
	"failures  failed copies, lost interrupts and a hang cost time, and no data"
	"cases     a device reads and writes memory of each kind as a CPU would"
	"charges   what is on a device stays charged to its cgroup, until it is freed"
	"swaps     a program that is swapped out computes on devices, and nothing is lost"
	"oom       a program that the kernel kills leaves nothing on a device, nor charged"
	"fights    what CPU, children and two devices write to the same pages at once is all there"
	"moments   devices are unbound, lost, unplugged and unloaded while all that goes on"
	"pinned    pinned pages outlive a coherent device, and are freed when unpinned"
	"gone      what was on a device that is gone gives SIGBUS, the rest is right"
	"dead      what was pinned on a device that is gone is lost when it is unpinned"
	"downhill  what is on a device that is removed goes to the target of its tier"
	"bound     what a CPU takes from a device stays on nodes that its process is bound to"
	"hung      a device that hangs is removed at its deadline, not after each page"
	"killed    a removal that lasts shows what is left, and ends when it is killed"
	"blind     what CPUs use does not go up to memory that they cannot address"
)

is_private()
{
	[ -z "$HMT_RESERVED" ]
}

# on_sim N - pages on device N
on_sim()
{
	echo $(($(cat "$class/sim$1/used") / 4096))
}

on_sim_least()
{
	[ "$(on_sim "$1")" -ge "$2" ]
}

on_sim_most()
{
	[ "$(on_sim "$1")" -le "$2" ]
}

# moved FROM TO - pages, by their names
moved()
{
	cat "$class/$1/edges/$2/moved"
}

# hold BOUNCE_MS HOLD_MS - what bounces, and for how long it is held
hold()
{
	echo "$1" >/sys/module/hmt_device/parameters/bounce_ms
	echo "$2" >/sys/module/hmt_device/parameters/hold_ms
}

# touches N NAME - a counter of device N
touches()
{
	echo "$(<"$class/sim$1/$2")"
}

# knob N NAME VALUE
knob()
{
	echo "$3" >"/sys/kernel/debug/hmt_sim$1/$2"
}

# dmesg_has TEXT - all of it is read: it may be long
dmesg_has()
{
	[ "$(dmesg | grep -c "$1")" -gt 0 ]
}

# refused_with TEXT ARGUMENT... - the kernel's message says why
refused_with()
{
	local text=$1

	shift
	dmesg -C
	modprobe hmt_sim "$@" 2>/dev/null && fail "taken: $*"
	dmesg | grep -qF "$text" || fail "$*: $(dmesg)"
	[ ! -e "$class/sim0" ] || fail "a memory is left after $*"
}

rejected()
{
	load
	at_end modprobe -r hmt_sim hmt_device
	refused_with "no device: give their sizes"
	refused_with "must be multiples of 2 MiB" megabytes=3 \
		"base=${HMT_RESERVED:-0}"
	refused_with "must be multiples of 2 MiB" megabytes=2 base=4096
	refused_with "no room at 0x200000" megabytes=2 base=2097152
	refused_with "'sim0' refused: operation 'copy' is missing" \
		megabytes=2 "base=${HMT_RESERVED:-0}" omit=copy
	options=omit=forget sims 2
	dmesg -C
	! : 2>/dev/null <>/dev/sim0 || fail "opened without an operation"
	dmesg | grep -qF "operation 'forget' is missing"
	modprobe -r hmt_sim
	# The second of two: the first is taken away again.
	refused_with "no room at 0x200000" megabytes=2,2 \
		"base=${HMT_RESERVED:-0},2097152"
}

best()
{
	load
	options=bandwidth=1000000,10 sims 8 2
	[ "$(hmtctl best)" = node0 ]
	[ "$(hmtctl best --devices sim0 --bandwidth)" = sim0 ]
	! hmtctl best --devices sim0 --size 1T || fail "room for a tebibyte"
	! is_private || {
		[ "$(hmtctl best --devices sim0)" = sim0 ]
		# What others do not reach is not for all of them.
		[ "$(hmtctl best --devices "sim0 sim1")" = node0 ]
		[ "$(hmtctl best --devices sim0 --cpus 0 --bandwidth)" = node0 ]
		# More than the device has: where it finds it.
		[ "$(hmtctl best --devices sim0 --size 16M)" = node0 ]
	}
	modprobe -r hmt_sim
	! hmtctl best --devices sim0 || fail "the best for a device that is gone"
}

tools()
{
	local pid range uid

	load
	sims 2
	chain sim=sim0 dram=node0
	uid=$(<"$class/sim0/uid")
	start main hmt_sim_app 4 sim0
	pid=$(pid_of main)
	range=$(part 0 1024)
	hmtctl move --to sim0 "$pid" "$(part 0 256)"
	[ "$(on_sim 0)" -eq 256 ]
	hmtctl query "$pid" "$range" >"$work/query"
	grep -q "^memory $uid: 256 pages, 0 warm, heat 0; movable=256; unmanaged=256" \
		"$work/query"
	grep -q "^memory 0: 768 pages" "$work/query"
	# The rest of it is larger than the device.
	[ "$(hmtctl move --to sim "$pid" "$range" | paste -sd' ')" = \
		"moved 256 there 256 nomem 512" ]
	[ "$(hmtctl query --pages "$pid" "$range" | awk -v uid="$uid" \
		'$2 == uid' | wc -l)" -eq 512 ]
	hmtctl move --to dram "$pid" "$range"
	[ "$(on_sim 0)" -eq 0 ]
	tell main touch
	finish main
	[ "$(moved node0 sim0)" -eq 512 ]
	[ "$(moved sim0 node0)" -eq 512 ]
	modprobe -r hmt_sim
	[ ! -e "$class/node0/edges/sim0" ]
	! hmtctl move --to "$uid" $$ || fail "moved to a device that is gone"
}

# drive N COMMAND... - the driver of device N does something for itself
drive()
{
	echo "${*:2}" >"/sys/kernel/debug/hmt_sim$1/own"
}

# own_refused ERROR COMMAND...
own_refused()
{
	errno "$1" write /sys/kernel/debug/hmt_sim0/own "${*:2}"
}

# has_mib N - HMT has so many of device 0
has_mib()
{
	[ "$(<"$class/sim0/size")" -eq $(($1 << 20)) ]
}

own()
{
	local at

	load
	sims 8
	hold 0 0
	start main hmt_sim_app 1 sim0
	tell main "sum 0 move"
	own_refused EINVAL take 0 0 100
	own_refused EINVAL take 0 8196 100
	own_refused EINVAL reserve 0
	own_refused ENOSPC reserve 8192
	# What cannot be copied stays, and nothing is taken.
	knob 0 fail_copies 1000000
	own_refused ETIME take 0 8192 100
	own_refused ETIME evacuate 100
	knob 0 fail_copies 0
	has_mib 8
	[ "$(on_sim 0)" -eq 256 ]
	tell main touch
	tell main "sum 0 move"

	drive 0 take 0 4096 10000
	has_mib 4
	tell main touch
	tell main "sum 0 move"
	[ "$(on_sim 0)" -eq 256 ]
	drive 0 give 0 4096
	has_mib 8

	drive 0 reserve 2048
	at=$(<"/sys/kernel/debug/hmt_sim0/own")
	has_mib 6
	# What the driver has is not taken twice, nor given away by trying.
	own_refused EBUSY take "$at" 2048 100
	own_refused EBUSY take 0 8192 100
	has_mib 6
	tell main touch
	tell main "sum 0 move"
	drive 0 give "$at" 2048
	has_mib 8

	drive 0 evacuate 10000
	on_sim_most 0 0
	# It is closed: all is as before, from afar.
	tell main "sum 0 move"
	on_sim_most 0 0
	finish main
}

# comes PROGRAM - its array is on the first device; munlock(2) leaves references
# to some pages in a list of the CPU for a while
comes()
{
	tell "$1" "sum 0 move"
	on_sim_least 0 256
}

compute()
{
	local command

	load
	sims 16 8
	hold 0 0
	start main hmt_sim_app 1 sim0 sim1
	for command in "sum 0" "sum 0 move" touch "copy 0 move" "sum 1 move" \
		"sum 0 move" "stencil 0 move" rewrite "sum 0 move" fork \
		"sum 0 move" remap "sum 0 move" discard "sum 0 move" protect \
		"sum 0 move" bad lock "sum 0 move"; do
		tell main "$command"
	done
	# What is locked in memory that CPUs address stays there.
	! is_private || [ "$(on_memory "$(<"$class/sim0/uid")")" -eq 0 ]
	for command in touch unlock "storm 2 0 1"; do
		tell main "$command"
	done
	wait_until "$limit" comes main
	finish main
	wait_until "$limit" on_sim_most 0 0
	wait_until "$limit" on_sim_most 1 0
}

# on_memory UID [PROGRAM] - pages of its array
on_memory()
{
	local program=${2-main}

	hmtctl query --json "$(pid_of "$program")" "$(ask "$program" range)" |
		jq "[.[] | select(.uid == $1).pages] | add // 0"
}

tiers()
{
	local uid

	load
	sims 16
	uid=$(cat "$class/sim0/uid")
	[ "$uid" -gt 2147483647 ]
	chain dram=node0 sim="$uid"
	[ "$(cat "$class/sim0/tier")" = sim ]
	start main hmt_sim_app 1 sim0
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
	wait_until "$limit" on_sim_least 0 256
	[ "$(moved node0 sim0)" -ge 256 ]
	tell main touch
	go_idle main
	rmdir "$config/workloads/main"
	remove_tiers

	# The other way round, as an accelerator would be used.
	chain sim=sim0 dram=node0
	tell main "sum 0 move"
	on_sim_least 0 256
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=sim=0
	go_live main
	wait_until "$limit" on_sim_most 0 0
	[ "$(moved sim0 node0)" -ge 256 ]
	finish main
}

full()
{
	load
	sims 2
	start main hmt_sim_app 2 sim0
	tell main "sum 0 move"
	[ "$(cat "$class/sim0/available")" -eq 0 ]
	tell main "stencil 0 move"
	tell main rewrite
	tell main "copy 0 move"
	tell main discard
	tell main touch
	knob 0 fail_alloc Y
	tell main remap
	tell main "sum 0 move"
	finish main
}

# part FIRST COUNT - so many pages of the array
part()
{
	local start

	start=$(ask main range)
	start=$((16#${start%-*} + $1 * 4096))
	printf '%x-%x\n' "$start" $((start + $2 * 4096))
}

excluded()
{
	local pid

	load
	sims 8
	start main hmt_sim_app 1 sim0
	pid=$(pid_of main)
	hmtctl exclude "$pid" "$(part 16 16)"
	tell main "sum 0 move"
	[ "$(on_sim 0)" -eq 240 ]
	hmtctl exclude --clear "$pid"
	tell main "sum 0 move"
	[ "$(on_sim 0)" -eq 256 ]
	hmtctl exclude "$pid" "$(part 4 4)"
	hmtctl query "$pid" "$(part 0 16)" | grep -q ' movable=12 excluded=4;' ||
		fail "$(hmtctl query "$pid" "$(part 0 16)")"
	if is_private; then
		tell main "peek 0"
		[ "$(on_sim 0)" -eq 252 ]
		# What is touched comes, excluded or not.
		tell main "peek 5"
		[ "$(on_sim 0)" -eq 251 ]
		tell main "sum 0 move"
		[ "$(on_sim 0)" -eq 255 ]
	fi
	finish main
}

follows()
{
	local pid

	load
	sims 8
	hold 0 0
	start main hmt_sim_app 1 sim0
	pid=$(pid_of main)
	tell main "sum 0"
	[ "$(on_sim 0)" -eq 0 ]
	hmtctl follow "$pid" "$(part 16 32)"
	tell main "sum 0"
	[ "$(on_sim 0)" -eq 32 ]
	# What is excluded does not.
	hmtctl exclude "$pid" "$(part 64 16)"
	hmtctl follow "$pid"
	tell main "sum 0"
	[ "$(on_sim 0)" -eq 240 ]
	hmtctl follow --clear "$pid"
	hmtctl exclude --clear "$pid"
	tell main discard
	tell main "sum 0"
	[ "$(on_sim 0)" -eq 0 ]
	finish main
}

bounces()
{
	local i

	load
	sims 8
	hold 1000000 1000000
	start main hmt_sim_app 1 sim0
	for i in {1..3}; do
		tell main "sum 0 move"
		[ "$(on_sim 0)" -eq 256 ]
		tell main touch
	done
	if ! is_private; then
		note "CPUs reach coherent memory, so that nothing comes back"
		[ "$(touches 0 returned)" -eq 0 ]
		[ "$(touches 0 bounced)" -eq 0 ]
		[ "$(on_sim 0)" -eq 256 ]
		finish main
		return
	fi
	[ "$(touches 0 returned)" -eq 768 ]
	# Nobody made a graph, and still each of them took an edge.
	[ "$(moved sim0 node0)" -eq 768 ]
	[ "$(moved node0 sim0)" -eq 768 ]
	# Two windows may have had one slot, and be unknown.
	[ "$(touches 0 bounced)" -ge 8 ]
	[ "$(touches 0 held)" -eq 0 ]
	tell main "sum 0 move"
	on_sim_most 0 128
	[ "$(touches 0 held)" -ge 8 ]
	hold 1000000 0
	tell main "sum 0 move"
	[ "$(on_sim 0)" -eq 256 ]
	finish main
}

# has_copies N LEAST MOST - pages of device N are copies
has_copies()
{
	local count

	count=$(touches "$1" copies)
	if [ "$count" -lt "$2" ] || [ "$count" -gt "$3" ]; then
		fail "sim$1 has $count copies, not $2 to $3"
	fi
}

has_no_copies()
{
	[ "$(touches 0 copies)" -eq 0 ] && [ "$(touches 1 copies)" -eq 0 ]
}

# A page or two may be held by who looks at them, and not be copied then.
copies()
{
	local pid command

	load
	sims 8 2
	hold 0 0
	start main hmt_sim_readers 1 sim0 sim1
	pid=$(pid_of main)
	tell main open
	tell main "read 0"
	[ "$(touches 0 replicas_made)" -eq 0 ]
	tell main discard
	hmtctl read-mostly "$pid" "$(part 0 128)"
	# What is writable is read where it is, and does not move.
	tell main open
	tell main "read 0 0 128"
	[ "$(touches 0 replicas_made)" -eq 0 ]
	[ "$(on_sim 0)" -eq 0 ]
	tell main shut
	tell main "read 0 0 128"
	has_copies 0 120 128
	[ "$(on_sim 0)" -eq 0 ]
	# What nobody spoke of moves as ever.
	tell main "read 0"
	[ "$(on_sim 0)" -eq 128 ]
	has_copies 0 120 128
	tell main look
	hmtctl move --to node0 "$pid" "$(part 128 128)"
	hmtctl read-mostly "$pid"
	tell main "read 0"
	has_copies 0 240 256
	# Two devices have a copy each.
	tell main "read 1"
	has_copies 1 240 256
	# 64 KiB become writable at once.
	tell main "write 20 1"
	has_copies 0 224 240
	[ "$(touches 0 replicas_dropped)" -ge 15 ]
	tell main "read 0"
	has_copies 0 240 256
	tell main fork
	for command in open remap discard; do
		tell main "$command"
		has_copies 0 0 0
		tell main shut
		[ "$command" != remap ] ||
			hmtctl read-mostly "$pid"
		tell main "read 0"
		has_copies 0 200 256
	done
	# What moves has no copy.
	hmtctl move --to sim0 "$pid" "$(part 0 64)"
	[ "$(on_sim 0)" -ge 60 ]
	has_copies 0 140 192
	tell main "read 0"
	tell main look
	# Copies give way to pages, and to the driver.
	tell main "read 1"
	has_copies 1 180 256
	hmtctl move --to sim1 "$pid" "$(part 0 256)"
	tell main "read 1"
	drive 0 take 0 4096 10000
	drive 0 give 0 4096
	tell main "read 0"
	drive 0 evacuate 10000
	has_copies 0 0 0
	tell main "read 0"
	tell main unmap
	hmtctl read-mostly --clear "$pid"
	finish main
	wait_until "$limit" has_no_copies
}

kept()
{
	local i

	load
	sims 8 8
	hold 0 0
	start main hmt_sim_readers 1 sim0 sim1
	tell main bad
	tell main limits
	tell main "keep 1000000"
	tell main "read 0"
	has_copies 0 240 256
	[ "$(on_sim 0)" -eq 0 ]
	# 64 KiB become writable at once, and stay so.
	tell main "write 20 1"
	tell main "read 0"
	has_copies 0 224 240
	tell main "push 0 40"
	tell main "fetch 60"
	tell main "read 0"
	has_copies 0 192 208
	tell main fork
	tell main "read 1"
	tell main release
	has_no_copies
	tell main look
	hmtctl move --to node0 "$(pid_of main)" "$(part 0 256)" >/dev/null
	tell main "keep 10"
	tell main fight
	for ((i = 0; i < 2; i++)); do
		nap 0.1
		disturb "$i"
	done
	tell main rest
	note "compared reads: $(ask main turns)"
	[ "$(touches 1 replicas_made)" -gt 256 ]
	tell main unmap
	tell main fight
	nap 0.1
	kill -9 "$(pid_of main)"
	wait_until "$limit" has_no_copies
	wait_until "$limit" on_sim_most 0 0
}

# Each moment leaves devices as they were.
disturb()
{
	local pid

	pid=$(pid_of main)
	case $(($1 % 4)) in
	0) hmtctl move --to "sim$(($1 / 4 % 2))" "$pid" "$(part 0 192)" ;;
	1) unbind $(($1 / 4 % 2)) ;;
	2) drive 0 take 0 6144 10000 && drive 0 give 0 6144 ;;
	3) unplug $(($1 / 4 % 2)) ;;
	esac >/dev/null
	hmtctl move --to node0 "$pid" "$(part 0 256)" >/dev/null
}

readers()
{
	local i count

	load
	sims 8 8
	hold 1000000 1000000
	start main hmt_sim_readers 1 sim0 sim1
	hmtctl read-mostly "$(pid_of main)"
	for i in {1..3}; do
		tell main shut
		tell main "read 0"
		tell main open
	done
	# Two windows may have had one slot, and be unknown.
	[ "$(touches 0 bounced)" -ge 8 ]
	tell main shut
	tell main "read 0"
	has_copies 0 0 128
	[ "$(touches 0 held)" -ge 8 ]

	hold 500 20
	count=$(soak 4 2000)
	tell main fight
	for ((i = 0; i < count; i++)); do
		nap 0.05
		disturb "$i"
	done
	nap 0.1
	[ "$(touches 0 replicas_made)" -gt 0 ]
	[ "$(touches 0 replicas_dropped)" -gt 0 ]
	tell main rest
	note "compared reads: $(ask main turns)"
	tell main fight
	nap 0.1
	kill -9 "$(pid_of main)"
	wait_until "$limit" has_no_copies
	wait_until "$limit" on_sim_most 0 0
}

failures()
{
	load
	sims 8
	start main hmt_sim_app 1 sim0
	knob 0 fail_copies 100
	tell main "sum 0 move"
	[ "$(on_sim 0)" -gt 0 ]
	tell main touch
	# Everything is in system memory again, so that there is something to copy.
	tell main discard
	knob 0 lose_interrupts 1
	tell main "sum 0 move"
	tell main touch
	knob 0 lose_interrupts 0
	[ "$(cat /sys/kernel/debug/hmt_sim0/timeouts)" -ge 1 ]
	# A process that waits for a page of a device that hangs is told so by
	# SIGBUS; nothing is lost.
	tell main rewrite
	tell main "sum 0 move"
	knob 0 hang Y
	tell main "sum 0"
	knob 0 hang N
	tell main touch
	finish main
}

cases()
{
	load
	sims 8 8
	hold 0 0
	at_end eval 'echo 0 >/proc/sys/vm/nr_hugepages'
	echo 2 >/proc/sys/vm/nr_hugepages
	hmt_sim_cases sim0 sim1
	on_sim_most 0 0
	on_sim_most 1 0
}

get_charge()
{
	got=$(($(<"$in_cgroup/memory.current") >> 10))
}

# charged LEAST MOST - KiB
charged()
{
	get_charge
	[ "$got" -ge "$1" ] && [ "$got" -le "$2" ]
}

# left_nothing - neither on devices nor in the cgroup
left_nothing()
{
	wait_until "$limit" on_sim_most 0 0
	wait_until "$limit" on_sim_most 1 0
	wait_until "$limit" charged 0 1024
	wait_until "$limit" rmdir "$in_cgroup"
}

# What a CPU has charged in advance is some of the MiB on either side.
charges()
{
	local command before in_cgroup

	load
	sims 8 8
	hold 0 0
	in_cgroup=$(cgroup charged)
	start main hmt_sim_app 4 sim0 sim1
	get_charge
	before=$got
	[ "$before" -ge 8192 ]
	for command in "sum 0 move" "copy 1 move" touch "sum 0 move"; do
		tell main "$command"
		charged $((before - 1024)) $((before + 1024)) ||
			fail "$before KiB charged, $got after $command"
	done
	[ "$(on_sim 0)" -eq 1024 ]
	kill -9 "$(pid_of main)"
	left_nothing
}

swaps()
{
	local command before in_cgroup

	make_swap
	load
	sims 8 8
	hold 0 0
	in_cgroup=$(cgroup tight)
	start main hmt_sim_app 4 sim0 sim1
	before=$(vmstat_of pswpout)
	# One array on a device, and less than the other.
	echo 7M >"$in_cgroup/memory.max"
	for command in "sum 0 move" "copy 0" touch rewrite "sum 1 move" \
		"stencil 0" fork "sum 0 move" touch; do
		tell main "$command"
	done
	[ "$(vmstat_of pswpout)" -gt $((before + 256)) ]
	echo max >"$in_cgroup/memory.max"
	tell main "copy 1 move"
	finish main
	left_nothing
}

oom()
{
	local in_cgroup

	load
	sims 8 8
	hold 0 0
	in_cgroup=$(cgroup doomed)
	start main hmt_sim_app 4 sim0 sim1
	tell main "copy 0 move"
	on_sim_least 0 1024
	echo "storm 1000 0 1" >&"${program_in[main]}"
	nap 0.2
	echo 4M >"$in_cgroup/memory.max"
	wait_until "$limit" is_dead "$(pid_of main)"
	grep -q '^oom_kill [1-9]' "$in_cgroup/memory.events"
	left_nothing
}

# fought LEAST [TURNS...] - since those turns, or the start, each of those who
# fight has done so much
fought()
{
	local -a turns before=("${@:2}")
	local i

	read -ra turns <<<"$(ask main turns)"
	for i in "${!turns[@]}"; do
		[ "${turns[i]}" -ge $((${before[i]-0} + $1)) ] || return 1
	done
}

# start_fight - CPU, children and two devices write to the same pages; the engine
# moves them to the first device, too
#
# Only those that are fought for: a program that loses its stack cannot tell.
start_fight()
{
	local pid

	load
	# What a slow machine does not save in time is lost rightly.
	options=evacuate_ms=300000
	sims 8 8
	hold 0 0
	chain dram=node0 sim=sim0
	start main hmt_sim_fight 1 sim0 sim1
	pid=$(pid_of main)
	hmtctl exclude "$pid"
	hmtctl exclude --clear "$pid" "$(ask main range)"
	workload main "pids=$pid" scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
}

fights()
{
	local -a turns

	start_fight
	nap "$(soak 1 180)"
	wait_until "$limit" fought 300
	note "turns of CPU, sim0, sim1: $(ask main turns)"
	# For a single page: each takes it from the others again and again.
	tell main one
	read -ra turns <<<"$(ask main turns)"
	nap "$(soak 1 180)"
	wait_until "$limit" fought 100 "${turns[@]}"
	note "and for one page: $(ask main turns)"
	[ "$(moved node0 sim0)" -gt 0 ]
	[ "$(moved sim1 node0)" -gt 0 ] || ! is_private
	finish main
}

driver=/sys/bus/platform/drivers/hmt_sim

# Each leaves the devices as they were.
unbind()
{
	echo "hmt_sim.$1" >"$driver/unbind"
	[ ! -e "$class/sim$1" ]
	echo "hmt_sim.$1" >"$driver/bind"
}

lose()
{
	tell main lossy
	knob "$1" gone Y
	unbind "$1"
	tell main whole
}

unplug()
{
	echo "$1" >"$driver/unplug"
	[ ! -e "$class/sim$1" ]
	errno ENODEV write "$driver/unplug" "$1"
	echo "$1" >"$driver/plug"
	errno EEXIST write "$driver/plug" "$1"
}

# Where a device is open its driver stays.
unload()
{
	! modprobe -r hmt_sim 2>/dev/null || fail "unloaded while it was open"
	tell main leave
	modprobe -r hmt_sim
	plug_in
	tell main return
}

# plug_in - and have the engine know the new memories
plug_in()
{
	load_sims 8 8
	graph
}

graph()
{
	go_idle main
	echo sim0 >"$config/tiers/sim/memories"
	commit
	go_live main
}

moments()
{
	local ways=(unbind unplug lose unload) i before count

	start_fight
	errno EINVAL write "$driver/plug" 2
	errno EINVAL write "$driver/unplug" x
	count=$(soak 4 1000)
	for ((i = 0; i < count; i++)); do
		nap "0.0$((RANDOM % 100))"
		before=$(ask main lost)
		"${ways[i % 4]}" $((RANDOM % 2))
		[ $((i % 4)) -eq 2 ] || [ "$(ask main lost)" -eq "$before" ]
		[ -e "$class/sim0" ] && [ -e "$class/sim1" ]
		graph
	done
	note "$i moments, $before pages lost with devices; turns: $(ask main turns)"
	finish main
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
	load
	options=evacuate_ms=300 sims 16
	chain dram=node0 sim=sim0
	start main hmt_sim_app 1
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
	wait_until "$limit" on_sim_least 0 256
	go_idle main
	tell main pin
	modprobe -r hmt_sim
	dmesg_has "16 pages are pinned and stay"
	! device_is_free || fail "unloaded with pages of it in use"
	tell main touch
	tell main unpin
	finish main
	wait_until "$limit" device_is_free
}

# Only the array is on the device: a program that loses its stack cannot tell.
gone()
{
	load
	sims 8
	start main hmt_sim_app 1 sim0
	tell main "sum 0 move"
	[ "$(on_sim 0)" -eq 256 ]
	tell main close
	knob 0 gone Y
	modprobe -r hmt_sim
	[ "$(ask main touch)" = "0 wrong 256 lost" ]
	# Empty pages replace what was lost.
	tell main discard
	tell main touch
	finish main
}

# The memory of the device is all there still, but nobody may rely on that.
dead()
{
	if is_private; then
		note "private memory cannot be pinned"
		return
	fi
	load
	options=evacuate_ms=300 sims 16
	start main hmt_sim_app 1 sim0
	tell main "sum 0 move"
	[ "$(on_sim 0)" -eq 256 ]
	tell main pin
	tell main close
	knob 0 gone Y
	modprobe -r hmt_sim
	dmesg_has "16 pages are pinned and stay"
	dmesg_has "240 pages could not be saved"
	tell main unpin
	wait_until "$limit" device_is_free
	[ "$(ask main touch)" = "0 wrong 256 lost" ]
	tell main discard
	tell main touch
	finish main
}

downhill()
{
	load
	sims 8
	chain sim=sim0 cxl=node1 dram=node0
	start main hmt_sim_app 1 sim0
	tell main "sum 0 move"
	[ "$(on_sim 0)" -eq 256 ]
	[ "$(on_memory 1)" -eq 0 ]
	tell main close
	modprobe -r hmt_sim
	[ "$(on_memory 1)" -eq 256 ]
	tell main touch
	finish main
}

bound()
{
	if ! is_private; then
		note "a CPU does not take pages from memory that is coherent"
		return
	fi
	load
	sims 8
	hold 0 0
	chain sim=sim0 cxl=node1 dram=node0
	start main hmt_sim_app 1 sim0
	tell main "sum 0 move"
	tell main touch
	[ "$(on_memory 1)" -eq 256 ]
	finish main
	start second numactl --membind=0 hmt_sim_app 1 sim0
	tell second "sum 0 move"
	[ "$(on_memory 0 second)" -eq 0 ]
	tell second touch
	[ "$(on_memory 0 second)" -eq 256 ]
	finish second
}

# removed N - it is not there any more
removed()
{
	[ ! -e "$class/sim$1" ]
}

# A page takes half a second until it has failed.
hung()
{
	load
	options=evacuate_ms=1000 sims 8
	start main hmt_sim_app 4 sim0
	tell main "sum 0 move"
	[ "$(on_sim 0)" -eq 1024 ]
	tell main close
	knob 0 hang Y
	echo hmt_sim.0 >"$driver/unbind" &
	at_end wait $!
	wait_until "$limit" removed 0
	dmesg_has "'sim0': 1024 pages could not be saved"
	[ "$(ask main touch)" = "0 wrong 1024 lost" ]
	tell main discard
	tell main touch
	finish main
}

killed()
{
	local removal

	load
	options=evacuate_ms=3600000 sims 8
	start main hmt_sim_app 1 sim0
	tell main "sum 0 move"
	knob 0 fail_copies 1000000
	(echo hmt_sim.0 >"$driver/unbind") &
	removal=$!
	nap 0.5
	[ "$(on_sim 0)" -eq 256 ]
	kill -9 "$removal"
	wait_until "$limit" removed 0
	dmesg_has "'sim0': 256 pages could not be saved"
	[ "$(ask main touch)" = "0 wrong 256 lost" ]
	tell main discard
	finish main
}

blind()
{
	if ! is_private; then
		note "CPUs can address memory that is coherent"
		return
	fi
	load
	sims 16
	chain sim=sim0 dram=node0
	start main hmt_pattern 8
	tell main pattern 7
	tell main touch
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2
	go_live main
	passes main 20
	[ "$(stat_of main promoted)" -eq 0 ]
	[ "$(moved node0 sim0)" -eq 0 ]
	finish main
}
