# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Simulated devices (hmt_sim).

# modprobe_sims MIB... - one device for each size; $options has other parameters of
# the module
modprobe_sims()
{
	local sizes bases=0 at mib

	sizes=$(tr ' ' , <<<"$*")
	if [ -n "$HMT_RESERVED" ]; then
		bases=
		at=$((HMT_RESERVED))
		for mib; do
			bases+=${bases:+,}$at
			at=$((at + mib * 1048576))
		done
	fi
	# shellcheck disable=SC2086 # words
	modprobe hmt_sim "megabytes=$sizes" "base=$bases" ${options-}
}

# expect_refused TEXT ARGUMENT... - the module refuses the arguments with that message
expect_refused()
{
	local text=$1

	shift
	dmesg -C
	modprobe hmt_sim "$@" 2>/dev/null && fail "accepted: $*"
	dmesg | grep -qF "$text" || fail "$*: $(dmesg)"
	[ ! -e "$class/sim0" ] || fail "a memory is left after $*"
}

# load_sims MIB... - the same, until the test ends
load_sims()
{
	modprobe_sims "$@"
	at_end modprobe -r hmt_sim hmt_device
}

# is_private - CPUs cannot address memory of the devices
is_private()
{
	[ -z "$HMT_RESERVED" ]
}

# get_pages_on_sim N - pages on device N
get_pages_on_sim()
{
	read -r result <"$class/sim$1/used" || return
	result=$((result / 4096))
}

pages_on_sim()
{
	get_pages_on_sim "$1" && echo "$result"
}

# sim_has_least N COUNT
sim_has_least()
{
	get_pages_on_sim "$1" && [ "$result" -ge "$2" ]
}

# sim_has_most N COUNT
sim_has_most()
{
	get_pages_on_sim "$1" && [ "$result" -le "$2" ]
}

# moved_between FROM TO - pages, by names of memories
moved_between()
{
	cat "$class/$1/edges/$2/moved"
}

# set_bounce BOUNCE_MS HOLD_MS - pages that change sides within BOUNCE_MS bounce, and
# are held in system memory for HOLD_MS
set_bounce()
{
	echo "$1" >/sys/module/hmt_device/parameters/bounce_ms
	echo "$2" >/sys/module/hmt_device/parameters/hold_ms
}

# sim_counter N NAME
sim_counter()
{
	echo "$(<"$class/sim$1/$2")"
}

# set_knob N NAME VALUE - a fault or a property of device N
set_knob()
{
	echo "$3" >"/sys/kernel/debug/hmt_sim$1/$2"
}

# drive_sim N COMMAND... - have the driver of device N act on its own memory
drive_sim()
{
	echo "${*:2}" >"/sys/kernel/debug/hmt_sim$1/own"
}

# array_part FIRST COUNT - range of COUNT pages of the array of "main"
array_part()
{
	local start

	start=$(ask_program main range)
	start=$((16#${start%-*} + $1 * 4096))
	printf '%x-%x\n' "$start" $((start + $2 * 4096))
}

# array_pages_on UID [PROGRAM] - pages of the array on that memory
array_pages_on()
{
	local program=${2-main}

	hmtctl query --json "$(pid_of "$program")" "$(ask_program "$program" range)" |
		jq "[.memories[] | select(.uid == $1).pages] | add // 0"
}

# sim_is_removed N
sim_is_removed()
{
	[ ! -e "$class/sim$1" ]
}

sim_driver=/sys/bus/platform/drivers/hmt_sim

# unbind_sim N - and bind it again
unbind_sim()
{
	echo "hmt_sim.$1" >"$sim_driver/unbind"
	expect_no_path "$class/sim$1"
	echo "hmt_sim.$1" >"$sim_driver/bind"
}

# unplug_sim N - and plug it in again
unplug_sim()
{
	echo "$1" >"$sim_driver/unplug"
	expect_no_path "$class/sim$1"
	expect_errno ENODEV write "$sim_driver/unplug" "$1"
	echo "$1" >"$sim_driver/plug"
	expect_errno EEXIST write "$sim_driver/plug" "$1"
}

# start_fight - "main": CPU, children and two devices write to the same pages, which the
# engine moves to the first device
#
# Only the pages of the fight are managed, because a program cannot report the
# loss of its stack.
start_fight()
{
	local pid

	load_hmt
	# A slow machine needs time to save the pages; pages that are late are lost.
	options=evacuate_ms=300000
	load_sims 8 8
	set_bounce 0 0
	commit_chain dram=node0 sim=sim0
	start_program main hmt_sim_fight 1 sim0 sim1
	pid=$(pid_of main)
	hmtctl exclude "$pid"
	hmtctl exclude --clear "$pid" "$(ask_program main range)"
	create_workload main "pids=$pid" scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
}
